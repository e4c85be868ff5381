"""A tap through real nfcpy: a card in another process, over the simulated air of the loopback."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cards import identifiers
from cards.bridge.__main__ import connection_code, main, watch
from cards.bridge.reader import FELICA_SPEED, NfcReader, ReaderMissing, refuse_simulation
from cards.bridge.server import Counter
from cards.models import Card
from cards.services import tapping
from tests.cards.devices import at_a_terminal
from tests.cards.factories import idm
from tests.factories import NOON

CARD = Path(__file__).with_name("bridge_card.py")
PATIENCE_SECONDS = 10


@contextlib.contextmanager
def card_in_the_air(serial: int, system: str = "88B4") -> Iterator[int]:
    """Hold a card to the reader on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(CARD), str(port), idm(serial), system],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield port
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def read_at(port: int) -> str | None:
    """Return what the reader says of the card; over the simulated air a poll may go unheard."""
    reader = NfcReader(f"udp:127.0.0.1:{port}", is_test=True, speeds=(FELICA_SPEED,))
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < until:
            found = reader.wait(is_over=lambda: time.monotonic() > until)
            if found:
                return found
        return None
    finally:
        reader.close()


@pytest.mark.req("CA-01")
@pytest.mark.req("CA-04")
@pytest.mark.req("CA-06")
@pytest.mark.django_db
def test_a_real_tap_through_nfcpy_finds_the_card_that_was_handed_out():
    scene = at_a_terminal()

    with card_in_the_air(1) as port:
        text = read_at(port)

    assert text == f"F:88B4:{idm(1)}"
    tap = tapping.tap_from(text)
    kept = Card.objects.values_list("identifier_hmac", flat=True).get(pk=scene.card.pk)
    assert kept in identifiers.digests(tap)
    assert idm(1) not in kept.upper()
    sight = tapping.look(terminal=scene.terminal, tap=tap, at=NOON)
    assert sight.limits.usable_points == 5_000


@pytest.mark.req("CA-06")
def test_a_card_of_another_system_is_told_with_its_system():
    with card_in_the_air(2, system="0003") as port:
        assert read_at(port) == f"F:0003:{idm(2)}"


@pytest.mark.req("CA-06")
@pytest.mark.parametrize("path", ["udp", "udp:127.0.0.1:54321", "UDP:0.0.0.0", " udp:x"])
def test_the_simulated_reader_is_refused_outside_tests(path, tmp_path, capsys):
    with pytest.raises(ReaderMissing, match="tests only"):
        refuse_simulation(path, is_test=False)
    with pytest.raises(ReaderMissing):
        NfcReader(path)

    code = str(tmp_path / "code")
    status = main(["--site", "https://a.example", "--reader", path, "--code-file", code])

    assert status == 1
    assert "始められません" in capsys.readouterr().err


def test_a_reader_that_is_not_there_is_named():
    with pytest.raises(ReaderMissing, match="tty:NOWHERE"):
        NfcReader("tty:NOWHERE:pn532")


class Stack:
    """A reader that is handed these cards, one after the other."""

    def __init__(self, *cards: str | None) -> None:
        self.cards = list(cards)
        self.over = threading.Event()

    def wait(self, *, is_over):
        if not self.cards:
            self.over.set()
            return None
        return self.cards.pop(0)


def test_a_card_that_lies_on_the_reader_is_one_tap():
    counter, laid = Counter(), []
    counter.lay = laid.append
    reader = Stack("F:1", "F:1", None, "F:1", "F:2")

    watch(reader, counter, reader.over)

    assert laid == ["F:1", "F:2"]


def test_the_connection_code_is_made_once_and_is_its_users_alone(tmp_path):
    file = tmp_path / "code"

    first, again = connection_code(file), connection_code(file)

    assert first == again
    assert len(first.replace("-", "")) == 20
    assert file.stat().st_mode & 0o077 == 0


def test_the_site_does_not_import_the_bridge_and_the_bridge_not_the_site():
    root = Path(__file__).resolve().parents[2]
    bridge = root / "cards" / "bridge"
    rooms = ("cards", "pointsys", "stores", "ledger", "settlement", "vouchers", "callcenter")
    words = ("from cards.bridge", "import cards.bridge", "import nfc", "from nfc")
    importers = [
        path
        for room in rooms
        for path in (root / room).rglob("*.py")
        if not path.is_relative_to(bridge)
        and any(word in path.read_text(encoding="utf-8") for word in words)
    ]
    imported = {
        line.split()[1]
        for path in bridge.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("from ", "import "))
    }
    borrowed = [
        name
        for name in imported
        if name.split(".")[0] in {"django", *rooms} and not name.startswith("cards.bridge")
    ]

    assert importers == []
    assert borrowed == []
