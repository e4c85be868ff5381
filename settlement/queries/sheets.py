"""One statement as its store reads it: on paper, on the portal, and on the office's page."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from pointsys.audit import queries as audit
from pointsys.audit.models import AuditEvent
from pointsys.common import calendar
from pointsys.common.clock import jst_date, next_month
from pointsys.programs.models import Program
from settlement.models import BankFileProfile, Payout, PayoutBatch, Statement, StatementRun
from settlement.queries.lists import row_of, with_payouts
from settlement.queries.states import State
from stores import queries as stores

ACCOUNT_TYPES = {"1": "普通", "2": "当座", "4": "貯蓄", "9": "その他"}
STATEMENT_ACTS = {
    "settlement.statement.held": "支払いを止めた",
    "settlement.statement.released": "支払停止を解いた",
}


@dataclass(frozen=True)
class PaidTo:
    """An account as stores may see it: the number with its last three digits only."""

    bank_name: str
    branch_name: str
    account_type: str
    number_tail: str


@dataclass(frozen=True)
class StatementSheet:
    """Everything a statement says, and nothing that it does not."""

    statement: Statement
    program: Program
    payout: Payout | None
    run: StatementRun
    state: State
    payment_date: date | None
    payment_date_reason: str
    account: PaidTo | None
    sender_kana: str

    @property
    def month(self) -> date:
        """The month of use."""
        return self.statement.period.month

    @property
    def last_day(self) -> date:
        """The last day of the month of use."""
        return date.fromordinal(next_month(self.month).toordinal() - 1)

    @property
    def issued_on(self) -> date:
        """The day the statement was made."""
        return jst_date(self.run.built_at)

    @property
    def is_paid(self) -> bool:
        """Whether the bank has paid it."""
        return bool(self.payout and self.payout.status == Payout.Status.PAID)

    @property
    def line_count(self) -> int:
        """How many payments and refunds it adds up."""
        statement = self.statement
        return statement.payment_count + statement.refund_count + statement.adjustment_count

    @property
    def steps(self) -> list[dict[str, str]]:
        """The stages a store follows: closed, checked, approved, paid."""
        batch = self.payout.batch if self.payout else None
        steps = [
            ("締め", _day(self.run.built_at), True),
            ("確認", _day(batch.prepared_at) if batch else "", batch is not None),
            _approval_step(batch),
            ("お振込", _short(self.payment_date), self.is_paid),
        ]
        first_open = next((name for name, _, is_done in steps if not is_done), None)
        return [
            {
                "name": name,
                "note": note,
                "state": "done" if is_done else "now" if name == first_open else "",
            }
            for name, note, is_done in steps
        ]


def statement_sheet(statement: Statement, at: datetime) -> StatementSheet:
    """Return what a statement says now; later only its payment becomes more certain."""
    if not hasattr(statement, "live_payouts"):
        statement = with_payouts(
            Statement.objects.select_related("program__client", "period", "store")
        ).get(pk=statement.pk)
    row = row_of(statement)
    payout = row.payout
    paid_on, reason = _payment_date(statement, payout, at)
    return StatementSheet(
        statement=statement,
        program=statement.program,
        payout=payout,
        run=StatementRun.objects.get(period_id=statement.period_id),
        state=row.state,
        payment_date=paid_on,
        payment_date_reason=reason,
        account=_account(statement, payout),
        sender_kana=_sender(statement, payout),
    )


def statement_history(statement: Statement) -> list[tuple[AuditEvent, str]]:
    """Return who stopped and released the payment of a statement, newest first."""
    events = audit.events_of(statement).filter(code__in=STATEMENT_ACTS).select_related("by")
    return [(event, STATEMENT_ACTS[event.code]) for event in events.reverse()]


def bank_days_until(day: date, at: datetime) -> int:
    """Return how many bank days are left until a deadline; 0 on its day and after it."""
    today, count = jst_date(at), 0
    while today < day:
        today = calendar.next_bank_day(today)
        count += 1
    return count


def _payment_date(
    statement: Statement, payout: Payout | None, at: datetime
) -> tuple[date | None, str]:
    if payout:
        return payout.batch.payment_date, payout.batch.payment_date_reason
    program = statement.program
    planned = calendar.payment_date(
        statement.period.month,
        program.settlement_payment_day,
        program.settlement_payment_shift,
    )
    if statement.status != Statement.Status.PAYABLE or planned.payment_date < jst_date(at):
        return None, ""
    return planned.payment_date, planned.explanation


def _account(statement: Statement, payout: Payout | None) -> PaidTo | None:
    if payout:
        return PaidTo(
            payout.bank_name,
            payout.branch_name,
            ACCOUNT_TYPES.get(payout.account_type, ""),
            payout.number_tail,
        )
    current = stores.current_account(statement.store_id)
    if current is None:
        return None
    return PaidTo(current.bank_name, current.branch_name, "", current.number_tail)


def _sender(statement: Statement, payout: Payout | None) -> str:
    if payout:
        return payout.batch.profile.consignor_kana
    profiles = BankFileProfile.objects.filter(client_id=statement.program.client_id, is_active=True)
    names = list(profiles.values_list("consignor_kana", flat=True).distinct()[:2])
    return names[0] if len(names) == 1 else ""


def _approval_step(batch: PayoutBatch | None) -> tuple[str, str, bool]:
    if batch and batch.approved_at:
        return "承認", _day(batch.approved_at), True
    return "承認待ち", "", False


def _day(at: datetime) -> str:
    return _short(timezone.localtime(at).date())


def _short(day: date | None) -> str:
    return f"{day.month}/{day.day}" if day else ""
