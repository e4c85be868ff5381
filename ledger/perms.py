from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import Role, User

GRANT_ROLES: Final = frozenset({Role.OFFICE_CLERK})
# The desk pays for a resident only where it tries the system or drills; see `manage.py pay`.
PAY_ROLES: Final = frozenset({Role.OFFICE_CLERK})
VIEW_ROLES: Final = GRANT_ROLES | {
    Role.CLIENT_VIEWER,
    Role.CLIENT_APPROVER,
    Role.FINANCE_PREPARER,
    Role.FINANCE_APPROVER,
    Role.AUDITOR,
    Role.SYSTEM_ADMIN,
}


def can_view_rounds(user: User | AnonymousUser) -> bool:
    """Tell whether the user may see what was granted, in sums."""
    return users.has_role_anywhere(user, VIEW_ROLES)


def can_grant(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may grant points of this program."""
    return users.has_role(user, program.client_id, GRANT_ROLES)


def can_grant_somewhere(user: User | AnonymousUser) -> bool:
    """Tell whether the user may grant points of any program."""
    return users.has_role_anywhere(user, GRANT_ROLES)


def can_pay_for_residents(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may pay at a till with a resident's points of this program."""
    return users.has_role(user, program.client_id, PAY_ROLES)
