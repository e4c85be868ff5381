from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.residents import queries
from pointsys.users import queries as users
from pointsys.users.models import Role, User

IMPORT_ROLES: Final = frozenset({Role.OFFICE_CLERK})


def can_view_residents(user: User | AnonymousUser) -> bool:
    """Tell whether the user may open the list of residents of at least one client."""
    return users.has_role_anywhere(user, queries.VIEW_ROLES)


def can_import_residents(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may read residents of this client from a file."""
    return users.has_role(user, client_id, IMPORT_ROLES)


def can_import_somewhere(user: User | AnonymousUser) -> bool:
    """Tell whether the user may read residents of any client from a file."""
    return users.has_role_anywhere(user, IMPORT_ROLES)
