from cards.models.cards import Card, CardPolicy, StockBatch
from cards.models.terminals import CardEarn, CardPayment, EarnRule, Terminal, TerminalNonce

__all__ = [
    "Card",
    "CardEarn",
    "CardPayment",
    "CardPolicy",
    "EarnRule",
    "StockBatch",
    "Terminal",
    "TerminalNonce",
]
