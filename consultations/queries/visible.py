from datetime import date, datetime
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from consultations.models import (
    Attendance,
    Booking,
    Event,
    EventRules,
    HelpItem,
    Slot,
    SurveyLink,
)
from pointsys.common.clock import jst_date, jst_day_range
from pointsys.programs.models import Program
from pointsys.surveys.models import Survey
from pointsys.users import queries as users
from pointsys.users.models import Role, User

Viewer = User | AnonymousUser
VIEW_ROLES: Final = frozenset(
    {
        Role.OFFICE_CLERK,
        Role.EVENT_STAFF,
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.AUDITOR,
        Role.DESK_OPERATOR,
        Role.DESK_SUPERVISOR,
    }
)
PUBLIC_STATUSES: Final = (Event.Status.PUBLISHED, Event.Status.HELD, Event.Status.CANCELLED)


def events_visible_to(user: Viewer) -> QuerySet[Event]:
    """Return the events of the clients for which the user works with events or decides."""
    return Event.objects.filter(
        program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("program__client")


def bookings_visible_to(user: Viewer, roles: frozenset[Role] = VIEW_ROLES) -> QuerySet[Booking]:
    """Return the bookings of those events; who booked is sealed."""
    return Booking.objects.filter(
        slot__event__program__client_id__in=users.client_ids(user, roles)
    ).select_related("slot__event__program")


def attendances_visible_to(user: Viewer) -> QuerySet[Attendance]:
    """Return the visits to those events."""
    return Attendance.objects.filter(
        event__program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("event__program", "booking__slot")


def public_events(*, program_id: int) -> QuerySet[Event]:
    """Return what was ever published of a program, earliest first."""
    return Event.objects.filter(
        program_id=program_id, status__in=PUBLIC_STATUSES, published_at__isnull=False
    ).order_by("starts_at", "id")


def coming_events(*, program_id: int, at: datetime) -> QuerySet[Event]:
    """Return the published events that are not over, earliest first."""
    return public_events(program_id=program_id).filter(
        status=Event.Status.PUBLISHED, ends_at__gt=at
    )


def open_slots(event: Event, *, at: datetime) -> list[Slot]:
    """Return the times of a published event that can still be booked, earliest first."""
    if event.status != Event.Status.PUBLISHED:
        return []
    free = event.slots.filter(taken__lt=F("seats"), starts_at__gt=at)
    return list(free.order_by("starts_at"))


def events_on(events: QuerySet[Event], day: date) -> QuerySet[Event]:
    """Return the published and held ones of a day in Japan."""
    first, last = jst_day_range(day)
    return events.filter(
        starts_at__gte=first,
        starts_at__lt=last,
        status__in=[Event.Status.PUBLISHED, Event.Status.HELD],
    ).order_by("starts_at", "id")


def rules_of(program: Program) -> EventRules:
    """Return a program's rules of events; where none are kept, those of its period of use."""
    kept = EventRules.objects.filter(program=program).first()
    return kept or EventRules(
        program=program,
        first_date=jst_date(program.usage_starts_at),
        last_date=jst_date(program.usage_ends_at),
    )


def plans_meetings(program: Program) -> bool:
    """Tell whether a program means to hold meetings: somebody set its rules or planned one."""
    has_rules = EventRules.objects.filter(program=program).exists()
    return has_rules or Event.objects.filter(program=program).exists()


def help_items_of(program_id: int) -> QuerySet[HelpItem]:
    """Return what visitors can be helped with, in its order."""
    return HelpItem.objects.filter(program_id=program_id, is_active=True)


def survey_of(event: Event) -> Survey | None:
    """Return the open survey that the visitors of this event are asked to fill in."""
    link = (
        SurveyLink.objects.select_related("survey")
        .filter(program_id=event.program_id, event_kind=event.kind, survey__is_open=True)
        .first()
    )
    return link.survey if link else None


def linked_survey(*, program_id: int, kind: str) -> Survey | None:
    """Return the survey of a kind of event, open or not."""
    link = (
        SurveyLink.objects.select_related("survey")
        .filter(program_id=program_id, event_kind=kind)
        .first()
    )
    return link.survey if link else None
