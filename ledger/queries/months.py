from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Max, Min, QuerySet

from ledger.models import Period, Transfer
from pointsys.common.clock import first_of_month, jst_date, next_month
from pointsys.programs.models import Program


@dataclass(frozen=True)
class StoreTotals:
    """What one store took and gave back in one month of a program; points are yen.

    Late refunds are the part of the refunds that gives back payments of months closed before.
    """

    store_id: int
    payment_count: int
    payment_points: int
    refund_count: int
    refund_points: int
    late_refund_count: int
    late_refund_points: int


@dataclass(frozen=True)
class MonthLine:
    """One payment or refund of a store's month; a refund's points are negative."""

    occurred_at: datetime
    receipt_number: str
    till_number: int
    points: int
    is_late: bool


def periods_of(program_id: int) -> QuerySet[Period]:
    """Return the months of a program that have a row, newest first."""
    return Period.objects.filter(program_id=program_id).order_by("-month")


def is_closed(*, program_id: int, month: date) -> bool:
    """Tell whether the month is closed."""
    return Period.objects.filter(
        program_id=program_id, month__gte=month, status=Period.Status.CLOSED
    ).exists()


def earliest_open_month(*, program: Program) -> date:
    """Return the month that closes next: after the last closed one, else the first month of use.

    A payment that was on its way when the start of use was put off counts: its month is never
    passed over, or nobody would be paid for it.
    """
    last: date | None = Period.objects.filter(
        program_id=program.pk, status=Period.Status.CLOSED
    ).aggregate(last=Max("month"))["last"]
    if last:
        return next_month(last)
    starts = first_of_month(jst_date(program.usage_starts_at))
    # Normally there is none, and the block range index on the period says so at once.
    before: date | None = Transfer.objects.filter(
        program_id=program.pk, kind=Transfer.Kind.PAYMENT, period__lt=starts
    ).aggregate(first=Min("period"))["first"]
    return before or starts


def period_totals_sql() -> str:
    """Return the SELECT behind `period_store_totals`, for INSERT … SELECT in settlement.

    Parameters: %(program_id)s, %(month)s. Columns: those of `StoreTotals`, in its order.
    """
    return """
        SELECT moved.store_id,
               count(*) FILTER (WHERE moved.kind = 'PAYMENT') AS payment_count,
               coalesce(sum(moved.points) FILTER (WHERE moved.kind = 'PAYMENT'), 0)::bigint
                   AS payment_points,
               count(*) FILTER (WHERE moved.kind = 'REFUND') AS refund_count,
               coalesce(sum(moved.points) FILTER (WHERE moved.kind = 'REFUND'), 0)::bigint
                   AS refund_points,
               count(*) FILTER (WHERE paid.period < moved.period) AS late_refund_count,
               coalesce(sum(moved.points) FILTER (WHERE paid.period < moved.period), 0)::bigint
                   AS late_refund_points
          FROM ledger_transfer AS moved
          LEFT JOIN ledger_transfer AS paid
            ON moved.kind = 'REFUND' AND paid.id = moved.reverses_id
         WHERE moved.program_id = %(program_id)s AND moved.period = %(month)s
           AND moved.kind IN ('PAYMENT', 'REFUND')
         GROUP BY moved.store_id
    """


def period_store_totals(*, program_id: int, month: date) -> list[StoreTotals]:
    """Return what each store with movements took and gave back in a month, by store id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{period_totals_sql()} ORDER BY store_id",
            {"program_id": program_id, "month": month},
        )
        return [StoreTotals(*row) for row in cursor.fetchall()]


def store_month_lines(*, program_id: int, store_id: int, month: date) -> Iterator[MonthLine]:
    """Yield what a store's month is the sum of, oldest first; they add up to its `StoreTotals`."""
    transfers = (
        Transfer.objects.filter(
            program_id=program_id,
            store_id=store_id,
            period=month,
            kind__in=[Transfer.Kind.PAYMENT, Transfer.Kind.REFUND],
        )
        .select_related("payment__till", "reverses__payment__till")
        .order_by("occurred_at", "id")
    )
    for transfer in transfers.iterator(chunk_size=2_000):
        paid = transfer.reverses if transfer.kind == Transfer.Kind.REFUND else transfer
        assert paid is not None, "the constraint of transfers ties each refund to its payment"
        is_refund = paid is not transfer
        yield MonthLine(
            occurred_at=transfer.occurred_at,
            receipt_number=paid.payment.receipt_number,
            till_number=paid.payment.till.number,
            points=-transfer.points if is_refund else transfer.points,
            is_late=is_refund and paid.period < transfer.period,
        )
