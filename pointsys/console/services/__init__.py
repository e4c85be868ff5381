"""Acts that join rooms: each collects what the rooms know and calls the one that owns the row."""

from pointsys.console.services.exports import record_audit_export
from pointsys.console.services.rules import change_program_rules, try_program_rules

__all__ = ["change_program_rules", "record_audit_export", "try_program_rules"]
