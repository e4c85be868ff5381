from cards.models.cards import Card, CardPolicy, StockBatch
from cards.models.terminals import (
    CardEarn,
    CardPayment,
    EarnRule,
    Reading,
    Terminal,
    TerminalNonce,
)

__all__ = [
    "Card",
    "CardEarn",
    "CardPayment",
    "CardPolicy",
    "EarnRule",
    "Reading",
    "StockBatch",
    "Terminal",
    "TerminalNonce",
]
