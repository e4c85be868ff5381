"""Who may plan, decide, book for others and work at the door; and that names leave a trace."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from callcenter.models import Ticket
from consultations import services
from consultations.models import Attendance, Booking, Event, EventRules, HelpItem
from pointsys.audit.models import AccessRecord
from pointsys.surveys.models import Question, Response
from pointsys.users.models import Role
from tests.consultations.factories import DAY, HANAKO, Office, book
from tests.factories import ProgramFactory, ResidentFactory, UserFactory, staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.fixture
def office() -> Office:
    office = Office()
    services.ensure_help_items(program_id=office.program.pk)
    return office


FORM = {
    "title": "スマホ相談会 岩沼市",
    "kind": "CONSULTATION",
    "municipality_code": "04211",
    "venue": "岩沼市民会館",
    "address": "",
    "day": "2025-10-20",
    "starts": "13:00",
    "ends": "16:00",
    "slot_minutes": "３０",
    "seats_per_slot": "4",
    "method": "対面。",
}


@pytest.mark.req("CO-03")
def test_an_event_goes_through_its_pages_to_the_public_list(client, office) -> None:
    client.force_login(office.clerk)
    made = client.post(reverse("consultations:new"), FORM)
    event = Event.objects.get()
    assert made.headers["Location"] == reverse("consultations:event", args=[event.pk])
    client.post(reverse("consultations:propose", args=[event.pk]))
    assert (
        client.post(
            reverse("consultations:decide", args=[event.pk]), {"answer": "approve", "digest": ""}
        ).status_code
        == 403
    )

    client.force_login(office.approver)
    page = client.get(reverse("consultations:event", args=[event.pk]))
    digest = page.context["digest"]
    decide = reverse("consultations:decide", args=[event.pk])
    refused = client.post(decide, {"answer": "refuse", "digest": digest, "comment": ""})
    assert "差し戻す理由を入力してください" in refused.content.decode()
    assert client.get(reverse("console:approvals")).status_code == 200
    client.post(decide, {"answer": "approve", "digest": digest, "comment": ""})

    client.force_login(office.clerk)
    client.post(reverse("consultations:run", args=[event.pk, "publish"]))
    event.refresh_from_db()
    assert event.status == "PUBLISHED"
    client.logout()
    assert "岩沼" in client.get(reverse("events:list")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "名前を入力してください"),
        ("title", "a\0b", "使えない文字"),
        ("day", "2025-13-40", "日付で入力してください"),
        ("ends", "12:00", "開始より後"),
        ("starts", "夕方", "時刻で入力してください"),
        ("slot_minutes", "99999999999999999999", "480以下"),
        ("seats_per_slot", "-1", "0以上"),
        ("municipality_code", "13101", "選択肢から"),
        ("municipality_code", "", "市区町村をえらんでください"),
        ("kind", "PARTY", "選択肢から"),
    ],
)
def test_a_wrong_plan_is_named_and_kept(client, office, field, value, said) -> None:
    client.force_login(office.clerk)

    answer = client.post(reverse("consultations:new"), {**FORM, field: value})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Event.objects.exists()


PAGES = ("home", "list", "survey", "rules")


def test_who_may_look_and_who_may_not(client, office) -> None:
    event = office.published()
    addresses = [reverse(f"consultations:{name}") for name in PAGES]
    addresses.append(reverse("consultations:event", args=[event.pk]))
    for role in (Role.CLIENT_VIEWER, Role.AUDITOR, Role.DESK_OPERATOR):
        client.force_login(staff_of(office.program.client, role))
        assert {client.get(address).status_code for address in addresses} == {200}, role
        assert client.get(reverse("consultations:new")).status_code == 403
        assert client.post(reverse("consultations:propose", args=[event.pk])).status_code == 403
        assert client.post(reverse("consultations:rules"), {}).status_code == 403
        assert client.get(reverse("events:venue", args=[event.pk])).status_code == 403
    for user in (UserFactory(), ResidentFactory(signed_up=True).user):
        client.force_login(user)
        assert {client.get(address).status_code for address in addresses} == {403}
        assert client.get(reverse("events:today")).status_code == 403


@pytest.mark.req("SP-02")
def test_another_client_s_events_do_not_exist(client, office) -> None:
    event = office.published()
    booking = book(event)
    visit = office.arrive(event).visit
    client.force_login(staff_of(Office().program.client, *Role.values))

    for name in ("event", "edit", "book_for"):
        assert client.get(reverse(f"consultations:{name}", args=[event.pk])).status_code == 404
    for name in ("propose", "decide", "cancel"):
        assert client.post(reverse(f"consultations:{name}", args=[event.pk])).status_code == 404
    for name in ("venue", "live", "bookings", "paper_survey"):
        assert client.get(reverse(f"events:{name}", args=[event.pk])).status_code == 404
    for name in ("arrive", "search"):
        assert client.post(reverse(f"events:{name}", args=[event.pk])).status_code == 404
    assert client.get(reverse("events:visit", args=[visit.pk])).status_code == 404
    assert client.post(reverse("events:undo", args=[visit.pk])).status_code == 404
    address = reverse("consultations:booked_for", args=[event.pk, booking.uuid])
    assert client.get(address).status_code == 404


@pytest.mark.req("CO-04")
def test_the_desk_books_for_somebody_who_calls(client, office) -> None:
    later = DAY + timedelta(days=3)
    event = office.published(starts_at=later, ends_at=later + timedelta(hours=3))
    operator = staff_of(office.program.client, Role.DESK_OPERATOR)
    client.force_login(operator)
    data = {
        "slot": event.slots.first().pk,
        "name": "佐藤 太郎",
        "kana": "さとう たろう",
        "phone": "022-000-5678",
        "request_key": uuid4(),
        "channel": "PHONE",
    }

    answer = client.post(reverse("consultations:book_for", args=[event.pk]), data)

    booking = Booking.objects.get()
    assert (booking.channel, booking.booked_by) == ("PHONE", operator)
    assert booking.number[:4] in client.get(answer.headers["Location"]).content.decode()


@pytest.mark.req("CO-05")
def test_check_in_by_number_says_who_came_and_tells_the_second_time(client, office) -> None:
    event = office.published()
    booking = book(event)
    client.force_login(office.staff)
    arrive = reverse("events:arrive", args=[event.pk])

    first = client.post(arrive, {"number": booking.number.lower()}, follow=True)
    again = client.post(arrive, {"number": booking.number}, follow=True)
    wrong = client.post(arrive, {"number": "ZZZZZZZZ"})
    empty = client.post(arrive, {"number": "\0"})

    assert "受け付けました" in first.content.decode()
    assert "すずき はなこ 様" in first.content.decode()
    assert "耳が遠い" in first.content.decode()
    assert "もう受け付けています" in again.content.decode()
    assert "見つかりません" in wrong.content.decode()
    assert "予約番号を入力してください" in empty.content.decode()
    assert Attendance.objects.count() == 1


@pytest.mark.req("CO-05")
def test_a_queue_sends_its_items_again_without_harm(client, office) -> None:
    event = office.published()
    client.force_login(office.staff)
    arrive = reverse("events:arrive", args=[event.pk])
    item = {"kind": "walk-in", "number": "", "request_key": str(uuid4()), "at": "nonsense"}

    said = [client.post(arrive, item, headers={"Accept": "application/json"}) for _ in range(3)]

    assert [answer.json()["state"] for answer in said] == ["in", "in", "in"]
    assert Attendance.objects.count() == 1
    refused = client.post(
        arrive, {"number": "ZZZZZZZZ"}, headers={"Accept": "application/json"}
    ).json()
    assert refused["state"] == "refused"


def test_names_are_recorded_once_an_opening(client, office) -> None:
    event = office.published()
    book(event)
    client.force_login(office.staff)

    for name in ("venue", "bookings", "venue"):
        client.get(reverse(f"events:{name}", args=[event.pk]))

    seen = AccessRecord.objects.get()
    assert (seen.subject_id, seen.by, seen.purpose) == (str(event.pk), office.staff, "相談会の受付")


@pytest.mark.req("CO-05")
def test_the_search_by_kana_leaves_nothing_in_the_address(client, office) -> None:
    event = office.published()
    book(event, HANAKO)
    client.force_login(office.staff)

    found = client.post(reverse("events:search", args=[event.pk]), {"kana": "スズ\0"})
    none = client.post(reverse("events:search", args=[event.pk]), {"kana": "ワタナベ"})

    assert "鈴木 花子" in found.content.decode()
    assert "見つかりませんでした" in none.content.decode()


def test_the_live_count_answers_only_news(client, office) -> None:
    event = office.published()
    client.force_login(office.staff)
    live = reverse("events:live", args=[event.pk])
    marker = client.get(live).context["counts"].marker

    assert client.get(live, {"after": marker}).status_code == 204
    office.arrive(event)
    assert client.get(live, {"after": marker}).status_code == 200


@pytest.mark.req("CO-06", "CO-10")
def test_help_is_recorded_on_tiles_and_a_ticket_is_told(client, office) -> None:
    event = office.published()
    visit = office.arrive(event).visit
    client.force_login(office.staff)
    address = reverse("events:visit", args=[visit.pk])
    first, second = HelpItem.objects.filter(program=office.program)[:2]

    for data, said in (
        ({}, "1つはえらんでください"),
        ({"resolved": ["99999999999"]}, "選択肢から"),
        ({"unresolved": [second.pk]}, "質問の内容を入力してください"),
        (
            {"resolved": [first.pk], "unresolved": [first.pk], "question": "x"},
            "両方にはえらべません",
        ),
    ):
        assert said in client.post(address, data).content.decode()
    done = client.post(
        address,
        {"resolved": [first.pk], "unresolved": [second.pk], "question": "番号を忘れた"},
        follow=True,
    )

    ticket = Ticket.objects.get()
    assert str(ticket.number) in done.content.decode()
    undo = client.post(reverse("events:undo", args=[visit.pk]), follow=True)
    assert "取り消せません" in undo.content.decode()


@pytest.mark.req("CO-08")
def test_paper_sheets_are_typed_in_and_counted(client, office) -> None:
    event = office.published()
    client.force_login(office.clerk)
    rules = {
        "first_date": "2025-05-01",
        "last_date": "2026-02-28",
        "minimum_notice_days": "14",
        "install_goal": "",
    }
    wrong = client.post(reverse("consultations:rules"), {**rules, "last_date": "2025-04-01"})
    assert "初日以後" in wrong.content.decode()
    client.post(reverse("consultations:rules"), rules)
    assert EventRules.objects.get().minimum_notice_days == 14

    client.force_login(office.staff)
    address = reverse("events:paper_survey", args=[event.pk])
    assert "data:image/svg+xml" in client.get(address).content.decode()
    question = Question.objects.filter(kind="TEXT").first()
    data = {f"question_{question.pk}": "また来たい", "request_key": str(uuid4())}
    client.post(address, data)

    assert Response.objects.get().entered_by == office.staff
    results = client.get(reverse("consultations:survey")).content.decode()
    assert "また来たい" in results
    assert (
        "また来たい" in client.get(reverse("consultations:event", args=[event.pk])).content.decode()
    )


@pytest.mark.req("CO-01")
def test_the_coverage_page_asks_little_of_the_database(
    client, office, django_assert_max_num_queries
) -> None:
    for _ in range(3):
        office.held(starts_at=DAY - timedelta(days=2), ends_at=DAY - timedelta(days=2, hours=-2))
    client.force_login(office.clerk)

    with django_assert_max_num_queries(16):
        page = client.get(reverse("consultations:home"))

    assert "未計画 38区域" in page.content.decode()
    assert "七ヶ宿" in page.content.decode()


@pytest.mark.req("CO-03")
def test_a_change_is_shown_beside_what_is_in_force(client, office) -> None:
    later = DAY + timedelta(days=20)
    event = office.published(starts_at=later, ends_at=later + timedelta(hours=3))
    client.force_login(office.clerk)
    form = client.get(reverse("consultations:edit", args=[event.pk])).context["form"]
    data = {
        **{name: form.initial[name] for name in FORM if name not in {"day", "starts", "ends"}},
        "day": "2025-10-12",
        "starts": "13:00",
        "ends": "16:00",
        "venue": "別館",
    }

    client.post(reverse("consultations:edit", args=[event.pk]), data)

    page = client.get(reverse("consultations:event", args=[event.pk])).content.decode()
    assert "<ins>別館</ins>" in page
    assert client.post(reverse("consultations:run", args=[event.pk, "dance"])).status_code == 404


@pytest.mark.req("CO-01")
def test_a_program_without_meetings_says_so_and_leads_to_the_one_that_has_them(client):
    office = Office()
    office.draft()
    without = ProgramFactory(client=office.program.client)
    client.force_login(office.clerk)

    page = client.get(reverse("consultations:home"), {"program": without.code}).text

    assert "この事業では相談会を計画していません" in page
    assert f'href="?program={office.program.code}"' in page
    assert reverse("consultations:rules") in page
    assert "未計画" not in page
