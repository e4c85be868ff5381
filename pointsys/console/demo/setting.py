"""Clients, staff, programs, shops and residents of the demo, before anybody pays."""

import dataclasses
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Final

from django.contrib.auth.hashers import make_password

from ledger.services import granting
from pointsys.common.banks import find_branch
from pointsys.common.tabular import csv_bytes
from pointsys.console import services
from pointsys.console.demo import people, shops
from pointsys.console.demo.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE
from pointsys.console.demo.plan import SEED, Days, at
from pointsys.console.demo.shops import Shop
from pointsys.programs import presets
from pointsys.programs import services as programs
from pointsys.programs.models import Program
from pointsys.residents import services as residents
from pointsys.residents.models import Resident
from pointsys.users.models import Organization, User
from settlement import services as settlement
from stores import services as stores
from stores.models import Store, StoreApplication
from stores.services import imports

LIST_COLUMNS: Final = ("店舗名", "店舗名カナ", "業種", "所在地", "電話番号")
MIYAGI_CODE: Final = "miyagi-chiiki"
OSAKI_CODE: Final = "osaki-machinaka"
# Shops, by their place in the list, that show something of their own.
WITHOUT_ACCOUNT: Final = frozenset({5, 19, 41, 52})
SUSPENDED: Final = 28
CHANGES_ACCOUNT: Final = 9
WITH_PEOPLE: Final = (25, 1)
SECOND_TILLS: Final = frozenset({1, 8, 15, 36})
BRANCHES: Final = tuple(
    ("0125", code) for code in ("100", "200", "205", "212", "240", "250", "251", "266", "268")
) + tuple(("0512", code) for code in ("201", "203", "209", "211", "235", "301"))


@dataclass(slots=True)
class Stage:
    """What the steps hand to one another for one program."""

    days: Days
    program: Program
    staff: dict[str, User]
    shops: tuple[Shop, ...]
    prefix: str
    profile_id: int
    stores: list[Store] = field(default_factory=list)
    till_ids: list[list[int]] = field(default_factory=list)

    @property
    def clerk(self) -> User:
        return self.staff["jimukyoku"]


def make_staff(days: Days) -> dict[str, User]:
    """Make the two clients, the contractor and everybody who works for them."""
    organizations = {
        code: Organization.objects.create(kind=kind, code=code, name=name)
        for code, kind, name in (
            (people.MIYAGI, Organization.Kind.CLIENT, "宮城県"),
            (people.OSAKI, Organization.Kind.CLIENT, "大崎市"),
            ("jimukyoku", Organization.Kind.CONTRACTOR, "地域ポイント事務局"),
        )
    }
    staff: dict[str, User] = {}
    for person in people.STAFF:
        user = services.create_staff(
            username=person.username,
            name=person.name,
            email=f"{person.username}@example.jp",
            employer_id=organizations[person.employer].pk,
            password=people.PASSWORD,
            seats=[(organizations[client].pk, role) for client, role in person.seats],
            by=None,
            at=days.before_start(40),
        )
        staff[person.username] = ready(user)
    return staff


def ready(user: User) -> User:
    """Give a user the demo's password, so that nobody has to change it first."""
    user.password = _demo_hash()
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    return user


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    # Hashing is slow on purpose; once is enough for a password that is printed anyway.
    return make_password(people.PASSWORD)


def make_programs(days: Days, staff: dict[str, User]) -> tuple[Stage, Stage]:
    """Set up the Miyagi-like program and a small one of another client."""
    rules = dataclasses.replace(
        presets.MIYAGI,
        name="みやぎ地域ポイント",
        status=Program.Status.OPEN,
        grant_starts_at=days.before_start(7, hour=0),
        grant_ends_at=days.end,
        usage_starts_at=days.start,
        usage_ends_at=days.end,
        points_expire_at=days.end,
    )
    small = dataclasses.replace(
        rules,
        name="大崎市 まちなか応援ポイント",
        theme="plum",
        area_codes=("04215",),
        area_name="大崎市内",
        issuance_ceiling_points=2_000_000,
        payment_limit_points=3_000,
        system_fee_basis_points=0,
        desk_name="まちなか応援ポイント 窓口",
        desk_phone="0229-00-0000",
    )
    plans = (
        (people.MIYAGI, MIYAGI_CODE, rules, shops.MIYAGI_SHOPS, "mj"),
        (people.OSAKI, OSAKI_CODE, small, shops.OSAKI_SHOPS, "os"),
    )
    operator = Organization.objects.get(code="jimukyoku")
    stages = []
    for client_code, code, wanted, listed, prefix in plans:
        client = Organization.objects.get(code=client_code)
        program = programs.create_program(
            code=code,
            client_id=client.pk,
            operator_id=operator.pk,
            rules=wanted,
            by=staff["jimukyoku"],
            at=days.before_start(30),
        )
        profile_id = _make_profile(client, staff["keiri-sakusei"], days)
        stages.append(Stage(days, program, staff, listed, prefix, profile_id))
    return stages[0], stages[1]


def _make_profile(client: Organization, by: User, days: Days) -> int:
    branch = find_branch("0125", "206")
    assert branch is not None
    profile = settlement.save_profile(
        client_id=client.pk,
        name="七十七銀行 県庁支店",
        consignor_code="0004120001",
        consignor_kana="ﾁｲｷﾎﾟｲﾝﾄｼﾞﾑｷﾖｸ",
        account=settlement.PayerAccount(
            bank_code="0125",
            bank_name="七十七",
            bank_kana="ｼﾁｼﾞﾕｳｼﾁ",
            branch_code="206",
            branch_name=branch.name,
            branch_kana="ｹﾝﾁﾖｳ",
            account_type="1",
            account_number="0000123",
        ),
        by=by,
        at=days.before_start(30),
    )
    return profile.pk


