"""The demo's part of the sale of vouchers, from its lottery to the counter."""

from pointsys.console.demo.setting import Stage


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
