from django.urls import path

from pointsys.console.views import audit, follow, home, payments, programs, reporting, residents

app_name = "console"
urlpatterns = [
    path("", home.home, name="home"),
    path("programs/", programs.program_list, name="programs"),
    path("programs/new", programs.create, name="program_new"),
    path("programs/<slug:code>", programs.detail, name="program"),
    path("programs/<slug:code>/edit", programs.edit, name="program_edit"),
    path("approvals/", home.approvals, name="approvals"),
    path("search", payments.search, name="search"),
    path("payments/", payments.payments, name="payments"),
    path("payments/<slug:receipt_number>", payments.payment, name="payment"),
    path("follow/", follow.find, name="follow_find"),
    path("follow/<uuid:uuid>", follow.follow, name="follow"),
    path("reports/", reporting.reports, name="reports"),
    path("reports/day", reporting.weekday, name="report_day"),
    path("reports/<int:report_id>", reporting.report, name="report"),
    path("reports/<int:report_id>.pdf", reporting.report_pdf, name="report_pdf"),
    path("reports/<int:report_id>.xlsx", reporting.report_xlsx, name="report_xlsx"),
    path("targets/", reporting.targets, name="targets"),
    path("targets/<int:target_id>/remove", reporting.target_remove, name="target_remove"),
    # Beside the residents' own list, which knows nothing of the other rooms.
    path("residents/<uuid:resident_uuid>", residents.resident, name="resident"),
    path("audit/", audit.events, name="audit"),
    path("audit.csv", audit.export, name="audit_export"),
]