def store_list(listed: tuple[Shop, ...], *, phone_start: int = 0) -> bytes:
    """Return shops as a list that an office would send."""
    return csv_bytes(
        LIST_COLUMNS,
        [
            (shop.name, shop.kana, shop.industry, shop.address, _phone(phone_start + serial))
            for serial, shop in enumerate(listed, start=1)
        ],
    )


def _phone(serial: int) -> str:
    return f"022-000-{serial:04d}"


def make_stores(stage: Stage) -> None:
    """Read the shop list, approve it, and give every shop a till, most of them an account."""
    days, program = stage.days, stage.program
    imports.import_store_list(
        program=program,
        source_name="前年度からの継続店舗",
        content=store_list(stage.shops),
        file_name="keizoku-tenpo.csv",
        by=stage.clerk,
        at=days.before_start(25),
    )
    applications = StoreApplication.objects.filter(program=program).order_by("row_number")
    approved = stores.approve_applications(
        application_ids=[application.pk for application in applications],
        reason="前年度から継続。所在地と業種を確認しました。",
        by=stage.clerk,
        at=days.before_start(20),
    )
    assert not approved.refused, approved.refused
    stage.stores = list(
        Store.objects.filter(applications__program=program).order_by("applications__row_number")
    )
    stores.issue_missing_tills(
        program_id=program.pk,
        store_ids=[store.pk for store in stage.stores],
        by=stage.clerk,
        at=days.before_start(18),
    )
    for position in SECOND_TILLS & set(range(len(stage.stores))):
        stores.issue_till(
            program_id=program.pk,
            store_id=stage.stores[position].pk,
            by=stage.clerk,
            at=days.before_start(18),
        )
    stage.till_ids = [
        list(store.tills.filter(program=program).order_by("number").values_list("pk", flat=True))
        for store in stage.stores
    ]
    _make_accounts(stage)
    _make_store_people(stage)


def _make_accounts(stage: Stage) -> None:
    for position, store in enumerate(stage.stores):
        if stage.prefix == "mj" and position in WITHOUT_ACCOUNT:
            continue
        stores.register_bank_account(
            store_id=store.pk,
            details=account_of(stage, position),
            by=stage.clerk,
            at=stage.days.before_start(15),
        )


def account_of(stage: Stage, position: int, *, salt: str = "") -> stores.BankDetails:
    """Return the fictional account of a shop; the same every time."""
    random = Random(f"{SEED}{stage.prefix}{position}{salt}")  # noqa: S311 - fictional numbers
    family, given = random.choice(FAMILY), random.choice((*GIVEN_FEMALE, *GIVEN_MALE))
    bank_code, branch_code = random.choice(BRANCHES)
    return stores.bank_details(
        bank_code=bank_code,
        branch_code=branch_code,
        account_type=random.choices(("1", "2"), (5, 1))[0],
        account_number=f"{random.randint(1, 9_999_999):07d}",
        holder_kana=f"{family[1]} {given[1]}",
    )


def _make_store_people(stage: Stage) -> None:
    for position in WITH_PEOPLE if stage.prefix == "mj" else (0,):
        roles = (("OWNER", "店主"), ("CLERK", "店員"))
        for role, words in roles if position == WITH_PEOPLE[0] else roles[:1]:
            store = stage.stores[position]
            user, _ = stores.issue_store_account(
                store_id=store.pk,
                role=role,
                name=f"{store.name} {words}",
                by=stage.clerk,
                at=stage.days.before_start(10),
            )
            ready(user)


def make_residents(stage: Stage, *, number: int, codes: tuple[str, ...] = ()) -> None:
    """Read the residents' list and open their wallets."""
    residents.import_residents(
        client=stage.program.client,
        content=people.resident_list(number=number, prefix=stage.prefix, codes=codes),
        file_name="riyosha.csv",
        by=stage.clerk,
        at=stage.days.before_start(9),
    )
    granting.open_wallets_in_area(program_id=stage.program.pk, at=stage.days.before_start(9))


def grant_to_all(stage: Stage, *, points: int) -> None:
    """Grant the first round, to everybody."""
    plan = granting.plan_for_all(
        program_id=stage.program.pk, name="第1回 全員への付与", points_each=points
    )
    granting.carry_out(plan=plan, by=stage.clerk, at=stage.days.before_start(3))


def grant_to_list(stage: Stage, *, external_ids: list[str], points: int) -> None:
    """Grant the second round, to a list of people who won it."""
    content = csv_bytes(
        ("アプリのID", "ポイント"), [(external_id, points) for external_id in external_ids]
    )
    plan = granting.plan_for_list(
        program_id=stage.program.pk, name="第2回 抽選の当選者", content=content
    )
    assert not plan.rejected, plan.rejected[:3]
    granting.carry_out(plan=plan, by=stage.clerk, at=at(stage.days.last_month.replace(day=15), 10))


def external_ids_of(stage: Stage) -> list[str]:
    """Return the application's ids of a program's residents, in their order."""
    return list(
        Resident.objects.filter(client=stage.program.client)
        .order_by("external_id")
        .values_list("external_id", flat=True)
    )
