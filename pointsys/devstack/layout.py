"""Where a stack keeps its files, and which user of the machine runs its servers."""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from pointsys.devstack.errors import StackError

PROJECT = Path(__file__).resolve().parents[2]
# Linux allows 107 bytes for a socket's path, macOS 103.
SOCKET_PATH_BYTES = 100
LONGEST_SOCKET = "t9999999/s/.s.PGSQL.5432"


@dataclass(frozen=True)
class ServerUser:
    """Who runs the servers: Postgres refuses to run as root, so root hands them to `nobody`."""

    uid: int
    gid: int

    def credentials(self) -> dict[str, object]:
        """Return the arguments that make `subprocess` start a program as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Layout:
    """The directories of one stack: `control` is ours, `servers` belongs to the server user."""

    control: Path
    servers: Path
    binaries: Path
    user: ServerUser

    @property
    def lock(self) -> Path:
        return self.control / "lock"

    @property
    def state(self) -> Path:
        return self.control / "state.json"

    @property
    def sockets(self) -> Path:
        return self.servers / "s"

    def log(self, name: str) -> Path:
        """Return the log file of one program."""
        return self.control / f"{name}.log"


def server_user() -> ServerUser:
    """Return the user that may run Postgres here."""
    if os.geteuid() != 0:
        return ServerUser(uid=os.geteuid(), gid=os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as missing:
        raise StackError(
            "Postgres does not run as root and this machine has no user 'nobody': "
            "run the command as a normal user."
        ) from missing
    return ServerUser(uid=nobody.pw_uid, gid=nobody.pw_gid)


def state_root(project: Path = PROJECT) -> Path:
    """Return the directory of all stacks of a project."""
    return project / ".devstack"


def prepare_layout(name: str, *, project: Path = PROJECT) -> Layout:
    """Create the directories of the stack `name` and return them."""
    user = server_user()
    root = state_root(project)
    root.mkdir(exist_ok=True)
    control = root / name
    control.mkdir(mode=0o700, exist_ok=True)
    servers_root = _servers_root(root, user)
    servers = servers_root / name
    layout = Layout(control, servers, servers_root / "binaries", user)
    for private in (layout.servers, layout.sockets):
        # With trust authentication the mode of this directory is the only guard.
        _make_private(private, user)
    return layout


def remove_layout(layout: Layout) -> None:
    """Delete everything a stack has written."""
    shutil.rmtree(layout.servers, ignore_errors=True)
    shutil.rmtree(layout.control, ignore_errors=True)


def is_reachable_by_others(path: Path) -> bool:
    """Tell whether any user may walk down to `path`."""
    resolved = path.resolve()
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (*resolved.parents, resolved))


def _servers_root(root: Path, user: ServerUser) -> Path:
    inside = root / "servers"
    fits = len(os.fsencode(inside / LONGEST_SOCKET)) <= SOCKET_PATH_BYTES
    if os.geteuid() != user.uid:
        # A umask of 077 would close our own directories to the server user.
        root.chmod(0o711)
        fits = fits and is_reachable_by_others(root)
    if fits:
        inside.mkdir(mode=0o711, exist_ok=True)
        inside.chmod(0o711)
        return inside
    return _temporary_root(root)


def _temporary_root(root: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]
    # /var/tmp survives a restart of the machine, and its path is short on macOS too.
    path = Path("/var/tmp") / f"pointsys-{os.geteuid()}-{digest}"  # noqa: S108  guarded below
    path.mkdir(mode=0o711, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StackError(
            f"{path} is not a directory of yours: someone else made it. Remove it and try again."
        )
    path.chmod(0o711)
    return path


def _make_private(path: Path, user: ServerUser) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user.uid, os.geteuid()}:
        raise StackError(f"{path} does not belong to you: remove it and try again.")
    if found.st_uid != user.uid:
        os.chown(path, user.uid, user.gid)
    path.chmod(0o700)
