"""A small demo, one person of every kind, and an address for every named URL of it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ledger import services as ledger
from ledger.models import GrantRound, Payment, Transfer, Wallet
from pointsys.common.clock import JST
from pointsys.console.demo import loading, setting
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Membership, Organization, Role, User
from settlement.models import BankFileProfile, PayoutBatch, Statement
from stores.models import (
    BankAccount,
    Enrolment,
    ImportRun,
    MergeProposal,
    Store,
    StoreApplication,
    StoreStaff,
    Till,
)
from tests.permissions.rooms import ROOMS

NOW = datetime(2026, 11, 21, 12, tzinfo=JST)
ANONYMOUS, OTHER_CLIENT = "ANONYMOUS", "OTHER_CLIENT"
OWNER, CLERK, RESIDENT = "STORE_OWNER", "STORE_CLERK", "RESIDENT"
COLUMNS = (ANONYMOUS, *Role.values, OWNER, CLERK, RESIDENT, OTHER_CLIENT)
KEY = UUID("7c1f1de2-90a8-4b1a-a5a8-5f2b4d6e8a10")


@dataclass
class World:
    """People by column, and what stands in the addresses, by URL name and by parameter."""

    people: dict[str, User | None] = field(default_factory=dict)
    by_parameter: dict[str, Any] = field(default_factory=dict)
    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def address(self, name: str, parameters: tuple[str, ...]) -> str:
        """Return the address of a named URL; raises KeyError for a parameter nobody gave."""
        given = self.by_name.get(name, {})
        if not given and name.startswith("admin:") and "object_id" in parameters:
            given = {"object_id": self.rows[name.rpartition("_")[0]]}
        values = {one: given[one] if one in given else self.by_parameter[one] for one in parameters}
        return reverse(name, kwargs=values)


def build() -> World:
    """Load a small demo and choose its people and rows."""
    loading.load(now=NOW, people=40, scale=0.06, out=io.StringIO())
    world = World()
    _add_people(world)
    _add_rows(world)
    for room in ROOMS:
        room.add_rows(world)
    _add_admin_rows(world)
    return world


def _add_people(world: World) -> None:
    client = Organization.objects.get(code="miyagi")
    other = Organization.objects.get(code="osaki")
    world.people[ANONYMOUS] = None
    for role in Role.values:
        world.people[role] = _staff(f"only-{role.lower()}", client, role)
    world.people[OTHER_CLIENT] = _staff("other-client", other, *Role.values)
    for column, role in ((OWNER, "OWNER"), (CLERK, "CLERK")):
        seat = StoreStaff.objects.filter(role=role, store__client=client).order_by("pk").first()
        assert seat is not None
        world.people[column] = seat.user
    resident = Resident.objects.filter(client=client, user__isnull=False).first()
    assert resident is not None
    world.people[RESIDENT] = resident.user


def _staff(username: str, client: Organization, *roles: str) -> User:
    user = User.objects.create_user(username, name=username, employer=client, is_staff=True)
    for role in roles:
        Membership.objects.create(user=user, organization=client, role=role)
    return user


def _add_rows(world: World) -> None:
    program = Program.objects.get(code=setting.MIYAGI_CODE)
    owner = world.people[OWNER]
    resident = Resident.objects.get(user=world.people[RESIDENT])
    store = Store.objects.get(staff__user=owner)
    till = Till.objects.filter(store=store, program=program).first()
    wallet = Wallet.objects.get(resident=resident, program=program)
    assert till is not None
    own = [_pay(till, wallet, serial) for serial in range(2)]
    refund = ledger.refund_payment(
        payment_id=own[0].pk,
        points=10,
        alive_points=10,
        request_key=uuid5(KEY, "refund"),
        at=NOW,
        by=owner,
        as_office=False,
    )
    month = NOW.date().replace(month=10, day=1)
    statement = Statement.objects.get(program=program, store=store)
    waiting = BankAccount.objects.filter(store__client=program.client, is_current=False).first()
    world.by_parameter = {
        "store_id": store.pk,
        "enrolment_id": Enrolment.objects.get(store=store, program=program).pk,
        "till_id": till.pk,
        "application_id": _first(StoreApplication, program=program, status="SUBMITTED"),
        "proposal_id": _first(MergeProposal, application__program=program),
        "account_id": waiting.pk if waiting else 0,
        "run_id": _first(ImportRun, program=program),
        "staff_id": _first(StoreStaff, store=store, role="CLERK"),
        "round_id": _first(GrantRound, program=program),
        "batch_id": _first(PayoutBatch, program=program),
        "profile_id": _first(BankFileProfile, client=program.client),
        "statement_id": statement.pk,
        "receipt_number": own[1].receipt_number,
        "code": program.code,
        "month": month,
        "transfer": own[1].transfer.uuid,
        "key": KEY,
        "form": "csv",
        "kind": "bank",
        "act": "suspend",
        "uidb36": "1",
    }
    world.by_name = {
        "pay:till": {"code": till.code},
        "pay:confirm": {"code": till.code},
        "store:cancelled": {"transfer": refund.uuid},
        "account_reset_password_from_key": {"key": "set-password"},
        "account_confirm_email": {"key": "nobody"},
        "admin:view_on_site": {
            "content_type_id": ContentType.objects.get_for_model(Store).pk,
            "object_id": store.pk,
        },
        "admin:app_list": {"app_label": "stores"},
    }


def _pay(till: Till, wallet: Wallet, serial: int) -> Payment:
    return ledger.pay(
        till_id=till.pk,
        wallet_id=wallet.pk,
        points=100,
        request_key=uuid5(KEY, f"pay-{serial}"),
        at=NOW,
    )


def _first(model: Any, **conditions: Any) -> int:
    found = model.objects.filter(**conditions).order_by("pk").first()
    assert found is not None, (model, conditions)
    return int(found.pk)


def _add_admin_rows(world: World) -> None:
    client = Organization.objects.get(code="miyagi")
    for model, page in admin.site._registry.items():
        path = getattr(page, "client_path", "pk")
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if model is User:
            user = world.people[Role.OFFICE_CLERK]
            assert user is not None
            world.rows[name] = user.pk
            continue
        row = model._default_manager.filter(**{path: client.pk}).order_by("pk").first()
        world.rows[name] = row.pk if row else 0


def named_urls() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every named URL with its parameters, libraries' included; one row a name."""
    seen: set[str] = set()
    for name, parameters in _walk(get_resolver(), "", ()):
        if name not in seen:
            seen.add(name)
            yield name, parameters


def _walk(
    resolver: URLResolver, namespace: str, outer: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in resolver.url_patterns:
        inner = (*outer, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLPattern):
            if entry.name:
                yield f"{namespace}{entry.name}", inner
        else:
            deeper = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, deeper, inner)


def transfers_left() -> int:
    """Return how many transfers there are, to show that requests left nothing behind."""
    return Transfer.objects.count()
