"""A resident signs in, pays at a till, and sees it; pressing twice pays once."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from ledger import queries
from ledger.models import Payment, Transfer
from tests.factories import NOON, ResidentFactory, StoreStaffFactory, WalletFactory
from tests.ledger.builders import give
from tests.ledger.scenes import Scene, at_a_till, key_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scene() -> Scene:
    return at_a_till()


def usable(scene: Scene) -> int:
    return queries.usable_points(wallet_id=scene.wallet.pk, at=NOON)


@pytest.mark.req("LG-06")
@pytest.mark.req("PB-04")
def test_a_resident_signs_in_by_code_pays_and_the_store_sees_it(scene):
    browser = Client()
    owner = StoreStaffFactory(store=scene.till.store)

    welcome = browser.get(scene.path)
    assert scene.till.store.name in welcome.content.decode()
    sign_in_url = re.search(r'href="(/accounts/login/code/[^"]+)"', welcome.content.decode())[1]
    asked = browser.post(sign_in_url, {"email": scene.resident.user.email})
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.MULTILINE)[1]
    signed_in = browser.post(asked["Location"], {"code": code})
    assert signed_in["Location"] == scene.path

    scene.client = browser
    home = browser.get("/my/").content.decode()
    assert "12,480" in home
    done = scene.pay("1,280")
    page = browser.get(done["Location"]).content.decode()
    shop = Client()
    shop.force_login(owner.user)
    today = shop.get("/store/").content.decode()

    assert "支払いが完了しました" in page
    last_four = Payment.objects.get().receipt_number[-4:]
    assert f"<dt>受付番号の下4けた</dt><dd>{last_four}</dd>" in page
    assert "11,200" in page
    assert usable(scene) == 11_200
    assert "1,280" in today
    assert scene.resident.name not in today


@pytest.mark.req("LG-06")
def test_the_same_confirm_page_pays_once_however_often_it_is_sent(scene):
    url = scene.confirm_url(1_280)
    order = scene.order(url)

    answers = [scene.client.post(url, order)["Location"] for _ in range(3)]

    assert len(set(answers)) == 1
    assert usable(scene) == 11_200


@pytest.mark.req("LG-06")
def test_going_back_to_a_paid_confirm_page_leads_to_its_receipt(scene):
    url = scene.confirm_url(1_280)
    done = scene.client.post(url, scene.order(url))

    again = scene.client.get(url)

    assert again.status_code == 302
    assert again["Location"] == done["Location"]


def test_reloading_the_confirm_page_keeps_its_key(scene):
    url = scene.confirm_url(1_280)

    assert scene.order(url) == scene.order(url)


def test_the_confirm_page_shows_what_points_never_buy_before_anything_is_paid(scene):
    scene.till.program.prohibited_goods.create(code="tobacco", label="たばこ")

    page = scene.client.get(scene.confirm_url(1_280)).content.decode()

    assert "たばこ" in page
    assert scene.till.store.name in page
    assert "11,200" in page


def test_the_paid_page_is_fresh_once_and_belongs_to_the_past_when_opened_again(scene, clock):
    url = scene.pay(1_280)["Location"]

    first = scene.client.get(url).content.decode()
    clock.shift(20)
    again = scene.client.get(url).content.decode()

    assert "支払いが完了しました" in first
    assert "過去の支払いです" in again
    assert "きょうの色" not in again


def test_a_paid_page_first_opened_late_belongs_to_the_past(scene, clock):
    url = scene.pay(1_280)["Location"]

    clock.shift(121)

    assert "過去の支払いです" in scene.client.get(url).content.decode()


@pytest.mark.req("SP-02")
def test_nobody_opens_the_receipt_of_another_resident(scene):
    url = scene.pay(1_280)["Location"]
    other = ResidentFactory(client=scene.till.program.client, signed_up=True)
    WalletFactory(program=scene.till.program, resident=other)
    browser = Client()
    browser.force_login(other.user)

    assert browser.get(url).status_code == 404


def test_the_way_the_till_was_found_is_recorded(scene):
    scene.pay(100)
    typed = scene.client.post("/s/", {"code": scene.till.code.lower()})
    scene.client.post(typed["Location"], {"points": "200"})
    url = scene.client.post(typed["Location"], {"points": "200"})["Location"]
    scene.client.post(url, scene.order(url))

    channels = list(Payment.objects.order_by("transfer_id").values_list("channel", flat=True))

    assert channels == ["QR", "CODE"]


def test_the_wallet_of_the_tills_program_pays(scene):
    other = WalletFactory(resident=scene.resident)
    give(other, 5_000)

    scene.pay(1_280)

    assert usable(scene) == 11_200
    assert queries.usable_points(wallet_id=other.pk, at=NOON) == 5_000


@pytest.mark.parametrize("field", ["points", "key", "signature"])
def test_an_order_with_an_exchanged_part_pays_nothing(scene, field):
    url = scene.confirm_url(1_280)
    order = scene.order(url)
    order[field] = {"points": "1", "key": str(uuid4()), "signature": "x" * 43}[field]

    response = scene.client.post(url, order)

    assert "もう一度、はじめから操作してください" in response.content.decode()
    assert "ポイントは減っていません" not in response.content.decode()
    assert usable(scene) == 12_480


def test_an_order_made_for_one_till_does_not_pay_at_another(scene):
    other = at_a_till(points=0, program=scene.till.program).till
    order = scene.order(scene.confirm_url(1_280))

    response = scene.client.post(reverse("pay:confirm", args=[other.code]), order)

    assert "もう一度、はじめから操作してください" in response.content.decode()
    assert Payment.objects.count() == 0


@pytest.mark.req("SP-02")
def test_an_order_made_for_one_resident_does_not_pay_from_another_wallet(scene):
    url = scene.confirm_url(1_280)
    order = scene.order(url)
    other = ResidentFactory(client=scene.till.program.client, signed_up=True)
    give(WalletFactory(program=scene.till.program, resident=other), 5_000)
    browser = Client()
    browser.force_login(other.user)

    response = browser.post(url, order)

    assert "もう一度、はじめから操作してください" in response.content.decode()
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "使うポイントは、1以上の数字で入力してください"),
        ("せんえん", "数字だけで入力してください"),
        ("12a", "数字だけで入力してください"),
        ("12.5", "数字だけで入力してください"),
        ("0", "1以上の数字で入力してください"),
        ("-5", "1以上の数字で入力してください"),
        ("－５", "1以上の数字で入力してください"),
        ("9999999999", "9けたまでの数字で入力してください"),
        ("9" * 5_000, "使うポイントは"),
        ("12\x0034", "数字だけで入力してください"),
        ("<script>", "数字だけで入力してください"),
    ],
)
def test_a_wrong_amount_is_kept_and_told_at_the_field(scene, typed, message):
    response = scene.post(scene.path, points=typed)
    page = response.content.decode()

    assert response.status_code == 200
    assert message in page
    assert page.count("エラー：") >= 1
    if typed in {"せんえん", "12a", "12.5"}:
        assert f'value="{typed}"' in page
    assert '<script>"' not in page


@pytest.mark.parametrize("typed", ["1280", "1,280", "１，２８０", "１２８０ポイント", " 1280 円"])
def test_an_amount_is_understood_as_people_write_it(scene, typed):
    assert "points=1280&" in scene.confirm_url(typed)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "店舗コードを、8文字で入力してください"),
        ("ABC", "QRコードの下の8文字を入力してください"),
        ("ABCD0000", "0（ゼロ）・O（オー）・1（いち）・I（アイ）は使いません"),
        ("A" * 500, "店舗コード"),
        ("ABCD\x00EFG", "使えない文字があります"),
    ],
)
def test_a_mistyped_store_code_is_kept_and_told(scene, typed, message):
    response = scene.post("/s/", code=typed)

    assert response.status_code == 200
    assert message in response.content.decode()


def test_a_code_that_no_till_has_is_told_with_the_way_to_type_it_again(scene):
    response = scene.client.get("/s/ABCDEFGH")

    assert response.status_code == 404
    assert "このコードのお店は見つかりませんでした" in response.content.decode()


@pytest.mark.parametrize("path", ["/s/%00", "/s/" + "x" * 300, "/s/..%2f", "/s/あいう"])
def test_nonsense_in_the_place_of_a_code_is_answered_calmly(scene, path):
    assert scene.client.get(path).status_code == 404


def test_store_staff_are_told_that_only_holders_of_points_pay(scene):
    staff = StoreStaffFactory(store=scene.till.store)
    browser = Client()
    browser.force_login(staff.user)

    response = browser.get(scene.path)

    assert response.status_code == 403
    assert "ポイントをお持ちの方のページです" in response.content.decode()


def test_paying_asks_the_database_little(scene, django_assert_num_queries):
    url = scene.confirm_url(1_280)
    order = scene.order(url)

    # user, roles, resident, till, wallet, the payment, its number for the address
    with django_assert_num_queries(7):
        scene.client.post(url, order)


def test_the_outcome_of_an_order_is_told_to_its_own_wallet_only(scene):
    url = scene.confirm_url(1_280)
    order = scene.order(url)
    scene.client.post(url, order)
    query = {"till": scene.till.code, "points": 1280, "signature": order["signature"]}
    other = ResidentFactory(client=scene.till.program.client, signed_up=True)
    WalletFactory(program=scene.till.program, resident=other)
    browser = Client()
    browser.force_login(other.user)
    result = reverse("pay:result", args=[key_of(url)])

    own = scene.client.get(result, query)
    foreign = browser.get(result, query)

    assert own.status_code == 302
    assert foreign.status_code == 404


def test_waiting_ends_in_not_paid_only_after_the_key_is_burned(scene, clock):
    url = scene.confirm_url(1_280)
    order = scene.order(url)
    result = reverse("pay:result", args=[key_of(url)])
    query = {
        "till": scene.till.code,
        "points": 1280,
        "signature": order["signature"],
        "pressed": int(NOON.timestamp()),
    }
    address = f"{result}?{'&'.join(f'{name}={value}' for name, value in query.items())}"

    early = scene.client.post(address)
    asked = scene.client.get(address, headers={"X-Requested-With": "poll"})
    assert not Transfer.objects.filter(kind=Transfer.Kind.VOID).exists()
    clock.shift(30)
    late = scene.client.post(address)
    original = scene.client.post(url, order)

    assert "支払いを確認しています" in early.content.decode()
    assert asked.status_code == 204
    assert "支払いは、できていません" in late.content.decode()
    assert "ポイントは減っていません" in late.content.decode()
    assert Transfer.objects.filter(kind=Transfer.Kind.VOID).count() == 1
    assert "取りやめになっています" in original.content.decode()
    assert usable(scene) == 12_480


def test_waiting_ends_at_the_receipt_when_the_payment_went_through(scene):
    url = scene.confirm_url(1_280)
    order = scene.order(url)
    done = scene.client.post(url, order)["Location"]
    result = reverse("pay:result", args=[key_of(url)])
    query = {"till": scene.till.code, "points": 1280, "signature": order["signature"]}

    polled = scene.client.get(result, query, headers={"X-Requested-With": "poll"})

    assert polled.json() == {"location": done}
