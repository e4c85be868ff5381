from django.contrib import admin
from django.db.models import QuerySet

from cards import queries
from cards.models import Card, CardEarn, CardPayment, CardPolicy, EarnRule, StockBatch, Terminal
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User


@admin.register(CardPolicy)
class CardPolicyAdmin(StaffAdmin):
    """What cards of each program may spend."""

    client_path = "program__client_id"
    list_display = ("program", "use_limit_points", "day_limit_points", "typed_numbers_pay")
    list_select_related = ("program",)
    ordering = ("program_id",)


@admin.register(StockBatch)
class StockBatchAdmin(StaffAdmin):
    """Deliveries of blank cards."""

    client_path = "program__client_id"
    list_display = ("name", "program", "card_count", "imported_at", "imported_by")
    ordering = ("-imported_at",)

    def visible_to(self, user: User) -> QuerySet[StockBatch]:
        return queries.batches_visible_to(user)


@admin.register(Card)
class CardAdmin(StaffAdmin):
    """Cards by their masked number; what they are read by is shown nowhere."""

    client_path = "program__client_id"
    list_display = ("__str__", "technology", "status", "issued_at", "stopped_at")
    list_filter = ("status", "technology")
    exclude = ("face_number",)
    raw_id_fields = ("wallet", "replaces", "batch", "issued_by")
    ordering = ("-pk",)

    def visible_to(self, user: User) -> QuerySet[Card]:
        return queries.cards_visible_to(user)


@admin.register(Terminal)
class TerminalAdmin(StaffAdmin):
    """Devices that read cards; keys and codes stay hidden."""

    client_path = "program__client_id"
    list_display = ("name", "store", "status", "enrolled_at", "last_seen_at", "revoked_at")
    list_filter = ("status",)
    ordering = ("store_id", "name")

    def visible_to(self, user: User) -> QuerySet[Terminal]:
        return queries.terminals_visible_to(user)


@admin.register(EarnRule)
class EarnRuleAdmin(StaffAdmin):
    """What taps earn."""

    client_path = "program__client_id"
    list_display = ("name", "program", "points", "store", "is_active")
    ordering = ("name",)

    def visible_to(self, user: User) -> QuerySet[EarnRule]:
        return queries.earn_rules_visible_to(user)


@admin.register(CardPayment)
class CardPaymentAdmin(StaffAdmin):
    """Payments by tap."""

    client_path = "card__program__client_id"
    list_display = ("transfer_id", "terminal", "card", "points", "tapped_at")
    list_select_related = ("terminal", "card")
    raw_id_fields = ("transfer", "card", "terminal")
    ordering = ("-tapped_at",)


@admin.register(CardEarn)
class CardEarnAdmin(StaffAdmin):
    """Grants by tap."""

    client_path = "card__program__client_id"
    list_display = ("transfer_id", "rule", "terminal", "card", "points", "tapped_at")
    list_select_related = ("rule", "terminal", "card")
    raw_id_fields = ("transfer", "card", "terminal")
    ordering = ("-tapped_at",)
