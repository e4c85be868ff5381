"""What every test gets: no network, the database's roles, and honest skips."""

import io
import os
import shutil
import socket
from pathlib import Path

import pytest
from hypothesis import settings as examples

# A single example may wait for a busy machine; what examples find does not depend on the time.
examples.register_profile("unhurried", parent=examples(), deadline=None)
examples.load_profile("unhurried")

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "", None}
_connect = socket.socket.connect
_getaddrinfo = socket.getaddrinfo


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def _connect_locally(self: socket.socket, address: object) -> None:
    if self.family != socket.AF_UNIX and isinstance(address, tuple):
        host = address[0]
        if host not in LOCAL_NAMES and not str(host).startswith("127."):
            raise NetworkRefusedError(f"a test tried to connect to {host}")
    _connect(self, address)  # type: ignore[arg-type]


def _look_up_locally(host: object, *arguments: object, **named: object) -> object:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in LOCAL_NAMES and not str(name).startswith("127."):
        raise NetworkRefusedError(f"a test tried to look up {name}")
    return _getaddrinfo(host, *arguments, **named)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    socket.socket.connect = _connect_locally  # type: ignore[assignment, method-assign]
    socket.getaddrinfo = _look_up_locally  # type: ignore[assignment]


def vectors_folder() -> Path:
    """Return the folder of the vectors, which are not part of the project."""
    named = os.environ.get("POINTSYS_VECTORS", "../shared/data")
    return (Path(__file__).resolve().parents[1] / named).resolve()


def find_chromium() -> str | None:
    """Return a Chromium of this machine."""
    named = os.environ.get("POINTSYS_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return str(mac) if mac.exists() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = {
        "vectors": (
            not vectors_folder().is_dir(),
            f"there is no folder of vectors at {vectors_folder()} (POINTSYS_VECTORS)",
            "POINTSYS_REQUIRE_VECTORS",
        ),
        "browser": (
            find_chromium() is None,
            "there is no Chromium on this machine (POINTSYS_CHROMIUM)",
            "POINTSYS_REQUIRE_BROWSER",
        ),
    }
    for item in items:
        for mark, (is_absent, reason, required_by) in absent.items():
            if not is_absent or item.get_closest_marker(mark) is None:
                continue
            if os.environ.get(required_by) == "1":
                item.stash[_WHY] = reason
            else:
                item.add_marker(pytest.mark.skip(reason=reason))


_WHY = pytest.StashKey[str]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that lacks what it needs where it is required."""
    if _WHY in item.stash:
        pytest.fail(f"this may not be skipped here: {item.stash[_WHY]}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Make a skip inside a test that is required here a failure too."""
    report = yield
    for mark in ("vectors", "browser"):
        required = os.environ.get(f"POINTSYS_REQUIRE_{mark.upper()}") == "1"
        if report.skipped and required and item.get_closest_marker(mark):
            report.outcome = "failed"
            report.longrepr = f"this may not be skipped here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of the vectors; use it with the mark `vectors`."""
    return vectors_folder()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; use it with the mark `browser`."""
    found = find_chromium()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Give the serving role its rights, as every installation does after migrating."""
    from django.core.management import call_command
    from django.db import connection

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            # Roles belong to the whole server: another worker may make them at the same moment.
            for role in ("pointsys_owner", "pointsys_app"):
                cursor.execute(
                    f"DO $$ BEGIN CREATE ROLE {role} LOGIN;"
                    " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
                )
        call_command("setup_roles", stdout=io.StringIO())


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_append_only_triggers() -> None:
    """Let tests with real commits empty the books; `test_append_only` shows the refusal without it.

    Only a superuser may do this, and only the tests' database is served by one.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        flush(
            self,
            [
                "SET session_replication_role = replica;",
                *sql_list,
                "SET session_replication_role = origin;",
            ],
        )

    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
