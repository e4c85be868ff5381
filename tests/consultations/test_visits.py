"""Who came counts once, whatever the network does; what stays open becomes a ticket."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from callcenter.models import Ticket
from consultations import errors, queries, services
from consultations.models import Attendance, HelpGiven, HelpItem
from tests.consultations.factories import DAY, HANAKO, PLANNED, TARO, Office, book

pytestmark = pytest.mark.django_db


@pytest.mark.req("CO-05")
def test_a_visitor_counts_once_on_two_devices() -> None:
    office = Office()
    event = office.published()
    booking = book(event)

    first = office.arrive(event, number=booking.number)
    again = office.arrive(event, number=booking.number)

    assert (first.is_new, again.is_new) == (True, False)
    assert first.visit.pk == again.visit.pk
    assert queries.counts_of(event).arrived == 1


def test_the_database_counts_a_booking_once() -> None:
    office = Office()
    event = office.published()
    visit = office.arrive(event, number=book(event).number).visit
    twice = Attendance(
        event=event,
        booking=visit.booking,
        request_key=uuid4(),
        checked_in_at=DAY,
        received_at=DAY,
        by=office.staff,
    )

    with pytest.raises(IntegrityError, match="booking_once"), transaction.atomic():
        twice.save()
    # The negative control: once the first is undone, the same row is taken.
    services.undo_check_in(attendance_id=visit.pk, by=office.staff, at=DAY)
    twice.save()


@pytest.mark.req("CO-05")
def test_what_a_device_sends_again_is_one_walk_in() -> None:
    office = Office()
    event = office.published()
    key = uuid4()

    sent = [office.arrive(event, key=key) for _ in range(3)]

    assert len({one.visit.pk for one in sent}) == 1
    assert queries.counts_of(event).walked_in == 1


@pytest.mark.req("CO-05")
def test_a_visit_counted_without_network_keeps_the_device_s_time() -> None:
    office = Office()
    event = office.published()
    sent = services.check_in(
        event_id=event.pk,
        number="",
        request_key=uuid4(),
        checked_in_at=DAY + timedelta(minutes=5),
        by=office.staff,
        at=DAY + timedelta(hours=2),
    )
    fast = services.check_in(
        event_id=event.pk,
        number="",
        request_key=uuid4(),
        checked_in_at=DAY + timedelta(days=30),
        by=office.staff,
        at=DAY,
    )

    assert sent.visit.checked_in_at == DAY + timedelta(minutes=5)
    assert fast.visit.checked_in_at == DAY


def test_numbers_that_let_nobody_in_say_why() -> None:
    office = Office()
    event, other = office.published(), office.published(venue="別館")
    elsewhere, cancelled = book(other), book(event, TARO)
    services.cancel_booking(number=cancelled.number, phone_tail="5678", by=None, at=PLANNED)
    foreign = Office()
    theirs = book(foreign.published())

    with pytest.raises(errors.NumberOfAnotherEvent, match="別館"):
        office.arrive(event, number=elsewhere.number)
    with pytest.raises(errors.NumberCancelled):
        office.arrive(event, number=cancelled.number)
    with pytest.raises(errors.NumberUnknown):
        office.arrive(event, number=theirs.number)
    with pytest.raises(errors.NotToday):
        office.arrive(event, at=DAY + timedelta(days=1))
    with pytest.raises(errors.NotToday):
        office.arrive(office.approved(), at=DAY)


@pytest.mark.req("CO-05")
def test_people_are_found_by_the_beginning_of_a_reading() -> None:
    event = Office().published()
    hanako, _ = book(event, HANAKO), book(event, TARO)
    people = queries.booked_people(event)

    def found(words: str) -> list[str]:
        return [one.person.name for one in queries.matching_kana(people, words)]

    for words in ("スズ", "すず", "ｽｽﾞ", "ハナ", "スズキ ハナコ", "スズキハ", hanako.number[:4]):
        assert found(words) == ["鈴木 花子"], words
    assert found("") == []
    assert found("ズキ") == []


@pytest.fixture
def office() -> Office:
    office = Office()
    services.ensure_help_items(program_id=office.program.pk)
    return office


def items(office: Office, *codes: str) -> list[int]:
    return [HelpItem.objects.get(program=office.program, code=code).pk for code in codes]


@pytest.mark.req("CO-06", "CO-10")
def test_what_was_helped_is_recorded_and_the_rest_becomes_a_ticket(office: Office) -> None:
    event = office.published()
    visit = office.arrive(event, number=book(event).number).visit

    number = services.record_help(
        attendance_id=visit.pk,
        resolved=items(office, "install"),
        unresolved=items(office, "mynumber"),
        minutes=15,
        question="カードの有効期限が切れていると言われた",
        by=office.staff,
        at=DAY,
    )

    ticket = Ticket.objects.get()
    assert (str(ticket.number), ticket.channel, ticket.event_ref) == (
        number,
        "EVENT",
        str(event.pk),
    )
    rows = HelpGiven.objects.order_by("item__position")
    assert [(row.item.code, row.result, row.ticket_number) for row in rows] == [
        ("install", "RESOLVED", ""),
        ("mynumber", "UNRESOLVED", number),
    ]
    with pytest.raises(errors.HelpAlreadyRecorded):
        services.record_help(
            attendance_id=visit.pk,
            resolved=items(office, "install"),
            unresolved=[],
            minutes=None,
            question="",
            by=office.staff,
            at=DAY,
        )
    with pytest.raises(errors.HelpHasRecords):
        services.undo_check_in(attendance_id=visit.pk, by=office.staff, at=DAY)


def test_help_needs_an_item_and_an_open_one_its_question(office: Office) -> None:
    visit = office.arrive(office.published()).visit

    def record(resolved: list[int], unresolved: list[int], question: str = "") -> None:
        services.record_help(
            attendance_id=visit.pk,
            resolved=resolved,
            unresolved=unresolved,
            minutes=None,
            question=question,
            by=office.staff,
            at=DAY,
        )

    with pytest.raises(errors.HelpMissing):
        record([], [])
    with pytest.raises(errors.QuestionMissing):
        record([], items(office, "other"), " ")
    assert not Ticket.objects.exists()


@pytest.mark.req("CO-01", "CO-02", "CO-06")
def test_coverage_counts_units_held_and_names_the_missing(office: Office) -> None:
    services.save_rules(
        program_id=office.program.pk,
        minimum_notice_days=14,
        first_date=date(2025, 9, 1),
        last_date=date(2025, 11, 30),
        install_goal=10,
        by=office.clerk,
        at=PLANNED,
    )
    office.published(municipality_code="04101", kind="CAMPAIGN")
    office.published(kind="WEB", municipality_code="")
    event = office.published()
    for resolved in (True, False):
        visit = office.arrive(event).visit
        chosen = items(office, "install")
        services.record_help(
            attendance_id=visit.pk,
            resolved=chosen if resolved else [],
            unresolved=[] if resolved else chosen,
            minutes=10,
            question="" if resolved else "機種が古い",
            by=office.staff,
            at=DAY,
        )
    services.mark_held(event_id=event.pk, by=office.staff, at=event.ends_at)

    coverage = queries.coverage_of(program=office.program, at=DAY)
    goal = queries.goal_of(program=office.program)
    figures = queries.figures_between(
        program_id=office.program.pk, first=date(2025, 9, 20), last=date(2025, 9, 20)
    )

    assert len(coverage.units) == 39
    assert [unit.unit.name for unit in coverage.done] == ["名取市"]
    assert [unit.unit.name for unit in coverage.planned] == ["仙台市青葉区"]
    assert len(coverage.missing) == 37
    assert coverage.empty_months == [date(2025, 10, 1), date(2025, 11, 1)]
    assert len(coverage.regions) == 7
    assert len(coverage.regions_without_campaign) == 6
    assert (goal.explained, goal.installed, goal.percent) == (2, 1, 10)
    assert figures == queries.EventFigures(1, 2, 2, 1, 39, 0)
    assert queries.figures_between(
        program_id=office.program.pk, first=date(2025, 9, 21), last=date(2025, 9, 30)
    ) == queries.EventFigures(0, 0, 0, 0, 39, 0)
