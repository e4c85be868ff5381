from django.contrib import admin
from django.db.models import QuerySet

from consultations import queries
from consultations.models import (
    Attendance,
    Booking,
    Event,
    EventRules,
    HelpGiven,
    HelpItem,
    Slot,
    SurveyLink,
)
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User
from pointsys.users.staff_site import CONSOLE


@admin.register(Event)
class EventAdmin(StaffAdmin):
    """Events; planned, decided and held on their own screens."""

    client_path = "program__client_id"
    view_roles = CONSOLE
    list_display = ("title", "kind", "municipality_code", "venue", "starts_at", "status")
    list_filter = ("kind", "status")
    search_fields = ("title", "venue")
    ordering = ("-starts_at",)

    def visible_to(self, user: User) -> QuerySet[Event]:
        return queries.events_visible_to(user)


@admin.register(Slot)
class SlotAdmin(StaffAdmin):
    """Times with their seats."""

    client_path = "event__program__client_id"
    list_display = ("event", "starts_at", "seats", "taken")
    list_select_related = ("event",)
    ordering = ("-starts_at",)


@admin.register(Booking)
class BookingAdmin(StaffAdmin):
    """Bookings by number; who booked stays sealed."""

    client_path = "slot__event__program__client_id"
    list_display = ("number", "slot", "channel", "status", "booked_at", "cancelled_at")
    list_select_related = ("slot__event",)
    list_filter = ("channel", "status")
    search_fields = ("number",)
    exclude = ("resident",)
    ordering = ("-booked_at",)

    def visible_to(self, user: User) -> QuerySet[Booking]:
        return queries.bookings_visible_to(user)


@admin.register(Attendance)
class AttendanceAdmin(StaffAdmin):
    """Visits, counted on the check-in page."""

    client_path = "event__program__client_id"
    list_display = ("event", "booking", "checked_in_at", "received_at", "by", "undone_at")
    list_select_related = ("event", "booking", "by")
    exclude = ("resident",)
    ordering = ("-checked_in_at",)

    def visible_to(self, user: User) -> QuerySet[Attendance]:
        return queries.attendances_visible_to(user)


@admin.register(HelpItem)
class HelpItemAdmin(StaffAdmin):
    """What visitors are helped with."""

    client_path = "program__client_id"
    list_display = ("label", "code", "program", "position", "is_active", "counts_for_goal")
    list_select_related = ("program",)
    ordering = ("program_id", "position")


@admin.register(HelpGiven)
class HelpGivenAdmin(StaffAdmin):
    """What each visitor was helped with."""

    client_path = "attendance__event__program__client_id"
    list_display = ("attendance", "item", "result", "minutes", "ticket_number", "by", "at")
    list_select_related = ("attendance", "item", "by")
    list_filter = ("result",)
    ordering = ("-at",)


@admin.register(EventRules)
class EventRulesAdmin(StaffAdmin):
    """Notice, period and goal of each program's events."""

    client_path = "program__client_id"
    list_display = ("program", "first_date", "last_date", "minimum_notice_days", "install_goal")
    list_select_related = ("program",)
    ordering = ("program_id",)


@admin.register(SurveyLink)
class SurveyLinkAdmin(StaffAdmin):
    """Which survey belongs to which kind of event."""

    client_path = "program__client_id"
    list_display = ("program", "event_kind", "survey")
    list_select_related = ("program", "survey")
    ordering = ("program_id", "event_kind")
