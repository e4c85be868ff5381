from typing import Final

from pointsys.console.queries import Viewer
from pointsys.users import queries as users
from pointsys.users.models import Role

# Desk and event staff have areas of their own.
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


def can_view_audit(user: Viewer) -> bool:
    """Tell whether the user may read and export what the staff of a client did."""
    return users.has_role_anywhere(user, AUDIT_ROLES)


def can_view_payments(user: Viewer) -> bool:
    """Tell whether the user may look up payments and follow their points."""
    return users.has_role_anywhere(user, PAYMENT_ROLES)
