"""Mails to who booked, where an address was given; names stay sealed."""

from datetime import datetime

from consultations.models import Booking, Event
from consultations.queries import person_of
from consultations.queries.coverage import place_of
from pointsys.common import display
from pointsys.notices import services as notices


def _where(event: Event) -> str:
    place = f"{event.venue}（{place_of(event)}）"
    return f"{place}\n{event.address}".strip()


def _send(
    booking: Booking, event: Event, *, reason: str, subject: str, lines: list[str], at: datetime
) -> bool:
    email = person_of(booking).email
    if not email:
        return False
    program = event.program
    foot = ["", program.name, f"{program.desk_name}　{program.desk_phone}（{program.desk_hours}）"]
    notices.queue_mail(
        organization_id=program.client_id,
        reason=reason,
        subject=f"【{program.name}】{subject}",
        body="\n".join([*lines, *foot]),
        at=at,
        email=email,
    )
    return True


def _facts(booking: Booking, event: Event) -> list[str]:
    when = booking.slot.starts_at
    return [
        f"相談会　　{event.title}",
        f"日時　　　{display.japanese_date(when, with_year=True)} {display.clock_words(when)}",
        f"会場　　　{_where(event)}",
        f"予約番号　{display.in_fours(booking.number)}",
    ]


def _booked(event: Event) -> list[Booking]:
    return list(
        Booking.objects.filter(slot__event=event, status=Booking.Status.BOOKED)
        .select_related("slot")
        .order_by("pk")
    )


def tell_booked(booking: Booking, event: Event, *, at: datetime) -> None:
    """Confirm a booking."""
    lines = ["相談会の予約を受け付けました。", "", *_facts(booking, event), "",
             "当日は、この予約番号を受付でお伝えください。"]  # fmt: skip
    _send(
        booking,
        event,
        reason=f"consultations.booked:{booking.pk}",
        subject="相談会の予約を受け付けました",
        lines=lines,
        at=at,
    )


def tell_change(event: Event, *, at: datetime) -> None:
    """Tell everybody who booked the new time or place."""
    for booking in _booked(event):
        _send(
            booking,
            event,
            reason=f"consultations.changed:{booking.pk}:{int(at.timestamp())}",
            subject="相談会の日時または会場が変わりました",
            lines=["ご予約の相談会の日時または会場が変わりました。", "", *_facts(booking, event)],
            at=at,
        )


def tell_cancellation(event: Event, *, at: datetime) -> int:
    """Tell everybody who booked that the event does not take place; return how many mails."""
    lines = ["ご予約の相談会は中止になりました。ご迷惑をおかけします。", ""]
    reason = ["", f"中止の理由　{event.cancel_reason}"]
    return sum(
        _send(
            booking,
            event,
            reason=f"consultations.cancelled:{booking.pk}",
            subject="相談会が中止になりました",
            lines=[*lines, *_facts(booking, event), *reason],
            at=at,
        )
        for booking in _booked(event)
    )


def remind(booking: Booking, event: Event, *, at: datetime) -> bool:
    """Remind of tomorrow; say whether there was an address."""
    day = int(booking.slot.starts_at.timestamp())
    return _send(
        booking,
        event,
        reason=f"consultations.reminder:{booking.pk}:{day}",
        subject="あすは相談会です",
        lines=["ご予約の相談会は、あすです。お気をつけてお越しください。", "",
               *_facts(booking, event)],
        at=at,
    )  # fmt: skip
