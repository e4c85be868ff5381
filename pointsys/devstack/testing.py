"""`make test` and `make bench`: a cluster of their own, thrown away afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from pointsys.devstack import state
from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import PROJECT, prepare_layout, remove_layout, state_root
from pointsys.devstack.processes import identity
from pointsys.devstack.stack import Stack, held, say, start_servers

MOST_WORKERS = 4


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest on embedded servers and return its exit code.

    The whole suite is shared by several processes; a selection runs in one, because each process
    migrates a database of its own first.
    """
    if not arguments:
        arguments = ["-n", str(min(os.cpu_count() or 1, MOST_WORKERS))]
    with throw_away(roles=False) as stack:
        environment = stack.environment("pointsys.settings.test")
        return run_in_foreground([sys.executable, "-m", "pytest", *arguments], environment)


def run_bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks on embedded servers, with the roles of production."""
    with throw_away(roles=True) as stack:
        # A line per request would cost both sides and hide the figures.
        environment = stack.environment("pointsys.settings.dev", LOG_LEVEL="WARNING")
        prepare_database(environment)
        return run_in_foreground([sys.executable, "-m", "tests.bench", *arguments], environment)


def prepare_database(environment: dict[str, str]) -> None:
    """Migrate as the owner, then give the serving role its rights.

    Raises:
        StackError: that failed; the program has said why.
    """
    as_owner = {**environment, "DATABASE_URL": environment["MIGRATION_DATABASE_URL"]}
    prepare = [sys.executable, "-m", "pointsys.devstack.prepare"]
    if subprocess.run(prepare, env=as_owner, cwd=PROJECT, check=False).returncode:
        raise StackError(
            "The database could not be prepared (see above). "
            "If the demo's data are of an older version, `make reset` starts anew."
        )


@contextmanager
def throw_away(*, roles: bool) -> Iterator[Stack]:
    """Hold a stack that exists only while the block runs; several may run side by side."""
    remove_abandoned()
    with held(f"t{os.getpid()}") as stack:
        try:
            start_servers(stack, roles=roles)
            yield stack
        finally:
            stack.stop()
            remove_layout(stack.layout)


def remove_abandoned() -> None:
    """Stop and delete the throw-away stacks of killed runs."""
    for control in state_root().glob("t[0-9]*"):
        if identity(int(control.name[1:])) is not None:
            continue
        layout = prepare_layout(control.name)
        lock = state.take_lock(layout.lock)
        if lock is None:
            continue
        with lock:
            state.stop_leftovers(layout)
            remove_layout(layout)
            say(f"Removed what a killed run had left: {control.name}.")


def run_in_foreground(argv: list[str], environment: dict[str, str]) -> int:
    """Run a program that shares our terminal and return its exit code.

    Ctrl-C reaches it by itself and lets it finish its report; a termination is passed on.
    """
    child = subprocess.Popen(argv, env=environment, cwd=PROJECT)

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, pass_on)
    try:
        code = child.wait()
        # A program that a signal ended counts as shells count it.
        return code if code >= 0 else 128 - code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
