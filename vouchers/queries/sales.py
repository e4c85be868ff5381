"""What was sold and what came in for it: orders, receipts, and whether the figures agree."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from pointsys.common import text
from pointsys.common.clock import jst_day_range
from pointsys.residents import queries as residents
from pointsys.residents.models import Resident
from pointsys.users import queries as users
from pointsys.users.models import User
from vouchers.models import Application, Buyer, Campaign, DepositFile, Order, Receipt, SaleRound
from vouchers.numbers import read_number
from vouchers.queries.campaigns import VIEW_ROLES
from vouchers.slips import plain_slip_number

Viewer = User | AnonymousUser
Status = Order.Status
FOUND_AT_MOST = 20


# --- Rows that a user may see -------------------------------------------------------------------
def orders_visible_to(user: Viewer) -> QuerySet[Order]:
    """Return the orders of the sales that the user's role sees."""
    return Order.objects.filter(
        sale_round__campaign__program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("sale_round__campaign__program__client", "resident", "application")


def receipts_visible_to(user: Viewer) -> QuerySet[Receipt]:
    """Return the money that came in for the sales that the user's role sees."""
    return Receipt.objects.filter(
        program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("program__client", "order__sale_round", "deposit_file", "recorded_by")


def deposit_files_visible_to(user: Viewer) -> QuerySet[DepositFile]:
    """Return the files of deposits that the user's role sees, with how far they are."""
    return (
        DepositFile.objects.filter(program__client_id__in=users.client_ids(user, VIEW_ROLES))
        .select_related("program__client", "imported_by")
        .annotate(
            waiting=Count("receipts", filter=Q(receipts__status="WAITING")),
            matched=Count("receipts", filter=Q(receipts__status="MATCHED")),
            opened=Count("receipts", filter=Q(receipts__status="OPEN")),
            returned=Count("receipts", filter=Q(receipts__status="RETURNED")),
        )
        .order_by("-imported_at", "-pk")
    )


def own_orders(resident: Resident) -> QuerySet[Order]:
    """Return the resident's own orders, newest first."""
    return (
        Order.objects.filter(resident=resident)
        .select_related("sale_round__campaign__program__client", "application")
        .order_by("-ordered_at", "-pk")
    )


def found_orders(user: Viewer, *, program_id: int, words: str) -> list[Order]:
    """Return orders by slip number, application number, or the buyer's name or app's id."""
    orders = orders_visible_to(user).filter(sale_round__campaign__program_id=program_id)
    digits = plain_slip_number(words)
    if digits.isdecimal() and len(digits) == 12:
        return list(orders.filter(slip_number=digits))
    if number := read_number(words):
        return list(orders.filter(application__number=number))
    if not text.single_line(words).strip():
        return []
    people = residents.matching(Resident.objects.all(), words)
    newest = orders.filter(resident__in=people).order_by("-ordered_at", "-pk")
    return list(newest[: FOUND_AT_MOST + 1])


def money_on_the_way() -> tuple[Exists, Exists]:
    """Return what tells of an order that its money is here: in a file, or on somebody's desk."""
    in_a_file = Receipt.objects.filter(
        slip_number=OuterRef("slip_number"), status=Receipt.Status.WAITING
    )
    on_a_desk = Receipt.objects.filter(
        order_id=OuterRef("pk"),
        status=Receipt.Status.OPEN,
        problem=Receipt.Problem.NOT_GRANTED,
    )
    return Exists(in_a_file), Exists(on_a_desk)


# --- Figures ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures that should be the same and are not; `unit` is 円, 円分 or セット."""

    words: str
    difference: int
    unit: str


@dataclass(frozen=True, slots=True)
class RoundReconciliation:
    """One round counted from its orders, its money and the ledger (VO-09)."""

    sale_round: SaleRound
    set_price_yen: int
    set_premium_points: int
    sold_sets: int
    reserved_sets: int
    lapsed_sets: int
    buyer_sets: int
    sold_orders: int
    reserved_orders: int
    received_yen: int
    granted_principal: int
    granted_premium: int

    @property
    def sets(self) -> int:
        return self.sale_round.sets

    @property
    def left_sets(self) -> int:
        """What the round says that nobody has taken."""
        return self.sale_round.left_sets

    @property
    def due_yen(self) -> int:
        """What the sold sets cost."""
        return self.sold_sets * self.set_price_yen

    @property
    def differences(self) -> list[Difference]:
        """Return every pair of figures that does not agree; none is what is wanted."""
        pairs = (
            ("販売済み＋確保＋残りと、売るセット",
             self.sold_sets + self.reserved_sets + self.left_sets - self.sets, "セット"),
            ("購入者ごとのセットの計と、販売済み＋確保",
             self.buyer_sets - self.sold_sets - self.reserved_sets, "セット"),
            ("購入に充てた入金と、販売済みセットの代金", self.received_yen - self.due_yen, "円"),
            ("残高に入れた購入分と、販売済みセットの代金",
             self.granted_principal - self.due_yen, "円分"),
            ("残高に入れた上乗せ分と、販売済みセットの上乗せ分",
             self.granted_premium - self.sold_sets * self.set_premium_points, "円分"),
        )  # fmt: skip
        return [Difference(*pair) for pair in pairs if pair[1]]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A whole sale: its rounds, and all money of the program by what became of it."""

    rounds: list[RoundReconciliation]
    received_yen: int
    matched_yen: int
    open_yen: int
    open_count: int
    waiting_yen: int
    waiting_count: int
    returned_yen: int

    @property
    def differences(self) -> list[tuple[int, Difference]]:
        """Return the differences of all rounds, each with the number of its round."""
        return [
            (each.sale_round.number, difference)
            for each in self.rounds
            for difference in each.differences
        ]

    @property
    def sold_sets(self) -> int:
        return sum(each.sold_sets for each in self.rounds)

    @property
    def due_yen(self) -> int:
        return sum(each.due_yen for each in self.rounds)


def reconciliation(*, campaign: Campaign) -> Reconciliation:
    """Count a sale at every place that knows it, in four queries whatever its size."""
    rounds = list(
        campaign.rounds.select_related("principal_round", "premium_round").order_by("number")
    )
    orders = _order_sums(campaign)
    buyers = dict(
        Buyer.objects.filter(sale_round__campaign=campaign)
        .values_list("sale_round_id")
        .annotate(Sum("taken_sets"))
    )
    money = _money(campaign.program_id)
    received = dict(
        Receipt.objects.filter(status=Receipt.Status.MATCHED, order__sale_round__campaign=campaign)
        .values_list("order__sale_round_id")
        .annotate(Sum("amount_yen"))
    )
    return Reconciliation(
        rounds=[
            _of_round(campaign, each, orders, buyers.get(each.pk, 0), received.get(each.pk, 0))
            for each in rounds
        ],
        received_yen=sum(yen for _, yen in money.values()),
        matched_yen=money.get("MATCHED", (0, 0))[1],
        open_count=money.get("OPEN", (0, 0))[0],
        open_yen=money.get("OPEN", (0, 0))[1],
        waiting_count=money.get("WAITING", (0, 0))[0],
        waiting_yen=money.get("WAITING", (0, 0))[1],
        returned_yen=money.get("RETURNED", (0, 0))[1],
    )


def _order_sums(campaign: Campaign) -> dict[tuple[int, str], tuple[int, int]]:
    rows = (
        Order.objects.filter(sale_round__campaign=campaign)
        .values_list("sale_round_id", "status")
        .annotate(Count("pk"), Sum("sets"))
    )
    return {(round_id, status): (count, sets) for round_id, status, count, sets in rows}


def _money(program_id: int) -> dict[str, tuple[int, int]]:
    rows = (
        Receipt.objects.filter(program_id=program_id)
        .values_list("status")
        .annotate(Count("pk"), Sum("amount_yen"))
    )
    return {status: (count, yen) for status, count, yen in rows}


def _of_round(
    campaign: Campaign,
    sale_round: SaleRound,
    orders: dict[tuple[int, str], tuple[int, int]],
    buyer_sets: int,
    received_yen: int,
) -> RoundReconciliation:
    sold = orders.get((sale_round.pk, Status.PAID), (0, 0))
    reserved = orders.get((sale_round.pk, Status.AWAITING_PAYMENT), (0, 0))
    principal, premium = sale_round.principal_round, sale_round.premium_round
    return RoundReconciliation(
        sale_round=sale_round,
        set_price_yen=campaign.set_price_yen,
        set_premium_points=campaign.set_premium_points,
        sold_sets=sold[1],
        sold_orders=sold[0],
        reserved_sets=reserved[1],
        reserved_orders=reserved[0],
        lapsed_sets=orders.get((sale_round.pk, Status.LAPSED), (0, 0))[1],
        buyer_sets=buyer_sets,
        received_yen=received_yen,
        granted_principal=principal.granted_points if principal else 0,
        granted_premium=premium.granted_points if premium else 0,
    )


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """What happened in a sale on some days; `sold_…` counts orders by the day they were paid."""

    applications: int
    orders: int
    ordered_sets: int
    sold_orders: int
    sold_sets: int
    sold_yen: int
    lapsed_sets: int
    received_yen: int
    open_receipts: int


def sales_between(*, program_id: int, first: date, last: date) -> SalesFigures:
    """Return the figures of the days first to last, inclusive, as they are in Japan."""
    since, until = jst_day_range(first)[0], jst_day_range(last)[1]
    orders = Order.objects.filter(sale_round__campaign__program_id=program_id).aggregate(
        orders=Count("pk", filter=Q(ordered_at__gte=since, ordered_at__lt=until)),
        ordered_sets=Sum("sets", filter=Q(ordered_at__gte=since, ordered_at__lt=until), default=0),
        sold_orders=Count("pk", filter=Q(paid_at__gte=since, paid_at__lt=until)),
        sold_sets=Sum("sets", filter=Q(paid_at__gte=since, paid_at__lt=until), default=0),
        sold_yen=Sum("price_yen", filter=Q(paid_at__gte=since, paid_at__lt=until), default=0),
        lapsed_sets=Sum("sets", filter=Q(lapsed_at__gte=since, lapsed_at__lt=until), default=0),
    )
    receipts = Receipt.objects.filter(
        program_id=program_id, received_date__gte=first, received_date__lte=last
    ).aggregate(
        received_yen=Sum("amount_yen", default=0),
        open_receipts=Count("pk", filter=Q(status=Receipt.Status.OPEN)),
    )
    applications = Application.objects.filter(
        sale_round__campaign__program_id=program_id, applied_at__gte=since, applied_at__lt=until
    ).count()
    return SalesFigures(applications=applications, **orders, **receipts)
