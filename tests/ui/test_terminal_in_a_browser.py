"""A terminal as a store has it: a 7-inch tablet with a reader that types like a keyboard."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cards import identifiers, terminal_keys
from cards.bridge.server import BridgeServer, Counter
from cards.models import CardEarn, CardPayment, Terminal
from cards.services import lifecycle, policies, terminals
from ledger import services as ledger
from ledger.models import GrantRound, Payment, Transfer
from tests.cards.devices import Scene
from tests.cards.factories import face_number, idm, issued, stock_of, token
from tests.factories import ProgramFactory, ResidentFactory, TillFactory
from tests.ui.test_paying_in_a_browser import RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLET = {"width": 1024, "height": 600}


@pytest.fixture
def scene() -> Scene:
    """A program that is used today, and a card (serial 1) with points; no device yet."""
    cache.clear()
    now = timezone.now()
    program = ProgramFactory(
        theme="TEAL",
        grant_starts_at=now - timedelta(days=30),
        usage_starts_at=now - timedelta(days=30),
        grant_ends_at=now + timedelta(days=100),
        usage_ends_at=now + timedelta(days=100),
        points_expire_at=now + timedelta(days=100),
    )
    till = TillFactory(program=program)
    card = issued(stock_of(program, 1)[0], resident_id=ResidentFactory(client=program.client).pk)
    assert card.wallet_id is not None
    grant_round = ledger.create_round(
        program_id=program.pk, name="第1回", method=GrantRound.Method.LIST,
        reserved_points=5_000, by=None, at=now,
    )  # fmt: skip
    ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet={card.wallet_id: 5_000}, by=None, at=now
    )
    policies.create_earn_rule(
        program_id=program.pk, name="来店ポイント", points=10, total_points=1_000, by=None, at=now
    )
    return Scene(program=program, till=till, device=None, card=card)


@pytest.fixture
def context(browser: Browser, live_server) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=live_server.url, viewport=TABLET, locale="ja-JP", timezone_id="Asia/Tokyo"
    )
    yield context
    context.close()


@pytest.fixture
def page(context) -> Page:
    return context.new_page()


def look(page: Page) -> None:
    """Hold the screen against the rules of accessibility, at the tablet's and a phone's width."""
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size(TABLET)


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=10_000)


def new_code(scene: Scene) -> str:
    _, code = terminals.create_terminal(
        store_id=scene.till.store_id, till_id=scene.till.pk, name="レジ横", by=None,
        at=timezone.now(),
    )  # fmt: skip
    return code


def enrol(page: Page, scene: Scene) -> Terminal:
    page.goto("/terminal/")
    heading(page, "この端末を登録する")
    page.get_by_label("登録コード").fill(terminal_keys.grouped_code(new_code(scene)))
    page.get_by_role("button", name="この端末を登録する").click()
    heading(page, "カードをかざしてください")
    return Terminal.objects.get(status="ACTIVE")


def tap(page: Page, serial: int = 1) -> None:
    """Hold a card to the reader; on a busy machine a person would do it again, too."""
    for _ in range(8):
        page.keyboard.type(idm(serial))
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)
        if not page.get_by_role("heading", name="カードをかざしてください").is_visible():
            return
    raise AssertionError("the reader was never fast enough")


def type_points(page: Page, points: str) -> None:
    for digit in points:
        page.locator(f'[data-key="{digit}"]').click()


@pytest.mark.req("CA-04")
@pytest.mark.req("CA-05")
def test_a_terminal_is_enrolled_taps_earns_spends_cancels_and_is_revoked(page, scene):
    page.goto("/terminal/")
    heading(page, "この端末を登録する")
    look(page)
    terminal = enrol(page, scene)
    expect(page.locator("[data-bar=store]")).to_have_text(scene.till.store.name)
    look(page)

    tap(page)
    heading(page, re.compile("残高 5,000 ?ポイント"))
    look(page)
    page.get_by_role("button", name="ためる").click()
    heading(page, "ためました")
    look(page)
    page.get_by_role("button", name="次のお客様へ").click()
    tap(page)
    heading(page, re.compile("残高 5,010 ?ポイント"))
    expect(page.get_by_text("きょうの分は、もうためました。")).to_be_visible()

    page.get_by_role("button", name="つかう").click()
    type_points(page, "600")
    look(page)
    page.get_by_role("button", name="600ポイントを使う").click()
    heading(page, "お支払い完了")
    payment = Payment.objects.get()
    number = f"{payment.receipt_number[:4]}-{payment.receipt_number[4:]}"
    expect(page.get_by_text(number)).to_be_visible()
    look(page)
    assert (payment.channel, payment.points) == ("CARD", 600)

    page.get_by_role("button", name="この支払いを取り消す").click()
    heading(page, "この支払いを取り消しますか")
    look(page)
    page.get_by_role("button", name="600ポイントを取り消す").click()
    heading(page, "取り消しました")
    payment.refresh_from_db()
    assert payment.refunded_points == 600

    page.get_by_role("button", name="次のお客様へ").click()
    terminals.revoke_terminal(terminal_id=terminal.pk, reason="紛失", by=None, at=timezone.now())
    tap(page)
    heading(page, "この端末は使えません")
    look(page)
    page.reload()
    heading(page, "この端末を登録する")
    assert CardEarn.objects.count() == CardPayment.objects.count() == 1


@pytest.mark.req("CA-05")
def test_the_key_cannot_be_taken_out_and_nothing_of_the_customer_stays(page, scene):
    enrol(page, scene)
    tap(page)
    heading(page, re.compile("残高 5,000 ?ポイント"))

    kept = page.evaluate(
        """async () => {
          const database = await new Promise(done => {
            const request = indexedDB.open("pointsys-terminal");
            request.onsuccess = () => done(request.result);
          });
          const shelf = database.transaction("keep").objectStore("keep");
          const all = request => new Promise(done => {
            request.onsuccess = () => done(request.result);
          });
          const values = await all(shelf.getAll());
          const key = values.find(value => value.privateKey).privateKey;
          const refused = await crypto.subtle.exportKey("pkcs8", key).then(() => false, () => true);
          return {names: await all(shelf.getAllKeys()), text: JSON.stringify(values),
                  extractable: key.extractable, refused,
                  other: localStorage.length + sessionStorage.length + document.cookie.length};
        }"""
    )  # fmt: skip

    assert kept["names"] == ["identity"]
    assert (kept["extractable"], kept["refused"], kept["other"]) == (False, True, 0)
    assert idm(1) not in kept["text"]


@pytest.mark.req("CA-04")
def test_too_much_says_what_is_possible_and_spends_that(page, scene):
    enrol(page, scene)
    tap(page)
    page.get_by_role("button", name="つかう").click()
    type_points(page, "1280")
    page.get_by_role("button", name="1,280ポイントを使う").click()

    heading(page, "お支払いできません")
    expect(page.get_by_text("カードで1回に使えるのは1,000ポイントまでです。")).to_be_visible()
    expect(page.get_by_text("ポイントは引かれていません。")).to_be_visible()
    look(page)
    page.get_by_role("button", name="1,000ポイントを使い、残り280円は現金で").click()
    heading(page, "お支払い完了")

    assert Payment.objects.get().points == 1_000


@pytest.mark.req("CA-07")
def test_a_lost_answer_is_looked_up_and_never_books_twice(page, scene):
    enrol(page, scene)
    tap(page)

    def deliver_and_lose(route):
        route.fetch()
        route.abort()

    page.route("**/terminal/api/spend", deliver_and_lose)
    page.get_by_role("button", name="つかう").click()
    type_points(page, "300")
    page.get_by_role("button", name="300ポイントを使う").click()

    heading(page, "お支払い完了")
    assert Payment.objects.get().points == 300


@pytest.mark.req("CA-07")
def test_a_request_that_never_arrived_is_called_off_for_good_even_after_a_restart(page, scene):
    enrol(page, scene)
    tap(page)
    page.route("**/terminal/api/spend", lambda route: route.abort())
    page.route("**/terminal/api/outcome", lambda route: route.abort())
    page.get_by_role("button", name="つかう").click()
    type_points(page, "300")
    page.get_by_role("button", name="300ポイントを使う").click()
    heading(page, "確認しています")
    expect(page.get_by_text("つながると、結果が出ます。")).to_be_visible()
    look(page)

    page.unroute("**/terminal/api/outcome")
    page.clock.install()
    page.reload()
    heading(page, "確認しています")
    for _ in range(12):
        page.clock.run_for(2_000)
        page.wait_for_timeout(200)
    heading(page, "お支払いできません")
    expect(page.get_by_text("お支払いは、できていません。")).to_be_visible()

    assert not Payment.objects.exists()
    assert Transfer.objects.filter(kind="VOID").count() == 1


BURST = """card => { for (const key of [...card, "Enter"])
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})); }"""


def test_a_reader_is_told_from_a_person_and_waits_for_the_payment(page, scene):
    enrol(page, scene)
    page.keyboard.type(idm(1), delay=150)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    heading(page, "カードをかざしてください")

    tap(page)
    page.get_by_role("button", name="つかう").click()
    page.locator('[data-key="5"]').click()
    page.evaluate(BURST, idm(2))
    expect(page.get_by_text("いまの支払いを終えてから、カードをかざしてください。")).to_be_visible()
    page.wait_for_timeout(200)
    expect(page.locator("[data-amount]")).to_have_text("5")
    look(page)
    # Digits that a person types in one go are an amount all the same.
    page.evaluate("keys => { for (const key of keys) document.body.dispatchEvent("
                  "new KeyboardEvent('keydown', {key, bubbles: true})); }", "00")  # fmt: skip
    expect(page.locator("[data-amount]")).to_have_text("500")
    expect(page.get_by_text("いまの支払いを終えてから")).to_be_hidden()

    page.get_by_role("button", name="500ポイントを使う").click()
    heading(page, "お支払い完了")
    page.evaluate(BURST, idm(2))
    expect(page.get_by_text("「次のお客様へ」を押してから")).to_be_visible()
    heading(page, "お支払い完了")
    assert CardPayment.objects.count() == 1


@pytest.mark.req("CA-04")
def test_the_next_card_takes_the_place_of_the_one_that_is_shown(page, scene):
    other = ResidentFactory(client=scene.program.client)
    second = issued(stock_of(scene.program, 2, name="第2回納品")[0], resident_id=other.pk)
    enrol(page, scene)
    tap(page)
    heading(page, re.compile("残高 5,000 ?ポイント"))

    page.evaluate(BURST, idm(2))
    heading(page, re.compile("残高 0 ?ポイント"))
    expect(page.locator("[data-slot=number]")).to_contain_text(second.face_number[-4:])
    page.evaluate(BURST, identifiers.qr_payload(token(1)))
    heading(page, re.compile("残高 5,000 ?ポイント"))
    page.evaluate(BURST, idm(9))
    heading(page, "このカードは使えません")
    page.evaluate(BURST, idm(1))

    heading(page, re.compile("残高 5,000 ?ポイント"))


@pytest.mark.req("CA-04")
def test_a_card_held_to_the_reader_while_the_page_loads_is_not_lost(page, scene):
    enrol(page, scene)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/terminal/keys*.js", hold)
    page.reload(wait_until="commit")
    page.wait_for_function("globalThis.takeEarlyKeys && document.querySelector('[data-stage]')")
    page.evaluate(BURST, idm(1))
    assert len(held) == 1

    held[0].continue_()

    heading(page, re.compile("残高 5,000 ?ポイント"))


@pytest.mark.req("CA-04")
def test_a_card_held_to_the_reader_before_the_first_answer_waits_and_is_told_so(page, scene):
    enrol(page, scene)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/terminal/api/status", hold)
    page.reload()
    page.wait_for_timeout(100)
    page.evaluate(BURST, idm(1))
    expect(page.get_by_text("準備中です。そのままお待ちください。")).to_be_visible()

    held[0].continue_()

    heading(page, re.compile("残高 5,000 ?ポイント"))


@pytest.mark.req("CA-04")
def test_a_number_is_typed_and_other_cards_are_refused_in_words(page, scene):
    enrol(page, scene)
    page.get_by_role("button", name="カード番号を入れる").click()
    look(page)
    page.get_by_role("button", name="この番号で進む").click()
    expect(page.get_by_text("数字16けたで入力してください")).to_be_visible()
    page.get_by_label("カード番号").fill(face_number(1))
    page.get_by_role("button", name="この番号で進む").click()
    heading(page, re.compile("残高 5,000 ?ポイント"))
    expect(page.get_by_role("button", name="つかう")).to_be_hidden()
    expect(page.get_by_text("カード番号の入力では、お支払いはできません")).to_be_visible()
    look(page)
    page.get_by_role("button", name="次のお客様へ").click()

    lifecycle.block_card(card_id=scene.card.pk, reason="紛失", by=None, at=timezone.now())
    tap(page)
    heading(page, "このカードは使えません")
    expect(page.get_by_text("利用を止めているカードです")).to_be_visible()
    look(page)
    page.get_by_role("button", name="次のお客様へ").click()
    tap(page, serial=9)
    expect(page.get_by_text("このカードは登録されていません")).to_be_visible()


FAKE_CAMERA = """rows => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas"), brush = canvas.getContext("2d");
    canvas.width = canvas.height = rows.length * 8;
    setInterval(() => rows.forEach((row, y) => row.forEach((isDark, x) => {
      brush.fillStyle = isDark ? "#000" : "#fff";
      brush.fillRect(x * 8, y * 8, 8, 8);
    })), 100);
    return canvas.captureStream(10);
  };
}"""


@pytest.mark.req("CA-04")
def test_the_camera_reads_the_code_on_a_card(page, scene):
    enrol(page, scene)
    code = segno.make(identifiers.qr_payload(token(1)), error="m")
    page.evaluate(FAKE_CAMERA, [[bool(dot) for dot in row] for row in code.matrix_iter(border=4)])
    assert not page.evaluate("'jsQR' in window")

    page.get_by_role("button", name="QRコードをカメラで読む").click()

    heading(page, re.compile("残高 5,000 ?ポイント"))
    assert page.evaluate("'jsQR' in window || 'BarcodeDetector' in window")


@pytest.mark.req("CA-06")
def test_the_readers_program_hands_a_card_to_the_page(page, scene, live_server):
    enrol(page, scene)
    # The page may ask this one port only, so the test has no other.
    bridge = BridgeServer(Counter(), site=live_server.url, code="ABCDE-FGHJK", wait_seconds=1)
    threading.Thread(target=bridge.serve_forever, daemon=True).start()
    try:
        for typed, words in (("WRONG", "接続コードがちがいます"), ("abcdefghjk", "つなぎました")):
            if page.get_by_role("button", name="端末の設定").is_visible():
                page.get_by_role("button", name="端末の設定").click()
            page.get_by_label("カードリーダーの接続コード").fill(typed)
            page.get_by_role("button", name="リーダーをつなぐ").click()
            expect(page.get_by_text(words)).to_be_visible()
        page.wait_for_timeout(1_200)
        bridge.counter.lay(f"F:88B4:{idm(1)}")
        heading(page, re.compile("残高 5,000 ?ポイント"))
    finally:
        bridge.shutdown()
        bridge.server_close()


@pytest.mark.req("CA-05")
def test_a_code_behind_the_address_is_filled_in_and_leaves_the_address(page, scene):
    code = new_code(scene)
    page.goto(f"/terminal/enrol/#{code}")

    expect(page.get_by_label("登録コード")).to_have_value(code)
    assert code not in page.url
    page.get_by_role("button", name="この端末を登録する").click()
    heading(page, "カードをかざしてください")


def test_a_wrong_code_says_so_and_keeps_what_was_typed(page, scene):
    page.goto("/terminal/enrol/")
    page.get_by_role("button", name="この端末を登録する").click()
    expect(page.get_by_text("登録コードを入力してください。")).to_be_visible()
    page.get_by_label("登録コード").fill("1234")
    page.get_by_role("button", name="この端末を登録する").click()

    expect(page.get_by_text("登録コードは、数字12けたです")).to_be_visible()
    expect(page.get_by_label("登録コード")).to_have_value("1234")
    look(page)


def test_the_other_screens_keep_to_the_rules(page, scene):
    enrol(page, scene)
    page.get_by_role("button", name="支払いを取り消す").click()
    heading(page, "どの支払いを取り消しますか")
    look(page)
    page.get_by_label(re.compile("受付番号")).fill("ABCD-EFGH")
    page.get_by_role("button", name="受付番号で探す").click()
    expect(page.get_by_text("見つかりませんでした")).to_be_visible()
    page.get_by_role("button", name="やめる").click()
    page.get_by_role("button", name="端末の設定").click()
    heading(page, "端末の設定")
    look(page)
    page.get_by_role("button", name="やめる").click()
    page.get_by_role("button", name="QRコードをカメラで読む").click()
    expect(page.get_by_text("カメラを使えません")).to_be_visible()
    look(page)
