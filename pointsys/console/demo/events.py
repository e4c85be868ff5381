"""The demo's part of consultation meetings, their visitors and surveys."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction

from consultations import services
from consultations.models import Booking, Event, HelpItem, Slot
from consultations.queries import Person, help_items_of, linked_survey
from pointsys.common.clock import jst_date, next_month
from pointsys.common.municipalities import MIYAGI_UNITS, Municipality
from pointsys.console.demo.names import FAMILY, GIVEN_FEMALE, GIVEN_MALE
from pointsys.console.demo.people import RESIDENT_EMAILS
from pointsys.console.demo.plan import SEED, at
from pointsys.console.demo.setting import Stage
from pointsys.residents.models import Resident
from pointsys.surveys.models import Question

KEY: Final = UUID("b5d3c0a4-6c0e-4f5e-9c43-0f3f8d8b7a21")
# Nothing is planned in these two, so that the page of coverage has something to say.
LEFT_OUT: Final = frozenset({"04302", "04424"})
HELD: Final = 30
# A demo for tests, with few residents, holds fewer.
FEW_RESIDENTS: Final = 200
HELD_OF_FEW: Final = 14
HELD_UNITS: Final = 26
CAMPAIGNS: Final = frozenset({4, 13, 22})
WEB_HELD: Final = frozenset({8, 19})
SHEETS_AN_EVENT: Final = (3, 2)
GOAL: Final = 1_000
HALLS: Final = ("中央公民館", "文化会館 小ホール", "保健センター", "市民センター 会議室")
METHOD: Final = "対面。職員4名、1人15分から30分。体験用のスマートフォンを3台置く。"
QUESTION: Final = (
    "マイナンバーカードの暗証番号を忘れて、登録の途中で止まった。次に何をすればよいか。"
)
NOTES: Final = ("", "", "", "", "耳が聞こえにくい", "車いすで行く", "")
OPINIONS: Final = (
    "字が大きくて見やすかった",
    "近くでまた開いてほしい",
    "家族にも教えたい",
    "使えるお店が分かる地図がほしい",
    "待ち時間が少し長かった",
    "病院の予約もできるとうれしい",
)


@dataclass(slots=True)
class Meetings:
    """The making of one program's events."""

    stage: Stage
    is_small: bool
    random: Random = field(default_factory=lambda: Random(f"{SEED}events"))  # noqa: S311
    serial: int = 0
    items: list[HelpItem] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.stage.days.now

    def key(self) -> UUID:
        """Return the next key, the same every time."""
        self.serial += 1
        return uuid5(KEY, str(self.serial))

    def person(self) -> Person:
        """Return a fictional visitor."""
        family, given = self.random.choice(FAMILY), self.random.choice((*GIVEN_FEMALE, *GIVEN_MALE))
        return Person(
            name=f"{family[0]} {given[0]}",
            kana=f"{family[1]} {given[1]}",
            phone=f"080-0000-{self.random.randint(0, 9999):04d}",
            note=self.random.choice(NOTES),
        )

    def plan(
        self, unit: Municipality | None, starts_at: datetime, **changes: object
    ) -> services.EventPlan:
        """Return the plan of an event in a unit, or on the web."""
        hall = self.random.choice(HALLS)
        values = {
            "title": f"スマホ相談会 {unit.name}" if unit else "オンライン相談会",
            "kind": Event.Kind.CONSULTATION if unit else Event.Kind.WEB,
            "municipality_code": unit.code if unit else "",
            "venue": f"{unit.name}{hall}" if unit else "ウェブ会議",
            "address": f"宮城県{unit.full_name}本町1丁目1番" if unit else "",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=3),
            "slot_minutes": 30,
            "seats_per_slot": 4 if unit else 0,
            "method": METHOD if unit else "オンライン。職員2名。画面を見せながら説明する。",
        }
        return services.EventPlan(**{**values, **changes})  # type: ignore[arg-type]

    def draft(self, plan: services.EventPlan) -> Event:
        """Make the draft of an event, four weeks before it where there was time."""
        return services.create_event(
            program_id=self.stage.program.pk,
            plan=plan,
            by=self.stage.clerk,
            at=self.before(plan.starts_at, 25),
        )

    def before(self, starts_at: datetime, days: int) -> datetime:
        """Return a moment some days before an event, or now."""
        return self.stage.days.not_later(starts_at - timedelta(days=days))

    def propose(self, event: Event) -> None:
        """Ask the client."""
        services.propose(
            event_id=event.pk, by=self.stage.clerk, at=self.before(event.starts_at, 24)
        )

    def approve(self, event: Event) -> None:
        """Let the client's approver say yes."""
        self.propose(event)
        event.refresh_from_db()
        services.decide_event(
            event_id=event.pk,
            approve=True,
            digest=services.digest_of(event, services.plan_of(event)),
            comment="",
            by=self.stage.staff["ken-shonin"],
            at=self.before(event.starts_at, 22),
        )

    def publish(self, plan: services.EventPlan) -> Event:
        """Make an event, approved and open for booking."""
        event = self.draft(plan)
        self.approve(event)
        return services.publish(
            event_id=event.pk, by=self.stage.clerk, at=self.before(plan.starts_at, 20)
        )

    def book_some(self, event: Event, number: int) -> list[Booking]:
        """Book the first times of an event for some people."""
        slots = list(event.slots.order_by("starts_at"))
        free = [slot for slot in slots for _ in range(slot.seats)]
        chosen = sorted(self.random.sample(range(len(free)), min(number, len(free))))
        return [self.book(event, free[place], self.person()) for place in chosen]

    def book(
        self, event: Event, slot: Slot, person: Person, resident_id: int | None = None
    ) -> Booking:
        """Book one seat, at some time before the event."""
        assert event.published_at is not None
        days = self.random.randint(2, 18)
        booked_at = max(event.published_at, self.before(event.starts_at, days))
        by_phone = resident_id is None and self.random.random() < 0.4
        return services.book(
            slot_id=slot.pk,
            person=person,
            channel=Booking.Channel.PHONE if by_phone else Booking.Channel.WEB,
            request_key=self.key(),
            by=self.stage.staff["madoguchi"] if by_phone else None,
            at=min(booked_at, self.now),
            resident_id=resident_id,
        )

    def arrive(self, event: Event, moment: datetime, booking: Booking | None = None) -> int:
        """Check somebody in and return the visit's id."""
        arrived = services.check_in(
            event_id=event.pk,
            number=booking.number if booking else "",
            request_key=self.key(),
            checked_in_at=moment,
            by=self.stage.staff["sodankai"],
            at=moment,
        )
        return arrived.visit.pk

    def help(self, visit_id: int, moment: datetime, *, is_open: bool = False) -> None:
        """Record what a visitor was helped with; `is_open` leaves a question for a ticket."""
        weights = (6, 4, 5, 2, 2, 1)[: len(self.items)]
        chosen = {item.pk for item in self.random.choices(self.items, weights, k=2)}
        # Mostly the card; now and then the installation itself, which the goal line then shows.
        unresolved = [self.items[self.serial % 2].pk] if is_open else []
        services.record_help(
            attendance_id=visit_id,
            resolved=sorted(chosen - set(unresolved)),
            unresolved=unresolved,
            minutes=self.random.choice((10, 15, 15, 30)),
            question=QUESTION if is_open else "",
            by=self.stage.staff["sodankai"],
            at=moment,
        )


