"""Publishing an approved event, ending it, or calling it off."""

from datetime import datetime, timedelta

from django.db import transaction

from consultations.errors import (
    ChangeWaits,
    EventAlreadyStarted,
    EventIsClosed,
    EventNotApproved,
    EventNotOver,
    ReasonMissing,
)
from consultations.models import Event, Slot
from consultations.services import letters, locks
from consultations.services.plans import pending_approval, record
from pointsys.approvals import services as approvals
from pointsys.users.models import User


@transaction.atomic
def publish(*, event_id: int, by: User, at: datetime) -> Event:
    """Put an approved event on the public list and open its slots.

    Raises:
        EventNotApproved: the client has not approved it.
        ChangeWaits: a change waits for its decision.
        EventAlreadyStarted: its day is over.
    """
    event = locks.event(event_id)
    if event.status != Event.Status.APPROVED:
        raise EventNotApproved(status=event.get_status_display())
    if event.change:
        raise ChangeWaits
    if event.starts_at <= at:
        raise EventAlreadyStarted
    event.status = Event.Status.PUBLISHED
    event.published_at = at
    event.save(update_fields=["status", "published_at"])
    Slot.objects.bulk_create(_slots(event))
    days = (event.starts_at - at).days
    record("published", event, by, at, days_before=days)
    return event


def _slots(event: Event) -> list[Slot]:
    if not event.seats_per_slot:
        return []
    step = timedelta(minutes=event.slot_minutes)
    starts = event.starts_at
    slots: list[Slot] = []
    # A rest that is shorter than a slot is no slot; an event shorter than one slot is one.
    while starts + step <= event.ends_at or not slots:
        slots.append(Slot(event=event, starts_at=starts, seats=event.seats_per_slot))
        starts += step
    return slots


@transaction.atomic
def mark_held(*, event_id: int, by: User, at: datetime) -> Event:
    """Record that the event took place: it counts for the coverage from now on.

    Raises:
        EventNotOver: it has not begun, or was not published.
    """
    event = locks.event(event_id)
    if event.status != Event.Status.PUBLISHED or event.starts_at > at:
        raise EventNotOver
    if event.change:
        raise ChangeWaits
    event.status = Event.Status.HELD
    event.held_at = at
    event.save(update_fields=["status", "held_at"])
    record("held", event, by, at)
    return event


@transaction.atomic
def cancel_event(*, event_id: int, reason: str, by: User, at: datetime) -> int:
    """Call an event off and tell who booked; return how many mails were queued.

    Raises:
        EventIsClosed: it is over or called off already.
        ReasonMissing: nobody would know why.
    """
    event = locks.event(event_id)
    if event.status in {Event.Status.HELD, Event.Status.CANCELLED}:
        raise EventIsClosed
    if not reason.strip():
        raise ReasonMissing
    if (pending := pending_approval(event)) is not None:
        approvals.withdraw(approval_id=pending.pk, by=by, at=at, comment="開催を取りやめたため")
    locks.slots_of(event)
    event.status = Event.Status.CANCELLED
    event.cancelled_at = at
    event.cancel_reason = reason.strip()
    event.change = None
    event.save(update_fields=["status", "cancelled_at", "cancel_reason", "change"])
    mails = letters.tell_cancellation(event, at=at)
    record("cancelled", event, by, at, mails=mails)
    return mails
