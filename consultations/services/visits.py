"""At the venue: who came, what was helped, and what became a ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from callcenter import services as desk
from consultations.errors import (
    HelpAlreadyRecorded,
    HelpHasRecords,
    HelpMissing,
    NotToday,
    NumberCancelled,
    NumberOfAnotherEvent,
    NumberUnknown,
    QuestionMissing,
    RequestKeyUsed,
    SurveyClosed,
    VisitUndone,
)
from consultations.models import Attendance, Booking, Event, HelpGiven, HelpItem
from consultations.queries import person_of, survey_of
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.clock import jst_date
from pointsys.surveys import services as surveys
from pointsys.surveys.models import Response
from pointsys.users.models import User


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """One visit; `is_new` is False when the booking had been checked in before."""

    visit: Attendance
    is_new: bool


@transaction.atomic
def check_in(
    *,
    event_id: int,
    number: str,
    request_key: UUID,
    checked_in_at: datetime,
    by: User,
    at: datetime,
) -> CheckedIn:
    """Count a visitor once, by booking number or (empty) as a walk-in; safe to send again.

    `checked_in_at` is the device's time, which may lie before `at` when there was no network.

    Raises:
        NotToday: the event is not open, or the time is of another day.
        NumberUnknown, NumberOfAnotherEvent, NumberCancelled: the number helps nobody in here.
        RequestKeyUsed, VisitUndone: the key belongs to another event, or was undone.
    """
    event = Event.objects.select_related("program").get(pk=event_id)
    checked_in_at = min(checked_in_at, at)
    if made := Attendance.objects.filter(request_key=request_key).first():
        if made.event_id != event_id:
            raise RequestKeyUsed
        if made.undone_at:
            raise VisitUndone
        return CheckedIn(made, is_new=True)
    is_open = event.status in {Event.Status.PUBLISHED, Event.Status.HELD}
    if not is_open or jst_date(checked_in_at) != jst_date(event.starts_at):
        raise NotToday
    booking = _booking_for(event, number) if number else None
    if booking and (before := booking.attendances.filter(undone_at__isnull=True).first()):
        return CheckedIn(before, is_new=False)
    visit, is_new = Attendance.objects.get_or_create(
        request_key=request_key,
        defaults={
            "event": event,
            "booking": booking,
            "resident_id": booking.resident_id if booking else None,
            "checked_in_at": checked_in_at,
            "received_at": at,
            "by": by,
        },
    )
    if is_new:
        _record("checked_in", visit, {"walk_in": booking is None}, by=by, at=at)
    return CheckedIn(visit, is_new=True)


def _booking_for(event: Event, number: str) -> Booking:
    """Return the booking under its lock: two devices meet here, and the second is told."""
    booking = (
        Booking.objects.select_for_update(no_key=True, of=("self",))
        .select_related("slot__event")
        .filter(number=number, slot__event__program__client_id=event.program.client_id)
        .first()
    )
    if booking is None:
        raise NumberUnknown
    other = booking.slot.event
    if other.pk != event.pk:
        when = display.japanese_date(booking.slot.starts_at)
        raise NumberOfAnotherEvent(when=when, venue=other.venue)
    if booking.status == Booking.Status.CANCELLED:
        raise NumberCancelled
    return booking


@transaction.atomic
def undo_check_in(*, attendance_id: int, by: User, at: datetime) -> Attendance:
    """Take back a visit that was counted by mistake; the row stays, marked.

    Raises:
        HelpHasRecords: somebody was helped, so somebody was there.
    """
    visit = _locked(attendance_id)
    if visit.undone_at:
        return visit
    if visit.help_given.exists():
        raise HelpHasRecords
    visit.undone_at, visit.undone_by = at, by
    visit.save(update_fields=["undone_at", "undone_by"])
    _record("check_in_undone", visit, {}, by=by, at=at)
    return visit


def _locked(attendance_id: int) -> Attendance:
    return (
        Attendance.objects.select_for_update(no_key=True, of=("self",))
        .select_related("event__program", "booking")
        .get(pk=attendance_id)
    )


@transaction.atomic
def record_help(
    *,
    attendance_id: int,
    resolved: Sequence[int],
    unresolved: Sequence[int],
    minutes: int | None,
    question: str,
    by: User,
    at: datetime,
) -> str:
    """Write what a visitor was helped with; return the number of the ticket, if one was opened.

    What could not be solved becomes a ticket of the call centre (CO-10), with the caller's
    telephone number where the visitor had booked.

    Raises:
        HelpMissing, QuestionMissing: nothing chosen, or nobody could answer later.
        HelpAlreadyRecorded: one of the items stands already.
        VisitUndone: the visit was taken back.
    """
    visit = _locked(attendance_id)
    if visit.undone_at:
        raise VisitUndone
    wanted = {*resolved, *unresolved}
    if not wanted:
        raise HelpMissing
    if unresolved and not question.strip():
        raise QuestionMissing
    items = HelpItem.objects.filter(program_id=visit.event.program_id, pk__in=wanted)
    by_id = {item.pk: item for item in items}
    if made := visit.help_given.filter(item__in=by_id).select_related("item").first():
        raise HelpAlreadyRecorded(item=made.item.label)
    open_items = [by_id[item_id] for item_id in unresolved if item_id in by_id]
    number = _open_ticket(visit, open_items, question, by, at) if open_items else ""
    HelpGiven.objects.bulk_create(
        HelpGiven(
            attendance=visit,
            item=item,
            result="UNRESOLVED" if item in open_items else "RESOLVED",
            minutes=minutes,
            ticket_number=number if item in open_items else "",
            by=by,
            at=at,
        )
        for item in by_id.values()
    )
    facts = {"items": sorted(item.code for item in by_id.values()), "ticket": number}
    _record("helped", visit, facts, by=by, at=at)
    return number


def _open_ticket(
    visit: Attendance, items: list[HelpItem], question: str, by: User, at: datetime
) -> str:
    event = visit.event
    ticket = desk.open_ticket(
        client_id=event.program.client_id,
        program_id=event.program_id,
        channel="EVENT",
        category_id=None,
        subject=f"相談会での質問（{'・'.join(item.label for item in items)}）"[: desk.SUBJECT_MAX],
        body=question.strip(),
        by=by,
        at=at,
        resident_id=visit.resident_id,
        caller_phone=person_of(visit.booking).phone if visit.booking else "",
        event_ref=str(event.pk),
    )
    return str(ticket.number)


@transaction.atomic
def respond(
    *,
    event: Event,
    answers: Mapping[int, str | list[str]],
    request_key: UUID,
    entered_by: User | None,
    at: datetime,
) -> Response:
    """Take one filled survey about an event: from a visitor's phone, or typed from paper.

    Raises:
        SurveyClosed: no survey is open for this kind, or the event was never held in public.
    """
    survey = survey_of(event)
    if survey is None or event.status not in {Event.Status.PUBLISHED, Event.Status.HELD}:
        raise SurveyClosed
    return surveys.respond(
        survey_id=survey.pk,
        subject=event,
        answers=answers,
        request_key=request_key,
        entered_by=entered_by,
        at=at,
    )


def _record(
    act: str, visit: Attendance, facts: Mapping[str, object], *, by: User, at: datetime
) -> None:
    audit.record(
        code=f"consultations.visit.{act}",
        target=visit,
        organization_id=visit.event.program.client_id,
        by=by,
        at=at,
        changes=dict(facts),
    )