def load(stage: Stage) -> None:
    """Plan 46 events around the demo's `now`, hold those that are over, and ask the visitors."""
    with transaction.atomic():
        residents = Resident.objects.filter(client=stage.program.client)
        meetings = Meetings(stage, is_small=residents.count() < FEW_RESIDENTS)
        _set_up(meetings)
        hanako = residents.get(external_id=f"{stage.prefix}-000001")
        units = sorted(
            (unit for unit in MIYAGI_UNITS if unit.code not in LEFT_OUT),
            key=lambda unit: (bool(unit.county), unit.code),
        )
        past = _hold(meetings, units, hanako)
        _ask(meetings, past)
        _today(meetings, units[10])
        _plan_ahead(meetings, units, hanako)


def _set_up(meetings: Meetings) -> None:
    stage = meetings.stage
    made_at = stage.days.before_start(28)
    last = stage.days.last_month
    for _ in range(4):
        last = next_month(last)
    program_id = stage.program.pk
    services.save_rules(
        program_id=program_id,
        minimum_notice_days=14,
        first_date=stage.days.last_month,
        last_date=last - timedelta(days=1),
        install_goal=GOAL,
        by=stage.clerk,
        at=made_at,
    )
    services.ensure_help_items(program_id=program_id)
    for kind in Event.Kind.values:
        services.make_default_survey(
            program_id=program_id, event_kind=kind, by=stage.clerk, at=made_at
        )
    meetings.items = list(help_items_of(program_id))


