"""Another place or time for what the client approved: asked again, then told to who booked."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from consultations.errors import (
    ChangeWaits,
    EventAlreadyStarted,
    EventIsClosed,
    NothingChanged,
    SlotsFixed,
)
from consultations.models import Booking, Event
from consultations.services import letters, locks
from consultations.services.plans import EventPlan, ask, check_plan, plan_of, put_plan, record
from pointsys.approvals.models import Approval
from pointsys.users.models import User


@transaction.atomic
def change_event(*, event_id: int, plan: EventPlan, by: User, at: datetime) -> Approval:
    """Ask the client for a change of an approved or published event; until then nothing changes.

    Raises:
        EventIsClosed: it is held, cancelled, or was never approved.
        ChangeWaits: another change waits for its decision.
        SlotsFixed: people may have booked, so length and seats stay.
        NothingChanged, EventAlreadyStarted: the new plan is the old one, or lies behind.
    """
    event = locks.event(event_id)
    if event.status not in {Event.Status.APPROVED, Event.Status.PUBLISHED}:
        raise EventIsClosed
    if event.change:
        raise ChangeWaits
    check_plan(event.program, plan)
    if plan.starts_at <= at or event.starts_at <= at:
        raise EventAlreadyStarted
    before = plan_of(event)
    if plan == before:
        raise NothingChanged
    if event.status == Event.Status.PUBLISHED and _shape(plan) != _shape(before):
        raise SlotsFixed
    event.change = plan.as_json()
    event.save(update_fields=["change"])
    record("change_proposed", event, by, at)
    return ask(event, plan, "開催の変更", by=by, at=at)


def _shape(plan: EventPlan) -> tuple[object, ...]:
    return (plan.kind, plan.ends_at - plan.starts_at, plan.slot_minutes, plan.seats_per_slot)


def apply_change(event: Event, plan: EventPlan, *, at: datetime) -> None:
    """Put an approved change into force: slots move along, and who booked gets a mail."""
    locks.slots_of(event)
    moved = plan.starts_at - event.starts_at
    changed = put_plan(event, plan)
    event.change = None
    event.save(update_fields=[*changed, "change"])
    if event.status != Event.Status.PUBLISHED:
        return
    if moved:
        # Foremost first, so that no slot meets its neighbour's time on the way.
        slots = event.slots.order_by("-starts_at" if moved.total_seconds() > 0 else "starts_at")
        for slot in slots:
            event.slots.filter(pk=slot.pk).update(starts_at=F("starts_at") + moved)
        Booking.objects.filter(slot__event=event).update(reminded_at=None)
    if {"starts_at", "ends_at", "venue", "address", "municipality_code"} & set(changed):
        letters.tell_change(event, at=at)
