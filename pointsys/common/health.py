"""What `/healthz` and the start of a server check: the servers, their promises, the clock."""

import time
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

HEARTBEAT_KEY: Final = "common:heartbeat"
BEAT_OLDEST_SECONDS: Final = 120.0
# The cut at midnight compares the application's clock with instants the database stores.
CLOCK_DIFFERENCE_MAX_SECONDS: Final = 0.2
# Without these a crash can lose an acknowledged payment, and the books would still balance.
DURABLE_SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit")

_STARTED_AT = time.monotonic()


@dataclass(frozen=True)
class Finding:
    """One check: whether it is well, and a figure or word that says why."""

    name: str
    is_well: bool
    detail: str = ""


def findings() -> list[Finding]:
    """Check everything a server needs to take payments."""
    return [*database_findings(), *broker_findings()]


def database_findings() -> list[Finding]:
    """Check that the database answers, keeps what it acknowledges and agrees on the time."""
    sent_at = time.time()
    started = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM clock_timestamp())::float8,"
                " current_setting('transaction_isolation'),"
                " ARRAY(SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off')",
                [list(DURABLE_SETTINGS)],
            )
            clock, isolation, off = cursor.fetchone()
    except DatabaseError:
        return [Finding("database", False, "unreachable")]
    # The database read its clock somewhere between sending and receiving.
    half_trip = (time.monotonic() - started) / 2
    difference = abs(clock - (sent_at + half_trip))
    return [
        Finding("database", isolation == "read committed", isolation),
        Finding("durability", not off, ", ".join(off)),
        Finding(
            "clock",
            difference - half_trip <= CLOCK_DIFFERENCE_MAX_SECONDS,
            f"{difference * 1000:.0f} ms",
        ),
    ]


def broker_findings(*, lived_seconds: float | None = None) -> list[Finding]:
    """Check that the broker answers and that beat and a worker have been at work lately.

    A server that has just started has had no chance to see a heartbeat, so only one that has lived
    for as long as the oldest heartbeat allowed complains about a missing or an old one.
    """
    lived = time.monotonic() - _STARTED_AT if lived_seconds is None else lived_seconds
    try:
        beaten_at = cache.get(HEARTBEAT_KEY)
    except (RedisError, OSError):
        return [Finding("broker", False, "unreachable")]
    if beaten_at is None:
        beat = Finding("beat", lived <= BEAT_OLDEST_SECONDS, "not seen yet")
    else:
        age = max(0.0, time.time() - beaten_at)
        is_well = age <= BEAT_OLDEST_SECONDS or lived <= BEAT_OLDEST_SECONDS
        beat = Finding("beat", is_well, f"{age:.0f} s")
    return [Finding("broker", True), beat]


def record_heartbeat() -> None:
    """Write down that beat and a worker are at work now."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=None)
