from django.contrib import admin
from django.db.models import QuerySet

from pointsys.approvals import queries
from pointsys.approvals.models import Approval
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User
from pointsys.users.staff_site import CONSOLE


@admin.register(Approval)
class ApprovalAdmin(StaffAdmin):
    """Questions and decisions; decided on the screen of the room that asked."""

    client_path = "organization_id"
    view_roles = CONSOLE
    list_display = ("title", "kind", "status", "asked_by", "asked_at", "decided_by", "decided_at")
    list_select_related = ("asked_by", "decided_by")
    list_filter = ("status", "kind")
    search_fields = ("title",)
    ordering = ("-asked_at",)

    def visible_to(self, user: User) -> QuerySet[Approval]:
        return queries.approvals_visible_to(user)
