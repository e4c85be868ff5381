"""Seats: taken under the slot's lock, given back when a booking is cancelled."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.crypto import salted_hmac

from consultations.errors import (
    BookingAlreadyMade,
    BookingCannotBeCancelled,
    BookingClosed,
    BookingNotFound,
    SlotFull,
    SlotOver,
)
from consultations.models import Booking, Event
from consultations.queries import Person, person_of
from consultations.queries.people import sealed_person
from consultations.services import letters, locks
from pointsys.audit import services as audit
from pointsys.common.clock import JST, jst_date, jst_day_range
from pointsys.users.models import User

# Without I, O, 0 and 1, which are read for one another.
LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBER_LENGTH: Final = 8
REMINDS_FROM_HOUR: Final = 9
REMINDED_AT_ONCE: Final = 500


def number_for(request_key: UUID) -> str:
    """Return the booking number of a request: always the same, and nobody can choose it."""
    digest = salted_hmac("consultations.booking", str(request_key), algorithm="sha256").digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:NUMBER_LENGTH])


@transaction.atomic
def book(
    *,
    slot_id: int,
    person: Person,
    channel: str,
    request_key: UUID,
    by: User | None,
    at: datetime,
    resident_id: int | None = None,
) -> Booking:
    """Take one seat; the same request again is the same booking.

    Raises:
        BookingClosed: the event is not open for booking.
        SlotOver, SlotFull: the time has begun, or no seat is left.
        BookingAlreadyMade: the same key came with another slot or for another person.
    """
    slot = locks.slot(slot_id)
    if made := Booking.objects.filter(request_key=request_key).first():
        if made.slot_id != slot_id or person_of(made) != person:
            raise BookingAlreadyMade
        return made
    if slot.event.status != Event.Status.PUBLISHED:
        raise BookingClosed
    if slot.starts_at <= at:
        raise SlotOver
    if slot.taken >= slot.seats:
        raise SlotFull
    slot.taken += 1
    slot.save(update_fields=["taken"])
    booking = Booking(
        slot=slot,
        uuid=uuid4(),
        number=number_for(request_key),
        resident_id=resident_id,
        channel=channel,
        request_key=request_key,
        booked_at=at,
        booked_by=by,
    )
    booking.person_sealed = sealed_person(booking, person)
    booking.save(force_insert=True)
    _record("booked", booking, slot.event, by, at)
    letters.tell_booked(booking, slot.event, at=at)
    return booking


@transaction.atomic
def cancel_booking(*, number: str, phone_tail: str, by: User | None, at: datetime) -> Booking:
    """Give a seat back to who knows the number and the end of the telephone number.

    Raises:
        BookingNotFound: number or digits are wrong; which of them is not told.
        BookingCannotBeCancelled: the time has begun or the person was checked in.
    """
    found = Booking.objects.filter(number=number).first()
    if found is None or person_of(found).phone_tail != phone_tail:
        raise BookingNotFound
    slot = locks.slot(found.slot_id)
    booking = Booking.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
    if booking.status == Booking.Status.CANCELLED:
        return booking
    came = booking.attendances.filter(undone_at__isnull=True).exists()
    if slot.starts_at <= at or came:
        raise BookingCannotBeCancelled
    booking.status = Booking.Status.CANCELLED
    booking.cancelled_at = at
    booking.save(update_fields=["status", "cancelled_at"])
    slot.taken -= 1
    slot.save(update_fields=["taken"])
    _record("cancelled", booking, slot.event, by, at)
    return booking


def remind_of_tomorrow(*, at: datetime) -> int:
    """Queue the mails of the day before, from nine o'clock on; return how many were queued."""
    if at.astimezone(JST).hour < REMINDS_FROM_HOUR:
        return 0
    first, last = jst_day_range(jst_date(at) + timedelta(days=1))
    waiting = Booking.objects.filter(
        status=Booking.Status.BOOKED,
        reminded_at__isnull=True,
        slot__starts_at__gte=first,
        slot__starts_at__lt=last,
        slot__event__status=Event.Status.PUBLISHED,
    ).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:REMINDED_AT_ONCE])
    return sum(_remind(booking_id, at) for booking_id in ids)


@transaction.atomic
def _remind(booking_id: int, at: datetime) -> bool:
    booking = (
        Booking.objects.select_for_update(no_key=True, of=("self",))
        .select_related("slot__event__program")
        .get(pk=booking_id)
    )
    if booking.status != Booking.Status.BOOKED or booking.reminded_at:
        return False
    booking.reminded_at = at
    booking.save(update_fields=["reminded_at"])
    return letters.remind(booking, booking.slot.event, at=at)


def _record(act: str, booking: Booking, event: Event, by: User | None, at: datetime) -> None:
    audit.record(
        code=f"consultations.booking.{act}",
        target=booking,
        organization_id=event.program.client_id,
        by=by,
        at=at,
        changes={"channel": booking.channel},
    )
