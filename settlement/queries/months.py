from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from ledger import queries as ledger_queries
from pointsys.common import calendar
from pointsys.common.clock import jst_date, jst_midnight, next_month
from pointsys.programs import queries as programs
from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import User
from settlement.queries.roles import VIEW_ROLES

if TYPE_CHECKING:
    from ledger.models import Period


@dataclass(frozen=True)
class StoreToState:
    """A store of a program as the making of a month's statements sees it."""

    store_id: int
    code: str
    name: str
    takes_part: bool
    has_account: bool


@dataclass(frozen=True)
class PaymentPlan:
    """When a month's use is paid, why on that day, and when the bank wants the file.

    Where it is late, `file_due_date` is the earliest day on which the bank still takes the file.
    """

    payment_date: date
    reason: str
    file_due_date: date
    is_late: bool = False
    missed_due_date: date | None = None  # the day that was planned, where it is past


def programs_visible_to(user: User | AnonymousUser) -> QuerySet[Program]:
    """Return the programs whose settlement the user may see."""
    return programs.programs_visible_to(user).filter(
        client_id__in=users.client_ids(user, VIEW_ROLES)
    )


def closed_periods(program_id: int) -> "QuerySet[Period]":
    """Return the closed months of a program, newest first."""
    return ledger_queries.periods_of(program_id).filter(status="CLOSED")


def stores_to_state(*, program: Program, month: date) -> list[StoreToState]:
    """Return every store that ever joined the program; those that take part get a line in any case.

    A store takes part in a month when it is active and joined before the month's end.
    """
    until = jst_midnight(next_month(month))
    rows = program.enrolments.annotate(
        accounts=Count("store__bank_accounts", filter=Q(store__bank_accounts__is_current=True))
    ).values_list("store_id", "store__code", "store__name", "status", "enrolled_at", "accounts")
    return [
        StoreToState(
            store_id=store_id,
            code=code,
            name=name,
            takes_part=status == "ACTIVE" and enrolled_at < until,
            has_account=accounts > 0,
        )
        for store_id, code, name, status, enrolled_at, accounts in rows
    ]


def payment_plan(*, program: Program, month: date, at: datetime) -> PaymentPlan:
    """Return when a month is paid if its file were made now.

    Past the deadline of the planned day the file goes out for the earliest bank day there is: a
    transfer date has no year, so a bank would take a past day for one of next year.
    """
    lead = program.file_lead_bank_days
    planned = calendar.payment_date(
        month, program.settlement_payment_day, program.settlement_payment_shift
    )
    due = planned.bank_days_before(lead)
    today = jst_date(at)
    if today <= due:
        return PaymentPlan(planned.payment_date, planned.explanation, due)
    start = today if calendar.is_bank_day(today) else calendar.next_bank_day(today)
    reason = f"提出期限（{due.month}月{due.day}日）を過ぎたため、いちばん早い銀行営業日"
    return PaymentPlan(
        calendar.next_bank_day(start, lead), reason, start, is_late=True, missed_due_date=due
    )
