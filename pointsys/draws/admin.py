from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pointsys.draws import queries
from pointsys.draws.models import Draw, Entry
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User

# Of any other draw nobody learns a result, staff of the office included.
TOLD: Final = (Draw.Status.PUBLISHED, Draw.Status.VOIDED)


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

    def get_exclude(self, request: HttpRequest, obj: Draw | None = None) -> tuple[str, ...]:
        """Before the client has approved, leave out what the result follows from."""
        is_told = obj is None or obj.status in TOLD
        return self.exclude if is_told else (*self.exclude, "seed", "result_sha256")


@admin.register(Entry)
class EntryAdmin(StaffAdmin):
    """Entries of draws that may be told of, by their numbers; who asked is not shown here."""

    client_path = "draw__organization_id"
    list_display = ("entry_no", "draw", "units", "rank", "won_units")
    list_select_related = ("draw",)
    search_fields = ("=entry_no",)
    ordering = ("draw_id", "rank", "id")

    def visible_to(self, user: User) -> QuerySet[Entry]:
        return Entry.objects.filter(
            draw__in=queries.draws_visible_to(user).order_by(), draw__status__in=TOLD
        )
