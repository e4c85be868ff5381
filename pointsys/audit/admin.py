from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX

from pointsys.audit import queries, services
from pointsys.audit.models import AccessRecord, AuditEvent
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


@admin.register(AccessRecord)
class AccessRecordAdmin(StaffAdmin):
    """Who looked at whose data, never changed."""

    client_path = "organization_id"
    view_roles = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER})
    list_display = ("at", "by", "organization", "subject_kind", "subject_id", "purpose")
    list_select_related = ("by", "organization")
    list_filter = ("subject_kind",)
    search_fields = ("subject_id", "purpose")
    date_hierarchy = "at"
    ordering = ("-at", "-id")

    def visible_to(self, user: User) -> QuerySet[AccessRecord]:
        return queries.access_records_visible_to(user)


class SpreadsheetExportMixin(ExportMixin):  # type: ignore[misc]
    """Lists leave as what the office opens, and every one that leaves is on record."""

    formats = (CSV, XLSX)
    client_path: ClassVar[str]

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        assert isinstance(request.user, User)
        clients = queryset.order_by().values_list(self.client_path)
        services.record_export(
            by=request.user,
            what=self.model._meta.label_lower,
            row_counts=dict(clients.annotate(Count("pk"))),
            file_format=file_format.get_extension(),
            filters={"narrowed": bool(request.GET or "export_items" in request.POST)},
            at=timezone.now(),
        )
        return data