def _days_over(meetings: Meetings, number: int) -> list[date]:
    """Return days from the second of last month to yesterday, evenly."""
    first = meetings.stage.days.last_month + timedelta(days=1)
    span = (jst_date(meetings.now) - first).days
    return [first + timedelta(days=span * place // number) for place in range(number)]


def _hold(meetings: Meetings, units: list[Municipality], hanako: Resident) -> list[Event]:
    """Hold the events that are over, in person and on the web."""
    held = []
    number = HELD_OF_FEW if meetings.is_small else HELD + len(WEB_HELD)
    for place, day in enumerate(_days_over(meetings, number)):
        unit = None if place in WEB_HELD else units[(place - _webs_before(place)) % HELD_UNITS]
        plan = meetings.plan(unit, at(day, 10 if place % 3 == 0 else 13))
        if place in CAMPAIGNS and unit:
            plan = meetings.plan(
                unit,
                at(day, 11),
                kind=Event.Kind.CAMPAIGN,
                title=f"みやぎポイント体験会 {unit.name}",
                venue=f"{unit.name}の商業施設 1階広場",
                seats_per_slot=0,
            )
        event = meetings.publish(plan)
        _visit(meetings, event, place, hanako if place == 0 else None)
        held.append(
            services.mark_held(
                event_id=event.pk, by=meetings.stage.staff["sodankai"], at=event.ends_at
            )
        )
    return held


def _webs_before(place: int) -> int:
    return sum(web < place for web in WEB_HELD)


def _visit(meetings: Meetings, event: Event, place: int, hanako: Resident | None) -> None:
    bookings = meetings.book_some(event, 2 if meetings.is_small else 4)
    visits = []
    if hanako:
        slot = event.slots.order_by("-starts_at")[0]
        booking = meetings.book(event, slot, _hanako(hanako), hanako.pk)
        moment = slot.starts_at + timedelta(minutes=2)
        visits.append((meetings.arrive(event, moment, booking), moment))
    for number, booking in enumerate(bookings):
        if number % 5 == 4:
            continue  # somebody always stays at home
        moment = booking.slot.starts_at + timedelta(minutes=meetings.random.randint(0, 9))
        visits.append((meetings.arrive(event, moment, booking), moment))
    for _ in range(1 if meetings.is_small else meetings.random.randint(1, 3)):
        moment = event.starts_at + timedelta(minutes=meetings.random.randint(5, 150))
        visits.append((meetings.arrive(event, moment), moment))
    for number, (visit_id, moment) in enumerate(visits):
        if number % 4 != 3:
            is_open = place % 6 == 5 and number == 0
            meetings.help(visit_id, moment + timedelta(minutes=20), is_open=is_open)


def _hanako(resident: Resident) -> Person:
    return Person(
        name=resident.name,
        kana=resident.name_kana,
        phone="090-0000-0001",
        email=RESIDENT_EMAILS[0],
    )


def _ask(meetings: Meetings, held: list[Event]) -> None:
    """Fill in the survey of each held event a few times."""
    for place, event in enumerate(held):
        survey = linked_survey(program_id=event.program_id, kind=event.kind)
        assert survey is not None
        questions = list(survey.questions.order_by("position"))
        for number in range(1 if meetings.is_small else SHEETS_AN_EVENT[place % 2]):
            services.respond(
                event=event,
                answers={q.pk: answer for q in questions if (answer := _answer(meetings, q))},
                request_key=meetings.key(),
                entered_by=meetings.stage.staff["sodankai"] if number else None,
                at=event.ends_at - timedelta(minutes=5),
            )


def _answer(meetings: Meetings, question: Question) -> str | list[str]:
    random = meetings.random
    if question.kind == Question.Kind.TEXT:
        return random.choice(OPINIONS) if random.random() < 0.3 else ""
    count = len(question.choices)
    if question.kind == Question.Kind.MULTIPLE:
        return sorted(set(random.choices(question.choices, range(count + 1, 1, -1), k=2)))
    if question.kind == Question.Kind.SCALE:
        return str(random.choices(question.choices, range(1, count + 1))[0])
    middle = (1, 3, 6, 7, 3) if count == 5 else range(count, 0, -1)
    return str(random.choices(question.choices, middle)[0])


def _today(meetings: Meetings, unit: Municipality) -> None:
    """Open today's event, with those who came so far."""
    starts_at = at(jst_date(meetings.now), 9)
    event = meetings.publish(
        meetings.plan(unit, starts_at, ends_at=starts_at + timedelta(hours=8), seats_per_slot=2)
    )
    for booking in meetings.book_some(event, 4 if meetings.is_small else 14):
        moment = booking.slot.starts_at + timedelta(minutes=3)
        if moment < meetings.now - timedelta(minutes=40):
            visit_id = meetings.arrive(event, moment, booking)
            meetings.help(visit_id, moment + timedelta(minutes=15))
        elif moment < meetings.now:
            meetings.arrive(event, moment, booking)


def _plan_ahead(meetings: Meetings, units: list[Municipality], hanako: Resident) -> None:
    """Plan the coming month: most are open, some wait, one is called off."""
    today = jst_date(meetings.now)
    for place, unit in enumerate(units[HELD_UNITS:]):
        plan = meetings.plan(unit, at(today + timedelta(days=1 + place * 5 // 2), 13))
        if place == 4:
            meetings.draft(plan)
        elif place in {7, 9}:
            meetings.approve(meetings.draft(plan))
        else:
            event = meetings.publish(plan)
            if place == 1:
                slot = event.slots.order_by("starts_at")[0]
                meetings.book(event, slot, _hanako(hanako), hanako.pk)
            meetings.book_some(event, 1 if meetings.is_small else 5 - place // 2)
    osaki = next(unit for unit in units if unit.code == "04215")
    waiting = meetings.plan(
        osaki,
        at(today + timedelta(days=24), 11),
        kind=Event.Kind.CAMPAIGN,
        title="みやぎポイント体験会 大崎市",
        venue="大崎市の商業施設 2階催事場",
        seats_per_slot=0,
    )
    meetings.propose(meetings.draft(waiting))
    off = meetings.publish(meetings.plan(units[7], at(today + timedelta(days=9), 13)))
    services.cancel_event(
        event_id=off.pk,
        reason="会場の設備の点検のため。別の日を、このページでお知らせします。",
        by=meetings.stage.clerk,
        at=meetings.now,
    )
