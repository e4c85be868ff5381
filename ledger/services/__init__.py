"""Every write of the ledger, one function per act; each act has its module."""

from ledger.services.grants import GrantResult, create_round, finish_round, grant_points
from ledger.services.months import close_month
from ledger.services.payments import Channel, burn_key, pay
from ledger.services.payouts import PayoutBooking, book_payouts
from ledger.services.refunds import refund_payment
from ledger.services.wallets import open_wallets

__all__ = [
    "Channel",
    "GrantResult",
    "PayoutBooking",
    "book_payouts",
    "burn_key",
    "close_month",
    "create_round",
    "finish_round",
    "grant_points",
    "open_wallets",
    "pay",
    "refund_payment",
]
