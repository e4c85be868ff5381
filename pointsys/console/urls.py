from django.urls import path

from pointsys.console.views import audit, home, payments, programs

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
    path("audit/", audit.events, name="audit"),
    path("audit.csv", audit.export, name="audit_export"),
]
