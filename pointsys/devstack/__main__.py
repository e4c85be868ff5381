"""The commands behind the Makefile: `python -m pointsys.devstack run|test|bench|…`."""

import signal
import sys
from types import FrameType

from pointsys.devstack.errors import StackError, StopRequested
from pointsys.devstack.stack import refuse_production

USAGE = "usage: python -m pointsys.devstack run | test … | bench … | shell-env | stop | reset"


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    from pointsys.devstack import run, testing

    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    commands = {
        "run": run.run,
        "test": lambda: testing.run_tests(rest),
        "bench": lambda: testing.run_bench(rest),
        "shell-env": run.print_environment,
        "stop": run.stop,
        "reset": run.reset,
    }
    if command not in commands:
        print(USAGE, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    try:
        refuse_production()
        return commands[command]()
    except StackError as reason:
        print(f"pointsys: {reason}", file=sys.stderr)
        return 1
    except StopRequested:
        return 130


def _request_stop(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not interrupt the stopping, which ends by itself within seconds.
    for later in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(later, signal.SIG_IGN)
    raise StopRequested


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
