"""Acts that join rooms: each collects what the rooms know and calls the one that owns the row."""

from pointsys.console.services.exports import record_audit_export
from pointsys.console.services.people import (
    administered_client_ids,
    create_staff,
    record_user_change,
    reset_second_factor,
    set_seats,
)
from pointsys.console.services.rules import change_program_rules, try_program_rules

__all__ = [
    "administered_client_ids",
    "change_program_rules",
    "create_staff",
    "record_audit_export",
    "record_user_change",
    "reset_second_factor",
    "set_seats",
    "try_program_rules",
]
