"""The resident's home and record of use."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from ledger import services as ledger
from pointsys.common.clock import JST
from tests.factories import NOON, ResidentFactory, WalletFactory
from tests.ledger.builders import give, spend
from tests.ledger.scenes import Scene, at_a_till

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def unwrapped(html: str) -> str:
    """The markup without the line breaks and indents of its templates."""
    return re.sub(r"\n\s*", "", html)


@pytest.fixture
def scene() -> Scene:
    return at_a_till()


@pytest.mark.req("LG-11")
def test_the_home_shows_a_card_for_each_program_with_its_last_moment(scene):
    other = WalletFactory(resident=scene.resident)
    give(other, 56_400)

    page = scene.client.get("/my/").content.decode()

    assert "12,480" in page
    assert "56,400" in page
    assert scene.till.program.name in page
    assert other.program.name in page
    assert "2026年2月28日（土）" in page
    assert "午後11時59分まで" in page
    assert "あと192日" in page


def test_points_end_with_the_period_of_use_when_that_is_earlier(scene):
    scene.till.program.usage_ends_at = datetime(2025, 12, 1, tzinfo=JST)
    scene.till.program.save()

    assert "11月30日（日）" in scene.client.get("/my/").content.decode()


@pytest.mark.req("LG-11")
def test_points_that_end_soon_are_announced(scene):
    give(scene.wallet, 500, expires_at=datetime(2025, 8, 31, tzinfo=JST))

    page = scene.client.get("/my/").content.decode()

    assert "もうすぐ使えなくなるポイントがあります" in page
    assert "8月30日（土）" in page
    assert "あと10日" in page


def test_nothing_is_announced_when_nothing_ends_soon(scene):
    assert "もうすぐ" not in scene.client.get("/my/").content.decode()


def test_dead_points_are_not_in_the_balance(scene, clock):
    give(scene.wallet, 500, expires_at=NOON + timedelta(hours=1))

    clock.shift(3_600)

    page = scene.client.get("/my/").content.decode()
    assert "12,480" in page
    assert "12,980" not in page


def test_the_home_shows_the_last_five_movements_of_all_wallets(scene):
    for points in (101, 102, 103, 104, 105, 106):
        spend(scene.wallet, scene.till, points)

    page = scene.client.get("/my/").content.decode()

    assert "−106" in page
    assert "−102" in page
    assert "−101" not in page


def test_a_resident_without_points_is_told_so():
    resident = ResidentFactory(signed_up=True)
    browser = Client()
    browser.force_login(resident.user)

    page = browser.get("/my/").content.decode()

    assert "ポイントは、まだありません" in page
    assert browser.get("/my/history/").status_code == 200


@pytest.mark.parametrize("path", ["/my/", "/my/history/", "/my/history.csv"])
def test_a_visitor_is_asked_for_the_e_mail_code(path):
    response = Client().get(path)

    assert response["Location"].startswith("/accounts/login/code/?next=/my/")


@pytest.mark.req("LG-11")
def test_the_record_tells_store_time_number_and_balance(scene):
    payment = spend(scene.wallet, scene.till, 1_280)

    page = scene.client.get("/my/history/?month=2025-08").content.decode()

    number = payment.receipt_number
    assert scene.till.store.name in page
    assert "−1,280" in page
    assert "12:00" in page
    assert f"{number[:4]}-{number[4:]}" in page
    assert "残高 11,200" in page


def test_the_record_shows_one_month_and_adds_it_up(scene):
    spend(scene.wallet, scene.till, 1_000, at=NOON - timedelta(days=31))
    payment = spend(scene.wallet, scene.till, 700)
    ledger.refund_payment(
        payment_id=payment.pk,
        points=200,
        alive_points=200,
        request_key=uuid4(),
        at=NOON,
        by=None,
        as_office=False,
    )

    august = scene.client.get("/my/history/").content.decode()
    july = scene.client.get("/my/history/?month=2025-07").content.decode()

    assert "−1,000" not in august
    assert "<dt>使ったポイント</dt><dd>700</dd>" in unwrapped(august)
    assert "<dt>返金されたポイント</dt><dd>200</dd>" in unwrapped(august)
    assert "−1,000" in july
    assert "−700" not in july


@pytest.mark.req("LG-05")
def test_points_whose_life_is_over_stay_in_the_record(scene, clock):
    give(scene.wallet, 500, expires_at=NOON + timedelta(hours=1))

    clock.shift(3_700)
    page = scene.client.get("/my/history/").content.decode()

    assert "使える期限が終わったポイント" in page
    assert "−500" in page
    assert "<dt>期限が終わったポイント</dt><dd>500</dd>" in unwrapped(page)


@pytest.mark.parametrize("month", ["2025-13", "x", "", "9999-99", "2025-08\x00", "1900-01"])
def test_a_month_that_cannot_be_shown_shows_this_month(scene, month):
    response = scene.client.get("/my/history/", {"month": month, "program": "nowhere"})

    assert "2025年8月" in response.content.decode()


def test_the_record_comes_as_a_file_for_a_spreadsheet(scene):
    spend(scene.wallet, scene.till, 1_280)

    response = scene.client.get("/my/history.csv")

    text = response.content.decode("utf-8-sig")
    assert response["Content-Type"].startswith("text/csv")
    assert '"2025-08-20","12:00:00","支払い"' in text
    assert ",-1280,11200," in text


@pytest.mark.req("SP-02")
def test_a_resident_sees_own_movements_only(scene):
    stranger = at_a_till(points=777, program=scene.till.program)
    spend(stranger.wallet, stranger.till, 33)

    page = scene.client.get("/my/history/").content.decode()

    assert "−33" not in page
    assert stranger.till.store.name not in page


def test_the_home_asks_as_little_for_many_movements_as_for_few(
    scene, django_assert_max_num_queries
):
    for points in range(1, 30):
        spend(scene.wallet, scene.till, points)

    with django_assert_max_num_queries(9):
        scene.client.get("/my/")
