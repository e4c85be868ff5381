from typing import Final

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from ledger import queries
from ledger.models import (
    Account,
    GrantRound,
    Lot,
    Payment,
    Period,
    Posting,
    Transfer,
    Wallet,
)
from pointsys.users.admin import OFFICE, StaffAdmin
from pointsys.users.models import Role, User

BOOKS: Final = OFFICE | {Role.CLIENT_VIEWER, Role.CLIENT_APPROVER}


class PostingInline(admin.TabularInline):  # type: ignore[type-arg]
    """The postings of a transfer; the database refuses any change of them too."""

    model = Posting
    extra = 0
    can_delete = False
    raw_id_fields = ("from_lot", "to_lot")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(StaffAdmin):
    """Ledger accounts of each program."""

    client_path = "program__client_id"
    view_roles = BOOKS
    list_display = ("program", "kind", "store")
    list_select_related = ("program", "store")
    list_filter = ("kind",)
    ordering = ("program_id", "kind", "id")


@admin.register(Period)
class PeriodAdmin(StaffAdmin):
    """Months; closed in the settlement screens, never reopened."""

    client_path = "program__client_id"
    view_roles = BOOKS
    list_display = ("program", "month", "status", "closed_at", "closed_by")
    list_select_related = ("program", "closed_by")
    list_filter = ("status",)
    ordering = ("-month",)


@admin.register(Transfer)
class TransferAdmin(StaffAdmin):
    """Every movement with its postings."""

    client_path = "program__client_id"
    view_roles = BOOKS
    list_display = ("id", "kind", "points", "store", "occurred_at", "period", "program")
    list_select_related = ("store", "program")
    list_filter = ("kind",)
    search_fields = ("=uuid", "=payment__receipt_number")
    exclude = ("key", "reverses", "wallet")
    ordering = ("-id",)
    inlines = (PostingInline,)


@admin.register(Payment)
class PaymentAdmin(StaffAdmin):
    """Payments by receipt number."""

    client_path = "transfer__program__client_id"
    view_roles = BOOKS
    list_display = ("receipt_number", "points", "refunded_points", "channel", "till")
    list_select_related = ("till__store",)
    list_filter = ("channel",)
    search_fields = ("=receipt_number",)
    exclude = ("transfer",)
    ordering = ("-transfer_id",)

    def visible_to(self, user: User) -> QuerySet[Payment]:
        return queries.payments_visible_to(user)


@admin.register(GrantRound)
class GrantRoundAdmin(StaffAdmin):
    """Rounds of grants and what they reserved."""

    client_path = "program__client_id"
    view_roles = BOOKS
    list_display = ("name", "program", "method", "status", "reserved_points", "granted_points")
    list_select_related = ("program",)
    list_filter = ("status", "method")
    ordering = ("-created_at",)

    def visible_to(self, user: User) -> QuerySet[GrantRound]:
        return queries.rounds_visible_to(user)


@admin.register(Wallet)
class WalletAdmin(StaffAdmin):
    """Wallets by number; whose they are is not shown here."""

    client_path = "program__client_id"
    view_roles = OFFICE
    list_display = ("id", "program", "status", "balance", "opened_at")
    list_select_related = ("program",)
    list_filter = ("status",)
    exclude = ("resident",)
    ordering = ("-id",)

    def visible_to(self, user: User) -> QuerySet[Wallet]:
        return queries.wallets_visible_to(user)


@admin.register(Lot)
class LotAdmin(StaffAdmin):
    """Points that came in together and die together."""

    client_path = "wallet__program__client_id"
    view_roles = OFFICE
    list_display = ("id", "round", "source", "granted", "remaining", "usable_from", "expires_at")
    list_select_related = ("round",)
    list_filter = ("source",)
    exclude = ("wallet", "grant_transfer")
    ordering = ("-id",)
