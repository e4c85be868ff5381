from vouchers.models.applications import Application, ResidencyDocument
from vouchers.models.campaigns import Campaign, SaleRound
from vouchers.models.orders import Buyer, DepositFile, Order, Receipt

__all__ = [
    "Application",
    "Buyer",
    "Campaign",
    "DepositFile",
    "Order",
    "Receipt",
    "ResidencyDocument",
    "SaleRound",
]
