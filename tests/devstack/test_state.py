import json
import os
import signal
import subprocess
import sys
import time

import pytest

from pointsys.devstack import state
from pointsys.devstack.layout import Layout, ServerUser
from pointsys.devstack.processes import MARK, Program, identity, stop_leftover


@pytest.fixture
def layout(tmp_path):
    control = tmp_path / "run"
    control.mkdir()
    user = ServerUser(uid=os.geteuid(), gid=os.getegid())
    return Layout(control, tmp_path / "servers", tmp_path / "binaries", user)


@pytest.fixture
def sleeper(layout):
    """Start processes that only a signal ends."""
    started = []

    def start(*, mark=None, code="import time; time.sleep(60)"):
        environment = {**os.environ, **({MARK: str(mark)} if mark else {})}
        program = Program(
            "sleeper",
            [sys.executable, "-c", code],
            environment,
            layout.log("sleeper"),
            layout.control,
        )
        program.start()
        started.append(program)
        return program

    yield start
    for program in started:
        program.stop()


def test_a_state_that_was_written_is_read_back(layout):
    written = state.State(
        7, "boot:1", "http://127.0.0.1:8000", {"REDIS_URL": "unix:///s"}, {"web": (9, "boot:2")}
    )

    state.write(layout.state, written)

    assert state.read(layout.state) == written
    assert layout.state.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"unknown": 1}', '{"processes": {"web": 3}}'])
def test_a_damaged_state_counts_as_none(layout, damage):
    layout.state.write_text(damage)

    assert state.read(layout.state) == state.State()
    assert not state.read(layout.state).is_running()


def test_a_second_launcher_does_not_get_the_lock(layout):
    with state.take_lock(layout.lock):
        assert state.take_lock(layout.lock) is None

    again = state.take_lock(layout.lock)
    assert again is not None
    again.close()


def test_a_lock_left_by_a_killed_launcher_is_free(layout):
    code = (
        "import sys, time; from pathlib import Path; from pointsys.devstack import state;"
        f"lock = state.take_lock(Path({str(layout.lock)!r})); print('held', flush=True);"
        "time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert state.take_lock(layout.lock) is None

    holder.kill()
    holder.wait()
    holder.stdout.close()

    lock = state.take_lock(layout.lock)
    assert lock is not None
    lock.close()


def test_what_a_killed_launcher_left_is_stopped(layout, sleeper):
    left = sleeper()
    pid = left.process.pid
    state.write(layout.state, state.State(processes={"web": (pid, identity(pid) or "")}))

    stopped = state.stop_leftovers(layout)

    assert stopped == ["web"]
    assert left.process.wait(timeout=5) == -signal.SIGTERM
    assert not layout.state.exists()


def test_a_later_process_with_the_same_number_is_left_alone(layout, sleeper):
    foreign = sleeper()
    state.write(
        layout.state, state.State(processes={"web": (foreign.process.pid, "another boot:1")})
    )

    assert state.stop_leftovers(layout) == []
    assert foreign.process.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_of_a_dead_leader_are_stopped_where_they_carry_our_mark(layout, sleeper):
    code = (
        "import subprocess, sys;"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    leader = sleeper(mark=layout.control, code=code)
    leader.process.wait(timeout=10)
    group = leader.process.pid

    assert not stop_leftover(pid=group, known_as="gone", mark="another project")
    assert stop_leftover(pid=group, known_as="gone", mark=str(layout.control))

    assert not group_exists(group, seconds=5)


def test_stopping_kills_what_does_not_listen(layout, sleeper):
    deaf = sleeper(
        code="import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True);"
        "time.sleep(60)"
    )
    while not layout.log("sleeper").read_text():
        time.sleep(0.02)
    deaf.grace_seconds = 0.2

    deaf.stop()

    assert deaf.process.returncode == -signal.SIGKILL


def test_another_terminal_finds_the_running_stack(layout, monkeypatch, tmp_path):
    root = tmp_path / ".devstack" / "run"
    root.mkdir(parents=True)
    running = state.State(
        os.getpid(),
        identity(os.getpid()),
        "http://127.0.0.1:8123",
        {"DATABASE_URL": "postgres://app@/x", "REDIS_URL": "unix:///s"},
    )
    state.write(root / "state.json", running)
    monkeypatch.setattr(state, "PROJECT", tmp_path)

    found = {}
    state.adopt_running_stack(found)
    own = {"DATABASE_URL": "postgres://mine/x"}
    state.adopt_running_stack(own)

    assert found == {
        "DATABASE_URL": "postgres://app@/x",
        "REDIS_URL": "unix:///s",
        "SITE_ORIGIN": "http://127.0.0.1:8123",
    }
    assert own["DATABASE_URL"] == "postgres://mine/x"


def test_a_stack_that_has_ended_is_not_adopted(monkeypatch, tmp_path):
    root = tmp_path / ".devstack" / "run"
    root.mkdir(parents=True)
    ended = {"launcher": os.getpid(), "launcher_identity": "another boot:1", "origin": "http://x"}
    (root / "state.json").write_text(
        json.dumps({**ended, "urls": {"DATABASE_URL": "postgres://app@/x"}})
    )
    monkeypatch.setattr(state, "PROJECT", tmp_path)

    found = {}
    state.adopt_running_stack(found)

    assert found == {}


def group_exists(group, *, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True
