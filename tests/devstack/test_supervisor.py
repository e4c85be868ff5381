import os
import sys
import time

import pytest

from pointsys.devstack import stack as stacks
from pointsys.devstack import supervisor
from pointsys.devstack.errors import StackError
from pointsys.devstack.layout import Layout, ServerUser
from pointsys.devstack.processes import Program, wait_until_gone
from pointsys.devstack.stack import Stack
from pointsys.devstack.supervisor import Supervisor


@pytest.fixture
def stack(tmp_path):
    control = tmp_path / "run"
    control.mkdir()
    user = ServerUser(uid=os.geteuid(), gid=os.getegid())
    ours = Stack(Layout(control, tmp_path / "servers", tmp_path / "binaries", user))
    yield ours
    ours.stop()


def started(stack, *, code="import time; time.sleep(60)"):
    program = Program(
        "web",
        [sys.executable, "-c", code],
        dict(os.environ),
        stack.layout.log("web"),
        stack.layout.control,
    )
    stack.start(program)
    return program


def look_until(watch, condition, *, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        watch.look()
        time.sleep(0.02)


def test_a_program_that_was_killed_runs_again(stack, capsys):
    program = started(stack)
    first = program.process.pid
    program.process.kill()

    look_until(Supervisor(stack), lambda: program.process.pid != first)

    assert not program.has_ended()
    assert '"web": [' in stack.layout.state.read_text()
    told = capsys.readouterr().out
    assert "web ended; starting it again in 1 s" in told
    assert "web is running again." in told


def test_a_program_that_keeps_ending_is_given_longer_and_longer_pauses(stack, monkeypatch, capsys):
    now = [1000.0]
    monkeypatch.setattr("pointsys.devstack.supervisor.time.monotonic", lambda: now[0])
    program = started(stack, code="pass")
    watch = Supervisor(stack)

    pauses = []
    for _ in range(7):
        program.process.wait()
        watch.look()
        pauses.append(watch.pause_seconds["web"])
        now[0] += pauses[-1]
        watch.look()

    assert pauses == [1, 2, 4, 8, 16, 30, 30]

    now[0] += supervisor.SETTLED_AFTER_SECONDS + 1
    program.process.wait()
    watch.look()
    assert watch.pause_seconds["web"] == 0.5


def test_only_what_is_wrong_reaches_the_terminal_and_only_once(stack, capsys):
    started(
        stack,
        code=(
            "import sys; print('2026 [info     ] request'); print('2026 [error    ] broken');"
            "print('ERROR half', end='', flush=True); import time; time.sleep(60)"
        ),
    )
    watch = Supervisor(stack)
    look_until(watch, lambda: "half" in stack.layout.log("web").read_text())

    watch.look()
    watch.look()

    told = capsys.readouterr().out
    assert told.count("web: 2026 [error    ] broken") == 1
    assert "info" not in told
    assert "half" not in told


def test_stopping_leaves_neither_processes_nor_a_state_file(stack):
    code = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    program = started(stack, code=code)
    while not stack.layout.log("web").read_text().strip():
        time.sleep(0.02)
    grandchild = int(stack.layout.log("web").read_text())

    stack.stop()

    assert wait_until_gone([program.process.pid, grandchild], seconds=5)
    assert not stack.layout.state.exists()


def test_a_second_run_says_who_is_running(monkeypatch, tmp_path):
    monkeypatch.setattr(
        stacks,
        "prepare_layout",
        lambda name: Layout(tmp_path, tmp_path, tmp_path, ServerUser(os.geteuid(), os.getegid())),
    )

    with stacks.held("run") as first:
        first.origin = "http://127.0.0.1:8123"
        first.write_state()
        with (
            pytest.raises(StackError, match=rf"process {os.getpid()}, http://127\.0\.0\.1:8123"),
            stacks.held("run"),
        ):
            pass

    with stacks.held("run"):
        pass
