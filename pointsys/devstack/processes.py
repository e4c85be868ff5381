"""Programs as process groups: started, recognised again after a crash, and stopped for certain."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pointsys.devstack.layout import ServerUser

# Every program of a stack carries this variable; it proves on Linux that a process is ours.
MARK = "POINTSYS_STACK"


@dataclass
class Program:
    """One program of the stack, started in a session of its own so that Ctrl-C passes it by."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    user: ServerUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 6.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def is_server(self) -> bool:
        """Tell whether the others depend on this one."""
        return self.user is not None

    def start(self) -> None:
        """Start the program with its output going to its log."""
        credentials: dict[str, object] = self.user.credentials() if self.user else {}
        if self.process is None and self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # type: ignore[call-overload]
                self.argv,
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **credentials,
            )

    def has_ended(self) -> bool:
        """Tell whether the program is not running."""
        return self.process is None or self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask the program to end, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask the program to end, then make it and everything it started end."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.ask_to_stop()
            try:
                self.process.wait(timeout=self.grace_seconds)
            except subprocess.TimeoutExpired:
                _signal_group(self.process.pid, signal.SIGKILL)
                self.process.wait()
        _signal_group(self.process.pid, signal.SIGKILL)


def identity(pid: int) -> str | None:
    """Return what tells this process from a later one with the same number; None if it is gone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The name in brackets may hold spaces; after it the state is field 3, the start field 22.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _identity_by_ps(pid)
    return None if fields[0] in {"Z", "X"} else f"{boot}:{fields[19]}"


def stop_leftover(
    *,
    pid: int,
    known_as: str,
    mark: str,
    number: signal.Signals = signal.SIGTERM,
    grace_seconds: float = 6.0,
) -> bool:
    """Stop a process group that an earlier launcher left, only where it is proved to be ours."""
    if identity(pid) == known_as:
        members = [pid]
    else:
        members = [member for member in _group_members(pid) if _carries_mark(member, mark)]
    if not members:
        return False
    for member in members:
        _signal(member, number)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline and any(identity(member) for member in members):
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)
    return True


def wait_until_gone(pids: Iterable[int], *, seconds: float) -> bool:
    """Wait for processes to end and tell whether they did."""
    deadline = time.monotonic() + seconds
    while any(identity(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _group_members(group: int) -> list[int]:
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == group:
                members.append(int(entry.name))
        except ProcessLookupError:
            continue
    return members


def _carries_mark(pid: int, mark: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"{MARK}={mark}".encode() in environment


def _identity_by_ps(pid: int) -> str | None:
    found = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(maxsplit=1)
    return None if len(found) < 2 or found[0].startswith("Z") else found[1].strip()
