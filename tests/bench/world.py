"""A program with stores and wallets, made by the product's own services."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.models import GrantRound
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Organization
from stores.models import Enrolment, Store, Till

STORES = 50
WALLETS = 20_000
ROUNDS = 3
POINTS_A_ROUND = 1_000_000  # enough that no slice runs a wallet dry


@dataclass(frozen=True)
class World:
    """Ids that the benchmarks draw from."""

    program_id: int
    wallet_ids: list[int]
    till_ids: list[int]
    first_resident_id: int


def build() -> World:
    """Make the world once a run, some seconds."""
    now = timezone.now()
    program = _program(now)
    till_ids = _tills(program, now)
    residents = Resident.objects.bulk_create(
        [
            Resident(
                client=program.client,
                external_id=f"bench-{number}",
                name="計測",
                municipality_code="04202",
                imported_at=now,
            )
            for number in range(WALLETS)
        ],
        batch_size=5_000,
    )
    ledger.open_wallets(
        program_id=program.pk, resident_ids=[resident.pk for resident in residents], at=now
    )
    wallet_ids = ledger_queries.wallet_ids_of(program.pk)
    for number in range(ROUNDS):
        grant_round = ledger.create_round(
            program_id=program.pk,
            name=f"計測 {number}",
            method=GrantRound.Method.ALL,
            reserved_points=WALLETS * POINTS_A_ROUND,
            by=None,
            at=now,
            expires_at=now + timedelta(days=30 + number),
        )
        ledger.grant_points(
            round_id=grant_round.pk,
            points_by_wallet=dict.fromkeys(wallet_ids, POINTS_A_ROUND),
            by=None,
            at=now,
        )
    with connection.cursor() as cursor:
        # Autovacuum would do this within a minute; no slice should wait for it.
        cursor.execute("ANALYZE ledger_wallet, ledger_lot, residents_resident, stores_till")
    return World(program.pk, wallet_ids, till_ids, residents[0].pk)


def _program(now: datetime) -> Program:
    client = Organization.objects.create(kind="CLIENT", code=f"bench-{now:%H%M%S%f}", name="計測県")
    return Program.objects.create(
        client=client,
        operator=client,
        code=f"bench-{now:%H%M%S%f}",
        name="計測",
        status=Program.Status.OPEN,
        area_codes=["04"],
        area_name="計測県",
        grant_starts_at=now - timedelta(days=1),
        grant_ends_at=now + timedelta(days=90),
        usage_starts_at=now - timedelta(days=1),
        usage_ends_at=now + timedelta(days=90),
        points_expire_at=now + timedelta(days=90),
        issuance_ceiling_points=10**12,
        desk_phone="0120-000-000",
        desk_hours="-",
    )


def _tills(program: Program, now: datetime) -> list[int]:
    stores = Store.objects.bulk_create(
        Store(
            client=program.client, code=f"99-{number:05}", name=f"計測店 {number}", address="計測"
        )
        for number in range(STORES)
    )
    Enrolment.objects.bulk_create(
        Enrolment(program=program, store=store, enrolled_at=now) for store in stores
    )
    tills = Till.objects.bulk_create(
        Till(
            program=program,
            store=store,
            number=1,
            code=f"B{store.pk % 10**7:07}",
            key_id="1",
            issued_at=now,
        )
        for store in stores
    )
    return [till.pk for till in tills]
