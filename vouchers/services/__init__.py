"""Every act of the sale of vouchers: set up, apply, confirm, draw, decide, tell."""

from vouchers.services.applications import apply, send_again, withdraw
from vouchers.services.campaigns import (
    RoundPlan,
    Terms,
    add_round,
    change_campaign,
    change_round,
    create_campaign,
    move_purchase_period,
    open_round,
    open_sale,
    start_selling,
)
from vouchers.services.drawing import approve_draw, freeze, hold_draw, refuse_draw
from vouchers.services.noticing import remind
from vouchers.services.residency import confirm, delete_pictures, open_picture, refuse

__all__ = [
    "RoundPlan",
    "Terms",
    "add_round",
    "apply",
    "approve_draw",
    "change_campaign",
    "change_round",
    "confirm",
    "create_campaign",
    "delete_pictures",
    "freeze",
    "hold_draw",
    "move_purchase_period",
    "open_picture",
    "open_round",
    "open_sale",
    "refuse",
    "refuse_draw",
    "remind",
    "send_again",
    "start_selling",
    "withdraw",
]
