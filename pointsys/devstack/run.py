"""`make run`: the whole product on one machine, supervised until Ctrl-C."""

import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from pointsys.devstack import state
from pointsys.devstack.errors import StackError, StopRequested
from pointsys.devstack.layout import PROJECT, prepare_layout, remove_layout, state_root
from pointsys.devstack.processes import Program, tail, wait_until_gone
from pointsys.devstack.stack import Stack, held, manage, say, start_servers
from pointsys.devstack.supervisor import Supervisor
from pointsys.devstack.testing import prepare_database

SETTINGS = "pointsys.settings.dev"
READY_WITHIN_SECONDS = 120


def run() -> int:
    """Start everything, say READY, keep it running, and stop it all on Ctrl-C."""
    port = chosen_port()
    with held(state.RUN) as stack:
        try:
            refuse_taken_port(port)
            stack.origin = f"http://127.0.0.1:{port}"
            _start_all(stack, port)
            Supervisor(stack).run()
        except StopRequested:
            say("\nStopping …")
    say("Stopped.")
    return 0


def stop() -> int:
    """Stop the running stack, or what a killed one has left."""
    layout = prepare_layout(state.RUN)
    found = state.read(layout.state)
    if found.is_running():
        os.kill(found.launcher, signal.SIGTERM)
        if not wait_until_gone([found.launcher], seconds=60):
            raise StackError(f"Process {found.launcher} does not stop.")
        say("Stopped.")
        return 0
    with held(state.RUN):
        say("Nothing is running.")
    return 0


def reset() -> int:
    """Delete the data of the demo, so that the next run starts anew."""
    with held(state.RUN) as stack:
        remove_layout(stack.layout)
    say("The demo's data are deleted; `make run` makes them anew.")
    return 0


def print_environment() -> int:
    """Print shell commands that give another terminal the running stack's servers."""
    found = state.read(state_root() / state.RUN / "state.json")
    if not found.is_running():
        raise StackError("Nothing is running: start it with `make run`.")
    for name, value in found.urls.items():
        say(f"export {name}={shlex.quote(value)}")
    say(f"export DJANGO_SETTINGS_MODULE={SETTINGS}")
    return 0


def chosen_port() -> int:
    """Return the port in PORT, by default 8000.

    Raises:
        StackError: PORT is not a port number.
    """
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise StackError(f"PORT={text} is not a port number: write one between 1 and 65535.")
    return int(text)


def refuse_taken_port(port: int) -> None:
    """Check that the port can be served.

    Raises:
        StackError: another program has it, or this user may not.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as refused:
            raise StackError(
                f"Port {port} needs an administrator: choose one above 1023, "
                "for example `PORT=8000 make run`."
            ) from refused
        except OSError as refused:
            raise StackError(
                f"Port {port} is taken by another program: choose another, "
                f"for example `PORT={port + 1 if port < 65535 else 8001} make run`."
            ) from refused


def _start_all(stack: Stack, port: int) -> None:
    say("Starting the database and the broker …")
    start_servers(stack, roles=True)
    if not stack.programs:
        say("The environment names both: nothing of our own was started.")
    stack.write_state()
    environment = stack.environment(SETTINGS, PORT=str(port), SITE_ORIGIN=stack.origin)
    say("Preparing the database …")
    prepare_database(environment)
    _load_demo(stack, environment)
    # whitenoise warns about a missing directory, though the demo serves from the sources.
    (PROJECT / "staticfiles").mkdir(exist_ok=True)
    for program in _programs(stack, environment, port):
        stack.start(program)
    sign_ins = subprocess.Popen(
        manage("load_demo", "--print-sign-ins"),
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    _wait_until_ready(stack, port)
    say(f"READY {stack.origin}")
    table = sign_ins.communicate()[0]
    sys.stdout.buffer.write(table)
    say(f"Logs: {stack.layout.control}/*.log · stop with Ctrl-C")


def _load_demo(stack: Stack, environment: dict[str, str]) -> None:
    # The command finds out by itself that there is nothing to do, but takes seconds for it.
    is_ours = "DATABASE_URL" not in os.environ
    done = stack.layout.servers / "demo-is-loaded"
    if is_ours and done.exists():
        return
    if subprocess.run(manage("load_demo"), env=environment, cwd=PROJECT, check=False).returncode:
        raise StackError(
            "The demo could not be loaded (see above). "
            "If its data are of an older version, `make reset` starts anew."
        )
    if is_ours:
        done.touch()


def _programs(stack: Stack, environment: dict[str, str], port: int) -> list[Program]:
    control = stack.layout.control
    bin_directory = Path(sys.executable).parent
    celery = [str(bin_directory / "celery"), "-A", "pointsys"]
    commands = {
        "web": [
            *(str(bin_directory / "granian"), "--interface", "wsgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(port)),
            # A thread that ends takes its database connection with it, so they live long.
            *("--workers", "2", "--blocking-threads", "4"),
            *("--blocking-threads-idle-timeout", "600"),
            *("--log-level", "warning", "pointsys.wsgi:application"),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),
        ],
        # Without a pid file a stale one cannot block the next start.
        "beat": [
            *(*celery, "beat", "--pidfile=", "--schedule", str(control / "beat-schedule")),
            *("--loglevel", "INFO"),
        ],
    }
    return [
        Program(name, argv, environment, stack.layout.log(name), PROJECT)
        for name, argv in commands.items()
    ]


def _wait_until_ready(stack: Stack, port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not _answers(port):
        ended = [program for program in stack.programs if program.has_ended()]
        if ended:
            raise StackError(f"{ended[0].name} did not start:\n{tail(ended[0].log)}")
        if time.monotonic() > deadline:
            web = stack.layout.log("web")
            raise StackError(
                f"The pages did not answer within {READY_WITHIN_SECONDS} seconds; "
                f"see {web}:\n{tail(web)}"
            )
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
