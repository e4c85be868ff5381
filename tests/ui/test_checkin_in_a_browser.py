"""The door on a phone of 390 px, while the network comes and goes (CO-05)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as site
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect

from consultations import services
from consultations.models import Attendance, Event
from pointsys.common.clock import JST
from tests.consultations.factories import HANAKO, Office, book, plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def event(office: Office) -> Event:
    """An event of today: the server of these tests runs on the real clock."""
    midnight = timezone.now().astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    event = services.create_event(
        program_id=office.program.pk,
        plan=plan(starts_at=midnight, ends_at=midnight + timedelta(hours=23)),
        by=office.clerk,
        at=midnight - timedelta(days=20),
    )
    before = midnight - timedelta(days=19)
    services.propose(event_id=event.pk, by=office.clerk, at=before)
    office.decide(event)
    return services.publish(event_id=event.pk, by=office.clerk, at=before)


@pytest.fixture
def context(browser: Browser, live_server, office, settings) -> Iterator[BrowserContext]:
    settings.REQUIRE_SECOND_FACTOR = False
    visitor = Client()
    visitor.force_login(office.staff)
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 390, "height": 844},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
    )
    name = site.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": visitor.cookies[name].value, "url": live_server.url}]
    )
    yield context
    context.close()


@pytest.mark.req("CO-05")
def test_the_door_goes_on_without_network_and_counts_everybody_once(context, event) -> None:
    booking = book(event, HANAKO, at=event.starts_at - timedelta(days=2))
    page = context.new_page()
    page.goto(f"/events/staff/{event.pk}/")
    violations = Axe().run(page).response["violations"]

    context.set_offline(True)
    for _ in range(2):
        page.get_by_role("button", name="予約なしの方を受け付ける").click()
    page.get_by_label("予約番号で受け付ける").fill(booking.number)
    page.get_by_role("button", name="受付", exact=True).click()

    expect(page.get_by_text("電波がありません　未送信 3件")).to_be_visible()
    expect(page.get_by_role("heading", name="受け付けました（未送信）")).to_be_visible()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert booking.number in kept
    assert "すずき" not in kept
    assert Attendance.objects.count() == 0

    context.set_offline(False)

    expect(page.get_by_text("すずき はなこ 様").first).to_be_visible(timeout=20_000)
    expect(page.get_by_text("未送信 3件")).to_be_hidden()
    assert page.evaluate("JSON.parse(Object.values(localStorage)[0]).length") == 0
    assert Attendance.objects.count() == 3
    assert violations == []


@pytest.mark.req("CO-05")
def test_an_answer_that_was_lost_counts_once(context, event) -> None:
    page = context.new_page()
    page.goto(f"/events/staff/{event.pk}/")
    lost = iter([True])

    def lose_the_first_answer(route) -> None:
        answer = route.fetch()
        if next(lost, False):
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/arrivals/", lose_the_first_answer)
    page.get_by_role("button", name="予約なしの方を受け付ける").click()

    expect(page.get_by_text("受付済").first).to_be_visible()
    expect(page.get_by_role("heading", name="受け付けました", exact=True)).to_be_visible(
        timeout=20_000
    )
    assert Attendance.objects.count() == 1


@pytest.mark.req("CO-05")
def test_a_second_scan_is_told(context, event) -> None:
    booking = book(event, HANAKO, at=event.starts_at - timedelta(days=2))
    page = context.new_page()
    page.goto(f"/events/staff/{event.pk}/")
    for heading in ("受け付けました", "もう受け付けています"):
        page.get_by_label("予約番号で受け付ける").fill(booking.number.lower())
        page.get_by_role("button", name="受付", exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=20_000)
    page.get_by_label("予約番号で受け付ける").fill("ZZZZ-ZZZZ")
    page.get_by_role("button", name="受付", exact=True).click()

    expect(page.get_by_text("ZZZZ-ZZZZ　この予約番号は見つかりません")).to_be_visible()
    assert Attendance.objects.count() == 1


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


@pytest.mark.req("CO-05")
def test_the_camera_reads_the_code_of_a_booking(context, event) -> None:
    booking = book(event, HANAKO, at=event.starts_at - timedelta(days=2))
    page = context.new_page()
    page.goto(f"/events/staff/{event.pk}/")
    code = segno.make(booking.number, error="m", micro=False)
    page.evaluate(FAKE_CAMERA, [[bool(dot) for dot in row] for row in code.matrix_iter(border=4)])

    page.get_by_role("button", name="QRコードを読み取る").click()

    expect(page.get_by_text("すずき はなこ 様").first).to_be_visible(timeout=20_000)
    assert Attendance.objects.get().booking_id == booking.pk
