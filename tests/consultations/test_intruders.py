"""Keys and numbers in other hands, callers behind one address, and odd times."""

from datetime import timedelta
from ipaddress import ip_network
from threading import Thread
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from callcenter.models import Ticket
from consultations import services
from consultations.errors import BookingAlreadyMade, BookingClosed
from consultations.limits import GUESSES_A_BOOKING, PER_ADDRESS, PER_SESSION
from consultations.models import Attendance, Booking, Event, HelpItem
from pointsys.audit.models import AccessRecord
from pointsys.users.models import Role
from tests.consultations.factories import DAY, HANAKO, PLANNED, TARO, Office, book
from tests.consultations.test_public_pages import asked
from tests.consultations.test_staff_pages import FORM
from tests.factories import staff_of

pytestmark = pytest.mark.django_db
SEEN = PLANNED + timedelta(days=1)
PROXY = "10.0.0.5"


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    cache.clear()
    with time_machine.travel(SEEN, tick=False):
        yield
    cache.clear()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.req("CO-04")
def test_a_page_gone_back_to_books_for_the_next_person_and_shows_nobody_s_number(
    client, office
) -> None:
    event = office.published()
    address = reverse("events:book", args=[event.pk])
    data = asked(event, step="book")
    client.post(address, data)
    first = Booking.objects.get()

    other = {**data, "name": "佐藤 太郎", "kana": "さとう たろう", "phone": "022-000-5678"}
    answer = client.post(address, other)

    assert answer.status_code == 200
    assert "もう済んでいます" in answer.text
    assert 'value="佐藤 太郎"' in answer.text
    assert first.number not in answer.text
    new_key = answer.context["form"]["request_key"].value()
    client.post(address, {**other, "request_key": new_key})
    assert Booking.objects.count() == 2


def test_a_key_in_other_hands_reveals_no_booking(office) -> None:
    event = office.published()
    key = uuid4()
    book(event, HANAKO, request_key=key)

    with pytest.raises(BookingAlreadyMade):
        book(event, TARO, request_key=key)
    assert book(event, HANAKO, request_key=key).request_key == key


def test_the_desk_books_the_next_caller_from_a_page_gone_back_to(client, office) -> None:
    event = office.published()
    client.force_login(office.clerk)
    address = reverse("consultations:book_for", args=[event.pk])
    data = asked(event, channel="PHONE")
    client.post(address, data)

    answer = client.post(address, {**data, "name": "佐藤 太郎", "phone": "022-000-5678"})

    assert answer.status_code == 200
    assert "もう済んでいます" in answer.text
    assert Booking.objects.count() == 1


@pytest.mark.req("SP-11")
def test_behind_the_proxy_callers_count_one_by_one(office, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    event = office.published(seats_per_slot=200)
    address = reverse("events:book", args=[event.pk])

    for n in range(PER_ADDRESS + 5):
        answer = Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": f"203.0.113.{n}"}).post(
            address, asked(event, step="book")
        )

    assert answer.status_code == 302
    assert Booking.objects.count() == PER_ADDRESS + 5


@pytest.mark.req("SP-11")
def test_one_address_is_stopped_unless_it_is_known_to_be_shared(office, settings) -> None:
    event = office.published(seats_per_slot=200)
    address = reverse("events:book", args=[event.pk])

    def tried() -> int:
        return (
            Client(REMOTE_ADDR="203.0.113.7").post(address, asked(event, step="book")).status_code
        )

    answers = [tried() for _ in range(PER_ADDRESS + 1)]
    assert answers[-2:] == [302, 200]
    settings.SHARED_ADDRESSES = [ip_network("203.0.113.0/24")]
    assert tried() == 302


@pytest.mark.req("SP-11")
def test_digits_of_a_booking_are_not_guessed_with_ever_new_sessions(office) -> None:
    event = office.published()
    booking = book(event, HANAKO)
    address = reverse("events:cancel")

    for n in range(GUESSES_A_BOOKING):
        guess = {"number": booking.number, "phone_tail": f"{9000 + n}"}
        Client(REMOTE_ADDR=f"203.0.113.{n}").post(address, guess)
    right = {"number": booking.number, "phone_tail": "1234"}
    answer = Client(REMOTE_ADDR="198.51.100.1").post(address, right)

    assert "10分ほど待つか" in answer.text or "お電話" in answer.text
    booking.refresh_from_db()
    assert booking.status == Booking.Status.BOOKED
    assert PER_SESSION < GUESSES_A_BOOKING


@pytest.mark.req("CO-05")
def test_names_in_the_live_answer_are_on_record_too(client, office) -> None:
    event = office.published()
    office.arrive(event, number=book(event, HANAKO).number)
    with time_machine.travel(DAY, tick=False):
        client.force_login(office.staff)
        page = client.get(reverse("events:live", args=[event.pk]))

    assert "すずき" in page.text
    assert AccessRecord.objects.get().subject_id == str(event.pk)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "9" * 30,
        "2025-09-20T13:00:00",
    ],
)
def test_a_device_s_odd_clock_breaks_nothing(client, office, moment) -> None:
    event = office.published()
    with time_machine.travel(DAY, tick=False):
        client.force_login(office.staff)
        answer = client.post(
            reverse("events:arrive", args=[event.pk]),
            {"kind": "walk-in", "at": moment, "request_key": str(uuid4())},
            headers={"Accept": "application/json"},
        )

    assert answer.status_code == 200
    assert answer.json()["state"] in {"in", "refused"}


