"""A stack: the servers of one launcher and the environment that names them to other programs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pointsys.devstack import broker, postgres, state
from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import PROJECT, Layout, prepare_layout
from pointsys.devstack.processes import MARK, Program, identity
from pointsys.devstack.state import State


@dataclass
class Stack:
    """The servers and programs of one launcher, in the order in which they were started."""

    layout: Layout
    urls: dict[str, str] = field(default_factory=dict)
    origin: str = ""
    programs: list[Program] = field(default_factory=list)

    @property
    def mark(self) -> dict[str, str]:
        return {MARK: str(self.layout.control)}

    def environment(self, settings: str, **more: str) -> dict[str, str]:
        """Return the environment of a program of this stack."""
        # Someone's own server may need PGPASSWORD and its like; ours is only misled by them.
        own = dict(os.environ) if "DATABASE_URL" in os.environ else postgres.clean_environment()
        return {
            **own,
            **self.mark,
            **self.urls,
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            **more,
        }

    def start(self, program: Program) -> None:
        """Start a program and write it down at once, so that a crash leaves a trace of it."""
        program.start()
        if program not in self.programs:
            self.programs.append(program)
        self.write_state()

    def write_state(self) -> None:
        """Write down what runs."""
        running: dict[str, tuple[int, str]] = {}
        for program in self.programs:
            if program.process is not None:
                pid = program.process.pid
                running[program.name] = (pid, identity(pid) or "")
        me = os.getpid()
        state.write(
            self.layout.state, State(me, identity(me) or "", self.origin, self.urls, running)
        )

    def stop(self) -> None:
        """Stop everything: the programs together, then the servers they need."""
        for program in self.programs:
            if not program.is_server:
                program.ask_to_stop()
        for program in reversed(self.programs):
            program.stop()
        self.programs.clear()
        self.layout.state.unlink(missing_ok=True)


def refuse_production() -> None:
    """Refuse to go on where the environment says production.

    Raises:
        StackError: DJANGO_ENV is production.
    """
    if os.environ.get("DJANGO_ENV", "").lower() == "production":
        raise StackError(
            "DJANGO_ENV=production: the embedded servers are for development, tests and the demo "
            "only. In production use docker-compose.yml or docs/environment.md."
        )


@contextmanager
def held(name: str) -> Iterator[Stack]:
    """Hold the stack `name` while the block runs, and leave nothing running after it.

    Raises:
        StackError: another launcher holds it.
    """
    layout = prepare_layout(name)
    lock = state.take_lock(layout.lock)
    if lock is None:
        other = state.read(layout.state)
        raise StackError(
            f"it is already running here (process {other.launcher}, {other.origin}). "
            "Stop it with Ctrl-C in its window or with `make stop`."
        )
    with lock:
        stack = Stack(layout)
        for left in state.stop_leftovers(layout):
            say(f"Stopped what an earlier run had left: {left}.")
        try:
            yield stack
        finally:
            stack.stop()


def start_servers(stack: Stack, *, roles: bool) -> None:
    """Start the servers that the environment does not name, and fill in `stack.urls`.

    With `roles` the database is served by a role that owns nothing, as in production; without,
    by the superuser, who alone may empty append-only tables between two tests.
    """
    database = os.environ.get("DATABASE_URL")
    if database:
        owner = os.environ.get("MIGRATION_DATABASE_URL", database)
        stack.urls.update(DATABASE_URL=database, MIGRATION_DATABASE_URL=owner)
    else:
        stack.urls.update(_start_postgres(stack, roles=roles))
    stack.urls["REDIS_URL"] = os.environ.get("REDIS_URL") or _start_broker(stack)


def _start_postgres(stack: Stack, *, roles: bool) -> dict[str, str]:
    layout = stack.layout
    binaries = postgres.find_binaries(layout)
    data = postgres.prepare_cluster(binaries, layout)
    server = postgres.program(binaries, layout, data=data, mark=stack.mark)
    postgres.start(binaries, layout, server, stack.start)
    if not roles:
        superuser = postgres.url(layout, role=postgres.SUPERUSER)
        return {"DATABASE_URL": superuser, "MIGRATION_DATABASE_URL": superuser}
    postgres.prepare_roles(layout)
    return {
        "DATABASE_URL": postgres.url(layout, role=postgres.APP),
        "MIGRATION_DATABASE_URL": postgres.url(layout, role=postgres.OWNER),
    }


def _start_broker(stack: Stack) -> str:
    server = broker.program(stack.layout, mark=stack.mark)
    stack.start(server)
    broker.wait_until_ready(stack.layout, server)
    return broker.url(stack.layout)


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def say(words: str) -> None:
    """Tell the person at the terminal something, at once."""
    print(words, flush=True)
