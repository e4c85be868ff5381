from django.contrib import admin
from django.db.models import QuerySet

from pointsys.notices import queries
from pointsys.notices.models import Notice
from pointsys.users.admin import PERSONAL, StaffAdmin
from pointsys.users.models import User


@admin.register(Notice)
class NoticeAdmin(StaffAdmin):
    """What was sent to whom; bodies and addresses stay out of the list."""

    client_path = "organization_id"
    view_roles = PERSONAL
    list_display = ("subject", "reason", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status",)
    search_fields = ("reason",)
    fields = (
        "organization",
        "subject",
        "reason",
        "status",
        "attempts",
        "created_at",
        "sent_at",
        "read_at",
    )
    ordering = ("-created_at",)

    def visible_to(self, user: User) -> QuerySet[Notice]:
        return queries.notices_visible_to(user)
