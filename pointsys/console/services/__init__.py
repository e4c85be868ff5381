"""Acts that join rooms: each collects what the rooms know and calls the one that owns the row."""

from pointsys.console.services.people import (
    Seat,
    administered_client_ids,
    administers_all_of,
    change_staff,
    create_staff,
    reset_second_factor,
    set_seats,
)
from pointsys.console.services.reporting import (
    make_due_reports,
    make_weekly_report,
    remove_target,
    set_target,
    set_weekday,
    weekday_of,
)
from pointsys.console.services.rules import change_program_rules, try_program_rules

__all__ = [
    "Seat",
    "administered_client_ids",
    "administers_all_of",
    "change_program_rules",
    "change_staff",
    "create_staff",
    "make_due_reports",
    "make_weekly_report",
    "remove_target",
    "reset_second_factor",
    "set_seats",
    "set_target",
    "set_weekday",
    "try_program_rules",
    "weekday_of",
]
