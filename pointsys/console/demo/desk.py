"""The demo's part of the call centre's tickets and daily reports."""

from pointsys.console.demo.setting import Stage


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
