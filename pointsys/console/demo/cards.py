"""The demo's part of cards and the terminals that read them."""

from pointsys.console.demo.setting import Stage


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
