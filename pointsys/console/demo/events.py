"""The demo's part of consultation meetings, their visitors and surveys."""

from pointsys.console.demo.setting import Stage


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
