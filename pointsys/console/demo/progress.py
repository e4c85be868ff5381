import sys
from collections.abc import Callable
from time import monotonic
from typing import Final, TextIO

WIDTH: Final = 24
Tick = Callable[[int, int], None]


class Progress:
    """One line a step on a terminal: a bar that fills, then what it took."""

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self._steps = steps
        self._done = 0
        self._stream = stream or sys.stderr
        self._started = monotonic()
        self._name = ""

    def begin(self, name: str) -> Tick:
        """Start the next step and return what it calls with (done, whole)."""
        self._done += 1
        self._name = name
        self._started = monotonic()
        self.show(0, 1)
        return self.show

    def show(self, done: int, whole: int) -> None:
        """Draw the bar; where nobody watches, only finished steps are written."""
        if not self._stream.isatty():
            return
        filled = WIDTH * done // max(whole, 1)
        bar = "#" * filled + "." * (WIDTH - filled)
        self._stream.write(f"\r[{self._done}/{self._steps}] [{bar}] {self._name}")
        self._stream.flush()

    def end(self) -> None:
        """Close the line of a step."""
        taken = monotonic() - self._started
        start = "\r" if self._stream.isatty() else ""
        bar = "#" * WIDTH
        self._stream.write(
            f"{start}[{self._done}/{self._steps}] [{bar}] {self._name} {taken:.1f} s\n"
        )
        self._stream.flush()
