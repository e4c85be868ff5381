"""What a stack writes down about itself: its lock, its processes, the addresses of its servers."""

import fcntl
import json
import os
import signal
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from pointsys.devstack.layout import PROJECT, Layout, state_root
from pointsys.devstack.processes import identity, stop_leftover

RUN = "run"
# Postgres waits for its clients on SIGTERM; on SIGINT it ends them and closes cleanly.
STOP_SIGNALS = {"postgres": signal.SIGINT}


@dataclass
class State:
    """The contents of a state file; `urls` are environment variables for programs of the stack."""

    launcher: int = 0
    launcher_identity: str = ""
    origin: str = ""
    urls: dict[str, str] = field(default_factory=dict)
    # name -> (pid, identity)
    processes: dict[str, tuple[int, str]] = field(default_factory=dict)

    def is_running(self) -> bool:
        """Tell whether the launcher that wrote this still runs."""
        return bool(self.launcher) and identity(self.launcher) == self.launcher_identity


def read(path: Path) -> State:
    """Return the state a launcher left, empty if there is none or it is damaged."""
    try:
        found = json.loads(path.read_text())
        state = State(**found)
        state.processes = {name: (pid, mark) for name, (pid, mark) in state.processes.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return State()
    return state


def write(path: Path, state: State) -> None:
    """Replace the state file, never leaving half of it."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), indent=2))
    draft.chmod(0o600)
    draft.replace(path)


def take_lock(path: Path) -> IO[str] | None:
    """Return the held lock of a stack, or None where another launcher holds it."""
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def stop_leftovers(layout: Layout) -> list[str]:
    """Stop what a killed launcher left running and return its names; call with the lock held."""
    left = read(layout.state)
    stopped = [
        name
        # Programs first, servers last: the reverse of the order in which they were started.
        for name, (pid, known_as) in reversed(left.processes.items())
        if stop_leftover(
            pid=pid,
            known_as=known_as,
            mark=str(layout.control),
            number=STOP_SIGNALS.get(name, signal.SIGTERM),
        )
    ]
    layout.state.unlink(missing_ok=True)
    return stopped


def adopt_running_stack(environment: MutableMapping[str, str] | None = None) -> None:
    """Give a program of another terminal the servers of `make run`, where it names none itself."""
    environment = os.environ if environment is None else environment
    if "DATABASE_URL" in environment and "REDIS_URL" in environment:
        return
    found = read(state_root(PROJECT) / RUN / "state.json")
    if not found.is_running():
        return
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name in found.urls:
            environment.setdefault(name, found.urls[name])
    environment.setdefault("SITE_ORIGIN", found.origin)
