"""The months of a program side by side: how far each has come and what is due next."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q, Sum

from pointsys.common import calendar
from pointsys.common.clock import first_of_month, jst_date, next_month
from pointsys.programs.models import Program
from settlement.models import PayoutBatch, Statement, StatementRun
from settlement.queries.lines import is_ready
from settlement.queries.months import closed_periods
from settlement.queries.states import State

LIVE = (
    PayoutBatch.Status.PREPARED,
    PayoutBatch.Status.APPROVED,
    PayoutBatch.Status.SUBMITTED,
    PayoutBatch.Status.PAID,
)

_UNDER_WAY: Final = {
    PayoutBatch.Status.PREPARED: State("wait", "承認待ち"),
    PayoutBatch.Status.APPROVED: State("wait", "銀行への送信待ち"),
    PayoutBatch.Status.SUBMITTED: State("info", "振込待ち"),
}


@dataclass(frozen=True)
class Waiting:
    """Statements of a month that no file pays yet; a file made now takes the payable ones."""

    payable_count: int = 0
    held_count: int = 0
    held_yen: int = 0


@dataclass(frozen=True)
class MonthOverview:
    """One month of a program: planned dates, what is done, what waits."""

    month: date
    payment_date: date
    payment_date_reason: str
    file_due_date: date
    is_over: bool
    closed_at: datetime | None = None
    run: StatementRun | None = None
    batches: list[PayoutBatch] = field(default_factory=list)
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def batch(self) -> PayoutBatch | None:
        """The newest file that counts."""
        return self.batches[-1] if self.batches else None

    @property
    def sent_yen(self) -> int:
        """What the files of the month pay, sent or not."""
        return sum(batch.total_yen for batch in self.batches)

    @property
    def state(self) -> State:
        """What the month waits for."""
        if self.batch and self.batch.status in _UNDER_WAY:
            return _UNDER_WAY[PayoutBatch.Status(self.batch.status)]
        if self.run and self.waiting.payable_count:
            return State("wait", "データ作成待ち")
        if self.run:
            return State("ok", "振込済") if self.batch else State("info", "振込なし")
        if self.closed_at:
            return State("stop", "明細の作成待ち")
        return State("wait", "締め待ち") if self.is_over else State("info", "利用中")


def month_overviews(program: Program, at: datetime) -> list[MonthOverview]:
    """Return the months of a program up to now, newest first."""
    periods = {period.month: period for period in closed_periods(program.pk)}
    until = first_of_month(jst_date(at))
    months = list(_months(program, until))
    runs = {
        run.period_id: run
        for run in StatementRun.objects.filter(period__program=program).select_related("built_by")
    }
    batches: dict[int, list[PayoutBatch]] = defaultdict(list)
    for batch in (
        PayoutBatch.objects.filter(program=program, status__in=LIVE)
        .select_related("period")
        .order_by("sequence")
    ):
        batches[batch.period_id].append(batch)
    waiting = _waiting_by_period(program)
    overviews = []
    for month in months:
        period = periods.get(month)
        planned = calendar.payment_date(
            month, program.settlement_payment_day, program.settlement_payment_shift
        )
        overviews.append(
            MonthOverview(
                month=month,
                payment_date=planned.payment_date,
                payment_date_reason=planned.explanation,
                file_due_date=planned.bank_days_before(program.file_lead_bank_days),
                is_over=next_month(month) <= jst_date(at),
                closed_at=period.closed_at if period else None,
                run=runs.get(period.pk) if period else None,
                batches=batches[period.pk] if period else [],
                waiting=waiting.get(period.pk, Waiting()) if period else Waiting(),
            )
        )
    return overviews


def month_overview(program: Program, month: date, at: datetime) -> MonthOverview | None:
    """Return one month of a program, or None when it has not begun."""
    return next((each for each in month_overviews(program, at) if each.month == month), None)


def _months(program: Program, until: date) -> Iterable[date]:
    first = first_of_month(jst_date(program.usage_starts_at))
    months = [first] if first <= until else []
    while months and months[-1] < until:
        months.append(next_month(months[-1]))
    return reversed(months)


def _waiting_by_period(program: Program) -> dict[int, Waiting]:
    rows = (
        Statement.objects.filter(
            program=program, status__in=[Statement.Status.PAYABLE, Statement.Status.HELD]
        )
        .exclude(payouts__status__in=["PENDING", "PAID"])
        .annotate(is_ready=is_ready())
        .values_list("period_id")
        .annotate(
            payable=Count("pk", filter=Q(is_ready=True)),
            held=Count("pk", filter=Q(is_ready=False)),
            yen=Sum("amount_yen", filter=Q(is_ready=False), default=0),
        )
    )
    return {period_id: Waiting(payable, held, int(yen)) for period_id, payable, held, yen in rows}
