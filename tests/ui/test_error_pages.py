"""What a person reads when something goes wrong: what happened, what it means, what to do."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import path
from django.views import defaults

from tests.ui.words import english_in

pytestmark = pytest.mark.django_db  # the telephone of the only program is looked up


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [path("broken", broken)]


@pytest.mark.parametrize(
    ("view", "reason", "status", "heading"),
    [
        (defaults.bad_request, SuspiciousOperation(), 400, "送られた内容を読み取れませんでした"),
        (defaults.permission_denied, PermissionDenied(), 403, "このページは開けません"),
        (defaults.page_not_found, Exception(), 404, "ページが見つかりません"),
    ],
)
def test_a_refusal_says_that_nothing_changed_and_where_to_go(
    view: object, reason: Exception, status: int, heading: str
) -> None:
    response = view(RequestFactory().get("/nowhere"), exception=reason)  # type: ignore[operator]

    html = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in html
    assert "何も変わっていません。" in html
    assert "はじめのページへ" in html
    assert english_in(html) == set()


def test_our_own_fault_promises_nothing_but_tells_how_to_find_out(
    settings: pytest.FixtureRequest,
) -> None:
    settings.ROOT_URLCONF = "tests.ui.test_error_pages"  # type: ignore[attr-defined]

    response = Client(raise_request_exception=False).get("/broken")

    html = response.content.decode()
    assert response.status_code == 500
    assert "もう一度支払わないでください" in html
    assert "何も変わっていません" not in html
    assert english_in(html) == set()


def test_the_page_of_our_own_fault_needs_no_context() -> None:
    source = get_template("500.html").template.source  # type: ignore[attr-defined]

    assert "{%" not in source
    assert "{{" not in source


@pytest.mark.parametrize("name", ["429.html", "errors/403_csrf.html"])
def test_a_page_that_asks_to_try_again_says_that_nothing_changed(name: str) -> None:
    html = get_template(name).render({}, RequestFactory().get("/"))

    assert "何も変わっていません。" in html
    assert "もう一度お試しください" in html
    assert english_in(html) == set()
