"""Every named URL as every kind of person, against a matrix that people have reviewed.

A URL or a person missing from `matrix.csv` fails. To see what is, run with POINTSYS_WRITE_MATRIX=1:
the file is written anew, and its difference in git is what has to be reviewed.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import Resolver404, resolve

from pointsys.programs import scope
from tests.permissions import world as worlds
from tests.permissions.rooms import ROOMS
from tests.permissions.world import ANONYMOUS, COLUMNS, NOW, OTHER_CLIENT, World

MATRIX = Path(__file__).with_name("matrix.csv")
WRITES = os.environ.get("POINTSYS_WRITE_MATRIX") == "1"
SIGN_IN = ("/accounts/login/",)
# Pages for everybody; whatever else answers a stranger with 200 is a mistake.
PUBLIC = {
    "healthz",
    "pay:enter",
    "pay:scan",
    "pay:till",
    "website:home",
    "website:stores",
    "website:goods",
}.union(*(room.PUBLIC for room in ROOMS))
# Nothing: what a POST without a body does is rolled back with its row. Name here what is not.
UNSAFE: set[str] = set()
Row = tuple[str, str]
Answers = dict[Row, dict[str, str]]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """One world for the whole sweep, rolled back at its end."""
    settings = override_settings(REQUIRE_SECOND_FACTOR=False)
    moment = time_machine.travel(NOW, tick=False)
    with django_db_blocker.unblock(), moment, settings, _rolled_back():  # type: ignore[attr-defined]
        yield worlds.build()


class _rolled_back:  # noqa: N801 - reads as a statement
    """A transaction that leaves nothing and in which durable acts of services may run."""

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic._from_testcase = True  # type: ignore[attr-defined]
        self._atomic.__enter__()

    def __exit__(self, *caught: object) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(None, None, None)


def status_of(response: HttpResponseBase) -> str:
    """Return how a page answered, in the matrix's words."""
    if response.status_code in {301, 302}:
        target = response.headers["Location"]
        return "login" if target.startswith(SIGN_IN) else "redirect"
    return str(response.status_code)


def visitor(world: World, column: str) -> Client:
    """Return somebody who is signed in; each visit's changes of the session are rolled back."""
    client = Client(raise_request_exception=False)
    user = world.people[column]
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        # Pages about "the" program are asked about the one with a sale: others lack half of them.
        session = client.session
        session[scope.SESSION_KEY] = "miyagi-shohinken"
        session.save()
    return client


def visit(client: Client, address: str, method: str) -> str:
    cookies = client.cookies.copy()
    with _rolled_back():
        answer = status_of(client.get(address) if method == "GET" else client.post(address))
    client.cookies = cookies
    return answer


def swept(world: World, column: str) -> dict[Row, str]:
    """Return the answers to one person: GET everywhere, POST without a body outside the admin."""
    client = visitor(world, column)
    answers: dict[Row, str] = {}
    for name, parameters in worlds.named_urls():
        address = world.address(name, parameters)
        answers[name, "GET"] = visit(client, address, "GET")
        if not name.startswith("admin:") and name not in UNSAFE:
            answers[name, "POST"] = visit(client, address, "POST")
    return answers


def read_matrix() -> Answers:
    if not MATRIX.exists():
        return {}
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {
            (row["url"], row["method"]): {column: row.get(column, "") for column in COLUMNS}
            for row in csv.DictReader(file)
        }


def write_column(column: str, answers: dict[Row, str]) -> None:
    matrix = {row: cells for row, cells in read_matrix().items() if row in answers}
    for row, answer in answers.items():
        matrix.setdefault(row, dict.fromkeys(COLUMNS, ""))[column] = answer
    with MATRIX.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["url", "method", *COLUMNS])
        for (url, method), cells in sorted(matrix.items()):
            writer.writerow([url, method, *(cells[c] for c in COLUMNS)])


@pytest.mark.req("SP-02")
@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
def test_every_url_answers_as_reviewed(world: World, column: str) -> None:
    before = worlds.transfers_left()

    answers = swept(world, column)

    if WRITES:
        write_column(column, answers)
    expected = {row: cells[column] for row, cells in read_matrix().items()}
    wrong = [
        f"{url},{method},{column}: {answer} (reviewed: {expected.get((url, method), 'no row')})"
        for (url, method), answer in answers.items()
        if expected.get((url, method)) != answer
    ]
    assert wrong == []
    assert set(expected) == set(answers), "rows of URLs that are gone"
    assert worlds.transfers_left() == before


def test_no_page_breaks() -> None:
    broken = [
        (row, column)
        for row, cells in read_matrix().items()
        for column, answer in cells.items()
        if not answer or (answer.isdecimal() and int(answer) >= 500)
    ]

    # The health check answers 503 in the suite, where no scheduler runs.
    assert {row for row, _ in broken} <= {("healthz", "GET")}


def test_strangers_see_the_public_pages_only() -> None:
    seen = {
        url
        for (url, method), cells in read_matrix().items()
        if method == "GET" and cells[ANONYMOUS] == "200" and not url.startswith(LIBRARY)
    }

    assert seen <= PUBLIC


LIBRARY = ("account_", "mfa_")


@pytest.mark.req("SP-02")
def test_rows_of_another_client_do_not_exist() -> None:
    parameters = dict(worlds.named_urls())
    opened = [
        (url, method, cells[OTHER_CLIENT])
        for (url, method), cells in read_matrix().items()
        if parameters.get(url)
        and cells[OTHER_CLIENT] in {"200", "redirect"}
        and not url.startswith(("admin:", "pay:", *LIBRARY))
        and url not in {"stores:export", *PUBLIC}
    ]

    assert opened == []


def test_an_address_that_does_not_exist_is_not_taken_for_a_page() -> None:
    with pytest.raises(Resolver404):
        resolve("/console/no-such-page")
