from django.contrib import admin
from django.db.models import QuerySet

from pointsys.residents import queries
from pointsys.residents.models import Resident
from pointsys.users.admin import PERSONAL, StaffAdmin
from pointsys.users.models import User


@admin.register(Resident)
class ResidentAdmin(StaffAdmin):
    """Residents as the other application sent them; contact data stay sealed."""

    view_roles = PERSONAL
    list_display = ("external_id", "name", "municipality_code", "birth_year", "imported_at")
    # No search: names would stand in addresses and logs; the console's list is searched by POST.
    fields = (
        "client",
        "external_id",
        "name",
        "name_kana",
        "municipality_code",
        "birth_year",
        "sex",
        "mini_apps",
        "imported_at",
    )
    list_filter = ("municipality_code",)
    ordering = ("external_id",)

    def visible_to(self, user: User) -> QuerySet[Resident]:
        return queries.residents_visible_to(user)
