from django.contrib import admin
from django.db.models import QuerySet

from pointsys.draws import queries
from pointsys.draws.models import Draw, Entry
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User


@admin.register(Draw)
class DrawAdmin(StaffAdmin):
    """Lotteries: frozen, drawn and published on their owner's screens."""

    client_path = "organization_id"
    list_display = ("title", "organization", "rule", "supply", "entry_count", "status", "drawn_at")
    list_select_related = ("organization",)
    list_filter = ("status", "rule")
    exclude = ("replaces",)
    ordering = ("-id",)

    def visible_to(self, user: User) -> QuerySet[Draw]:
        return queries.draws_visible_to(user)


@admin.register(Entry)
class EntryAdmin(StaffAdmin):
    """Entries by their numbers; who asked is not shown here."""

    client_path = "draw__organization_id"
    list_display = ("entry_no", "draw", "units", "rank", "won_units")
    list_select_related = ("draw",)
    search_fields = ("=entry_no",)
    ordering = ("draw_id", "rank", "id")
