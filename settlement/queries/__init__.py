"""Every read of settlement that pages, other rooms and reports use."""

from settlement.queries.batch_page import (
    DoublePaymentChecks,
    SentMonth,
    double_payment_checks,
    month_before,
    register_of,
)
from settlement.queries.batches import (
    batch_in_the_making,
    batches_visible_to,
    is_downloaded,
    profiles_visible_to,
)
from settlement.queries.lines import (
    PayoutLine,
    current_accounts,
    payable_lines,
    waiting_statements,
)
from settlement.queries.lists import (
    StatementFilter,
    StatementRow,
    filtered_statements,
    row_of,
    rows_of,
    with_payouts,
)
from settlement.queries.months import (
    PaymentPlan,
    StoreToState,
    closed_periods,
    payment_plan,
    programs_visible_to,
    stores_to_state,
)
from settlement.queries.overview import MonthOverview, month_overview, month_overviews
from settlement.queries.roles import VIEW_ROLES
from settlement.queries.sheets import (
    PaidTo,
    StatementSheet,
    bank_days_until,
    statement_history,
    statement_sheet,
)
from settlement.queries.statements import (
    has_current_account,
    live_payout_of,
    statements_of_staff,
    statements_visible_to,
)
from settlement.queries.states import State, batch_state, statement_state
from settlement.queries.totals import (
    ControlTotals,
    Line,
    MonthTotals,
    control_totals,
    ledger_totals,
    statement_totals,
)

__all__ = [
    "VIEW_ROLES",
    "ControlTotals",
    "DoublePaymentChecks",
    "Line",
    "MonthOverview",
    "MonthTotals",
    "PaidTo",
    "PaymentPlan",
    "PayoutLine",
    "SentMonth",
    "State",
    "StatementFilter",
    "StatementRow",
    "StatementSheet",
    "StoreToState",
    "bank_days_until",
    "batch_in_the_making",
    "batch_state",
    "batches_visible_to",
    "closed_periods",
    "control_totals",
    "current_accounts",
    "double_payment_checks",
    "filtered_statements",
    "has_current_account",
    "is_downloaded",
    "ledger_totals",
    "live_payout_of",
    "month_before",
    "month_overview",
    "month_overviews",
    "payable_lines",
    "payment_plan",
    "profiles_visible_to",
    "programs_visible_to",
    "register_of",
    "row_of",
    "rows_of",
    "statement_history",
    "statement_sheet",
    "statement_state",
    "statement_totals",
    "statements_of_staff",
    "statements_visible_to",
    "stores_to_state",
    "waiting_statements",
    "with_payouts",
]
