from typing import Final

from django.contrib.auth.models import AnonymousUser

from cards import queries
from pointsys.residents.queries import VIEW_ROLES as NAME_ROLES
from pointsys.users import queries as users
from pointsys.users.models import Role, User

ACT_ROLES: Final = frozenset({Role.OFFICE_CLERK})


def can_open_cards(user: User | AnonymousUser) -> bool:
    """Tell whether the user may open the card pages of at least one client."""
    return users.has_role_anywhere(user, queries.VIEW_ROLES)


def can_stop_cards(user: User | AnonymousUser) -> bool:
    """Tell whether the user may stop cards of at least one client, seen or not."""
    return users.has_role_anywhere(user, queries.BLOCK_ROLES)


def can_manage_cards(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may import, issue and replace cards, and keep terminals and limits."""
    return users.has_role(user, client_id, ACT_ROLES)


def can_see_holder(user: User | AnonymousUser, client_id: int) -> bool:
    """Tell whether the user may see whose card it is."""
    return users.has_role(user, client_id, NAME_ROLES)
