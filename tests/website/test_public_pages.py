"""The start page, the list of stores, and where a sign-in leads."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from pointsys.programs.models import Program
from pointsys.users.models import Role
from stores import listing
from stores.models import Enrolment
from tests.factories import (
    NOON,
    EnrolmentFactory,
    OrganizationFactory,
    ProgramFactory,
    ResidentFactory,
    StoreStaffFactory,
    TillFactory,
    UserFactory,
    staff_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def program() -> Program:
    return ProgramFactory(name="みやぎくらし応援ポイント")


def shop(program, name, **fields):
    status = fields.pop("status", Enrolment.Status.ACTIVE)
    reason = "" if status == Enrolment.Status.ACTIVE else "調査中"
    has_till = fields.pop("has_till", True)
    store = EnrolmentFactory(
        program=program,
        status=status,
        reason=reason,
        store__name=name,
        store__name_key=name,
        **{f"store__{key}": value for key, value in fields.items()},
    ).store
    if has_till:
        TillFactory(program=program, store=store)
    return store


@pytest.mark.req("PB-04")
def test_the_start_page_leads_residents_stores_and_staff_to_their_entrances(client, program):
    shop(program, "北上川しじみ食堂")

    page = client.get("/").content.decode()

    assert "みやぎくらし応援ポイント" in page
    assert 'href="/my/"' in page
    # Once in the menu, once among the entrances.
    assert page.count('href="/events/"') >= 2
    assert 'href="/accounts/login/?next=/store/"' in page
    assert 'href="/accounts/login/"' in page
    assert '<span class="count__num">1</span>' in page


def test_programs_that_are_not_open_are_not_shown(client):
    ProgramFactory(name="来年のポイント", status=Program.Status.PREPARING)

    page = client.get("/").content.decode()

    assert "来年のポイント" not in page
    assert "いま実施している事業はありません" in page


def test_several_programs_stand_side_by_side(client, program):
    ProgramFactory(name="倉吉プレミアム商品券", usage_ends_at=NOON + timedelta(days=3))

    page = client.get("/").content.decode()

    assert "みやぎくらし応援ポイント" in page
    assert "倉吉プレミアム商品券" in page
    assert "あと3日" in page


@pytest.mark.req("ST-06")
def test_the_list_shows_stores_that_take_part_now(client, program):
    shop(program, "北上川しじみ食堂")
    shop(program, "休みの店", status=Enrolment.Status.SUSPENDED)
    shop(program, "やめた店", status=Enrolment.Status.WITHDRAWN)
    shop(ProgramFactory(status=Program.Status.PREPARING), "よその店")

    page = client.get("/stores/").content.decode()

    assert "北上川しじみ食堂" in page
    for hidden in ("休みの店", "やめた店", "よその店"):
        assert hidden not in page


@pytest.mark.req("ST-06")
def test_stores_without_a_live_qr_are_neither_listed_nor_counted(client, program):
    shop(program, "使えるパン店", municipality_code="04202")
    shop(program, "QRのないそば店", municipality_code="04203", has_till=False)
    stopped = shop(program, "QRを失効した薬局", municipality_code="04205", has_till=False)
    TillFactory(program=program, store=stopped, revoked_at=NOON - timedelta(days=1))
    elsewhere = shop(program, "別の事業だけの書店", has_till=False)
    TillFactory(program=ProgramFactory(client=program.client), store=elsewhere)

    page = client.get("/stores/").content.decode()

    assert "使えるパン店" in page
    assert "QRのないそば店" not in page
    assert "QRを失効した薬局" not in page
    assert "別の事業だけの書店" not in page
    assert listing.store_counts()[program.pk] == 1
    assert [code for code, _name in listing.municipality_choices(program.pk)] == ["04202"]


@pytest.mark.req("ST-06")
def test_stores_are_found_by_name_place_and_address(client, program):
    shop(program, "北上川しじみ食堂", municipality_code="04202", address="石巻市北上町1")
    shop(program, "ひかり薬局", municipality_code="04215", address="大崎市鳴子温泉2")

    by_name = client.get("/stores/?q=しじみ").content.decode()
    by_place = client.get("/stores/?area=04215").content.decode()
    by_address = client.get("/stores/?q=鳴子").content.decode()
    by_nothing = client.get("/stores/?q=ない店").content.decode()

    assert "北上川しじみ食堂" in by_name
    assert "ひかり薬局" not in by_name
    assert "ひかり薬局" in by_place
    assert "北上川しじみ食堂" not in by_place
    assert "大崎市" in by_place
    assert "ひかり薬局" in by_address
    assert "条件に合うお店は見つかりませんでした" in by_nothing


def test_a_long_list_has_pages(client, program):
    for number in range(45):
        shop(program, f"店{number:02}")

    first = client.get("/stores/").content.decode()
    last = client.get("/stores/?page=3").content.decode()

    assert "45店" in first
    assert first.count('class="shop__name"') == 20
    assert last.count('class="shop__name"') == 5


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?area=x", "?page=x", "?page=99999", "?program=x", "?q=" + "あ" * 500, "?q=%25_'\""],
)
def test_nonsense_in_the_search_is_answered_calmly(client, program, query):
    shop(program, "北上川しじみ食堂")

    assert client.get(f"/stores/{query}").status_code == 200


def test_the_list_asks_as_little_for_many_stores_as_for_few(
    client, program, django_assert_max_num_queries
):
    for number in range(25):
        shop(program, f"店{number:02}")

    with django_assert_max_num_queries(6):
        client.get("/stores/")


@pytest.mark.req("ST-04")
def test_what_points_never_buy_is_public(client, program):
    program.prohibited_goods.create(code="tobacco", label="たばこ")

    assert "たばこ" in client.get("/goods/").content.decode()


@pytest.mark.parametrize("path", ["/", "/stores/", "/goods/"])
def test_an_empty_installation_shows_its_pages(client, path):
    assert client.get(path).status_code == 200


def led_to(user) -> str:
    browser = Client()
    browser.force_login(user)
    return browser.get("/go/")["Location"]


@pytest.mark.req("PB-04")
def test_signing_in_leads_everybody_to_their_own_start_page(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    client_of = OrganizationFactory()

    assert led_to(staff_of(client_of, Role.OFFICE_CLERK)) == "/console/"
    assert led_to(StoreStaffFactory().user) == "/store/"
    assert led_to(ResidentFactory(signed_up=True).user) == "/my/"
    assert led_to(UserFactory()) == "/"


@pytest.mark.req("ST-07")
def test_a_first_password_is_changed_before_the_start_page():
    assert led_to(UserFactory(must_change_password=True)) == "/accounts/password/change/"
