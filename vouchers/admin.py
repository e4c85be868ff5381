from typing import Final

from django.contrib import admin

from pointsys.users.admin import PERSONAL, StaffAdmin
from vouchers.models import (
    Application,
    Campaign,
    DepositFile,
    Order,
    Receipt,
    ResidencyDocument,
    SaleRound,
)
from vouchers.queries.campaigns import VIEW_ROLES

ROUND: Final = "sale_round__campaign__program"


@admin.register(Campaign)
class CampaignAdmin(StaffAdmin):
    """What a set of vouchers costs and is worth."""

    client_path = "program__client_id"
    view_roles = VIEW_ROLES
    list_display = ("program", "set_price_yen", "set_value_points", "limit_sets_per_person")
    list_select_related = ("program",)
    ordering = ("program__code",)


@admin.register(SaleRound)
class SaleRoundAdmin(StaffAdmin):
    """Rounds of sale; opened, drawn and sold on their own screens."""

    client_path = "campaign__program__client_id"
    view_roles = VIEW_ROLES
    list_display = ("campaign", "number", "method", "status", "planned_sets", "taken_sets")
    list_select_related = ("campaign__program",)
    list_filter = ("method", "status")
    ordering = ("campaign_id", "number")


@admin.register(Application)
class ApplicationAdmin(StaffAdmin):
    """Who applied; decided in the queue of documents."""

    client_path = f"{ROUND}__client_id"
    view_roles = PERSONAL
    list_display = ("number", "sale_round", "status", "sets", "won_sets", "applied_at")
    list_select_related = (ROUND,)
    list_filter = ("status",)
    search_fields = ("number",)
    ordering = ("-applied_at",)


@admin.register(ResidencyDocument)
class ResidencyDocumentAdmin(StaffAdmin):
    """That a document was sent and deleted; its picture is seen in the queue only."""

    client_path = f"application__{ROUND}__client_id"
    view_roles = PERSONAL
    list_display = ("application", "kind", "uploaded_at", "deleted_at")
    list_select_related = ("application",)
    list_filter = ("kind",)
    ordering = ("-uploaded_at",)


@admin.register(Order)
class OrderAdmin(StaffAdmin):
    """Sets that somebody may buy or has bought; paid at the counter or by slip."""

    client_path = f"{ROUND}__client_id"
    view_roles = PERSONAL
    list_display = ("slip_number", "sale_round", "status", "sets", "price_yen", "pay_until")
    list_select_related = (ROUND,)
    list_filter = ("status",)
    search_fields = ("slip_number",)
    ordering = ("-ordered_at",)


@admin.register(DepositFile)
class DepositFileAdmin(StaffAdmin):
    """Files of slip payments; taken on their own screen."""

    client_path = "program__client_id"
    view_roles = VIEW_ROLES
    list_display = ("file_name", "program", "new_count", "known_count", "total_yen", "imported_at")
    list_select_related = ("program",)
    ordering = ("-imported_at",)


@admin.register(Receipt)
class ReceiptAdmin(StaffAdmin):
    """Money that came in and what became of it."""

    client_path = "program__client_id"
    view_roles = VIEW_ROLES
    list_display = ("slip_number", "channel", "amount_yen", "received_date", "status", "problem")
    list_filter = ("channel", "status", "problem")
    search_fields = ("slip_number",)
    ordering = ("-received_date", "-pk")
