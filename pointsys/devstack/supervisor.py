"""Keeps the programs of a stack running and shows what goes wrong in their logs."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from pointsys.devstack.processes import Program
from pointsys.devstack.stack import Stack, say

LOOK_EVERY_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A program that has run this long did not die of its start.
SETTLED_AFTER_SECONDS = 60.0
WARNING = re.compile(rb"\b(?:WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|\[(?:warning|error|critical)\b")


@dataclass
class Supervisor:
    """Restarts programs that end, waiting longer each time one ends again."""

    stack: Stack
    started_at: dict[str, float] = field(default_factory=dict)
    restart_at: dict[str, float] = field(default_factory=dict)
    pause_seconds: dict[str, float] = field(default_factory=dict)
    shown: dict[Path, int] = field(default_factory=dict)

    def run(self) -> None:
        """Watch until interrupted."""
        for program in self.stack.programs:
            self.started_at[program.name] = time.monotonic()
            self.shown[program.log] = _size(program.log)
        while True:
            self.look()
            time.sleep(LOOK_EVERY_SECONDS)

    def look(self) -> None:
        """Restart what has ended and show new warnings, once."""
        for program in self.stack.programs:
            self._show_warnings(program)
            if program.has_ended():
                self._revive(program)

    def _revive(self, program: Program) -> None:
        now = time.monotonic()
        due = self.restart_at.get(program.name)
        if due is None:
            lived = now - self.started_at.get(program.name, now)
            pause = self.pause_seconds.get(program.name, 0.5)
            pause = 0.5 if lived > SETTLED_AFTER_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.pause_seconds[program.name] = pause
            self.restart_at[program.name] = now + pause
            say(f"{program.name} ended; starting it again in {pause:g} s (log: {program.log}).")
        elif now >= due:
            del self.restart_at[program.name]
            self.started_at[program.name] = now
            # What the dead program had started itself must not hold its port or its files.
            program.stop()
            self.stack.start(program)
            say(f"{program.name} is running again.")

    def _show_warnings(self, program: Program) -> None:
        size = _size(program.log)
        seen = self.shown.get(program.log, 0)
        if size <= seen:
            return
        with program.log.open("rb") as log:
            log.seek(seen)
            new = log.read(size - seen)
        complete = new[: new.rfind(b"\n") + 1]
        self.shown[program.log] = seen + len(complete)
        for line in complete.splitlines():
            if WARNING.search(line):
                say(f"{program.name}: {line.decode(errors='replace')}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
