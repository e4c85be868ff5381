from django.contrib import admin
from django.db.models import QuerySet

from pointsys.audit.admin import SpreadsheetExportMixin
from pointsys.users.admin import OFFICE, GuardedResource, StaffAdmin
from pointsys.users.models import User
from pointsys.users.staff_site import CONSOLE
from stores import queries
from stores.models import (
    BankAccount,
    Enrolment,
    ImportRun,
    MergeProposal,
    Store,
    StoreApplication,
    StoreStaff,
    Till,
)


class StoreResource(GuardedResource):
    """What the public list says of a store; contact persons and accounts stay here."""

    class Meta:
        model = Store
        fields = (
            "code",
            "name",
            "name_kana",
            "industry",
            "postal_code",
            "municipality_code",
            "address",
            "phone",
            "website",
        )


@admin.register(Store)
class StoreAdmin(SpreadsheetExportMixin, StaffAdmin):
    """Stores; changed by the office on the stores' screens."""

    view_roles = CONSOLE
    resource_classes = (StoreResource,)
    list_display = ("code", "name", "municipality_code", "industry", "client")
    list_select_related = ("client",)
    list_filter = ("industry",)
    search_fields = ("code", "name", "name_kana", "phone")
    ordering = ("code",)

    def visible_to(self, user: User) -> QuerySet[Store]:
        return queries.stores_visible_to(user)


@admin.register(Enrolment)
class EnrolmentAdmin(StaffAdmin):
    """Which store takes part in which program."""

    client_path = "program__client_id"
    view_roles = CONSOLE
    list_display = ("store", "program", "status", "reason", "enrolled_at")
    list_select_related = ("store", "program")
    list_filter = ("status",)
    search_fields = ("store__code", "store__name")
    ordering = ("-enrolled_at",)

    def visible_to(self, user: User) -> QuerySet[Enrolment]:
        return queries.enrolments_visible_to(user)


@admin.register(Till)
class TillAdmin(StaffAdmin):
    """Tills and their codes; issued and revoked on the stores' screens."""

    client_path = "program__client_id"
    list_display = ("code", "store", "program", "number", "issued_at", "revoked_at")
    list_select_related = ("store", "program")
    search_fields = ("code", "store__code", "store__name")
    ordering = ("-issued_at",)

    def visible_to(self, user: User) -> QuerySet[Till]:
        return queries.tills_visible_to(user)


@admin.register(StoreApplication)
class StoreApplicationAdmin(StaffAdmin):
    """Applications with their decision."""

    client_path = "program__client_id"
    list_display = ("name", "program", "source", "status", "submitted_at", "decided_at")
    list_select_related = ("program",)
    list_filter = ("status", "source")
    search_fields = ("name", "name_kana", "phone")
    ordering = ("-submitted_at",)

    def visible_to(self, user: User) -> QuerySet[StoreApplication]:
        return queries.applications_visible_to(user)


@admin.register(MergeProposal)
class MergeProposalAdmin(StaffAdmin):
    """Suspected duplicates and what people decided."""

    client_path = "application__program__client_id"
    list_display = ("application", "other_store", "other_application", "reason", "status")
    list_select_related = ("application", "other_store", "other_application")
    list_filter = ("status",)
    ordering = ("-id",)

    def visible_to(self, user: User) -> QuerySet[MergeProposal]:
        return queries.proposals_visible_to(user)


@admin.register(BankAccount)
class BankAccountAdmin(StaffAdmin):
    """Where stores are paid: bank, branch and the last digits; the number itself stays sealed."""

    client_path = "store__client_id"
    list_display = ("store", "bank_name", "branch_name", "number_tail", "is_current")
    list_select_related = ("store",)
    list_filter = ("is_current",)
    search_fields = ("store__code", "store__name")
    ordering = ("-registered_at",)

    def visible_to(self, user: User) -> QuerySet[BankAccount]:
        return queries.accounts_visible_to(user)


@admin.register(StoreStaff)
class StoreStaffAdmin(StaffAdmin):
    """Who works for which store."""

    client_path = "store__client_id"
    list_display = ("user", "store", "role")
    list_select_related = ("user", "store")
    list_filter = ("role",)
    search_fields = ("store__code", "store__name", "user__username")
    ordering = ("store__code",)

    def visible_to(self, user: User) -> QuerySet[StoreStaff]:
        return queries.staff_visible_to(user)


@admin.register(ImportRun)
class ImportRunAdmin(StaffAdmin):
    """Files that were read."""

    client_path = "program__client_id"
    view_roles = OFFICE
    list_display = ("source", "file_name", "program", "row_count", "created_count", "at", "by")
    list_select_related = ("program", "by")
    ordering = ("-at",)

    def visible_to(self, user: User) -> QuerySet[ImportRun]:
        return queries.import_runs_visible_to(user)
