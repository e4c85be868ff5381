"""The staff home: its links open for the reader, and a week that still runs is not compared."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.urls import reverse

from pointsys.common.clock import JST
from pointsys.console import queries
from pointsys.users.models import Role
from stores.models import BankAccount, Enrolment
from tests.factories import EnrolmentFactory, StoreFactory
from tests.programs.factories import NOON, make_program, make_staff

TODAY = datetime(2025, 9, 24, 12, tzinfo=JST).date()
CONSOLE_ROLES = [
    Role.CLIENT_VIEWER,
    Role.OFFICE_CLERK,
    Role.FINANCE_PREPARER,
    Role.PRIVACY_OFFICER,
    Role.AUDITOR,
    Role.SYSTEM_ADMIN,
]


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


@pytest.mark.parametrize("role", CONSOLE_ROLES)
def test_every_tile_that_is_a_link_opens_for_the_reader(client, program, role):
    links = tiles(home(client, program, role))

    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize(
    ("role", "closed"),
    [
        (Role.SYSTEM_ADMIN, {"console:payments", "settlement:periods"}),
        (Role.PRIVACY_OFFICER, {"grants:list"}),
        (Role.AUDITOR, set()),
    ],
)
def test_a_tile_whose_page_is_closed_to_the_reader_is_no_link(client, program, role, closed):
    links = {urlsplit(link).path for link in tiles(home(client, program, role))}

    for name in ("grants:list", "console:payments", "stores:home", "settlement:periods"):
        assert name not in closed or reverse(name) not in links, name
    if not closed:
        assert len(links) == 4


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
def days(*points):
    first = TODAY - timedelta(days=len(points) - 1)
    return [queries.Day(first + timedelta(days=n), used, 0) for n, used in enumerate(points)]


def test_the_week_that_runs_is_averaged_over_the_days_that_are_over():
    used = days(*[700] * 7, *[600] * 6, 50)

    before, running = queries.weeks_of(used, today=TODAY)

    assert (before.points, before.daily_points) == (4_900, 700)
    assert (running.points, running.daily_points) == (3_650, 600)


def test_only_a_week_that_is_over_is_compared_with_the_one_before():
    used = days(*[1_000] * 7, *[1_100] * 7, *[10] * 7)

    words = [week.change_words for week in queries.weeks_of(used, today=TODAY)]

    assert words == ["—", "＋10.0％", "途中"]


def test_a_week_without_a_finished_day_has_no_average():
    [*_, running] = queries.weeks_of(days(*[100] * 8), today=TODAY)

    assert (running.points, running.daily_points) == (100, None)
