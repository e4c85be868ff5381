from typing import Final

from pointsys.console.queries.viewer import Viewer
from pointsys.residents import perms as residents
from pointsys.users import queries as users
from pointsys.users.models import Role

# Desk and event staff work in areas of their own; their home shows what concerns them.
CONSOLE_ROLES: Final = frozenset(
    {
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.OFFICE_CLERK,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.PRIVACY_OFFICER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
    }
)
TARGET_ROLES: Final = frozenset({Role.OFFICE_CLERK})
AUDIT_ROLES: Final = frozenset(
    {
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.PRIVACY_OFFICER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
    }
)
PAYMENT_ROLES: Final = frozenset(
    {
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.OFFICE_CLERK,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.AUDITOR,
    }
)


def can_open_console(user: Viewer) -> bool:
    """Tell whether the user works at the county or in the office."""
    return users.has_role_anywhere(user, CONSOLE_ROLES)


def can_open_home(user: Viewer) -> bool:
    """Tell whether the user is staff: each role has a home with what concerns it."""
    return users.has_role_anywhere(user, users.STAFF_ROLES)


def can_view_audit(user: Viewer) -> bool:
    """Tell whether the user may read and export what the staff of a client did."""
    return users.has_role_anywhere(user, AUDIT_ROLES)


def can_view_payments(user: Viewer) -> bool:
    """Tell whether the user may look up payments and follow their points."""
    return users.has_role_anywhere(user, PAYMENT_ROLES)


def can_follow(user: Viewer) -> bool:
    """Tell whether the user may follow an amount from its grant to the bank."""
    return users.has_role_anywhere(user, PAYMENT_ROLES)


def can_view_reports(user: Viewer) -> bool:
    """Tell whether the user may read the weekly reports and the targets."""
    return can_open_console(user)


def can_view_reports_of(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may read the weekly reports and the targets of this client."""
    return users.has_role(user, client_id, CONSOLE_ROLES)


def can_set_targets(user: Viewer, client_id: int) -> bool:
    """Tell whether the user keeps the targets and the day of the weekly report of this client."""
    return users.has_role(user, client_id, TARGET_ROLES)


def can_open_resident(user: Viewer) -> bool:
    """Tell whether the user may see one resident with everything the rooms know."""
    return residents.can_view_residents(user)