def test_a_long_list_of_open_questions_still_becomes_a_ticket(office) -> None:
    event = office.published()
    ids = [
        HelpItem.objects.create(
            program=office.program, code=f"h{n}", label=f"とても長い名前のお手伝いの内容その{n}" * 2
        ).pk
        for n in range(5)
    ]
    visit = office.arrive(event).visit

    services.record_help(
        attendance_id=visit.pk,
        resolved=[],
        unresolved=ids,
        minutes=None,
        question="教えてほしい",
        by=office.staff,
        at=DAY,
    )

    assert len(Ticket.objects.get().subject) <= 80


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_an_event_at_the_ends_of_time_breaks_no_page(client, office, day) -> None:
    client.force_login(office.clerk)

    answer = client.post(reverse("consultations:new"), {**FORM, "day": day})

    assert answer.status_code in {200, 302}
    for name in ("home", "list"):
        assert client.get(reverse(f"consultations:{name}")).status_code == 200
    for event in Event.objects.all():
        assert client.get(reverse("consultations:event", args=[event.pk])).status_code == 200


def test_a_period_of_ten_thousand_years_breaks_no_page(client, office) -> None:
    client.force_login(office.clerk)
    data = {"first_date": "0001-01-01", "last_date": "9999-12-31", "minimum_notice_days": "14"}

    client.post(reverse("consultations:rules"), {**data, "install_goal": ""})
    page = client.get(reverse("consultations:home"))

    assert page.status_code == 200
    assert len(page.content) < 1_000_000


def test_a_role_at_one_client_opens_no_figures_of_another(client, office) -> None:
    other = Office()
    services.make_default_survey(
        program_id=other.program.pk, event_kind="CONSULTATION", by=other.clerk, at=PLANNED
    )
    person = staff_of(office.program.client, Role.OFFICE_CLERK)
    person.memberships.create(organization=other.program.client, role=Role.FINANCE_PREPARER)
    client.force_login(person)

    for name in ("home", "list", "survey", "rules"):
        page = client.get(reverse(f"consultations:{name}"), {"program": other.program.code})
        assert page.status_code == 200
        assert page.context["program"] == office.program


def test_nested_rows_of_another_client_or_event_do_not_exist(client, office) -> None:
    other = Office()
    event, foreign = office.published(), other.published()
    sibling = office.published(title="別の会")
    booking, elsewhere = book(foreign, HANAKO), book(sibling, TARO)
    visit = other.arrive(foreign, number=booking.number).visit
    person = staff_of(office.program.client, *Role.values)
    client.force_login(person)
    gone = [
        *(
            (f"consultations:{name}", [foreign.pk])
            for name in ("event", "edit", "propose", "decide", "cancel", "book_for")
        ),
        ("consultations:run", [foreign.pk, "held"]),
        ("consultations:booked_for", [foreign.pk, booking.uuid]),
        ("consultations:booked_for", [event.pk, booking.uuid]),
        ("consultations:booked_for", [event.pk, elsewhere.uuid]),
        *(
            (f"events:{name}", [foreign.pk])
            for name in ("venue", "live", "arrive", "search", "bookings", "paper_survey")
        ),
        ("events:visit", [visit.pk]),
        ("events:undo", [visit.pk]),
    ]

    for name, args in gone:
        address = reverse(name, args=args)
        statuses = {client.get(address).status_code, client.post(address, FORM).status_code}
        assert statuses <= {404, 405}, name
        assert 404 in statuses, name
    with time_machine.travel(DAY, tick=False):
        client = Client()  # the session of three weeks ago is over
        client.force_login(person)
        said = client.post(
            reverse("events:arrive", args=[event.pk]),
            {"number": booking.number},
            headers={"Accept": "application/json"},
        ).json()
        taken = client.post(
            reverse("events:book", args=[event.pk]),
            asked(event, slot=str(foreign.slots.first().pk), step="book"),
        )
    assert said["state"] == "refused"
    assert "名取市文化会館" not in said["reason"]
    assert taken.status_code == 200
    assert Attendance.objects.count() == 1
    assert Booking.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("CO-04")
def test_nobody_books_while_an_event_is_called_off() -> None:
    office = Office()
    event = office.published()
    said: list[object] = []

    def book_meanwhile() -> None:
        try:
            said.append(book(event, HANAKO))
        except BookingClosed as refusal:
            said.append(refusal)
        finally:
            connection.close()

    late = Thread(target=book_meanwhile)
    with transaction.atomic():
        services.cancel_event(event_id=event.pk, reason="大雨", by=office.clerk, at=SEEN)
        late.start()
        late.join(timeout=1)
    late.join(timeout=20)

    assert [type(one) for one in said] == [BookingClosed]
    assert not Booking.objects.exists()
