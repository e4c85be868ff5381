"""The staff home: its links open for the reader, and a week that still runs is not compared."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from callcenter import services as callcenter
from pointsys.common.clock import JST
from pointsys.console import queries
from pointsys.console import tiles as tiles_module
from pointsys.users.models import Role
from stores.models import BankAccount, Enrolment
from tests.callcenter import factories as desk
from tests.factories import EnrolmentFactory, StoreFactory
from tests.programs.factories import NOON, make_program, make_staff

TODAY = datetime(2025, 9, 24, 12, tzinfo=JST).date()  # a Wednesday
SUNDAY = datetime(2025, 9, 28, 12, tzinfo=JST).date()


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def program(db):
    return make_program()


def home(client, program, role):
    client.force_login(make_staff(program.client, role))
    return client.get(reverse("console:home")).content.decode()


def tiles(page):
    return re.findall(r'<a class="stat" href="([^"]+)"', page)


def add_account(store):
    BankAccount.objects.create(
        store=store,
        details_sealed=b"-",
        fingerprint="f" * 64,
        bank_name="七十七銀行",
        branch_name="本店",
        number_tail="123",
        registered_at=NOON,
    )


def alert_link(page, words):
    found = re.search(rf'<a href="([^"]+)">{words}', page)
    assert found, words
    return found[1].replace("&amp;", "&")


@pytest.mark.req("AD-01")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_six_tiles_and_every_link_of_them_opens(client, program, role):
    page = home(client, program, role)
    links = tiles(page)

    assert page.count('class="stat"') == 6
    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", Role.values)
def test_every_tile_of_the_catalogue_is_made_and_its_link_opens_for_whoever_has_it(
    client, program, role, monkeypatch
):
    for code in tiles_module.CATALOGUE:
        monkeypatch.setitem(tiles_module.BY_ROLE, role, (code,))
        user = make_staff(program.client, role)
        client.force_login(user)
        facts = queries.Facts(program=program, user=user, at=NOON)

        for tile in tiles_module.tiles_for(facts):
            assert tile.label
            assert tile.value
            if tile.href:
                assert client.get(tile.href).status_code == 200, (role, code)


@pytest.mark.parametrize("role", Role.values)
def test_every_entry_of_the_menu_opens_for_the_reader(client, program, role):
    client.force_login(make_staff(program.client, role))
    page = client.get(reverse("console:home")).content.decode()
    menu = re.findall(r'<a href="([^"]+)"', page[page.index("主な画面") : page.index("</nav>")])

    assert menu
    assert {link: client.get(link).status_code for link in menu} == dict.fromkeys(menu, 200)


def test_a_program_without_vouchers_cards_and_meetings_has_no_tile_of_them(client, program):
    page = home(client, program, Role.OFFICE_CLERK)

    for words in ("商品券の販売", "使用中のカード", "次の相談会"):
        assert words not in page
    assert page.count('class="stat"') == 6


def test_the_home_of_desk_and_event_staff_shows_no_money(client, program):
    for role in (Role.DESK_OPERATOR, Role.EVENT_STAFF):
        page = home(client, program, role)

        assert "目標と実績" not in page
        assert "加盟店への未払い" not in page


def test_more_rows_cost_no_more_queries(client, program, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(make_staff(program.client, Role.OFFICE_CLERK))
    EnrolmentFactory(program=program, store=StoreFactory(client=program.client))
    client.get(reverse("console:home"))
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(reverse("console:home"))
    for _ in range(5):
        EnrolmentFactory(program=program, store=StoreFactory(client=program.client))

    with django_assert_num_queries(len(before)):
        client.get(reverse("console:home"))
    assert len(before) < 60


@pytest.mark.parametrize(
    ("words", "shown", "left_out"),
    [
        ("利用を止めている加盟店", "止めている店", "ふつうの店"),
        ("口座が未登録の加盟店", "止めている店", "口座のある店"),
    ],
)
def test_a_notice_about_stores_opens_the_list_of_just_those(
    client, program, words, shown, left_out
):
    for name, fields in (
        ("止めている店", {"status": Enrolment.Status.SUSPENDED, "reason": "調査中"}),
        ("ふつうの店", {}),
        ("口座のある店", {}),
    ):
        store = StoreFactory(client=program.client, name=name)
        EnrolmentFactory(program=program, store=store, **fields)
        if name == "口座のある店":
            add_account(store)
    page = home(client, program, Role.OFFICE_CLERK)

    listed = client.get(alert_link(page, words)).content.decode()

    assert shown in listed
    assert left_out not in listed


# --- Weeks ---------------------------------------------------------------------------------------
def days(*points, until=SUNDAY):
    first = until - timedelta(days=len(points) - 1)
    return [queries.Day(first + timedelta(days=n), used, 0) for n, used in enumerate(points)]


def test_the_week_that_runs_is_averaged_over_the_days_that_are_over():
    used = days(*[700] * 7, *[600] * 6, 50)

    before, running = queries.weeks_of(used, today=SUNDAY)

    assert (before.points, before.daily_points) == (4_900, 700)
    assert (running.points, running.daily_points) == (3_650, 600)


def test_only_a_week_that_is_over_is_compared_with_the_one_before():
    used = days(*[1_000] * 7, *[1_100] * 7, *[10] * 7)

    words = [week.change_words for week in queries.weeks_of(used, today=SUNDAY)]

    assert words == ["—", "＋10.0％", "途中"]


def test_a_week_without_a_finished_day_has_no_average():
    monday = SUNDAY + timedelta(days=1)

    [*_, running] = queries.weeks_of(days(*[100] * 8, until=monday), today=monday)

    assert (running.points, running.daily_points) == (100, None)


@pytest.mark.req("AD-01", "AD-02")
def test_weeks_run_from_monday_to_sunday_as_in_the_weekly_report(program):
    found = queries.days_of(program, TODAY)

    weeks = queries.weeks_of(found, today=TODAY)

    assert [f"{week.first:%a %d}–{week.last:%a %d}" for week in weeks] == [
        "Mon 25–Sun 31",
        "Mon 01–Sun 07",
        "Mon 08–Sun 14",
        "Mon 15–Sun 21",
        "Mon 22–Sun 28",
    ]
    assert [week.change_words for week in weeks][-1] == "途中"


# --- Deadlines -----------------------------------------------------------------------------------
def test_a_missed_deadline_keeps_its_day_and_says_what_can_still_be_done(program):
    # 2025-09-24 is long after the file of August was due for the planned pay day.
    late = datetime(2025, 10, 31, 12, tzinfo=JST)

    missed = [one for one in queries.deadlines_of(program=program, at=late) if one.is_late]

    assert missed
    for one in missed:
        assert one.day < late.date()
        assert f"{one.day.month}月{one.day.day}日の期限を過ぎました" in one.moved_because
        assert "支払日は11月" in one.moved_because


# --- Calls ---------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.req("AD-01", "CC-03")
def test_calls_are_counted_over_the_client_whatever_program_the_page_is_about(client):
    scene = desk.build_scene()
    other = make_program(scene.client)
    for program_id in (scene.program.pk, other.pk, None):
        ticket = scene.open(program_id=program_id)
        callcenter.escalate(
            ticket_id=ticket.pk, reason="どうしますか。", by=scene.operator, at=desk.TUESDAY
        )
    client.force_login(scene.approver)

    with time_machine.travel(desk.TUESDAY + timedelta(days=21), tick=False):
        pages = [
            client.get(reverse("console:home"), {"program": program.code}).content.decode()
            for program in (scene.program, other)
        ]
        listed = client.get(reverse("callcenter:tickets"), {"view": "overdue"}).content.decode()

    assert len(set(re.findall(r"T-\d{6}", listed))) == 3
    for page in pages:
        assert f"期限超過 3　{scene.client}のすべての事業" in page
        assert f"{scene.client}のすべての事業で、期限を過ぎた上申 3件" in page
        assert "view=overdue" in page


@pytest.mark.django_db
@pytest.mark.req("AD-01", "CC-04")
def test_the_calls_of_yesterday_are_those_of_the_daily_report(client):
    scene = desk.build_scene()
    other = make_program(scene.client)
    scene.open(program_id=other.pk, is_complaint=True)
    scene.open(program_id=None)
    at = desk.TUESDAY + timedelta(days=1)

    facts = queries.Facts(program=scene.program, user=scene.supervisor, at=at)

    assert (facts.calls_yesterday.count, facts.calls_yesterday.complaints) == (2, 1)
