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
    "ProgramTotals",
    "RefundPlan",
    "StoreTotals",
    "balances_of",
    "daily_use",
    "earliest_open_month",
    "history_of",
    "is_closed",
    "payment_by_key",
    "payments_visible_to",
    "period_store_totals",
    "period_totals_sql",
    "periods_of",
    "plan_refund",
    "postings_of",
    "program_totals",
    "store_day_totals",
    "store_payments",
    "usable_points",
    "wallet_ids_by_external_id",
    "wallet_ids_of",
    "wallet_of",
    "wallets_visible_to",
]
