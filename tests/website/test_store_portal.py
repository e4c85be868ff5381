"""The store portal: today's payments at once, giving back, earlier months, several stores."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from ledger import queries
from ledger import services as ledger
from ledger.models import Transfer
from pointsys.common.clock import JST
from pointsys.website.views import store as views
from stores.models import StoreStaff
from tests.factories import NOON, StoreFactory, StoreStaffFactory, UserFactory
from tests.ledger.builders import give, spend
from tests.ledger.scenes import Scene, at_a_till

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scene() -> Scene:
    return at_a_till()


def browser_of(store, role=StoreStaff.Role.OWNER) -> Client:
    browser = Client()
    browser.force_login(StoreStaffFactory(store=store, role=role).user)
    return browser


@pytest.fixture
def owner(scene) -> Client:
    return browser_of(scene.till.store)


@pytest.fixture
def clerk(scene) -> Client:
    return browser_of(scene.till.store, StoreStaff.Role.CLERK)


def seen(page: str) -> str:
    found = re.search(r'data-after="(\w+)"', page)
    assert found
    return found[1]


def cancel_url(payment) -> str:
    return reverse("store:cancel", args=[payment.transfer.uuid])


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


@pytest.mark.req("ST-11")
def test_today_shows_the_newest_payment_first_and_largest(scene, owner):
    spend(scene.wallet, scene.till, 500, at=NOON - timedelta(hours=1))
    payment = spend(scene.wallet, scene.till, 1_280, at=NOON - timedelta(seconds=5))

    page = owner.get("/store/").content.decode()

    number = payment.receipt_number
    assert page.index("支払いを受けました") < page.index("これまでの支払い")
    assert f"{number[:4]}-{number[4:]}" in page
    assert "11:59:55" in page
    assert "1,780" in page
    assert "2件" in page


@pytest.mark.req("ST-11")
def test_the_portal_never_names_the_payer(scene, owner):
    payment = spend(scene.wallet, scene.till, 1_280)

    for url in ("/store/", "/store/payments/", "/store/payments.csv", cancel_url(payment)):
        response = owner.get(url)
        body = response.getvalue() if response.streaming else response.content
        assert scene.resident.name.encode() not in body
        assert scene.resident.external_id.encode() not in body


@pytest.mark.req("ST-11")
def test_the_page_asks_for_news_and_gets_a_payment_made_since(scene, owner):
    page = owner.get("/store/").content.decode()

    quiet = owner.get("/store/updates", {"after": seen(page)})
    spend(scene.wallet, scene.till, 1_280)
    news = owner.get("/store/updates", {"after": seen(page)})
    quiet_again = owner.get("/store/updates", {"after": seen(news.content.decode())})

    assert quiet.status_code == 204
    assert "1,280" in news.content.decode()
    assert quiet_again.status_code == 204


def test_a_payment_given_back_is_news_too(scene, owner):
    payment = spend(scene.wallet, scene.till, 1_280)
    page = owner.get("/store/").content.decode()
    give_back(owner, payment)

    news = owner.get("/store/updates", {"after": seen(page)})

    assert "取消済" in news.content.decode()


def test_asking_for_news_costs_one_query_beside_who_asks(scene, owner, django_assert_num_queries):
    spend(scene.wallet, scene.till, 1_280)
    page = owner.get("/store/").content.decode()

    # user, roles (staff sessions are short), the seats, the program, and the payments
    with django_assert_num_queries(5):
        owner.get("/store/updates", {"after": seen(page)})


@pytest.mark.parametrize("after", ["", "x" * 5_000, "\x00", "1 OR 1=1"])
def test_nonsense_in_the_question_is_answered_with_the_list(scene, owner, after):
    assert owner.get("/store/updates", {"after": after}).status_code == 200


def test_yesterdays_payment_is_not_in_todays_sum(scene, owner):
    spend(scene.wallet, scene.till, 900, at=NOON - timedelta(days=1))

    assert "今日の支払いは、まだありません" in owner.get("/store/").content.decode()


def give_back(browser: Client, payment, points: int | None = None):
    url = cancel_url(payment)
    page = browser.get(url, {"points": points} if points else {}).content.decode()
    return browser.post(url, hidden(page))


@pytest.mark.req("LG-07")
def test_a_store_gives_a_payment_back_to_where_it_came_from(scene, owner):
    payment = spend(scene.wallet, scene.till, 1_280)

    confirm = owner.get(cancel_url(payment)).content.decode()
    done = give_back(owner, payment)
    result = owner.get(done["Location"]).content.decode()

    assert "1,280ポイント" in confirm
    assert "支払いを取り消しました" in result
    assert queries.usable_points(wallet_id=scene.wallet.pk, at=NOON) == 12_480
    assert "取消済" in owner.get("/store/").content.decode()
    assert "＋1,280" in scene.client.get("/my/").content.decode()


@pytest.mark.req("LG-07")
def test_sending_the_cancellation_twice_gives_back_once(scene, owner):
    payment = spend(scene.wallet, scene.till, 1_280)
    form = hidden(owner.get(cancel_url(payment)).content.decode())

    answers = [owner.post(cancel_url(payment), form)["Location"] for _ in range(2)]

    assert len(set(answers)) == 1
    assert Transfer.objects.filter(kind=Transfer.Kind.REFUND).count() == 1


@pytest.mark.req("LG-07")
def test_two_people_who_saw_the_same_state_give_back_once(scene, owner):
    payment = spend(scene.wallet, scene.till, 5_000)
    page = {"points": 2_000}
    forms = [hidden(owner.get(cancel_url(payment), page).content.decode()) for _ in range(2)]

    answers = [owner.post(cancel_url(payment), form) for form in forms]

    assert {answer.status_code for answer in answers} == {302}
    payment.refresh_from_db()
    assert payment.refunded_points == 2_000


@pytest.mark.req("LG-07")
def test_a_lost_answer_shows_what_was_given_back_and_never_gives_back_twice(
    scene, owner, monkeypatch
):
    payment = spend(scene.wallet, scene.till, 5_000)
    form = hidden(owner.get(cancel_url(payment), {"points": 2_000}).content.decode())
    refund = views.ledger.refund_payment

    def refund_and_lose_the_line(**order):
        refund(**order)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(views.ledger, "refund_payment", refund_and_lose_the_line)
    lost = owner.post(cancel_url(payment), form, follow=True).content.decode()
    monkeypatch.undo()
    again = owner.post(cancel_url(payment), form)

    assert "取り消せたかどうかを確かめられませんでした" in lost
    assert "2,000円は取消済み" in lost
    assert again.status_code == 302
    payment.refresh_from_db()
    assert payment.refunded_points == 2_000


@pytest.mark.req("LG-07")
def test_part_of_a_payment_is_given_back(scene, owner):
    payment = spend(scene.wallet, scene.till, 5_000)

    give_back(owner, payment, 4_500)

    assert queries.usable_points(wallet_id=scene.wallet.pk, at=NOON) == 11_980
    assert "うち4,500円を取消" in owner.get("/store/payments/").content.decode()


@pytest.mark.req("LG-07")
def test_a_partly_cancelled_payment_does_not_look_like_a_fresh_receipt(scene, owner):
    payment = spend(scene.wallet, scene.till, 500)
    fresh = owner.get("/store/").content.decode()
    give_back(owner, payment, 200)

    newest = owner.get("/store/").content.decode()
    spend(scene.wallet, scene.till, 100)
    as_a_row = owner.get("/store/").content.decode()
    of_the_month = owner.get("/store/payments/").content.decode()

    assert "支払いを受けました" in fresh
    assert "一部取消" not in fresh
    assert "支払いを受けました" not in newest
    assert "と同じか確かめてください" not in newest
    assert "newest--cut" in newest
    for page in (newest, as_a_row, of_the_month):
        assert "一部取消" in page
        assert "500円のうち200円を取消" in page
    assert "支払いを受けました" in as_a_row


@pytest.mark.req("LG-07")
def test_points_that_died_meanwhile_are_announced_before_they_are_given_back(scene, owner, clock):
    dying = at_a_till(points=0, program=scene.till.program, store=scene.till.store, number=2)
    give(dying.wallet, 400, expires_at=NOON + timedelta(minutes=10))
    give(dying.wallet, 600)
    payment = spend(dying.wallet, scene.till, 1_000)

    clock.shift(601)
    page = owner.get(cancel_url(payment)).content.decode()

    assert '<b class="num">600ポイント</b>' in page
    assert "400ポイントは、使える期限が終わっているため" in page


def test_a_destination_that_changed_after_the_page_is_shown_again(scene, owner, clock):
    dying = at_a_till(points=0, program=scene.till.program, store=scene.till.store, number=2)
    give(dying.wallet, 400, expires_at=NOON + timedelta(minutes=10))
    payment = spend(dying.wallet, scene.till, 400)
    form = hidden(owner.get(cancel_url(payment)).content.decode())

    clock.shift(601)
    page = owner.post(cancel_url(payment), form).content.decode()

    assert "返金先が変わりました" in page
    assert hidden(page)["alive_points"] == "0"
    assert not Transfer.objects.filter(kind=Transfer.Kind.REFUND).exists()


def test_after_the_months_close_only_the_office_gives_back(scene, owner, clock):
    payment = spend(scene.wallet, scene.till, 1_280)
    clock.move_to(datetime(2025, 9, 2, 9, 0, tzinfo=JST))
    for month in (5, 6, 7, 8):
        ledger.close_month(
            program_id=scene.till.program_id,
            month=datetime(2025, month, 1).date(),  # noqa: DTZ001 - a month, not an instant
            by=None,
            at=datetime(2025, 9, 2, 9, 0, tzinfo=JST),
        )

    response = give_back(owner, payment)

    assert "お店では取り消せません" in response.content.decode()
    assert queries.usable_points(wallet_id=scene.wallet.pk, at=NOON) == 11_200


def test_above_the_limit_of_the_program_a_second_person_is_needed(scene, owner):
    give(scene.wallet, 50_000)
    payment = spend(scene.wallet, scene.till, 20_000)

    response = give_back(owner, payment)

    assert "別の担当者の承認が必要です" in response.content.decode()


@pytest.mark.req("ST-07")
def test_a_clerk_gives_back_on_the_day_and_the_owner_later_too(scene, owner, clerk, clock):
    payment = spend(scene.wallet, scene.till, 1_280)
    assert "この支払いを取り消しますか" in clerk.get(cancel_url(payment)).content.decode()
    form = hidden(clerk.get(cancel_url(payment)).content.decode())

    clock.shift(24 * 3_600)
    refused = clerk.post(cancel_url(payment), form)
    allowed = give_back(owner, payment)

    assert "この支払いは、店主の方が取り消せます" in refused.content.decode()
    assert allowed.status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"points": "x", "alive_points": "1", "key": "1"},
        {"points": "0", "alive_points": "0", "key": "6c1f0b1e-0d4e-4a52-a1c3-1d5d6b8a0f00"},
        {"points": "-5", "alive_points": "0", "key": "6c1f0b1e-0d4e-4a52-a1c3-1d5d6b8a0f00"},
        {"points": "9" * 40, "alive_points": "0", "key": "6c1f0b1e-0d4e-4a52-a1c3-1d5d6b8a0f00"},
        {"points": "99999", "alive_points": "5", "key": "6c1f0b1e-0d4e-4a52-a1c3-1d5d6b8a0f00"},
        {"points": "5", "alive_points": "99999", "key": "6c1f0b1e-0d4e-4a52-a1c3-1d5d6b8a0f00"},
    ],
)
def test_a_changed_cancellation_form_breaks_nothing(scene, owner, form):
    payment = spend(scene.wallet, scene.till, 1_280)

    response = owner.post(cancel_url(payment), form)

    assert response.status_code in {200, 302}
    assert queries.usable_points(wallet_id=scene.wallet.pk, at=NOON) <= 12_480


@pytest.mark.parametrize("points", ["0", "-1", "x", "99999", "１００"])
def test_a_wrong_part_is_told_at_the_field(scene, owner, points):
    payment = spend(scene.wallet, scene.till, 1_280)

    page = owner.get(cancel_url(payment), {"points": points}).content.decode()

    assert ("エラー：" in page) == (points != "１００")


@pytest.mark.req("SP-02")
def test_another_stores_payment_does_not_exist_here(scene):
    payment = spend(scene.wallet, scene.till, 1_280)
    stranger = browser_of(StoreFactory(client=scene.till.program.client))
    refund = ledger.refund_payment(
        payment_id=payment.pk, points=1, alive_points=1, at=NOON, by=None, as_office=False,
        request_key=payment.transfer.uuid,
    )  # fmt: skip

    assert stranger.get(cancel_url(payment)).status_code == 404
    assert stranger.post(cancel_url(payment), {}).status_code == 404
    assert stranger.get(reverse("store:cancelled", args=[refund.uuid])).status_code == 404
    assert "1,280" not in stranger.get("/store/").content.decode()


def test_earlier_payments_are_listed_by_day_with_sums(scene, owner):
    spend(scene.wallet, scene.till, 300, at=NOON - timedelta(days=31))
    spend(scene.wallet, scene.till, 500, at=NOON - timedelta(days=1))
    spend(scene.wallet, scene.till, 700)

    august = owner.get("/store/payments/").content.decode()
    july = owner.get("/store/payments/?month=2025-07").content.decode()

    assert "8月20日（水）" in august
    assert "8月19日（火）" in august
    assert "1,200" in august
    assert "7月20日（日）" in july
    assert "300" in july


@pytest.mark.req("ST-11")
def test_a_month_comes_as_a_file_for_a_spreadsheet(scene, owner):
    payment = spend(scene.wallet, scene.till, 700)

    response = owner.get("/store/payments.csv?month=2025-08")

    text = response.getvalue().decode("utf-8-sig")
    number = payment.receipt_number
    assert f'"{number[:4]}-{number[4:]}",1,700,0,700' in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize("month", ["", "x", "2025-99", "\x00"])
def test_a_month_that_does_not_exist_shows_this_one(owner, month):
    assert "2025年8月" in owner.get("/store/payments/", {"month": month}).content.decode()


@pytest.mark.req("ST-07")
def test_a_person_of_two_stores_switches_between_them(scene, owner):
    spend(scene.wallet, scene.till, 1_280)
    person = UserFactory()
    other = StoreFactory(client=scene.till.program.client, code="00-00001", name="ひかり薬局")
    StoreStaffFactory(user=person, store=scene.till.store)
    StoreStaffFactory(user=person, store=other)
    browser = Client()
    browser.force_login(person)

    first = browser.get("/store/").content.decode()
    browser.post("/store/switch", {"store": scene.till.store.pk})
    second = browser.get("/store/").content.decode()

    assert "ひかり薬局" in first
    assert "1,280" not in first
    assert "1,280" in second


@pytest.mark.req("SP-02")
@pytest.mark.parametrize("store", ["x", "", "0", "999999999999999999999", None])
def test_nobody_switches_to_a_store_they_do_not_work_for(scene, owner, store):
    stranger = StoreFactory()

    owner.post("/store/switch", {"store": stranger.pk if store is None else store})

    assert scene.till.store.name in owner.get("/store/").content.decode()


def test_a_resident_is_told_that_the_portal_is_for_stores(scene):
    response = scene.client.get("/store/")

    assert response.status_code == 403
    assert "お店の方のページです" in response.content.decode()


def test_a_visitor_signs_in_first():
    assert Client().get("/store/")["Location"].startswith("/accounts/login/?next=/store/")


@pytest.mark.req("ST-07")
def test_a_first_password_is_changed_before_anything_else(scene):
    seat = StoreStaffFactory(store=scene.till.store)
    seat.user.must_change_password = True
    seat.user.save()
    browser = Client()
    browser.force_login(seat.user)

    assert browser.get("/store/")["Location"] == "/accounts/password/change/"
