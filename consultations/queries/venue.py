"""What the staff at the venue see: who booked, who came, and how many."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch

from consultations.models import Attendance, Booking, Event, HelpGiven
from consultations.queries.people import Person, person_of
from pointsys.common import text


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of one event at this moment; `marker` changes whenever one of them does."""

    booked: int
    arrived: int
    walked_in: int
    helped: int

    @property
    def marker(self) -> str:
        return f"{self.booked}-{self.arrived}-{self.walked_in}-{self.helped}"


@dataclass(frozen=True, slots=True)
class BookedPerson:
    """One booking of an event with its opened name; `arrived` is the visit that stands."""

    booking: Booking
    person: Person
    arrived: Attendance | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One visit as the list of the newest shows it; walk-ins have no name."""

    visit: Attendance
    name: str
    slot_at: datetime | None
    is_helped: bool


def counts_of(event: Event) -> Counts:
    """Return the head count; walk-ins are part of `arrived`."""
    live = Attendance.objects.filter(event=event, undone_at__isnull=True)
    helped = HelpGiven.objects.filter(attendance=OuterRef("pk"))
    found = live.aggregate(
        arrived=Count("pk"),
        booked=Count("booking"),
        helped=Count("pk", filter=Exists(helped)),
    )
    booked = Booking.objects.filter(slot__event=event, status=Booking.Status.BOOKED).count()
    return Counts(booked, found["arrived"], found["arrived"] - found["booked"], found["helped"])


def booked_people(event: Event) -> list[BookedPerson]:
    """Open the bookings of one event, in the order of time; the caller records the access."""
    live = Attendance.objects.filter(undone_at__isnull=True)
    bookings = (
        Booking.objects.filter(slot__event=event, status=Booking.Status.BOOKED)
        .select_related("slot")
        .prefetch_related(Prefetch("attendances", queryset=live, to_attr="live_visits"))
        .order_by("slot__starts_at", "pk")
    )
    return [
        BookedPerson(booking, person_of(booking), next(iter(booking.live_visits), None))
        for booking in bookings
    ]


def matching_kana(people: list[BookedPerson], words: str) -> list[BookedPerson]:
    """Return those whose reading or number begins, in any of its words, with what was typed."""
    wanted = [text.katakana(word) for word in text.single_line(words).split()]
    number = text.plain(words).upper().replace("-", "").replace(" ", "")
    return [
        one
        for one in people
        if (wanted and all(_begins(one.person.kana, word) for word in wanted))
        or (len(number) >= 4 and one.booking.number.startswith(number))
    ]


def _begins(kana: str, word: str) -> bool:
    reading = text.katakana(kana)
    return any(part.startswith(word) for part in [*reading.split(), reading.replace(" ", "")])


def latest_arrivals(event: Event, *, limit: int = 8) -> list[Arrival]:
    """Return the newest visits with their names; the caller records the access."""
    visits = (
        Attendance.objects.filter(event=event, undone_at__isnull=True)
        .select_related("booking__slot")
        .annotate(is_helped=Exists(HelpGiven.objects.filter(attendance=OuterRef("pk"))))
        .order_by("-checked_in_at", "-pk")[:limit]
    )
    return [
        Arrival(
            visit=visit,
            name=_called(visit),
            slot_at=visit.booking.slot.starts_at if visit.booking else None,
            is_helped=visit.is_helped,
        )
        for visit in visits
    ]


def _called(visit: Attendance) -> str:
    return person_of(visit.booking).kana if visit.booking else ""


def help_summary(event: Event) -> list[dict[str, object]]:
    """Return for each kind of help how often it was solved and how often not."""
    rows = (
        HelpGiven.objects.filter(attendance__event=event, attendance__undone_at__isnull=True)
        .values("item__label", "item__position", "result")
        .annotate(count=Count("pk"))
        .order_by("item__position", "item__label")
    )
    by_item: dict[str, dict[str, object]] = {}
    for row in rows:
        line = by_item.setdefault(
            row["item__label"], {"label": row["item__label"], "RESOLVED": 0, "UNRESOLVED": 0}
        )
        line[row["result"]] = row["count"]
    return list(by_item.values())
