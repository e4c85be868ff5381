from datetime import date, datetime

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from ledger import queries
from ledger.errors import AlreadyClosed, CloseBusy, EarlierMonthOpen, MonthNotOver
from ledger.models import Period
from pointsys.audit import services as audit
from pointsys.common.clock import jst_midnight, next_month
from pointsys.programs.models import Program
from pointsys.users.models import User

LEDGER_LOCK = 20416  # the same number as in ledger/sql/common_v1.sql
TRIES = 5


def close_month(*, program_id: int, month: date, by: User | None, at: datetime) -> Period:
    """Close a month for good: what moves from here on belongs to the next one.

    `month` is its first day. Committed when this returns; statements are built afterwards from the
    immutable month of each transfer (design.md 4, rule 7).

    Raises:
        MonthNotOver: the month has not ended in Japan.
        EarlierMonthOpen: months close in order.
        AlreadyClosed: it was closed before.
        CloseBusy: payments kept the month for too long; try again.
    """
    for attempt in range(TRIES):
        try:
            return _close(program_id=program_id, month=month, by=by, at=at)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or attempt == TRIES - 1:
                if isinstance(error.__cause__, LockNotAvailable):
                    raise CloseBusy from error
                raise
    raise AssertionError("unreachable")


# Durable: inside a caller's transaction the month would not be closed when this returns, and the
# exclusive lock would keep every payment waiting until that caller is done.
@transaction.atomic(durable=True)
def _close(*, program_id: int, month: date, by: User | None, at: datetime) -> Period:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LEDGER_LOCK, program_id])
    program = Program.objects.get(pk=program_id)
    if at < jst_midnight(next_month(month)):
        raise MonthNotOver(month=month)
    period = Period.objects.filter(program_id=program_id, month=month).first()
    if period and period.status == Period.Status.CLOSED:
        raise AlreadyClosed(month=month)
    earliest = queries.earliest_open_month(program=program)
    if earliest < month:
        raise EarlierMonthOpen(month=earliest)
    if month < earliest:
        raise AlreadyClosed(month=month)
    period = period or Period(program_id=program_id, month=month)
    period.status = Period.Status.CLOSED
    period.closed_at = at
    period.closed_by = by
    period.save()
    audit.record(
        code="ledger.month.closed",
        target=period,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"month": month.isoformat()},
    )
    return period
