"""The small first-party scripts, driven as people do; without them every page still works."""

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.browser
def test_the_error_summary_is_read_first_and_leads_into_the_field(page: Page) -> None:
    page.goto("/gallery/wrong-form")

    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_role("link", name="郵便番号は、数字7けたで入力してください").click()

    expect(page.locator("#id_postal_code")).to_be_focused()


@pytest.mark.browser
def test_an_error_of_a_date_leads_to_the_wrong_box(page: Page) -> None:
    page.goto("/gallery/wrong-form")

    page.get_by_role("link", name="生年月日の「月」は、1から12までの数字で入力してください").click()

    expect(page.locator("#id_born_on_1")).to_be_focused()
    expect(page.locator("#id_born_on_1")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_born_on_0")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.browser
def test_the_keypad_types_the_amount_and_shows_what_would_remain(page: Page) -> None:
    page.goto("/gallery/till")
    amount, remain = page.locator("#amt"), page.locator("[data-remain]")

    page.get_by_role("button", name="すべて消す").click()
    for key in "1280":
        page.get_by_role("button", name=key, exact=True).click()
    expect(amount).to_have_value("1,280")
    expect(remain).to_have_text("11,200")
    expect(amount).to_have_attribute("inputmode", "none")

    page.get_by_role("button", name="1つ消す").click()
    expect(amount).to_have_value("128")

    amount.fill("２００００")
    expect(amount).to_have_value("20,000")
    expect(remain).to_have_text("7,520足りません")


@pytest.mark.browser
@pytest.mark.parametrize("typed", ["1200.5", "-5", "１２００．５", "12a"])
def test_an_amount_that_is_none_stays_as_it_was_typed(page: Page, typed: str) -> None:
    page.goto("/gallery/till")
    amount, remain = page.locator("#amt"), page.locator("[data-remain]")

    amount.fill(typed)

    expect(amount).to_have_value(typed)
    expect(remain).to_have_text("－")
    page.get_by_role("button", name="1", exact=True).click()
    expect(amount).to_have_value(f"{typed}1")
    page.get_by_role("button", name="1つ消す").click()
    expect(amount).to_have_value(typed)


@pytest.mark.browser
def test_no_sign_is_dropped_while_an_amount_is_typed_key_by_key(page: Page) -> None:
    page.goto("/gallery/till")
    amount = page.locator("#amt")

    amount.fill("")
    amount.press_sequentially("1200.5")
    expect(amount).to_have_value("1,200.5")

    amount.fill("")
    amount.press_sequentially("-5")
    expect(amount).to_have_value("-5")


@pytest.mark.browser
@pytest.mark.parametrize("typed", ["1,200", "１，２００", "1200円", "1200ポイント", "1、200"])
def test_an_amount_is_read_with_its_commas_and_unit(page: Page, typed: str) -> None:
    page.goto("/gallery/till")

    page.locator("#amt").fill(typed)

    expect(page.locator("#amt")).to_have_value("1,200")


@pytest.mark.browser
def test_the_paid_page_ticks_on_the_servers_clock(page: Page) -> None:
    page.goto("/gallery/states")

    expect(page.locator("[data-server-clock]")).to_have_text("14:32:08", timeout=2500)
    expect(page.locator("[data-server-clock]")).to_have_text("14:32:09", timeout=2500)


@pytest.mark.browser
def test_the_live_list_renews_itself_within_three_seconds(page: Page) -> None:
    page.goto("/gallery/store")

    expect(page.locator("[data-poll]")).to_have_text("2件", timeout=3000)
    expect(page.locator("[data-poll]")).to_have_attribute("data-after", "2")


@pytest.mark.browser
def test_a_second_press_sends_nothing(page: Page) -> None:
    page.goto("/gallery/store")
    page.evaluate(
        """() => {
          window.sent = 0;
          document.addEventListener("submit", (event) => {
            if (!event.defaultPrevented) window.sent += 1;
            event.preventDefault();
          });
        }"""
    )

    button = page.get_by_role("button", name="取消")
    button.click()
    button.click()

    assert page.evaluate("window.sent") == 1


@pytest.mark.browser
def test_an_open_menu_closes_with_escape(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/gallery/resident")

    page.get_by_text("メニュー", exact=True).click()
    expect(page.locator("details[data-menu]")).to_have_attribute("open", "")
    page.keyboard.press("Escape")

    expect(page.locator("details[data-menu]")).not_to_have_attribute("open", "")
