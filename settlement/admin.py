from django.contrib import admin
from django.db.models import QuerySet

from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User
from settlement import queries
from settlement.models import (
    BankFile,
    BankFileDownload,
    BankFileProfile,
    BankFileSubmission,
    Payout,
    PayoutBatch,
    Statement,
    StatementRun,
)


@admin.register(StatementRun)
class StatementRunAdmin(StaffAdmin):
    """The making of each month's statements."""

    client_path = "period__program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("period", "statement_count", "payment_points", "refund_points", "built_at")
    list_select_related = ("period__program",)
    ordering = ("-built_at",)


@admin.register(Statement)
class StatementAdmin(StaffAdmin):
    """What each store is owed for a month."""

    client_path = "program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("document_number", "store_code", "store_name", "amount_yen", "status", "hold")
    list_filter = ("status", "hold")
    search_fields = ("document_number", "store_code", "store_name")
    ordering = ("-period__month", "document_number")

    def visible_to(self, user: User) -> QuerySet[Statement]:
        return queries.statements_visible_to(user)


@admin.register(PayoutBatch)
class PayoutBatchAdmin(StaffAdmin):
    """Transfer files: made, approved, sent and paid on their own screens."""

    client_path = "program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("number", "program", "status", "payment_date", "payout_count", "total_yen")
    list_filter = ("status",)
    ordering = ("-prepared_at",)

    def visible_to(self, user: User) -> QuerySet[PayoutBatch]:
        return queries.batches_visible_to(user)


@admin.register(Payout)
class PayoutAdmin(StaffAdmin):
    """Lines of transfer files; account numbers stay sealed."""

    client_path = "batch__program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("batch", "position", "statement", "amount_yen", "bank_name", "status")
    list_select_related = ("batch__period", "statement")
    list_filter = ("status",)
    exclude = ("account_fingerprint",)
    ordering = ("-batch_id", "position")


@admin.register(BankFileProfile)
class BankFileProfileAdmin(StaffAdmin):
    """The accounts clients pay from."""

    view_roles = queries.VIEW_ROLES
    list_display = ("name", "client", "bank_name", "branch_name", "number_tail", "is_active")
    list_select_related = ("client",)
    ordering = ("client_id", "name")

    def visible_to(self, user: User) -> QuerySet[BankFileProfile]:
        return queries.profiles_visible_to(user)


@admin.register(BankFile)
class BankFileAdmin(StaffAdmin):
    """The register of files; their bytes are handed out by the batch's screen only."""

    client_path = "batch__program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("batch", "sequence", "sha256", "size_bytes", "record_count", "created_at")
    list_select_related = ("batch__period",)
    ordering = ("-created_at",)


@admin.register(BankFileDownload)
class BankFileDownloadAdmin(StaffAdmin):
    """Who took a file, and when."""

    client_path = "file__batch__program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("file", "by", "at")
    list_select_related = ("file__batch__period", "by")
    ordering = ("-at",)


@admin.register(BankFileSubmission)
class BankFileSubmissionAdmin(StaffAdmin):
    """Which file went to the bank."""

    client_path = "file__batch__program__client_id"
    view_roles = queries.VIEW_ROLES
    list_display = ("file", "channel", "bank_receipt_number", "submitted_at", "recorded_by")
    list_select_related = ("file__batch__period", "recorded_by")
    ordering = ("-submitted_at",)
