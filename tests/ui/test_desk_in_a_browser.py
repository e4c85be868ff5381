"""A call taken without the mouse, from the number to the next call."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from callcenter.models import Ticket
from pointsys.audit.models import AccessRecord
from tests.callcenter.factories import add_resident, build_scene

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.req("CC-02"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def look(page: Page, *, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_call_is_taken_with_the_keyboard_alone(browser: Browser, live_server, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    scene = build_scene()
    resident = add_resident(scene.client)
    visitor = Client()
    visitor.force_login(scene.operator)
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="ja-JP"
    )
    context.add_cookies(
        [{"name": "session", "value": visitor.cookies["session"].value, "url": live_server.url}]
    )
    page = context.new_page()
    keys = page.keyboard

    # The number has the focus at once; candidates come while it is typed.
    page.goto("/desk/")
    look(page, width=390)
    look(page, width=1280)
    keys.press("Alt+t")
    keys.type("09012345678")
    expect(page.get_by_text("湊 ●● 様")).to_be_visible()
    expect(page.get_by_text("花子")).to_have_count(0)

    # One key chooses the caller, one the category: the finer ones follow it.
    keys.press("Alt+1")
    expect(page.get_by_role("heading", name="湊 花子 様")).to_be_visible()
    keys.press("4")
    expect(page.locator("#id_sub option")).to_have_count(2)
    keys.press("Tab")
    keys.type("41")
    page.locator("#id_body").press("Tab")
    page.locator("#id_body").focus()
    keys.type("振込日を知りたい。1と/と?は文字のまま")
    look(page, width=390)
    look(page, width=1280)

    # What is missing is named, and nothing typed is lost.
    keys.press("F8")
    keys.press("Control+Enter")
    expect(page.locator("[data-error-summary]")).to_contain_text("県に確かめたいこと")
    expect(page.locator("#id_body")).to_have_value("振込日を知りたい。1と/と?は文字のまま")
    expect(page.locator("#id_sub")).to_have_value("41")
    keys.press("F6")
    keys.press("Control+Enter")
    expect(page.get_by_text("T-000001 を記録しました。")).to_be_visible()

    context.close()
    ticket = Ticket.objects.get()
    assert (ticket.resident, ticket.category.code, ticket.status) == (resident, "41", "DONE")
    assert set(AccessRecord.objects.values_list("purpose", flat=True)) == {"問合せ T-000001"}
