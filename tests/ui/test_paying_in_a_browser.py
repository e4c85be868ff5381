"""Paying as people do it, on a phone of 390 px, with a shop's phone beside it."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ledger import services as ledger
from ledger.models import GrantRound, Payment
from tests.factories import ProgramFactory, StoreStaffFactory
from tests.ledger.scenes import Scene, at_a_till

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINES_OF_THE_NUMBER = """link => {
  const range = document.createRange(), tops = new Set();
  const texts = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.data.indexOf("0120");
    if (at < 0) continue;
    range.setStart(texts.currentNode, at);
    range.setEnd(texts.currentNode, at + "0120-000-000".length);
    for (const box of range.getClientRects()) tops.add(box.top);
  }
  return [...tops];
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def scene() -> Scene:
    """A program that is used today: the server of these tests runs on the real clock."""
    now = timezone.now()
    program = ProgramFactory(
        grant_starts_at=now - timedelta(days=30),
        usage_starts_at=now - timedelta(days=30),
        grant_ends_at=now + timedelta(days=100),
        usage_ends_at=now + timedelta(days=100),
        points_expire_at=now + timedelta(days=100),
    )
    program.prohibited_goods.create(code="tobacco", label="たばこ")
    scene = at_a_till(points=0, program=program)
    grant_round = ledger.create_round(
        program_id=program.pk, name="第1回", method=GrantRound.Method.LIST,
        reserved_points=12_480, by=None, at=now,
    )  # fmt: skip
    ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet={scene.wallet.pk: 12_480}, by=None, at=now
    )
    return scene


