"""Every page of the gallery in a real browser: accessible, of one width, without complaint."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.ui.gallery import PAGES

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without "preload" axe fetches the stylesheets a second time, outside of the tests' answers.
RULES = {"runOnly": TAGS, "preload": False}
WIDTHS = (390, 1280)


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_passes_the_accessibility_rules(page: Page, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/gallery/{name}")

    found = Axe().run(page, options=RULES)

    assert [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in found.response["violations"]
    ] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_never_scrolls_sideways_on_the_smallest_phone(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"/gallery/{name}")

    width = page.evaluate("document.documentElement.scrollWidth")

    assert width == 320


@pytest.mark.browser
def test_the_accessibility_rules_find_a_fault_that_is_there(page: Page) -> None:
    page.goto("/gallery/plain")
    page.evaluate("document.querySelector('h1').style.color = '#ccc'")

    found = Axe().run(page, options=RULES)

    assert [violation["id"] for violation in found.response["violations"]] == ["color-contrast"]
