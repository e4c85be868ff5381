from django.contrib import admin

from callcenter.models import (
    Category,
    ClientClosedDay,
    DailyReport,
    Desk,
    DeskDay,
    DeskRecipient,
    Escalation,
    Hint,
    OpeningHours,
    Ticket,
    TicketNumber,
)
from pointsys.users.admin import StaffAdmin


@admin.register(Desk)
class DeskAdmin(StaffAdmin):
    """Telephone lines of clients."""

    list_display = ("name", "client", "kind", "phone", "first_day", "last_day")
    list_select_related = ("client",)
    ordering = ("client_id", "kind", "id")


@admin.register(OpeningHours)
class OpeningHoursAdmin(StaffAdmin):
    """When desks answer in a week."""

    client_path = "desk__client_id"
    list_display = ("desk", "weekday", "opens", "closes")
    list_select_related = ("desk",)
    ordering = ("desk_id", "weekday")


@admin.register(DeskDay)
class DeskDayAdmin(StaffAdmin):
    """Days on which a desk does otherwise."""

    client_path = "desk__client_id"
    list_display = ("desk", "date", "kind", "opens", "closes", "reason")
    list_select_related = ("desk",)
    ordering = ("-date", "desk_id")


@admin.register(ClientClosedDay)
class ClientClosedDayAdmin(StaffAdmin):
    """Weekdays on which a client does not work."""

    list_display = ("client", "date", "reason")
    list_select_related = ("client",)
    ordering = ("-date",)


@admin.register(DeskRecipient)
class DeskRecipientAdmin(StaffAdmin):
    """Whom the desk writes to."""

    list_display = ("name", "client")
    list_select_related = ("client",)
    ordering = ("client_id", "name")


@admin.register(Category)
class CategoryAdmin(StaffAdmin):
    """By what inquiries are counted."""

    list_display = ("code", "name", "parent", "client", "is_active", "is_counted")
    list_select_related = ("client", "parent")
    list_filter = ("is_active", "is_counted")
    ordering = ("client_id", "position")


@admin.register(Hint)
class HintAdmin(StaffAdmin):
    """Canned answers and questions often asked."""

    list_display = ("title", "kind", "category", "client", "is_active")
    list_select_related = ("client", "category")
    list_filter = ("kind", "is_active")
    ordering = ("client_id", "position")


@admin.register(Ticket)
class TicketAdmin(StaffAdmin):
    """The register of inquiries; their words stand on the desk's own page only."""

    list_display = ("number", "channel", "category", "status", "is_complaint", "opened_at")
    list_select_related = ("number", "category")
    list_filter = ("status", "channel", "is_complaint")
    exclude = ("subject", "body", "resident")
    ordering = ("-opened_at",)


@admin.register(TicketNumber)
class TicketNumberAdmin(StaffAdmin):
    """Numbers given to calls, also to those that became no ticket."""

    list_display = ("__str__", "client", "given_to", "given_at")
    list_select_related = ("client", "given_to")
    ordering = ("-given_at",)


@admin.register(Escalation)
class EscalationAdmin(StaffAdmin):
    """When the client was asked, by when, and when it answered; not the words."""

    client_path = "ticket__client_id"
    list_display = ("ticket", "asked_at", "due_at", "answered_at")
    list_select_related = ("ticket__number",)
    exclude = ("reason", "answer")
    ordering = ("-asked_at",)


@admin.register(DailyReport)
class DailyReportAdmin(StaffAdmin):
    """Daily reports as they were sent."""

    list_display = ("day", "version", "client", "total", "made_at", "due_at")
    list_select_related = ("client",)
    ordering = ("-day", "-version")
