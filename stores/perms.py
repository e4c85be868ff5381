from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.users import queries as users
from pointsys.users.models import Role, User
from stores import queries

# Whoever hands out the roles keeps no stores and no accounts: the system administrator only looks.
ACT_ROLES: Final = frozenset({Role.OFFICE_CLERK})
# Whoever pays the stores may be the second person of an account change.
SECOND_PERSON_ROLES: Final = ACT_ROLES | {Role.FINANCE_APPROVER}


def can_open_stores(user: User | AnonymousUser) -> bool:
    """Tell whether the user may open the store pages of at least one client."""
    return users.has_role_anywhere(user, queries.VIEW_ROLES)


def can_manage_stores(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may decide applications and keep stores, tills and accounts."""
    return users.has_role(user, client_id, ACT_ROLES)


def can_manage_any_stores(user: User | AnonymousUser) -> bool:
    """Tell whether the user keeps the stores of at least one client."""
    return users.has_role_anywhere(user, ACT_ROLES)


def can_decide_account_changes(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may be the second person of a bank account change."""
    return users.has_role(user, client_id, SECOND_PERSON_ROLES)
