"""The signed API: what it answers to terminals, and how it refuses everything else."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from cards.models import CardEarn, CardPayment, Terminal, TerminalNonce
from cards.services import tapping, terminals
from ledger.models import Payment, Transfer
from tests.cards.devices import Scene, at_a_terminal, enrolled, new_key, open_rule, spki
from tests.cards.factories import face_number, idm, token
from tests.factories import NOON, TillFactory, UserFactory

pytestmark = pytest.mark.django_db
ACTS = ["status", "look", "earn", "spend", "outcome", "payments", "payment", "cancel"]
CARD = f"F:88B4:{idm(1)}"


@pytest.fixture(autouse=True)
def noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def scene() -> Scene:
    scene = at_a_terminal()
    open_rule(scene.program)
    return scene


def words(response) -> str:
    assert response.headers["Content-Type"].startswith("application/json"), response.content
    message = response.json()["message"]
    assert any("぀" <= sign <= "ヿ" for sign in message), message
    return message


def nothing_written() -> bool:
    return not (
        Transfer.objects.exclude(kind="GRANT").exists()
        or CardPayment.objects.exists()
        or CardEarn.objects.exists()
    )


# --- What it answers -------------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_a_visit_from_tap_to_cancel(scene):
    device = scene.device

    seen = device.ask("look", card=CARD).json()
    assert (seen["points"], seen["possible_points"]) == (5_000, 1_000)
    assert seen["until"] == "2026年2月28日（土）"
    assert seen["earn"]["is_done"] is False
    earned = device.ask("earn", card=CARD).json()
    assert (earned["is_new"], earned["balance"]) == (True, 5_010)
    key = str(uuid4())
    paid = device.ask("spend", card=CARD, points=600, request_key=key).json()
    assert (paid["points"], paid["balance"], len(paid["receipt"])) == (600, 4_410, 9)
    found = device.ask("outcome", reference=seen["reference"], request_key=key).json()
    assert (found["state"], found["receipt"]) == ("PAID", paid["receipt"])
    [line] = device.ask("payments").json()["payments"]
    assert line["receipt"] == paid["receipt"]
    plan = device.ask("payment", receipt=paid["receipt"]).json()
    assert (plan["alive_points"], plan["lapsed_points"]) == (600, 0)
    done = device.ask(
        "cancel", receipt=plan["id"], alive_points=600, request_key=str(uuid4())
    ).json()
    assert done["points"] == 600
    assert device.ask("look", card=CARD).json()["points"] == 5_010


@pytest.mark.req("CA-04")
def test_no_answer_tells_who_the_customer_is_or_what_the_chip_says(scene):
    device, resident = scene.device, scene.card.wallet.resident
    answers = [
        device.ask("look", card=CARD),
        device.ask("earn", card=CARD),
        device.ask("spend", card=CARD, points=1, request_key=str(uuid4())),
        device.ask("payments"),
    ]

    for answer in answers:
        text = answer.content.decode()
        assert answer.status_code == 200
        for secret in (resident.name, resident.external_id, idm(1), token(1), face_number(1)):
            assert secret not in text


def test_answers_carry_the_time_and_are_kept_by_nobody(scene):
    answer = scene.device.ask("status")

    assert answer.headers["X-Server-Time"] == str(int(NOON.timestamp() * 1000))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_stopped_store_is_told_at_once(scene):
    scene.till.store.enrolments.update(status="SUSPENDED", reason="確認のため")

    assert "止めています" in scene.device.ask("status").json()["stopped"]
    assert scene.device.ask("look", card=CARD).status_code == 409


@pytest.mark.req("CA-04")
def test_a_refusal_says_what_is_possible(scene):
    answer = scene.device.ask("spend", card=CARD, points=1_280, request_key=str(uuid4()))

    assert answer.status_code == 409
    assert answer.json()["possible_points"] == 1_000
    assert "1,000ポイントまで" in words(answer)


@pytest.mark.req("CA-07")
def test_not_paid_burns_the_key(scene):
    reference = scene.device.ask("look", card=CARD).json()["reference"]
    key = str(uuid4())

    ask = {"reference": reference, "request_key": key}
    assert scene.device.ask("outcome", **ask).json() == {"state": "UNKNOWN"}
    assert scene.device.ask("outcome", **ask, gives_up=True).json() == {"state": "NOT_PAID"}

    late = scene.device.ask("spend", card=CARD, points=100, request_key=key)
    assert late.status_code == 409
    assert not Payment.objects.exists()


@pytest.mark.req("CA-07")
def test_a_broken_database_line_is_no_refusal(scene, monkeypatch):
    def broken(**given):
        raise OperationalError("gone")

    monkeypatch.setattr(tapping, "spend", broken)

    answer = scene.device.ask("spend", card=CARD, points=100, request_key=str(uuid4()))

    assert answer.status_code == 503
    assert "確認しています" in words(answer)


# --- Enrolling -------------------------------------------------------------------------------
def enrol(client: Client, **given):
    return client.post("/terminal/api/enrol", json.dumps(given), content_type="application/json")


@pytest.mark.req("CA-05")
def test_a_device_enrols_over_the_line(client):
    till = TillFactory()
    terminal, code = terminals.create_terminal(
        store_id=till.store_id, till_id=till.pk, name="タブレット", by=None, at=NOON
    )
    key = base64.b64encode(spki(new_key())).decode()

    answer = enrol(client, code=code, public_key=key)

    assert answer.status_code == 200
    assert answer.json()["terminal"] == str(terminal.uuid)
    assert answer.json()["store"] == till.store.name


@pytest.mark.req("CA-05")
def test_guessing_codes_ends_after_ten(client):
    key = base64.b64encode(spki(new_key())).decode()
    till = TillFactory()
    _, code = terminals.create_terminal(
        store_id=till.store_id, till_id=till.pk, name="タブレット", by=None, at=NOON
    )
    unknown = "123456789015"

    answers = [enrol(client, code=unknown, public_key=key).status_code for _ in range(10)]
    even_the_right_one = enrol(client, code=code, public_key=key)

    assert answers == [409] * 10
    assert even_the_right_one.status_code == 429
    assert "15分" in words(even_the_right_one)
    with time_machine.travel(NOON + timedelta(minutes=16)):
        _, code = terminals.renew_code(
            terminal_id=Terminal.objects.get().pk, by=None, at=NOON + timedelta(minutes=16)
        )
        assert enrol(client, code=code, public_key=key).status_code == 200


@pytest.mark.req("CA-05")
def test_the_addresses_of_one_line_are_one_guesser():
    """An IPv6 line has 2^64 addresses: each with ten guesses would be no limit at all."""
    key = base64.b64encode(spki(new_key())).decode()

    def answer(address):
        guesser = Client(REMOTE_ADDR=address, raise_request_exception=False)
        return enrol(guesser, code="123456789015", public_key=key).status_code

    assert [answer(f"2001:db8:1:2::{n:x}") for n in range(1, 12)] == [409] * 10 + [429]
    assert answer("2001:db8:1:3::1") == 409, "the neighbour's line"
    assert [answer("::ffff:192.0.2.7") for _ in range(10)] == [409] * 10
    assert answer("192.0.2.7") == 429
    assert answer("::ffff:192.0.2.8") == 409


@pytest.mark.parametrize("act", ["enrol", "look"])
def test_nesting_without_an_end_is_refused_in_words(scene, act):
    answer = scene.device.send(act, b"[" * 8_000)

    assert answer.status_code in {400, 422}
    words(answer)


@pytest.mark.req("CA-04")
def test_a_typed_number_is_told_that_it_pays_nothing(scene):
    seen = scene.device.ask("look", card=face_number(1)).json()
    paid = scene.device.ask("spend", card=face_number(1), points=1, request_key=str(uuid4()))

    assert (seen["points"], seen["possible_points"]) == (5_000, 0)
    assert "カード番号の入力では" in seen["pays_not"]
    assert paid.status_code == 409
    assert paid.json()["code"] == "cards.number_pays_not"
    assert nothing_written()
    assert scene.device.ask("look", card=CARD).json()["pays_not"] == ""


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"code": "123456789015"},
        {"code": "1\0", "public_key": "AAAA"},
        {"code": "123456789015", "public_key": "not base64!"},
        {"code": "123456789015", "public_key": "AAAA"},
        {"code": "123456789015", "public_key": "Ａ" * 40},
        {"code": ["1"], "public_key": {"a": 1}},
        {"code": "1" * 101, "public_key": "AAAA"},
    ],
)
def test_a_broken_enrolment_is_refused_in_words(client, given):
    answer = enrol(client, **given)

    assert answer.status_code in {409, 422}
    words(answer)


# --- Who may ask -----------------------------------------------------------------------------
@pytest.mark.req("CA-05")
@pytest.mark.parametrize("act", ACTS)
def test_unsigned_requests_get_nothing(scene, act):
    answer = Client(raise_request_exception=False).post(
        f"/terminal/api/{act}", b"{}", content_type="application/json"
    )

    assert answer.status_code == 401
    words(answer)


@pytest.mark.parametrize("act", [*ACTS, "enrol", ""])
def test_nothing_is_there_to_be_looked_at(client, act):
    assert client.get(f"/terminal/api/{act}").status_code in {404, 405}


def test_the_description_of_the_api_is_not_published(client):
    assert client.get("/terminal/api/docs").status_code == 404
    assert client.get("/terminal/api/openapi.json").status_code == 404


def test_a_signed_in_person_is_no_terminal(scene, client):
    client.force_login(UserFactory())

    answer = client.post("/terminal/api/status", b"{}", content_type="application/json")

    assert answer.status_code == 401


@pytest.mark.req("CA-05")
def test_a_revoked_terminal_is_told_to_forget_its_key(scene):
    assert scene.device.ask("status").status_code == 200
    terminals.revoke_terminal(terminal_id=scene.terminal.pk, reason="紛失", by=None, at=NOON)

    for act in ACTS:
        answer = scene.device.ask(act, card=CARD)
        assert answer.status_code == 401
        assert answer.json()["wipe"] is True
    assert nothing_written()


@pytest.mark.parametrize("header", ["", "-Time", "-Nonce", "-Signature"])
def test_a_missing_or_broken_header_is_refused(scene, header):
    body = json.dumps({"card": CARD}).encode()
    for value in (None, "", "x", "é", "9" * 40, "-1", "00000000"):
        headers = scene.device.headers("/terminal/api/earn", body, at=NOON)
        if value is None:
            del headers[f"X-Terminal{header}"]
        else:
            headers[f"X-Terminal{header}"] = value

        answer = scene.device.send("earn", body, headers)

        assert answer.status_code == 401, value
        words(answer)
    assert nothing_written()


def test_an_old_request_is_refused_and_told_the_time(scene):
    answer = scene.device.ask("earn", card=CARD, at=NOON - timedelta(seconds=121))

    assert answer.status_code == 401
    assert answer.json()["code"] == "cards.terminal_clock_differs"
    assert answer.headers["X-Server-Time"] == str(int(NOON.timestamp() * 1000))
    assert nothing_written()


def test_a_request_that_comes_twice_is_carried_out_once(scene):
    body = json.dumps({"card": CARD, "points": 100, "request_key": str(uuid4())}).encode()
    headers = scene.device.headers("/terminal/api/spend", body, at=NOON)

    first = scene.device.send("spend", body, headers)
    again = scene.device.send("spend", body, headers)

    assert (first.status_code, again.status_code) == (200, 409)
    assert again.json()["code"] == "cards.terminal_request_replayed"
    assert Payment.objects.count() == 1


def test_an_altered_body_or_path_is_refused(scene):
    body = json.dumps({"card": CARD, "points": 100, "request_key": str(uuid4())}).encode()
    headers = scene.device.headers("/terminal/api/spend", body, at=NOON)

    more = scene.device.send("spend", body.replace(b"100", b"900"), headers)
    elsewhere = scene.device.send("earn", body, headers)
    longer = scene.device.client.post(
        "/terminal/api/spend?x=1", body, content_type="application/json", headers=headers
    )

    assert [a.status_code for a in (more, elsewhere, longer)] == [401, 401, 401]
    assert nothing_written()
    assert not TerminalNonce.objects.exists()


def test_another_terminals_key_opens_nothing(scene):
    other = enrolled(scene.till, name="となり")
    body = json.dumps({"card": CARD}).encode()
    headers = scene.device.headers("/terminal/api/earn", body, at=NOON, key=other.key)

    assert scene.device.send("earn", body, headers).status_code == 401
    assert nothing_written()


# --- Broken input from a terminal ------------------------------------------------------------
BODIES = [
    b"",
    b"\0",
    b"not json",
    b"[]",
    b"null",
    b"1e999",
    b"{",
    b"\xff\xfe",
    b"[" * 4_000,
    b'{"card": "\\u0000"}',
    b'{"card": "\\ud800"}',
    b'{"card": 5}',
    b'{"card": ""}',
    b'{"card": {"a": 1}}',
    json.dumps({"card": "x" * 201}).encode(),
    json.dumps({"card": "Ａ" * 200}).encode(),
]


@pytest.mark.parametrize("act", ["look", "earn", "spend", "outcome", "payment", "cancel"])
def test_broken_bodies_are_refused_in_words(scene, act):
    for body in BODIES:
        answer = scene.device.send(act, body)

        assert 400 <= answer.status_code < 500, body[:40]
        words(answer)
    assert nothing_written()


POINTS = [0, -1, 1.5, "5", "５", True, None, 10**9, 10**30, -(10**30), [], 1e400, float("nan")]


def test_points_are_whole_numbers_of_a_sensible_size(scene):
    for points in POINTS:
        answer = scene.device.ask("spend", card=CARD, points=points, request_key=str(uuid4()))

        assert answer.status_code in {400, 422}, points
        words(answer)
    assert nothing_written()


def test_a_key_is_a_uuid(scene):
    for key in ("", "x", "0" * 40, None, 5, "\0"):
        answer = scene.device.ask("spend", card=CARD, points=5, request_key=key)

        assert answer.status_code == 422, key
    assert nothing_written()


def test_a_reference_of_nobodys_making_is_refused(scene):
    for reference in ("", "x", "é", "AAAA", "A" * 300, "\0", None, 7):
        answer = scene.device.ask("outcome", reference=reference, request_key=str(uuid4()))

        assert answer.status_code == 422, reference
        words(answer)


def test_a_reference_is_worth_nothing_at_another_terminal(scene):
    reference = scene.device.ask("look", card=CARD).json()["reference"]
    other = enrolled(scene.till, name="となり")

    answer = other.ask("outcome", reference=reference, request_key=str(uuid4()), gives_up=True)

    assert answer.status_code == 422
    assert nothing_written()


def test_a_huge_body_is_refused_before_it_is_read(scene):
    answer = scene.device.send("look", b"x" * 9_000)

    assert answer.status_code == 413
    words(answer)


# --- The shells ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["home", "enrol"])
def test_the_pages_are_the_same_for_everybody_and_ask_for_no_cookie(client, name):
    page = client.get(reverse(f"terminal:{name}"))

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert not page.cookies
    assert "no-cache" in page.headers["Cache-Control"]


def test_the_terminals_page_alone_may_ask_the_bridge(client):
    home = client.get(reverse("terminal:home")).headers["Content-Security-Policy"]
    enrolment = client.get(reverse("terminal:enrol")).headers["Content-Security-Policy"]

    assert "connect-src 'self' http://127.0.0.1:8765" in home
    assert "127.0.0.1" not in enrolment
    assert "unsafe" not in home


# --- What a tap costs ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("act", "most"),
    [("look", 13), ("earn", 17), ("spend", 17)],
)
def test_a_tap_costs_few_queries(scene, django_assert_max_num_queries, act, most):
    scene.device.ask("status")
    more = {"points": 100, "request_key": str(uuid4())} if act == "spend" else {}

    with django_assert_max_num_queries(most):
        answer = scene.device.ask(act, card=CARD, **more)

    assert answer.status_code == 200
