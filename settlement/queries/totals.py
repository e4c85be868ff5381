"""The same money counted four times: ledger, statements, payouts, file."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Sum

from ledger import queries as ledger_queries
from settlement.models import Payout, PayoutBatch, Statement


@dataclass(frozen=True)
class MonthTotals:
    """What moved between residents and stores in a month; 1 point is 1 yen."""

    payment_count: int
    payment_points: int
    refund_count: int
    refund_points: int
    adjustment_count: int
    adjustment_yen: int

    @property
    def owed_yen(self) -> int:
        """What the stores are owed for the month."""
        return self.payment_points - self.refund_points + self.adjustment_yen


@dataclass(frozen=True)
class Line:
    """A count and an amount in yen."""

    count: int
    yen: int


@dataclass(frozen=True)
class ControlTotals:
    """One batch, counted at four places that must agree."""

    payments: Line
    refunds: Line
    adjustments: Line
    carried_in: Line
    statements: Line
    held_no_account: Line
    held_stopped: Line
    carried_out: Line
    zero: Line
    elsewhere: Line
    from_earlier_months: Line
    payouts: Line
    trailer: Line

    @property
    def ledger(self) -> Line:
        """What the ledger says is owed for the month."""
        moved = (self.payments, self.refunds, self.adjustments)
        return Line(sum(line.count for line in moved), sum(line.yen for line in moved))

    @property
    def statement_difference_yen(self) -> int:
        """Statements without what they carry over, less the ledger."""
        return self.statements.yen - self.carried_in.yen - self.ledger.yen

    @property
    def payout_difference(self) -> Line:
        """Payouts less the statements that are to be paid by this batch."""
        left_out = (
            self.held_no_account,
            self.held_stopped,
            self.carried_out,
            self.zero,
            self.elsewhere,
        )
        count = self.statements.count - sum(line.count for line in left_out)
        yen = self.statements.yen - sum(line.yen for line in left_out)
        earlier = self.from_earlier_months
        return Line(
            self.payouts.count - count - earlier.count, self.payouts.yen - yen - earlier.yen
        )

    @property
    def trailer_difference(self) -> Line:
        """The file's trailer less the payouts."""
        return Line(self.trailer.count - self.payouts.count, self.trailer.yen - self.payouts.yen)

    @property
    def agree(self) -> bool:
        """Whether the four places say the same."""
        nothing = Line(0, 0)
        return (
            self.statement_difference_yen == 0
            and self.payout_difference == nothing
            and self.trailer_difference == nothing
        )

    def as_json(self) -> dict[str, Any]:
        """Return what a batch keeps."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return what a batch kept."""
        return cls(**{name: Line(**line) for name, line in kept.items()})


def ledger_totals(*, program_id: int, month: date) -> MonthTotals:
    """Return what the ledger says of a month, over all stores."""
    query = f"""
        SELECT coalesce(sum(payment_count), 0)::bigint,
               coalesce(sum(payment_points), 0)::bigint,
               coalesce(sum(refund_count - late_refund_count), 0)::bigint,
               coalesce(sum(refund_points - late_refund_points), 0)::bigint,
               coalesce(sum(late_refund_count), 0)::bigint,
               coalesce(-sum(late_refund_points), 0)::bigint
          FROM ({ledger_queries.period_totals_sql()}) AS by_store
    """  # noqa: S608 - the fragment is the ledger's own constant
    with connection.cursor() as cursor:
        cursor.execute(query, {"program_id": program_id, "month": month})
        return MonthTotals(*cursor.fetchone())


def statement_totals(*, period_id: int) -> MonthTotals:
    """Return what the statements of a month say, over all stores."""
    sums = Statement.objects.filter(period_id=period_id).aggregate(
        payment_count=Sum("payment_count", default=0),
        payment_points=Sum("payment_points", default=0),
        refund_count=Sum("refund_count", default=0),
        refund_points=Sum("refund_points", default=0),
        adjustment_count=Sum("adjustment_count", default=0),
        adjustment_yen=Sum("adjustment_yen", default=0),
    )
    return MonthTotals(**{name: int(value) for name, value in sums.items()})


def control_totals(batch: PayoutBatch, *, trailer_count: int, trailer_yen: int) -> ControlTotals:
    """Count a batch now; `trailer_…` are read from the bytes of its file."""
    ledger = ledger_totals(program_id=batch.program_id, month=batch.period.month)
    in_batch = Exists(Payout.objects.filter(batch=batch, statement_id=OuterRef("pk")))
    statements = Statement.objects.filter(period_id=batch.period_id).annotate(in_batch=in_batch)
    groups = {
        "statements": Q(),
        "carried_in": Q(carried_in_yen__lt=0),
        "held_no_account": Q(hold=Statement.Hold.NO_ACCOUNT),
        "held_stopped": Q(hold=Statement.Hold.STOPPED),
        "carried_out": Q(status=Statement.Status.CARRIED),
        "zero": Q(status=Statement.Status.ZERO),
        "elsewhere": Q(status=Statement.Status.PAYABLE, in_batch=False),
    }
    sums: dict[str, Any] = {}
    for name, group in groups.items():
        amount = "carried_in_yen" if name == "carried_in" else "amount_yen"
        sums[f"{name}_count"] = Count("pk", filter=group)
        sums[f"{name}_yen"] = Sum(amount, filter=group, default=0)
    counted = statements.aggregate(**sums)
    paid = batch.payouts.aggregate(
        count=Count("pk"),
        yen=Sum("amount_yen", default=0),
        earlier_count=Count("pk", filter=~Q(statement__period_id=batch.period_id)),
        earlier_yen=Sum("amount_yen", filter=~Q(statement__period_id=batch.period_id), default=0),
    )
    return ControlTotals(
        payments=Line(ledger.payment_count, ledger.payment_points),
        refunds=Line(ledger.refund_count, -ledger.refund_points),
        adjustments=Line(ledger.adjustment_count, ledger.adjustment_yen),
        from_earlier_months=Line(paid["earlier_count"], int(paid["earlier_yen"])),
        payouts=Line(paid["count"], int(paid["yen"])),
        trailer=Line(trailer_count, trailer_yen),
        **{name: Line(counted[f"{name}_count"], int(counted[f"{name}_yen"])) for name in groups},
    )
