from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Max, QuerySet

from ledger.models import Period
from pointsys.common.clock import first_of_month, jst_date, next_month
from pointsys.programs.models import Program


@dataclass(frozen=True)
class StoreTotals:
    """What one store took and gave back in one month of a program; points are yen."""

    store_id: int
    payment_count: int
    payment_points: int
    refund_count: int
    refund_points: int


def periods_of(program_id: int) -> QuerySet[Period]:
    """Return the months of a program that have a row, newest first."""
    return Period.objects.filter(program_id=program_id).order_by("-month")


def is_closed(*, program_id: int, month: date) -> bool:
    """Tell whether the month is closed."""
    return Period.objects.filter(
        program_id=program_id, month__gte=month, status=Period.Status.CLOSED
    ).exists()


def earliest_open_month(*, program: Program) -> date:
    """Return the month that closes next: after the last closed one, else the first month of use."""
    last: date | None = Period.objects.filter(
        program_id=program.pk, status=Period.Status.CLOSED
    ).aggregate(last=Max("month"))["last"]
    return next_month(last) if last else first_of_month(jst_date(program.usage_starts_at))


def period_totals_sql() -> str:
    """Return the SELECT behind `period_store_totals`, for INSERT … SELECT in settlement.

    Parameters: %(program_id)s, %(month)s. Columns: store_id, payment_count, payment_points,
    refund_count, refund_points.
    """
    return """
        SELECT store_id,
               count(*) FILTER (WHERE kind = 'PAYMENT') AS payment_count,
               coalesce(sum(points) FILTER (WHERE kind = 'PAYMENT'), 0)::bigint AS payment_points,
               count(*) FILTER (WHERE kind = 'REFUND') AS refund_count,
               coalesce(sum(points) FILTER (WHERE kind = 'REFUND'), 0)::bigint AS refund_points
          FROM ledger_transfer
         WHERE program_id = %(program_id)s AND period = %(month)s
           AND kind IN ('PAYMENT', 'REFUND')
         GROUP BY store_id
    """


def period_store_totals(*, program_id: int, month: date) -> list[StoreTotals]:
    """Return what each store with movements took and gave back in a month, by store id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{period_totals_sql()} ORDER BY store_id",
            {"program_id": program_id, "month": month},
        )
        return [StoreTotals(*row) for row in cursor.fetchall()]
