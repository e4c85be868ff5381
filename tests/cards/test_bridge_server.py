"""The bridge's door: this machine only, one site only, with the connection code only."""

import http.client
import json
import threading
import time
from collections.abc import Iterator

import pytest

from cards.bridge.server import BridgeServer, Counter, origin_of

SITE = "https://points.example.jp"
CODE = "ABCDE-FGHJK-LMNPQ-RSTUV"


@pytest.fixture
def bridge() -> Iterator[BridgeServer]:
    server = BridgeServer(Counter(), site=SITE, code=CODE, port=0, wait_seconds=0.3)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def ask(bridge, path="/tap", method="GET", **headers):
    """Ask as the page's browser does; a header of None is left out."""
    given = {"Origin": SITE, "Authorization": f"Bearer {CODE}", **headers}
    line = http.client.HTTPConnection("127.0.0.1", bridge.server_port, timeout=5)
    line.request(method, path, headers={name: value for name, value in given.items() if value})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


@pytest.mark.req("CA-06")
def test_a_tap_is_handed_over_once(bridge):
    bridge.counter.lay("F:88B4:0114000000000001")

    answer, body = ask(bridge)
    again, _ = ask(bridge)

    assert (answer.status, json.loads(body)) == (200, {"card": "F:88B4:0114000000000001"})
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert again.status == 204


def test_the_page_waits_for_a_card(bridge):
    threading.Timer(0.1, bridge.counter.lay, ["A:04112233445566"]).start()

    answer, body = ask(bridge)

    assert (answer.status, json.loads(body)["card"]) == (200, "A:04112233445566")


def test_a_tap_that_nobody_took_does_not_meet_the_next_customer(bridge):
    bridge.counter.lay("F:88B4:0114000000000001")
    bridge.counter._laid_at = time.monotonic() - 4

    assert ask(bridge)[0].status == 204


@pytest.mark.req("CA-06")
@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://points.example.jp"]
)
def test_another_site_is_refused_even_with_the_code(bridge, origin):
    bridge.counter.lay("F:88B4:0114000000000001")

    answer, body = ask(bridge, Origin=origin)

    assert (answer.status, body) == (403, b"")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_name_that_was_bent_to_this_machine_is_refused(bridge):
    assert ask(bridge, Host="points.evil.example:8765")[0].status == 403


@pytest.mark.req("CA-06")
@pytest.mark.parametrize(
    "code", [None, "Bearer", "Bearer ABCDE", f"Bearer {CODE}X", "Bearer \u00e9"]
)
def test_without_the_code_nothing_is_told(bridge, code):
    bridge.counter.lay("F:88B4:0114000000000001")

    answer, body = ask(bridge, Authorization=code)

    assert (answer.status, body) == (401, b"")


def test_the_code_may_be_typed_without_hyphens(bridge):
    typed = f"Bearer {CODE.replace('-', '').lower()}"

    assert ask(bridge, "/hello", Authorization=typed)[0].status == 200


def test_the_browsers_question_before_the_question_is_answered(bridge):
    answer, _ = ask(bridge, method="OPTIONS", Authorization=None)

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization"
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/tap?x=1")])
def test_there_is_nothing_else(bridge, method, path):
    assert ask(bridge, path, method)[0].status == 404


def test_it_listens_on_this_machine_only(bridge):
    assert bridge.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("site", ["http://points.example.jp", "points.example.jp", "", "ftp://a.b"])
def test_the_site_is_named_by_https(site):
    with pytest.raises(ValueError, match="https"):
        origin_of(site)


def test_a_server_on_this_machine_may_be_named_without_https():
    assert origin_of("http://127.0.0.1:8000/terminal/") == "http://127.0.0.1:8000"
