"""Readers: wait for a card and say which one it is, without reading anything else of it."""

from collections.abc import Callable
from typing import Any, Final, Protocol

# A chip answers for each of its systems with another IDm: our own system is asked for first.
SYSTEM_CODES: Final = ("88B4", "0003", "FFFF")
FELICA_SPEED: Final = "212F"
TYPE_A_SPEED: Final = "106A"
SIMULATED: Final = "udp"


class ReaderMissing(RuntimeError):
    """No reader answers at the path."""


class Reader(Protocol):
    """A source of taps."""

    def wait(self, *, is_over: Callable[[], bool]) -> str | None:
        """Return the next card as `F:<system>:<IDm>` or `A:<UID>`, or None once `is_over`."""


def refuse_simulation(path: str, *, is_test: bool) -> None:
    """Refuse the simulated reader outside tests: its listener takes cards from the whole network.

    Raises:
        ReaderMissing: the path names it and no test runs.
    """
    if path.split(":", 1)[0].strip().lower() == SIMULATED and not is_test:
        raise ReaderMissing("The simulated reader (udp:) is for tests only.")


class NfcReader:
    """A reader that nfcpy drives.

    Only polling is used. `tag.dump()` would read what other issuers keep on the card, journeys
    among it.
    """

    def __init__(
        self,
        path: str = "usb",
        *,
        is_test: bool = False,
        speeds: tuple[str, ...] = (FELICA_SPEED, TYPE_A_SPEED),
    ) -> None:
        refuse_simulation(path, is_test=is_test)
        # Only here, so that the rest can be read and tested without the dependency.
        from nfc import ContactlessFrontend  # noqa: PLC0415

        self._speeds = speeds
        try:
            self._frontend = ContactlessFrontend(path)
        except OSError as problem:
            raise ReaderMissing(f"No card reader answers at {path!r}.") from problem

    def wait(self, *, is_over: Callable[[], bool]) -> str | None:
        """Return the next card, or None once `is_over` says so."""
        found = self._frontend.connect(
            rdwr={"targets": list(self._speeds), "on-connect": lambda tag: False},
            terminate=is_over,
        )
        return tap_text(found) if found else None

    def close(self) -> None:
        """Give the reader back."""
        self._frontend.close()


def tap_text(tag: Any) -> str | None:
    """Return what a tag is called: the IDm of the first system it knows, or its UID."""
    if tag.type == "Type3Tag":
        return _felica_text(tag)
    if tag.type in {"Type1Tag", "Type2Tag", "Type4Tag"} and tag.identifier:
        kind = "B" if str(getattr(tag.target, "brty", "")).endswith("B") else "A"
        return f"{kind}:{bytes(tag.identifier).hex().upper()}"
    return None


def _felica_text(tag: Any) -> str:
    from nfc.tag import TagCommandError  # noqa: PLC0415

    idm, system = bytes(tag.idm), int(tag.sys)
    for code in SYSTEM_CODES:
        if int(code, 16) == system:
            break
        try:
            idm, _ = tag.polling(int(code, 16))
        except TagCommandError:
            continue
        if code != "FFFF":
            system = int(code, 16)
        break
    return f"F:{system:04X}:{bytes(idm).hex().upper()}"
