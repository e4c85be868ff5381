"""A browser whose site is answered inside this process: no server, no port, no waiting."""

import contextvars
import mimetypes
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import connections
from django.http.response import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright

ORIGIN = "http://localhost"  # trusted by browsers like https


def answer(route: Route, visit: Callable[[str], HttpResponseBase]) -> None:
    """Answer a request of the browser from the application or from its static files."""
    parts = urlsplit(route.request.url)
    if parts.path.startswith("/static/"):
        found = finders.find(parts.path.removeprefix("/static/"))
        kind = mimetypes.guess_type(parts.path)[0] or "text/plain"
        if found is None:
            route.fulfill(status=404)
        else:
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
        return
    response = visit(f"{parts.path}?{parts.query}")
    route.fulfill(
        status=response.status_code,
        body=response.content,
        headers={name.lower(): value for name, value in response.items()},
    )


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # In a container Chromium runs as root, where its own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        # The driver keeps an event loop in this thread until the end of the session, which Django
        # takes for asynchronous code. Nothing of Django runs inside it.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
            yield browser
            # Opened beside the loop, out of reach of those who drop the database afterwards.
            connections.close_all()
        browser.close()


@pytest.fixture
def visitor() -> Client:
    """Who the browser is: anybody, until a test signs this client in."""
    return Client(raise_request_exception=False, headers={"host": urlsplit(ORIGIN).netloc})


@pytest.fixture
def page(
    browser: Browser,
    visitor: Client,
    settings: pytest.FixtureRequest,
) -> Iterator[Page]:
    """A page on the gallery; whatever the browser complains about fails the test at its end."""
    settings.ROOT_URLCONF = "tests.ui.gallery"  # type: ignore[attr-defined]
    context = browser.new_context(base_url=ORIGIN, locale="ja-JP", timezone_id="Asia/Tokyo")
    # A handler runs in the driver's context, where Django would open another connection.
    of_this_test = contextvars.copy_context()
    context.route("**/*", lambda route: answer(route, partial(of_this_test.run, visitor.get)))
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
