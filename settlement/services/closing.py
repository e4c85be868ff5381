"""Closing a month: the ledger flips the month and commits, then the statements are built.

A crash between the two leaves a closed month without statements; running the close again builds
them. One row of `StatementRun`, unique per month, stands for "built" and is written in the same
transaction as all of the month's statements.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from ledger import errors as ledger_errors
from ledger import queries as ledger_queries
from ledger import services as ledger
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User
from settlement import queries
from settlement.errors import EarlierStatementsMissing, LedgerDiffers
from settlement.models import StatementRun
from settlement.services.locks import lock_settlement


def close_period(*, program_id: int, month: date, by: User | None, at: datetime) -> StatementRun:
    """Close a month and make one statement per store; run again after a crash, it completes.

    Raises:
        EarlierStatementsMissing: an earlier closed month has no statements yet.
        LedgerDiffers: the statements would not add up to the ledger; nothing is written.
        LedgerError: the month is not over, not next in order, or too busy.
    """
    _require_earlier_statements(program_id, month)
    try:
        ledger.close_month(program_id=program_id, month=month, by=by, at=at)
    except ledger_errors.AlreadyClosed:
        # Closed by a run that did not come to its end, or by another process; or before the
        # program began, and then there is no month to build statements for.
        if not ledger_queries.periods_of(program_id).filter(month=month).exists():
            raise
    return build_statements(program_id=program_id, month=month, by=by, at=at)


@transaction.atomic
def build_statements(
    *, program_id: int, month: date, by: User | None, at: datetime
) -> StatementRun:
    """Make the statements of a closed month, once; a second call returns the first result.

    Raises:
        EarlierStatementsMissing: an earlier closed month has no statements yet.
        LedgerDiffers: the statements would not add up to the ledger; nothing is written.
    """
    lock_settlement(program_id)
    period = ledger_queries.periods_of(program_id).get(month=month)
    built = StatementRun.objects.filter(period=period).first()
    if built:
        return built
    _require_earlier_statements(program_id, month)
    program = Program.objects.get(pk=program_id)
    count = _insert_statements(program, period_id=period.pk, month=month, at=at)
    totals = queries.ledger_totals(program_id=program_id, month=month)
    run = StatementRun.objects.create(
        period=period,
        built_at=at,
        built_by=by,
        statement_count=count,
        **asdict(totals),
    )
    stated = queries.statement_totals(period_id=period.pk)
    if stated != totals:
        raise LedgerDiffers(difference_yen=stated.owed_yen - totals.owed_yen)
    audit.record(
        code="settlement.statements.built",
        target=run,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"month": f"{month:%Y-%m}", "statements": count, "ledger_yen": run.ledger_yen},
    )
    return run


def _require_earlier_statements(program_id: int, month: date) -> None:
    # A negative amount is carried into the next statement, so months are stated in order.
    missing = (
        queries.closed_periods(program_id)
        .filter(month__lt=month, statement_run__isnull=True)
        .order_by("month")
        .first()
    )
    if missing:
        raise EarlierStatementsMissing(month=missing.month)


# A store has a line when it takes part, when anything moved, or when an amount waits to be carried.
_INSERT = """
    INSERT INTO settlement_statement
        (program_id, period_id, store_id, document_number, store_code, store_name, payment_count,
         payment_points, refund_count, refund_points, adjustment_count, adjustment_yen,
         carried_in_yen, carried_from_id, amount_yen, status, hold, hold_reason, created_at)
    SELECT %(program_id)s, %(period_id)s, store_id, %(number_start)s || code, code, name,
           payment_count, payment_points, refund_count, refund_points, adjustment_count,
           adjustment_yen, carried_in_yen, carried_from_id, amount_yen,
           CASE WHEN amount_yen = 0 THEN 'ZERO' WHEN amount_yen < 0 THEN 'CARRIED'
                WHEN has_account THEN 'PAYABLE' ELSE 'HELD' END,
           CASE WHEN amount_yen > 0 AND NOT has_account THEN 'NO_ACCOUNT' ELSE '' END,
           '', %(at)s
      FROM (
        SELECT store.*, coalesce(moved.payment_count, 0) AS payment_count,
               coalesce(moved.payment_points, 0) AS payment_points,
               coalesce(moved.refund_count - moved.late_refund_count, 0) AS refund_count,
               coalesce(moved.refund_points - moved.late_refund_points, 0) AS refund_points,
               coalesce(moved.late_refund_count, 0) AS adjustment_count,
               coalesce(-moved.late_refund_points, 0) AS adjustment_yen,
               waiting.id AS carried_from_id,
               coalesce(waiting.amount_yen, 0) AS carried_in_yen,
               coalesce(moved.payment_points, 0) - coalesce(moved.refund_points, 0)
                   + coalesce(waiting.amount_yen, 0) AS amount_yen
          FROM unnest(%(store_ids)s::bigint[], %(codes)s::text[], %(names)s::text[],
                      %(takes_part)s::boolean[], %(has_account)s::boolean[])
               AS store (store_id, code, name, takes_part, has_account)
          LEFT JOIN ({totals}) AS moved USING (store_id)
          LEFT JOIN settlement_statement AS waiting
            ON waiting.store_id = store.store_id AND waiting.program_id = %(program_id)s
           AND waiting.status = 'CARRIED'
           AND NOT EXISTS (SELECT 1 FROM settlement_statement AS taken
                            WHERE taken.carried_from_id = waiting.id)
         WHERE takes_part OR moved.store_id IS NOT NULL OR waiting.id IS NOT NULL
      ) AS line
     ORDER BY code
"""


def _insert_statements(program: Program, *, period_id: int, month: date, at: datetime) -> int:
    stores = queries.stores_to_state(program=program, month=month)
    parameters: dict[str, Any] = {
        "program_id": program.pk,
        "period_id": period_id,
        "month": month,
        "at": at,
        "number_start": f"{month:%y%m}-",
        "store_ids": [store.store_id for store in stores],
        "codes": [store.code for store in stores],
        "names": [store.name for store in stores],
        "takes_part": [store.takes_part for store in stores],
        "has_account": [store.has_account for store in stores],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(totals=ledger_queries.period_totals_sql()), parameters)
        return int(cursor.rowcount)
