from typing import TYPE_CHECKING

from pointsys.residents.models import Resident
from vouchers.models import (
    Application,
    Campaign,
    DepositFile,
    Order,
    Receipt,
    ResidencyDocument,
    SaleRound,
)

if TYPE_CHECKING:
    from tests.permissions.world import World

PUBLIC: set[str] = set()
NAMES = (
    "campaign_edit", "round_new", "round", "round_edit", "round_open", "letters", "letters_csv",
    "round_period", "queue_next", "application", "picture", "draw", "draw_freeze", "draw_run",
    "draw_approve", "draw_refuse", "assist_find", "assist_enter", "assist_check", "assist_picture",
    "assist_done",
)  # fmt: skip
OWN_NAMES = (
    "apply", "apply_price", "apply_document", "apply_picture", "apply_check", "application",
    "done", "withdraw", "send_again",
)  # fmt: skip


def add_rows(world: "World") -> None:
    """Name rows of vouchers for the addresses that carry them."""
    campaign = Campaign.objects.get(program__code="miyagi-shohinken")
    open_round = SaleRound.objects.get(campaign=campaign, number=3)
    drawn_round = SaleRound.objects.get(campaign=campaign, number=1)
    resident = Resident.objects.get(user=world.people["RESIDENT"])
    own = Application.objects.get(sale_round=drawn_round, resident=resident)
    waiting = Application.objects.filter(sale_round=open_round, status="RECEIVED").earliest("pk")
    document = ResidencyDocument.objects.get(application=waiting, deleted_at__isnull=True)
    assisted = Application.objects.filter(
        sale_round__campaign=campaign, assisted_by__isnull=False
    ).earliest("pk")
    values = {
        "campaign_id": campaign.pk,
        "round_id": open_round.pk,
        "application_id": waiting.pk,
        "document_uuid": document.uuid,
        "resident_id": resident.pk,
    }
    for name in NAMES:
        world.by_name[f"vouchers:{name}"] = dict(values)
    for name in ("letters", "letters_csv", "draw"):
        world.by_name[f"vouchers:{name}"]["round_id"] = drawn_round.pk
    world.by_name["vouchers:assist_done"]["application_uuid"] = assisted.uuid
    for name in OWN_NAMES:
        world.by_name[f"my_vouchers:{name}"] = {
            "round_id": open_round.pk,
            "application_uuid": own.uuid,
        }
    _add_sale_rows(world, campaign, resident)


def _add_sale_rows(world: "World", campaign: Campaign, resident: Resident) -> None:
    """Name an order, a receipt and a file, and the round that sells."""
    selling = SaleRound.objects.get(campaign=campaign, number=2)
    own = Order.objects.filter(resident=resident).earliest("pk")
    receipts = Receipt.objects.filter(program=campaign.program)
    taken = receipts.filter(channel=Receipt.Channel.COUNTER).earliest("pk")
    unclear = receipts.filter(status=Receipt.Status.OPEN).earliest("pk")
    file = DepositFile.objects.filter(program=campaign.program).earliest("pk")
    world.by_name["vouchers:counter_pay"] = {"order_id": own.pk}
    world.by_name["vouchers:counter_receipt"] = {"receipt_id": taken.pk}
    world.by_name["vouchers:clear"] = {"receipt_id": unclear.pk}
    world.by_name["vouchers:deposit_file"] = {"file_id": file.pk}
    for name in ("close", "counter_find", "counter_sell"):
        world.by_name[f"vouchers:{name}"] = {"round_id": selling.pk, "resident_id": resident.pk}
    for name in ("buy", "buy_confirm", "order", "order_done"):
        world.by_name[f"my_vouchers:{name}"] = {
            "round_id": selling.pk,
            "order_uuid": own.uuid,
        }