@pytest.fixture
def contexts(browser: Browser, live_server) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def phone(
    browser: Browser, contexts, live_server, *, visitor: Client | None = None, **options
) -> Page:
    """Open a phone, signed in as the visitor when there is one."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 390, "height": 844},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        **options,
    )
    contexts.append(context)
    if visitor:
        context.add_cookies(
            [{"name": "session", "value": visitor.cookies["session"].value, "url": live_server.url}]
        )
    return context.new_page()


def look(page: Page) -> None:
    """Hold the page against the rules of accessibility and the width of the phone."""
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def type_on_keypad(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f'[data-key="{digit}"]').click()


@pytest.mark.req("LG-06")
@pytest.mark.req("PB-03")
@pytest.mark.req("PB-10")
def test_a_resident_signs_in_and_pays_and_the_shop_sees_it(browser, contexts, live_server, scene):
    owner = StoreStaffFactory(store=scene.till.store).user
    at_the_shop = Client()
    at_the_shop.force_login(owner)
    shop = phone(browser, contexts, live_server, visitor=at_the_shop)
    shop.goto("/store/")
    expect(shop.get_by_text("今日の支払いは、まだありません")).to_be_visible()
    look(shop)

    page = phone(browser, contexts, live_server)
    page.goto(scene.path)
    expect(page.get_by_text(scene.till.store.name)).to_be_visible()
    look(page)
    page.get_by_role("link", name="ログインして支払う").click()
    look(page)
    page.get_by_label("メールアドレス").fill(scene.resident.user.email)
    page.get_by_role("button", name="番号を送る").click()
    expect(page.get_by_label("確認番号")).to_be_visible()
    look(page)
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.MULTILINE)
    assert code
    page.get_by_label("確認番号").fill(code[1])
    page.get_by_role("button", name="ログインする").click()

    expect(page.get_by_text("お支払い先")).to_be_visible()
    type_on_keypad(page, "1280")
    expect(page.locator("[data-remain]")).to_have_text("11,200")
    look(page)
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_text("たばこ")).to_be_visible()
    look(page)
    page.get_by_role("button", name="1,280ポイントを支払う").click()
    expect(page.get_by_role("heading", name="支払いが完了しました")).to_be_visible()
    pressed = time.monotonic()
    expect(shop.get_by_role("heading", name="支払いを受けました")).to_be_visible(timeout=5_000)
    assert time.monotonic() - pressed < 3, "the shop learns of a payment with its next question"
    expect(shop.locator(".newest")).to_contain_text("1,280")
    look(page)
    look(shop)


def test_two_quick_taps_pay_once(browser, contexts, live_server, scene):
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(scene.path)
    type_on_keypad(page, "500")
    page.get_by_role("button", name="確認へ進む").click()

    page.get_by_role("button", name="500ポイントを支払う").dblclick()
    expect(page.get_by_role("heading", name="支払いが完了しました")).to_be_visible()

    assert Payment.objects.count() == 1


def test_going_back_and_pressing_again_pays_once(browser, contexts, live_server, scene):
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(scene.path)
    type_on_keypad(page, "500")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="500ポイントを支払う").click()
    expect(page.get_by_role("heading", name="支払いが完了しました")).to_be_visible()

    page.go_back()
    again = page.get_by_role("button", name="500ポイントを支払う")
    if again.is_visible():
        again.click()
    expect(page.locator(".receipt")).to_be_visible()

    assert Payment.objects.count() == 1


@pytest.mark.req("PB-10")
def test_paying_works_without_script(browser, contexts, live_server, scene):
    page = phone(browser, contexts, live_server, visitor=scene.client, java_script_enabled=False)
    page.goto(scene.path)

    assert page.locator(".key").count() == 0
    assert page.get_by_label("使うポイント").get_attribute("inputmode") == "numeric"
    page.get_by_label("使うポイント").fill("１，２８０")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="1,280ポイントを支払う").click()

    expect(page.get_by_role("heading", name="支払いが完了しました")).to_be_visible()
    assert Payment.objects.get().points == 1_280


def test_the_shops_list_goes_on_while_somebody_stands_on_it(browser, contexts, live_server, scene):
    owner = StoreStaffFactory(store=scene.till.store).user
    at_the_shop = Client()
    at_the_shop.force_login(owner)
    scene.pay(300)
    shop = phone(browser, contexts, live_server, visitor=at_the_shop)
    shop.goto("/store/")
    shop.locator("#cancel-newest").focus()

    scene.pay(700)

    expect(shop.locator(".newest")).to_contain_text("700", timeout=5_000)
    expect(shop.locator("#cancel-newest")).to_be_focused()


def waiting_url(scene: Scene, url: str, *, pressed: int) -> str:
    order = scene.order(url)
    query = f"till={scene.till.code}&points={order['points']}&signature={order['signature']}"
    return f"/s/result/{order['key']}?{query}&pressed={pressed}"


def test_waiting_for_a_lost_answer_ends_by_itself_at_the_receipt(
    browser, contexts, live_server, scene
):
    url = scene.confirm_url(500)
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(waiting_url(scene, url, pressed=int(time.time())))
    expect(page.get_by_role("heading", name="支払いを確認しています")).to_be_visible()
    look(page)

    scene.client.post(url, scene.order(url))

    expect(page.get_by_role("heading", name="支払いが完了しました")).to_be_visible(timeout=5_000)


def test_asking_for_the_end_of_the_waiting_says_not_paid_for_good(
    browser, contexts, live_server, scene
):
    url = scene.confirm_url(500)
    order = scene.order(url)
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(waiting_url(scene, url, pressed=int(time.time()) - 60))

    page.get_by_role("button", name="いま、結果を確認する").click()

    expect(page.get_by_role("heading", name="支払いは、できていません")).to_be_visible()
    expect(page.get_by_text("ポイントは減っていません。")).to_be_visible()
    look(page)
    scene.client.post(url, order)
    assert Payment.objects.count() == 0


def test_the_clerk_types_on_a_page_that_is_turned_round(browser, contexts, live_server, scene):
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(scene.path)

    page.get_by_role("button", name=re.compile("お店の方に入力してもらう")).click()
    type_on_keypad(page, "12")

    expect(page.locator("#main")).to_have_class(re.compile("is-turned"))
    expect(page.get_by_label("使うポイント")).to_have_value("12")

    page.get_by_role("button", name="元にもどす").click()

    expect(page.locator("#main")).not_to_have_class(re.compile("is-turned"))
    expect(page.locator("[data-turn]")).to_have_text("お店の方に入力してもらう")


@pytest.mark.parametrize("programs", [1, 2])
def test_a_phone_number_of_the_start_page_stands_on_one_line(
    browser, contexts, live_server, programs
):
    for number in range(programs):
        ProgramFactory(
            desk_name=f"地域ポイント事務局コールセンター{number}",
            desk_phone="0120-000-00" + str(number),
        )
    page = phone(browser, contexts, live_server)
    page.goto("/")
    links = page.locator("a[href^='tel:']")

    assert links.count() >= programs
    for width in (320, 390, 600, 768, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        lines = [len(link.evaluate(LINES_OF_THE_NUMBER)) for link in links.all()]
        assert max(lines) == 1, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_was_refused_is_not_turned_into_another_amount(browser, contexts, live_server, scene):
    page = phone(browser, contexts, live_server, visitor=scene.client)
    page.goto(scene.path)
    page.evaluate("document.querySelector('[data-amount]').value = '12.5'")

    page.get_by_role("button", name="確認へ進む").click()

    expect(page.get_by_label("使うポイント")).to_have_value("12.5")
    look(page)


@pytest.mark.parametrize(
    "path", ["/my/", "/my/history/", "/s/", "/s/scan", "/", "/stores/", "/goods/"]
)
def test_pages_of_residents_and_visitors_keep_to_the_rules(
    browser, contexts, live_server, scene, path
):
    scene.pay(700)
    page = phone(browser, contexts, live_server, visitor=scene.client)

    page.goto(path)

    look(page)


def test_the_shops_other_pages_keep_to_the_rules(browser, contexts, live_server, scene):
    owner = StoreStaffFactory(store=scene.till.store).user
    at_the_shop = Client()
    at_the_shop.force_login(owner)
    scene.pay(700)
    shop = phone(browser, contexts, live_server, visitor=at_the_shop)

    for path in ("/store/payments/", "/store/switch"):
        shop.goto(path)
        look(shop)
    shop.goto("/store/")
    shop.get_by_role("link", name="この支払いを取り消す").click()
    look(shop)
    shop.get_by_role("button", name="700円を取り消す").click()
    expect(shop.get_by_role("heading", name="支払いを取り消しました")).to_be_visible()
    look(shop)
