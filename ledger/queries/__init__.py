"""Every read of the ledger that pages, other rooms and reports use."""

from ledger.queries.months import (
    StoreTotals,
    earliest_open_month,
    is_closed,
    period_store_totals,
    period_totals_sql,
    periods_of,
)
from ledger.queries.payments import (
    DayTotals,
    RefundPlan,
    payment_by_key,
    payments_visible_to,
    plan_refund,
    postings_of,
    store_day_totals,
    store_payments,
)
from ledger.queries.rounds import (
    PaymentSpan,
    payment_span,
    reserved_points,
    rounds_visible_to,
)
from ledger.queries.totals import DayUse, ProgramTotals, daily_use, program_totals
from ledger.queries.wallets import (
    Balance,
    BalancePart,
    HistoryLine,
    balances_of,
    history_of,
    usable_points,
    wallet_ids_by_external_id,
    wallet_ids_of,
    wallet_of,
    wallets_visible_to,
)

__all__ = [
    "Balance",
    "BalancePart",
    "DayTotals",
    "DayUse",
    "HistoryLine",
    "PaymentSpan",
    "ProgramTotals",
    "RefundPlan",
    "StoreTotals",
    "balances_of",
    "daily_use",
    "earliest_open_month",
    "history_of",
    "is_closed",
    "payment_by_key",
    "payment_span",
    "payments_visible_to",
    "period_store_totals",
    "period_totals_sql",
    "periods_of",
    "plan_refund",
    "postings_of",
    "program_totals",
    "reserved_points",
    "rounds_visible_to",
    "store_day_totals",
    "store_payments",
    "usable_points",
    "wallet_ids_by_external_id",
    "wallet_ids_of",
    "wallet_of",
    "wallets_visible_to",
]
