"""Every read of settlement that pages, other rooms and reports use."""

from settlement.queries.batches import (
    batch_in_the_making,
    batches_visible_to,
    is_downloaded,
    profiles_visible_to,
)
from settlement.queries.lines import PayoutLine, payable_lines, waiting_statements
from settlement.queries.months import (
    PaymentPlan,
    StoreToState,
    closed_periods,
    payment_plan,
    programs_visible_to,
    stores_to_state,
)
from settlement.queries.roles import VIEW_ROLES
from settlement.queries.statements import (
    has_current_account,
    live_payout_of,
    statements_of_staff,
    statements_visible_to,
)
from settlement.queries.totals import (
    ControlTotals,
    MonthTotals,
    control_totals,
    ledger_totals,
    statement_totals,
)

__all__ = [
    "VIEW_ROLES",
    "ControlTotals",
    "MonthTotals",
    "PaymentPlan",
    "PayoutLine",
    "StoreToState",
    "batch_in_the_making",
    "batches_visible_to",
    "closed_periods",
    "control_totals",
    "has_current_account",
    "is_downloaded",
    "ledger_totals",
    "live_payout_of",
    "payable_lines",
    "payment_plan",
    "profiles_visible_to",
    "programs_visible_to",
    "statement_totals",
    "statements_of_staff",
    "statements_visible_to",
    "stores_to_state",
    "waiting_statements",
]
