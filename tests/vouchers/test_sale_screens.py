"""Buying and paying by screens: residents, the counter, files of deposits, closing a round."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pointsys.audit.models import AccessRecord
from pointsys.users.models import Role
from stores import till_codes
from tests.factories import (
    NOON,
    ProgramFactory,
    ResidentFactory,
    TillFactory,
    UserFactory,
    staff_of,
)
from tests.vouchers.sales import AFTER_SALE, build_sale, deposit_file
from vouchers.models import Order, Receipt, SaleRound
from vouchers.services import deposits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor_is_shown_elsewhere(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def key_on(page: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', page)[1]


# --- The start page -----------------------------------------------------------------------------
@pytest.mark.req("VO-06")
def test_the_start_page_tells_what_is_sold_and_what_waits_to_be_paid(shop, client):
    sale, person = shop
    before = client.get("/my/").text
    order = sale.order(person, 2)

    page = client.get("/my/").text

    assert f'href="{reverse("my_vouchers:home")}"' in before
    assert "販売中" in before
    assert "お支払い待ち" not in before
    assert "-".join(order.slip_number[i : i + 4] for i in (0, 4, 8)) in page
    assert reverse("my_vouchers:order", args=[order.uuid]) in page
    assert 'href="/events/"' in page


@pytest.mark.req("VO-08")
@pytest.mark.parametrize("typed", ["", "0"])
def test_a_voucher_is_spent_in_yen(shop, client, typed):
    sale, person = shop
    sale.pay(sale.order(person))
    address = till_codes.till_path(TillFactory(program=sale.program, code=till_codes.new_code()))

    page = client.get(address).text
    refused = client.post(address, {"points": typed}).text

    assert "使う金額</label>" in page
    assert "使うポイント" not in page
    assert "使う金額は、1以上の数字で入力してください" in refused


def test_the_start_page_says_nothing_of_vouchers_where_none_are_sold(client):
    person = ResidentFactory(client=ProgramFactory().client, user=UserFactory())
    client.force_login(person.user)

    assert reverse("my_vouchers:home") not in client.get("/my/").text


# --- A resident buys ----------------------------------------------------------------------------
@pytest.fixture
def shop(client):
    sale = build_sale(sets=12)
    person = sale.person(user=UserFactory())
    client.force_login(person.user)
    return sale, person


@pytest.mark.req("VO-06", "VO-07")
def test_a_resident_buys_in_three_pages(shop, client):
    sale, person = shop
    home = client.get(reverse("my_vouchers:home")).text
    buy = reverse("my_vouchers:buy", args=[sale.round.pk])
    assert buy in home

    page = client.get(buy).text
    confirm = client.post(buy, {"sets": "3"}).text
    fields = {"sets": "3", "key": key_on(confirm)}
    address = reverse("my_vouchers:buy_confirm", args=[sale.round.pk])
    done = client.post(address, fields, follow=True).text
    again = client.post(address, fields, follow=True).text

    order = Order.objects.get()
    assert "何セット購入しますか" in page
    assert "残り 12セット" in page
    assert "15,000" in confirm
    assert "3セットを購入する" in confirm
    shown = "-".join(order.slip_number[i : i + 4] for i in (0, 4, 8))
    for text in (done, again):
        assert shown in text
        assert "まだ、お支払いは終わっていません" in text
        assert "8月27日（水）" in text
    assert shown in client.get(reverse("my_vouchers:order", args=[order.uuid])).text
    assert "お支払い待ち" in client.get(reverse("my_vouchers:orders")).text
    assert order.resident == person


@pytest.mark.parametrize("sets", ["", "0", "11", "９９", "abc", "\x00", "1" * 400])
def test_odd_numbers_of_sets_are_asked_for_again(shop, client, sets):
    sale, _ = shop

    page = client.post(reverse("my_vouchers:buy", args=[sale.round.pk]), {"sets": sets})

    assert page.status_code == 200
    assert "セット数を" in page.text
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "\x00", "1" * 300])
def test_a_confirmation_without_its_key_buys_nothing(shop, client, key):
    sale, _ = shop

    page = client.post(
        reverse("my_vouchers:buy_confirm", args=[sale.round.pk]),
        {"sets": "1", "key": key},
        follow=True,
    )

    assert "まだ購入していません" in page.text
    assert not Order.objects.exists()


def test_who_is_too_late_hears_what_is_left(shop, client):
    sale, _ = shop
    sale.order(sets=9)
    confirm = client.post(reverse("my_vouchers:buy", args=[sale.round.pk]), {"sets": "3"}).text
    sale.order(sets=2)

    page = client.post(
        reverse("my_vouchers:buy_confirm", args=[sale.round.pk]),
        {"sets": "3", "key": key_on(confirm)},
        follow=True,
    ).text
    sale.order(sets=1)
    sold_out = client.get(reverse("my_vouchers:buy", args=[sale.round.pk])).text

    assert "残りは1セットです" in page
    assert "売り切れました" in sold_out


def test_pages_before_and_after_the_sale_say_so(shop, client):
    sale, _ = shop
    address = reverse("my_vouchers:buy", args=[sale.round.pk])

    with time_machine.travel(AFTER_SALE, tick=False):
        assert "販売は終わりました" in client.get(address).text
    with time_machine.travel("2025-07-31T12:00:00+09:00", tick=False):
        assert "まだ始まっていません" in client.get(address).text


@pytest.mark.req("VO-14")
def test_nobody_sees_or_buys_what_belongs_to_others(shop, client):
    sale, _ = shop
    foreign, other = build_sale(), sale.order()

    for name, args in (
        ("buy", [foreign.round.pk]),
        ("order", [other.uuid]),
        ("order_done", [other.uuid]),
    ):
        assert client.get(reverse(f"my_vouchers:{name}", args=args)).status_code == 404
    assert (
        client.post(
            reverse("my_vouchers:buy_confirm", args=[foreign.round.pk]),
            {"sets": 1, "key": str(uuid4())},
        ).status_code
        == 404
    )


# --- The counter --------------------------------------------------------------------------------
@pytest.fixture
def office(client):
    sale = build_sale(sets=12)
    client.force_login(sale.clerk)
    return sale


@pytest.mark.req("VO-06")
def test_cash_is_taken_at_the_counter(office, client):
    order = office.order(office.person(name="佐藤 和子"), 2)
    search = reverse("vouchers:counter")
    grouped = "-".join(order.slip_number[i : i + 4] for i in (0, 4, 8))
    assert "佐藤 和子" in client.post(search, {"words": grouped}).text
    assert grouped in client.post(search, {"words": "佐藤"}).text
    assert "見つかりませんでした" in client.post(search, {"words": "999999999999"}).text
    assert "使えない文字" in client.post(search, {"words": "\x00"}).text

    pay = reverse("vouchers:counter_pay", args=[order.pk])
    page = client.get(pay).text
    taken = client.post(pay, {"key": key_on(page)}, follow=True).text
    client.post(pay, {"key": key_on(page)})

    assert "10,000円を受け取った" in page
    assert "領収書（控え）" in taken
    assert "佐藤 和子" in taken
    assert Receipt.objects.count() == 1
    assert office.balance(order.resident) == (10_000, 2_000)
    assert AccessRecord.objects.filter(purpose="商品券の代金の受取り").exists()
    paid = client.get(pay).text
    assert "すでに支払われています" in paid
    refused = client.post(pay, {"key": str(uuid4())}, follow=True).text
    assert "現金を受け取らないでください" in refused
    assert "開き直して" in client.post(pay, {"key": "x"}, follow=True).text


@pytest.mark.req("VO-06", "PB-05")
def test_somebody_without_a_telephone_buys_at_the_counter(office, client):
    SaleRound.objects.update(residents_only=True)
    person = office.person(name="高橋 正")
    find = reverse("vouchers:counter_find", args=[office.round.pk])
    sell = reverse("vouchers:counter_sell", args=[office.round.pk, person.pk])
    assert sell in client.post(find, {"words": "高橋"}).text
    assert client.get(sell).status_code == 200

    unseen = client.post(sell, {"step": "check", "sets": "２"}).text
    refused = client.post(sell, {"step": "sell", "sets": "2", "key": key_on(unseen)}).text
    seen = client.post(sell, {"step": "check", "sets": "2", "residency_seen": "on"}).text
    fields = {"step": "sell", "sets": "2", "residency_seen": "on", "key": key_on(seen)}
    sold = client.post(sell, fields, follow=True).text
    client.post(sell, fields)

    assert "お住まいを確認できた方だけ" in refused
    assert "10,000円を受け取って販売する" in seen
    assert "領収書（控え）" in sold
    assert Order.objects.count() == 1
    assert office.balance(person) == (10_000, 2_000)
    for sets in ("", "11", "abc", "9" * 50):
        assert client.post(sell, {"step": "check", "sets": sets}).status_code == 200


# --- Files of deposits --------------------------------------------------------------------------
def upload(content: bytes, name="nyukin.csv"):
    return {"file": SimpleUploadedFile(name, content)}


def token_on(page: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', page)[1]


@pytest.mark.req("VO-06")
def test_a_file_of_deposits_is_looked_at_then_taken_once(office, client):
    order = office.order()
    content = deposit_file(
        (order.slip_number, "5,000", "2025-08-20", "A1"),
        ("999999999999", 5_000, "2025-08-20", "A2"),
        ("abc", 5_000, "2025-08-20", "A3"),
    )
    files = reverse("vouchers:deposits")

    preview = client.post(files, upload(content)).text
    nothing_yet = Receipt.objects.count()
    token = token_on(preview)
    result = client.post(reverse("vouchers:deposits_take"), {"token": token}, follow=True).text
    used = client.post(reverse("vouchers:deposits_take"), {"token": token}, follow=True).text
    same = client.post(files, upload(content)).text

    assert nothing_yet == 0
    assert "2件の入金を取り込む" in preview
    assert "払込番号に当たる購入がない" in preview
    assert "読み取れない行" in preview
    assert "確認が必要な入金" in result
    assert "もう一度えらんでください" in used
    assert "取込み済みのファイルです" in same
    assert "取り込む新しい入金はありません" in same
    assert Receipt.objects.count() == 2
    assert office.balance(order.resident) == (5_000, 1_000)


@pytest.mark.parametrize("content", [b"", b"\x00", b"a,b\n1,2\n", b"PK\x03\x04xx"])
def test_a_wrong_file_says_what_is_wrong(office, client, content):
    page = client.post(reverse("vouchers:deposits"), upload(content))

    assert page.status_code == 200
    assert "notice--error" in page.text or "field__error" in page.text or "error" in page.text
    assert not Receipt.objects.exists()


def test_a_large_file_is_settled_by_a_worker(office, client, monkeypatch):
    monkeypatch.setattr(deposits, "SMALL_FILE", 1)
    made = [office.order() for _ in range(3)]
    content = deposit_file(*((o.slip_number, 5_000, "2025-08-20", o.pk) for o in made))
    preview = client.post(reverse("vouchers:deposits"), upload(content)).text
    queued = []
    monkeypatch.setattr(
        "vouchers.tasks.settle_deposit_file.delay", lambda **named: queued.append(named)
    )

    page = client.post(
        reverse("vouchers:deposits_take"), {"token": token_on(preview)}, follow=True
    ).text
    deposits.settle_waiting(at=NOON, **queued[0])
    done = client.get(reverse("vouchers:deposit_file", args=[queued[0]["deposit_file_id"]])).text

    assert "処理しています" in page
    assert "0 / 3件" in page
    assert "処理しています" not in done
    assert Order.objects.filter(status="PAID").count() == 3


@pytest.mark.req("VO-06")
def test_unclear_money_is_cleared_with_a_reason(office, client):
    order = office.order()
    file, _ = deposits.import_deposits(
        program_id=office.program.pk,
        content=deposit_file(
            ("111111111111", 5_000, "2025-08-20", 1), ("222222222222", 700, "2025-08-20", 2)
        ),
        file_name="a.csv",
        by=office.clerk,
        at=NOON,
    )
    deposits.settle_waiting(at=NOON, deposit_file_id=file.pk)
    mistyped, stray = Receipt.objects.order_by("pk")
    assert "1111-1111-1111" in client.get(reverse("vouchers:unclear")).text
    address = reverse("vouchers:clear", args=[mistyped.pk])

    empty = client.post(address, {}).text
    no_number = client.post(address, {"act": "match", "note": "控えで確認"}).text
    wrong = client.post(
        address, {"act": "match", "note": "控えで確認", "slip_number": "333333333333"}
    ).text
    client.post(address, {"act": "match", "note": "控えで確認", "slip_number": order.slip_number})
    client.post(
        reverse("vouchers:clear", args=[stray.pk]), {"act": "return", "note": "本人へ返した"}
    )

    assert "処理の記録を入力してください" in empty
    assert "数字12けた" in no_number
    assert "購入はありません" in wrong
    assert [r.status for r in Receipt.objects.order_by("pk")] == ["MATCHED", "RETURNED"]
    assert "本人へ返した" in client.get(reverse("vouchers:unclear") + "?show=returned").text
    assert office.balance(order.resident) == (5_000, 1_000)


# --- Figures and the end ------------------------------------------------------------------------
@pytest.mark.req("VO-09")
def test_the_figures_agree_or_raise_an_alarm(office, client):
    office.pay(office.order(sets=2))

    fine = client.get(reverse("vouchers:sales")).text
    SaleRound.objects.update(taken_sets=5)
    alarm = client.get(reverse("vouchers:sales")).text

    assert "一致" in fine
    assert "数が合いません" not in fine
    assert "数が合いません" in alarm
    assert "+3セット" in alarm or "−3セット" in alarm


@pytest.mark.req("VO-07", "VO-13")
def test_a_round_is_closed_by_screen(office, client):
    office.pay(office.order(sets=2))
    address = reverse("vouchers:close", args=[office.round.pk])
    assert "まだ購入の期間です" in client.get(address).text

    with time_machine.travel(AFTER_SALE, tick=False):
        client.logout()
        client.force_login(office.clerk)
        page = client.get(address).text
        stale = client.post(address, {"left": "3"}, follow=True).text
        odd = client.post(address, {"left": "x" * 40}, follow=True).text
        client.post(address, {"left": "10"})

    assert "第1回を閉じる" in page
    assert "まだ閉じていません" in stale
    assert "まだ閉じていません" in odd
    assert office.round.status == "CLOSED"


@pytest.mark.req("VO-06")
def test_every_page_is_for_its_people_and_its_client(office, client):
    order = office.order()
    receipt = office.pay(order)
    file, _ = deposits.import_deposits(
        program_id=office.program.pk,
        content=deposit_file(("1", 1, "2025-08-20", 1)),
        file_name="a.csv",
        by=office.clerk,
        at=NOON,
    )
    stray = Receipt.objects.get(channel="SLIP")
    rows = [
        reverse("vouchers:counter_pay", args=[order.pk]),
        reverse("vouchers:counter_receipt", args=[receipt.pk]),
        reverse("vouchers:counter_find", args=[office.round.pk]),
        reverse("vouchers:counter_sell", args=[office.round.pk, order.resident_id]),
        reverse("vouchers:deposit_file", args=[file.pk]),
        reverse("vouchers:clear", args=[stray.pk]),
        reverse("vouchers:close", args=[office.round.pk]),
    ]
    lists = [reverse(f"vouchers:{name}") for name in ("sales", "deposits", "unclear")]
    viewer = staff_of(office.program.client, Role.CLIENT_VIEWER)
    stranger = staff_of(ProgramFactory().client, Role.OFFICE_CLERK)
    desk = staff_of(office.program.client, Role.DESK_OPERATOR)

    assert {client.get(page).status_code for page in rows + lists} == {200}
    client.force_login(viewer)
    assert {client.get(page).status_code for page in lists} == {200}
    assert client.get(reverse("vouchers:counter")).status_code == 403
    assert [client.get(page).status_code for page in rows] == [403] * 4 + [200, 200, 403]
    assert client.post(rows[5], {"act": "return", "note": "x"}).status_code == 403
    assert client.post(lists[1], upload(b"a")).status_code == 403
    client.force_login(stranger)
    assert {client.get(page).status_code for page in rows} == {404}
    client.force_login(desk)
    assert {client.get(page).status_code for page in rows + lists} == {403}
    client.force_login(office.person(user=UserFactory()).user)
    assert {client.get(page).status_code for page in rows + lists} == {403}


def test_a_program_without_a_sale_leads_to_those_that_have_one(office, client):
    other = ProgramFactory(client=office.program.client, name="くらし応援ポイント")
    for name in ("sales", "deposits", "unclear"):
        page = client.get(reverse(f"vouchers:{name}"), {"program": other.code})

        assert page.status_code == 200
        assert "この事業には商品券がありません" in page.text
        assert f'href="?program={office.program.code}"' in page.text
    assert client.post(f"{reverse('vouchers:deposits')}?program={other.code}").status_code == 404


def test_tabs_keep_their_program_whatever_another_tab_chose(office, client):
    other = ProgramFactory(client=office.program.client, name="くらし応援ポイント")
    page = client.get(reverse("vouchers:sales"), {"program": office.program.code}).text
    client.get("/console/", {"program": other.code})

    for name in ("sales", "deposits", "unclear", "counter"):
        href = f"{reverse(f'vouchers:{name}')}?program={office.program.code}"
        assert f'href="{href}"' in page
        assert office.program.name in client.get(href).text


def test_a_file_goes_to_the_program_it_was_looked_at_for(office, client):
    order = office.order()
    other = ProgramFactory(client=office.program.client, name="くらし応援ポイント")
    files = f"{reverse('vouchers:deposits')}?program={office.program.code}"
    twice = (order.slip_number, "5000", "2025-08-05", "1")
    preview = client.post(files, upload(deposit_file(twice, twice))).text
    client.get("/console/", {"program": other.code})
    action = re.search(r'action="([^"]*take[^"]*)"', preview)[1]
    client.post(action, {"token": token_on(preview)})

    assert "ファイルの中で重なる行" in preview
    assert "2行目と同じ入金です。数えません" in preview
    assert Receipt.objects.get().program == office.program
