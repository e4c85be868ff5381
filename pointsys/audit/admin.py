from django.contrib import admin
from django.db.models import QuerySet

from pointsys.audit import queries
from pointsys.audit.models import AuditEvent
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import Role, User


@admin.register(AuditEvent)
class AuditEventAdmin(StaffAdmin):
    """The record of acts, never changed."""

    client_path = "organization_id"
    view_roles = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMIN})
    list_display = ("at", "code", "by", "organization", "target_kind", "target_id")
    list_select_related = ("by", "organization")
    list_filter = ("target_kind",)
    search_fields = ("code", "target_id")
    date_hierarchy = "at"
    ordering = ("-at", "-id")

    def visible_to(self, user: User) -> QuerySet[AuditEvent]:
        return queries.events_visible_to(user)
