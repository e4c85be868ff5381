from typing import Final

from django.urls import path

from callcenter.views import intake, reports, tickets

app_name: Final = "callcenter"
urlpatterns = [
    path("", intake.home, name="home"),
    path("lookup/", intake.lookup, name="lookup"),
    path("caller/", intake.caller, name="caller"),
    path("hints/", intake.hints, name="hints"),
    path("search/", intake.search, name="search"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/<int:ticket_id>/", tickets.ticket, name="ticket"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("reports/<int:report_id>/xlsx/", reports.report_xlsx, name="report_xlsx"),
]
