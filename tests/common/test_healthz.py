import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis.exceptions import ConnectionError as BrokerGone

from pointsys.common import checks, health, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_heartbeat():
    cache.delete(health.HEARTBEAT_KEY)
    yield
    cache.delete(health.HEARTBEAT_KEY)


def answer():
    response = Client().get("/healthz")
    return response.status_code, response.json()


def test_a_healthy_server_says_so_to_everybody():
    tasks.heartbeat.delay()

    status, body = answer()

    assert status == 200
    assert body["status"] == "ok"
    assert set(body["checks"]) == {"database", "durability", "clock", "broker", "beat"}
    assert all(check["ok"] for check in body["checks"].values())


def test_the_answer_is_never_kept():
    assert "no-store" in Client().get("/healthz")["Cache-Control"]
    assert Client().post("/healthz").status_code == 405


def beat(*, age, lived):
    if age is not None:
        cache.set(health.HEARTBEAT_KEY, time.time() - age, timeout=None)
    return {found.name: found for found in health.broker_findings(lived_seconds=lived)}["beat"]


@pytest.mark.parametrize(
    ("age", "lived", "is_well"),
    [
        (None, 5, True),  # the server is younger than the first heartbeat could be
        (None, 121, False),
        (86_400, 5, True),  # yesterday's heartbeat, seen by a server that has just started
        (86_400, 121, False),
        (119, 10_000, True),
        (121, 10_000, False),
    ],
)
def test_beat_is_missed_after_two_minutes_and_not_before(age, lived, is_well):
    assert beat(age=age, lived=lived).is_well is is_well


def test_a_silent_beat_makes_the_server_fail(monkeypatch):
    monkeypatch.setattr(health, "_STARTED_AT", time.monotonic() - 600)

    status, body = answer()

    assert status == 503
    assert body["checks"]["beat"] == {"ok": False, "detail": "not seen yet"}


def test_a_clock_that_differs_by_a_quarter_second_fails(monkeypatch):
    true_time = time.time
    monkeypatch.setattr("pointsys.common.health.time.time", lambda: true_time() + 0.25)

    found = {finding.name: finding for finding in health.database_findings()}

    assert not found["clock"].is_well


def test_a_database_that_may_lose_payments_fails_and_stops_the_start():
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        status, body = answer()
        complaints = checks.database_is_safe(app_configs=None, databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")

    assert status == 503
    assert body["checks"]["durability"] == {"ok": False, "detail": "synchronous_commit"}
    assert [complaint.id for complaint in complaints] == ["pointsys.database.durability"]
    assert checks.database_is_safe(app_configs=None, databases=["default"]) == []


def test_a_broker_out_of_reach_fails_without_a_server_error(monkeypatch):
    def refuse(key):
        raise BrokerGone

    monkeypatch.setattr("pointsys.common.health.cache.get", refuse, raising=False)

    status, body = answer()

    assert status == 503
    assert body["checks"]["broker"] == {"ok": False, "detail": "unreachable"}
