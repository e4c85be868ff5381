"""Seats are never sold twice, and only who booked gives one back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from consultations import errors, services
from consultations.models import Booking, Slot
from consultations.queries import person_of
from pointsys.notices.models import Notice
from tests.consultations.factories import DAY, HANAKO, PLANNED, TARO, Office, book

THREADS = 8


@pytest.mark.req("CO-04")
@pytest.mark.django_db
def test_a_booking_takes_a_seat_and_keeps_the_person_sealed() -> None:
    event = Office().published()

    booking = book(event)

    assert event.slots.order_by("starts_at").first().taken == 1
    assert person_of(booking) == HANAKO
    assert "花子".encode() not in bytes(booking.person_sealed)
    notice = Notice.objects.get()
    assert (notice.email, "花子" in notice.body) == ("hanako@example.jp", False)


@pytest.mark.django_db
def test_the_same_request_is_the_same_booking() -> None:
    event = Office().published()
    key = uuid4()

    first = book(event, request_key=key)
    second = book(event, request_key=key)

    assert first.pk == second.pk
    assert event.slots.order_by("starts_at").first().taken == 1
    with pytest.raises(errors.RequestKeyUsed):
        book(event, request_key=key, slot=1)


@pytest.mark.req("CO-04")
@pytest.mark.django_db
def test_a_full_or_past_time_is_refused() -> None:
    event = Office().published()
    book(event)
    book(event, TARO)

    with pytest.raises(errors.SlotFull):
        book(event, TARO)
    with pytest.raises(errors.SlotOver):
        book(event, TARO, slot=1, at=DAY + timedelta(minutes=30))


@pytest.mark.django_db
def test_the_database_refuses_a_seat_too_many() -> None:
    slot = Office().published().slots.first()
    Slot.objects.filter(pk=slot.pk).update(taken=2)

    with pytest.raises(IntegrityError, match="never_overbooked"), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(taken=3)


def at_once(act, times=THREADS):
    barrier = Barrier(times)

    def run(_):
        try:
            barrier.wait()
            return act(barrier)
        except errors.SlotFull as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.req("CO-04")
@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_get_two_seats() -> None:
    event = Office().published()

    results = at_once(lambda _: book(event, TARO))

    assert sum(isinstance(one, Booking) for one in results) == 2
    assert event.slots.order_by("starts_at").first().taken == 2


@pytest.mark.django_db(transaction=True)
def test_reading_first_and_writing_later_would_sell_a_seat_twice() -> None:
    """The negative control: without the slot's lock everybody sees the same free seats."""
    event = Office().published()
    slot_id = event.slots.order_by("starts_at").first().pk

    def naive(barrier: Barrier) -> bool:
        slot = Slot.objects.get(pk=slot_id)
        barrier.wait()
        if slot.taken >= slot.seats:
            return False
        slot.taken += 1
        slot.save(update_fields=["taken"])
        return True

    assert sum(at_once(naive)) > 2


@pytest.mark.req("CO-04")
@pytest.mark.django_db
def test_only_number_and_digits_together_cancel() -> None:
    office = Office()
    event = office.published()
    booking = book(event)

    for number, tail in ((booking.number, "0000"), ("ZZZZZZZZ", "1234"), ("", "1234")):
        with pytest.raises(errors.BookingNotFound):
            services.cancel_booking(number=number, phone_tail=tail, by=None, at=PLANNED)
    for _ in range(2):
        services.cancel_booking(number=booking.number, phone_tail="1234", by=None, at=PLANNED)

    assert event.slots.order_by("starts_at").first().taken == 0
    book(event, TARO)


@pytest.mark.django_db
def test_who_is_there_or_late_cannot_cancel() -> None:
    office = Office()
    event = office.published()
    booking = book(event, slot=3)
    office.arrive(event, number=booking.number)

    with pytest.raises(errors.BookingCannotBeCancelled):
        services.cancel_booking(number=booking.number, phone_tail="1234", by=None, at=DAY)


@pytest.mark.req("CO-04")
@pytest.mark.django_db
def test_the_reminder_goes_out_once_on_the_day_before() -> None:
    event = Office().published()
    book(event)
    book(event, TARO)
    eve = DAY - timedelta(days=1)

    assert services.remind_of_tomorrow(at=eve - timedelta(days=1)) == 0
    assert services.remind_of_tomorrow(at=eve.replace(hour=8)) == 0
    assert services.remind_of_tomorrow(at=eve) == 1
    assert services.remind_of_tomorrow(at=eve + timedelta(hours=1)) == 0
    assert Notice.objects.filter(reason__startswith="consultations.reminder").count() == 1
