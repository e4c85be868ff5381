"""What the console's pages show of every room."""

from pointsys.console.queries.alerts import Alert
from pointsys.console.queries.days import Day, Week, days_of, weeks_of
from pointsys.console.queries.deadlines import Deadline, deadlines_of
from pointsys.console.queries.facts import Facts
from pointsys.console.queries.home import Home, home_of
from pointsys.console.queries.targets import TargetRow, target_rows, targets_of
from pointsys.console.queries.viewer import Viewer

__all__ = [
    "Alert",
    "Day",
    "Deadline",
    "Facts",
    "Home",
    "TargetRow",
    "Viewer",
    "Week",
    "days_of",
    "deadlines_of",
    "home_of",
    "target_rows",
    "targets_of",
    "weeks_of",
]
