"""Every write of the ledger, one function per act; each act has its module."""

from ledger.services.grants import GrantResult, create_round, finish_round, grant_points
from ledger.services.months import close_month
from ledger.services.payments import Channel, burn_key, pay
from ledger.services.payouts import PayoutBooking, book_payouts
from ledger.services.refunds import refund_payment
from ledger.services.reservations import move_reservation
from ledger.services.single_grants import SingleGrant, grant_one, lock_rounds
from ledger.services.wallets import open_wallet, open_wallets

__all__ = [
    "Channel",
    "GrantResult",
    "PayoutBooking",
    "SingleGrant",
    "book_payouts",
    "burn_key",
    "close_month",
    "create_round",
    "finish_round",
    "grant_one",
    "grant_points",
    "lock_rounds",
    "move_reservation",
    "open_wallet",
    "open_wallets",
    "pay",
    "refund_payment",
]
