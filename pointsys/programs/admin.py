from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from pointsys.programs import queries
from pointsys.programs.models import Program, ProhibitedGood
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User
from pointsys.users.staff_site import CONSOLE


class ProhibitedGoodInline(admin.TabularInline):  # type: ignore[type-arg]
    """The list of a program, read-only like the program."""

    model = ProhibitedGood
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Program)
class ProgramAdmin(StaffAdmin):
    """Programs; rules are changed in the console, where they are checked and recorded."""

    view_roles = CONSOLE
    list_display = ("code", "name", "client", "status", "usage_starts_at", "usage_ends_at")
    list_filter = ("status",)
    search_fields = ("code", "name")
    ordering = ("-usage_starts_at",)
    inlines = (ProhibitedGoodInline,)

    def visible_to(self, user: User) -> QuerySet[Program]:
        return queries.programs_visible_to(user)
