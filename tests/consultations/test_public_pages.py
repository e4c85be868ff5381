"""What everybody sees: the list, a booking from question to number, and the survey."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from consultations import services
from consultations.models import Booking, Event
from pointsys.programs.models import Program
from pointsys.surveys.models import Question, Response
from tests.consultations.factories import DAY, PLANNED, TARO, Office, book
from tests.factories import ResidentFactory

pytestmark = pytest.mark.django_db
SEEN = PLANNED + timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(SEEN, tick=False):
        yield


@pytest.fixture
def office() -> Office:
    return Office()


def asked(event: Event, **changes) -> dict[str, str]:
    """Return a form as somebody fills it in."""
    slot = event.slots.order_by("starts_at").first()
    return {
        "slot": str(slot.pk),
        "name": "鈴木 花子",
        "kana": "スズキ ハナコ",
        "phone": "０９０ー００００ー１２３４",
        "email": "",
        "note": "",
        "request_key": str(uuid4()),
        "contact_url": "",
        **changes,
    }


@pytest.mark.req("CO-04")
def test_the_list_shows_what_is_published_and_not_over(client, office) -> None:
    office.draft(title="下書きの会")
    office.published(title="名取の会")
    over = office.published(title="終わった会", starts_at=DAY, ends_at=DAY + timedelta(hours=1))
    Event.objects.filter(pk=over.pk).update(starts_at=PLANNED, ends_at=PLANNED + timedelta(hours=1))

    page = client.get(reverse("events:list"))

    assert "名取の会" in page.content.decode()
    assert "下書きの会" not in page.content.decode()
    assert "終わった会" not in page.content.decode()
    assert "名取の会" in client.get(reverse("events:list") + "?area=04207").content.decode()


def test_a_draft_or_an_event_of_a_closed_program_has_no_page(client, office) -> None:
    draft, event = office.draft(), office.published()

    for name in ("event", "book", "survey"):
        assert client.get(reverse(f"events:{name}", args=[draft.pk])).status_code == 404
        assert client.get(reverse(f"events:{name}", args=[event.pk])).status_code == 200
    Program.objects.update(status="ENDED")
    assert client.get(reverse("events:event", args=[event.pk])).status_code == 404


@pytest.mark.req("CO-04")
def test_a_booking_shows_its_answers_before_it_takes_the_seat(client, office) -> None:
    event = office.published()
    address = reverse("events:book", args=[event.pk])
    data = asked(event)

    checked = client.post(address, {**data, "step": "check"})
    assert "この内容で予約しますか" in checked.content.decode()
    assert not Booking.objects.exists()
    back = client.post(address, {**data, "step": "back"})
    assert "鈴木 花子" in back.content.decode()
    answers = [client.post(address, {**data, "step": "book"}) for _ in range(2)]

    booking = Booking.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {
        reverse("events:booked", args=[booking.uuid])
    }
    done = client.get(answers[0].headers["Location"]).content.decode()
    assert f"{booking.number[:4]}-{booking.number[4:]}" in done
    assert "data:image/svg+xml" in done
    assert "花子" not in done


def test_a_seat_lost_meanwhile_keeps_what_was_typed(client, office) -> None:
    event = office.published(seats_per_slot=1)
    data = asked(event)
    book(event, TARO, at=SEEN)

    answer = client.post(reverse("events:book", args=[event.pk]), {**data, "step": "book"})

    page = answer.content.decode()
    assert "満席か、時間を過ぎました" in page
    assert 'value="鈴木 花子"' in page
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "お名前を入力してください"),
        ("name", "a\0b", "使えない文字"),
        ("kana", "鈴木", "ひらがな"),
        ("phone", "12", "10けたか11けた"),
        ("slot", "99999999999999999999", "ほかの時間"),
        ("slot", "x", "ほかの時間"),
        ("slot", "", "時間をえらんでください"),
        ("email", "hanako", "name@example.jp"),
        ("note", "あ" * 500, "200文字まで"),
    ],
)
def test_bad_input_is_named_and_nothing_is_lost(client, office, field, value, said) -> None:
    event = office.published()
    data = asked(event, **{field: value})

    for step in ("check", "book"):
        answer = client.post(reverse("events:book", args=[event.pk]), {**data, "step": step})

        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert "エラー：" in answer.content.decode()
    assert not Booking.objects.exists()


def test_machines_and_those_who_try_a_lot_are_stopped(client, office) -> None:
    event = office.published(seats_per_slot=50)
    address = reverse("events:book", args=[event.pk])

    trap = client.post(address, asked(event, contact_url="http://x", step="book"))
    assert "お電話でもご予約いただけます" in trap.content.decode()
    assert client.post(address, asked(event, request_key="x", step="book")).status_code == 200
    for _ in range(12):
        last = client.post(address, asked(event, step="book"))

    assert "10分ほど待つか" in last.content.decode()
    assert 8 <= Booking.objects.count() <= 10


@pytest.mark.req("CO-04")
def test_a_full_event_says_so_plainly(client, office) -> None:
    event = office.published(seats_per_slot=1)
    for number in range(6):
        book(event, TARO, slot=number)

    for name in ("event", "book"):
        page = client.get(reverse(f"events:{name}", args=[event.pk])).content.decode()
        assert "すべて満席です" in page


def test_a_resident_who_is_signed_in_books_as_themselves(client, office) -> None:
    event = office.published()
    resident = ResidentFactory(client=office.program.client, signed_up=True)
    client.force_login(resident.user)

    client.post(reverse("events:book", args=[event.pk]), asked(event, step="book"))

    assert Booking.objects.get().resident_id == resident.pk


@pytest.mark.req("CO-04")
def test_a_booking_is_cancelled_by_number_and_digits(client, office) -> None:
    booking = book(office.published())
    address = reverse("events:cancel")

    for data in (
        {"number": booking.number, "phone_tail": "9999"},
        {"number": "\0", "phone_tail": "1234"},
        {"number": "", "phone_tail": ""},
    ):
        answer = client.post(address, data)
        assert answer.status_code == 200
        assert "エラー：" in answer.content.decode()
    typed = f"{booking.number[:4]}-{booking.number[4:]}".lower()
    answer = client.post(address, {"number": typed, "phone_tail": "１２３４"})

    assert answer.status_code == 302
    assert "取り消しました" in client.get(answer.headers["Location"]).content.decode()


def test_a_cancelled_event_says_why(client, office) -> None:
    event = office.published()
    booking = book(event)
    services.cancel_event(event_id=event.pk, reason="台風のため", by=office.clerk, at=SEEN)

    assert "台風のため" in client.get(reverse("events:event", args=[event.pk])).content.decode()
    done = client.get(reverse("events:booked", args=[booking.uuid])).content.decode()
    assert "中止" in done


@pytest.mark.req("CO-08")
def test_a_visitor_answers_the_survey_without_a_name(client, office) -> None:
    event = office.published()
    address = reverse("events:survey", args=[event.pk])
    services.make_default_survey(
        program_id=office.program.pk, event_kind=event.kind, by=office.clerk, at=PLANNED
    )
    assert "いま受け付けていません" in client.get(address).content.decode()

    with time_machine.travel(DAY, tick=False):
        page = client.get(address).content.decode()
        key = re.search(r'name="request_key" value="([^"]+)"', page).group(1)
        question = Question.objects.get(kind="SCALE")
        data = {"request_key": key, f"question_{question.pk}": "5"}
        empty = client.post(address, {"request_key": key})
        answers = [client.post(address, data) for _ in range(2)]

    assert "エラー：" in empty.content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Response.objects.count() == 1
