from typing import TYPE_CHECKING

from consultations.models import Attendance, Booking, Event

if TYPE_CHECKING:
    from tests.permissions.world import World

PUBLIC: set[str] = {
    "events:list",
    "events:cancel",
    "events:booked",
    "events:event",
    "events:book",
    "events:survey",
    "events:survey_done",
}
PUBLIC_NAMES = ("event", "book", "survey", "survey_done")
VENUE_NAMES = ("venue", "live", "arrive", "search", "bookings", "paper_survey")
CONSOLE_NAMES = ("event", "edit", "propose", "decide", "cancel", "book_for", "booked_for", "run")


def add_rows(world: "World") -> None:
    """Name today's event, its first booking and its first visit."""
    event = (
        Event.objects.filter(program__code="miyagi-chiiki", status=Event.Status.PUBLISHED)
        .order_by("starts_at", "pk")
        .first()
    )
    waiting = Event.objects.get(program__code="miyagi-chiiki", status=Event.Status.PROPOSED)
    booking = Booking.objects.filter(slot__event=event, status="BOOKED").order_by("pk").first()
    visit = Attendance.objects.filter(event=event, undone_at__isnull=True).order_by("pk").first()
    assert event is not None
    assert booking is not None
    assert visit is not None
    values = {"event_id": event.pk, "key": booking.uuid, "act": "held"}
    for name in (*PUBLIC_NAMES, *VENUE_NAMES):
        world.by_name[f"events:{name}"] = {"event_id": event.pk}
    for name in CONSOLE_NAMES:
        world.by_name[f"consultations:{name}"] = dict(values)
    world.by_name["consultations:decide"]["event_id"] = waiting.pk
    world.by_name["events:booked"] = {"key": booking.uuid}
    for name in ("visit", "undo"):
        world.by_name[f"events:{name}"] = {"attendance_id": visit.pk}
