import io
import json
import logging

import pytest
import structlog
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from pointsys.common import logs, middleware


@pytest.fixture
def lines():
    """Log as production does, and return the lines written so far."""
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure({"format": "json", "level": "INFO"})
    (handler,) = root.handlers
    stream = io.StringIO()
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)

    yield lambda: stream.getvalue().splitlines()

    logs.configure(settings.LOGGING)
    root.handlers = before


def get(path, response=None, view=None):
    request = RequestFactory().get(path)
    respond = view or (lambda _: response or HttpResponse())
    return middleware.RequestLogMiddleware(respond)(request)


def test_a_request_is_one_line_without_its_query(lines):
    response = get("/store/?q=山田太郎")

    (line,) = lines()
    entry = json.loads(line)
    assert entry["event"] == "request"
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/store/", 200)
    assert entry["user"] is None
    assert entry["ms"] >= 0
    assert entry["request_id"] == response["X-Request-ID"]
    assert "山田" not in line


def test_what_is_logged_during_a_request_carries_its_id(lines):
    def view(request):
        logging.getLogger("stores").warning("something %s", "odd")
        return HttpResponse()

    response = get("/", view=view)

    entry = json.loads(lines()[0])
    assert entry["event"] == "something odd"
    assert entry["request_id"] == response["X-Request-ID"]
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_a_failed_request_is_an_error(lines):
    get("/", HttpResponse(status=500))

    assert json.loads(lines()[0])["level"] == "error"


def test_a_secret_part_of_a_path_is_starred(rf):
    request = rf.get("/accounts/reset/abc-secret/")
    request.resolver_match = type("Match", (), {"kwargs": {"key": "abc-secret", "id": 7}})()

    assert middleware.logged_path(request) == "/accounts/reset/*/"


def test_a_value_cannot_forge_a_line(lines):
    logging.getLogger("x").warning("typed: %s", 'a\r\n{"event": "forged"}\u2028b\u202ec')

    (line,) = lines()
    assert "\\u2028" in json.loads(line)["event"]
    assert not {"\r", "\n", "\u2028", "\u202e"} & set(json.loads(line)["event"])


def test_an_exception_is_told_without_what_a_person_typed(lines):
    try:
        try:
            raise KeyError("090-1234-5678")
        except KeyError as cause:
            raise ValueError("山田太郎は登録できません") from cause
    except ValueError:
        logging.getLogger("x").exception("failed")

    (line,) = lines()
    entry = json.loads(line)
    assert entry["error"] == "builtins.ValueError"
    assert entry["cause"] == "builtins.KeyError"
    assert "test_an_exception_is_told_without" in entry["frames"][0]
    assert "山田" not in line
    assert "090" not in line


def test_a_failed_task_is_told_without_what_a_person_typed(lines):
    from celery import shared_task

    @shared_task(name="tests.fail")
    def fail():
        raise ValueError("山田太郎")

    with pytest.raises(ValueError, match="山田"):
        fail.delay()
    logger = logging.getLogger("celery.app.trace")
    try:
        raise ValueError("山田太郎")
    except ValueError as error:
        logger.error(  # noqa: G201  as Celery does it
            "Task %(name)s[%(id)s] %(description)s: %(exc)s",
            {"name": "t", "id": "1", "description": "raised unexpected", "exc": repr(error)},
            exc_info=True,
            extra={"data": {"name": "t", "id": "1", "description": "raised unexpected"}},
        )

    written = lines()
    assert not [line for line in written if "山田" in line]
    assert json.loads(written[-1])["event"] == "task t[1] raised unexpected"
