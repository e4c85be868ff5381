"""A sale of vouchers with a round that sells, made by the rooms' own services."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from ledger import queries as ledger
from ledger.models import Wallet
from pointsys.common.clock import JST
from pointsys.common.tabular import csv_bytes
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Role, User
from tests.factories import END, NOON, OPENING, ProgramFactory, ResidentFactory, staff_of
from vouchers.models import Application, Campaign, Order, Receipt, SaleRound
from vouchers.services import campaigns, orders, payments

SALE_STARTS = datetime(2025, 8, 1, 9, 0, tzinfo=JST)
SALE_ENDS = datetime(2025, 9, 1, 0, 0, tzinfo=JST)
AFTER_SALE = datetime(2025, 9, 10, 10, 0, tzinfo=JST)
PRICE, VALUE = 5_000, 6_000


@dataclass
class Sale:
    """A campaign of one program, one clerk, and its rounds by number."""

    campaign: Campaign
    clerk: User
    rounds: dict[int, SaleRound] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        return self.campaign.program

    @property
    def round(self) -> SaleRound:
        """The newest state of the first round."""
        return self.round_number(min(self.rounds))

    def round_number(self, number: int) -> SaleRound:
        return SaleRound.objects.select_related("campaign__program").get(pk=self.rounds[number].pk)

    def person(self, **fields: object) -> Resident:
        """Make a resident of the client."""
        return ResidentFactory(client=self.program.client, **fields)

    def order(
        self,
        resident: Resident | None = None,
        sets: int = 1,
        *,
        key: UUID | None = None,
        at: datetime = NOON,
        number: int | None = None,
    ) -> Order:
        """Let somebody order sets of a round that is first come."""
        return orders.place_order(
            sale_round_id=self.rounds[number or min(self.rounds)].pk,
            resident_id=(resident or self.person()).pk,
            sets=sets,
            request_key=key or uuid4(),
            at=at,
        )

    def pay(self, order: Order, *, key: UUID | None = None, at: datetime = NOON) -> Receipt:
        """Take the price of an order at a counter."""
        return payments.record_receipt(
            order_id=order.pk,
            amount_yen=order.price_yen,
            form_key=key or uuid4(),
            by=self.clerk,
            at=at,
        )

    def balance(self, resident: Resident, *, at: datetime = NOON) -> tuple[int, int]:
        """Return principal and premium that a resident can spend."""
        wallet = Wallet.objects.filter(resident=resident, program=self.program).first()
        if wallet is None:
            return 0, 0
        parts = ledger.points_by_source(wallet_id=wallet.pk, at=at)
        return parts["VOUCHER_PRINCIPAL"], parts["VOUCHER_PREMIUM"]


def build_sale(*, sets: int = 10, limit: int = 10, **program: object) -> Sale:
    """Make a sale whose first round sells `sets` sets, first come, first served, in August."""
    sale = build_campaign(limit=limit, **program)
    add_first_come(sale, sets=sets)
    return sale


def build_campaign(*, limit: int = 10, **program: object) -> Sale:
    """Make a sale without rounds: 5,000 yen for 6,000."""
    made = ProgramFactory(name="まちの商品券", **program)
    clerk = staff_of(made.client, Role.OFFICE_CLERK, name="事務 花子")
    campaign = campaigns.create_campaign(
        program_id=made.pk,
        terms=campaigns.Terms(PRICE, VALUE, limit),
        by=clerk,
        at=OPENING,
    )
    return Sale(campaign, clerk)


def add_first_come(
    sale: Sale,
    *,
    sets: int,
    starts: datetime = SALE_STARTS,
    ends: datetime = SALE_ENDS,
    opened: bool = True,
) -> SaleRound:
    """Add a round that is first come, first served."""
    made = campaigns.add_round(
        campaign_id=sale.campaign.pk,
        plan=campaigns.RoundPlan(
            method=SaleRound.Method.FIRST_COME,
            planned_sets=sets,
            purchase_starts_at=starts,
            purchase_ends_at=ends,
        ),
        by=sale.clerk,
        at=OPENING,
    )
    if opened:
        made = campaigns.start_selling(sale_round_id=made.pk, by=sale.clerk, at=OPENING)
    sale.rounds[made.number] = made
    return made


def add_lottery(sale: Sale, *, sets: int) -> SaleRound:
    """Add a lottery round that has been drawn and sells in August."""
    made = campaigns.add_round(
        campaign_id=sale.campaign.pk,
        plan=campaigns.RoundPlan(
            method=SaleRound.Method.LOTTERY,
            planned_sets=sets,
            apply_starts_at=SALE_STARTS - timedelta(days=40),
            apply_ends_at=SALE_STARTS - timedelta(days=20),
            purchase_starts_at=SALE_STARTS,
            purchase_ends_at=SALE_ENDS,
        ),
        by=sale.clerk,
        at=OPENING,
    )
    locked = SaleRound.objects.select_related("campaign__program").get(pk=made.pk)
    from django.db import transaction

    with transaction.atomic():
        made = campaigns.open_sale(locked, by=sale.clerk, at=SALE_STARTS - timedelta(days=10))
    sale.rounds[made.number] = made
    return made


def add_winner(sale: Sale, sale_round: SaleRound, sets: int, serial: int) -> Application:
    """Make an application that won, as the draw leaves it."""
    return Application.objects.create(
        sale_round=sale_round,
        resident=sale.person(),
        number=f"W{serial:07}",
        sets=sets,
        won_sets=sets,
        status=Application.Status.WON,
        applied_at=SALE_STARTS - timedelta(days=30),
        decided_at=SALE_STARTS - timedelta(days=25),
        decided_by=sale.clerk,
    )


def deposit_file(*rows: tuple[object, ...], columns: tuple[str, ...] = ()) -> bytes:
    """Return a file as a collecting agent sends it."""
    return csv_bytes(
        columns or ("払込番号", "金額", "入金日", "整理番号"),
        [tuple(str(cell) for cell in row) for row in rows],
    )


__all__ = ["AFTER_SALE", "END", "NOON", "SALE_ENDS", "SALE_STARTS"]
