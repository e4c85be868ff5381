from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import Role, User

# Staff of the office set up programs; whoever approves money does not write its rules.
RULE_ROLES: Final = frozenset({Role.OFFICE_CLERK, Role.SYSTEM_ADMIN})
VIEW_ROLES: Final = RULE_ROLES | {
    Role.CLIENT_VIEWER,
    Role.CLIENT_APPROVER,
    Role.FINANCE_PREPARER,
    Role.FINANCE_APPROVER,
    Role.AUDITOR,
    Role.PRIVACY_OFFICER,
}


def can_view_programs(user: User | AnonymousUser) -> bool:
    """Tell whether the user may read the rules of at least one client's programs."""
    return users.has_role_anywhere(user, VIEW_ROLES)


def can_create_program(user: User | AnonymousUser) -> bool:
    """Tell whether the user may set up a program for at least one client."""
    return users.has_role_anywhere(user, RULE_ROLES)


def can_create_program_for(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may set up a program for this client."""
    return users.has_role(user, client_id, RULE_ROLES)


def can_change_program(user: User | AnonymousUser, program: Program) -> bool:
    """Tell whether the user may change the rules of this program."""
    return users.has_role(user, program.client_id, RULE_ROLES)
