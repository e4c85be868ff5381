from datetime import date, datetime
from typing import Final

from django.urls import include, path, register_converter

from settlement.views import batches, months, profiles, statements, store


class MonthConverter:
    """A month in an address: 2025-08."""

    regex = r"20\d{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Return the first day of the month."""
        return datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone

    def to_url(self, value: date) -> str:
        """Write the month."""
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "settlement_month")

MONTH: Final = "<slug:code>/<settlement_month:month>"
app_name = "settlement"
console = [
    path("", months.periods, name="periods"),
    path("profiles/", profiles.profile_list, name="profiles"),
    path("profiles/new", profiles.new, name="profile_new"),
    path("profiles/<int:profile_id>", profiles.edit, name="profile_edit"),
    path("batches/<int:batch_id>", batches.detail, name="batch"),
    path("batches/<int:batch_id>/approve", batches.approve, name="batch_approve"),
    path("batches/<int:batch_id>/reject", batches.reject, name="batch_reject"),
    path("batches/<int:batch_id>/file", batches.download, name="batch_file"),
    path("batches/<int:batch_id>/submission", batches.submit, name="batch_submit"),
    path("batches/<int:batch_id>/paid", batches.paid, name="batch_paid"),
    path("statements/<int:statement_id>", statements.detail, name="statement"),
    path("statements/<int:statement_id>.pdf", statements.pdf, name="statement_pdf"),
    path("statements/<int:statement_id>/lines.csv", statements.lines, name="statement_lines"),
    path("statements/<int:statement_id>/hold", statements.hold, name="statement_hold"),
    path("statements/<int:statement_id>/release", statements.release, name="statement_release"),
    path(MONTH, months.month_page, name="month"),
    path(f"{MONTH}/close", months.close, name="close"),
    path(f"{MONTH}/prepare", months.prepare, name="prepare"),
    path(f"{MONTH}/statements.csv", statements.export_csv, name="statements_csv"),
    path(f"{MONTH}/statements.xlsx", statements.export_xlsx, name="statements_xlsx"),
]
portal = [
    path("", store.statement_list, name="store_statements"),
    path("<int:statement_id>", store.statement, name="store_statement"),
    path("<int:statement_id>.pdf", store.pdf, name="store_statement_pdf"),
    path("<int:statement_id>/lines.csv", store.lines, name="store_statement_lines"),
]
urlpatterns = [
    path("console/settlement/", include(console)),
    path("store/statements/", include(portal)),
]
