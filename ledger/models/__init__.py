from ledger.models.books import Account, Payment, Period, Posting, Transfer
from ledger.models.wallets import GrantRound, Lot, Wallet

__all__ = [
    "Account",
    "GrantRound",
    "Lot",
    "Payment",
    "Period",
    "Posting",
    "Transfer",
    "Wallet",
]
