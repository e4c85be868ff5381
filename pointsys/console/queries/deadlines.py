"""What the calendar of a program asks for next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pointsys.common.clock import jst_date, next_month
from pointsys.programs.models import Program
from settlement import queries as settlement


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due; `moved_because` says why it is not on its usual day.

    What is late keeps the day that was missed; `moved_because` then says what can still be done.
    """

    day: date
    words: str
    moved_because: str = ""
    is_late: bool = False


def deadlines_of(*, program: Program, at: datetime) -> tuple[Deadline, ...]:
    """Return what the program's calendar asks for next, soonest first."""
    today = jst_date(at)
    found: list[Deadline] = []
    for month in _months_to_pay(program, today):
        plan = settlement.payment_plan(program=program, month=month, at=at)
        name = f"{month.month}月分"
        found.append(_file_deadline(plan, f"{name}の総合振込データの提出"))
        found.append(Deadline(plan.payment_date, f"{name}の支払日", plan.reason))
    end = jst_date(program.usage_ends_at - timedelta(microseconds=1))
    if end >= today:
        found.append(Deadline(end, "ポイントを使える最後の日"))
    return tuple(sorted(found, key=lambda deadline: deadline.day))


def _file_deadline(plan: settlement.PaymentPlan, words: str) -> Deadline:
    if plan.missed_due_date is None:
        return Deadline(plan.file_due_date, words)
    missed, until, paid = plan.missed_due_date, plan.file_due_date, plan.payment_date
    still = (
        f"{missed.month}月{missed.day}日の期限を過ぎました。"
        f"{until.month}月{until.day}日に出すと、支払日は{paid.month}月{paid.day}日です。"
    )
    return Deadline(missed, words, still, is_late=True)


def _months_to_pay(program: Program, today: date) -> list[date]:
    """Return the months whose file still has to reach the bank: the last ones and the current."""
    batches = program.payout_batches.filter(status__in=["SUBMITTED", "PAID"])
    settled = set(batches.values_list("period__month", flat=True))
    first = jst_date(program.usage_starts_at).replace(day=1)
    last = min(today, jst_date(program.usage_ends_at)).replace(day=1)
    months: list[date] = []
    month = first
    while month <= last:
        if month not in settled:
            months.append(month)
        month = next_month(month)
    return months[-2:]
