from typing import Final

from django.contrib.auth.models import AnonymousUser

from pointsys.users import queries as users
from pointsys.users.models import Role, User
from vouchers.queries.campaigns import VIEW_ROLES

Viewer = User | AnonymousUser

MANAGE_ROLES: Final = frozenset({Role.OFFICE_CLERK})
# Who may see what applicants sent in: the picture of an identity document, name and address.
REVIEW_ROLES: Final = frozenset({Role.OFFICE_CLERK})
DECIDE_ROLES: Final = frozenset({Role.CLIENT_APPROVER})
# Before the client has decided, the figures of a draw are for those who have to act on them.
DRAW_ROLES: Final = MANAGE_ROLES | DECIDE_ROLES
ASSIST_ROLES: Final = frozenset({Role.OFFICE_CLERK, Role.DESK_OPERATOR, Role.DESK_SUPERVISOR})


def can_open_vouchers(user: Viewer) -> bool:
    """Tell whether the user may see the sale of vouchers of at least one client."""
    return users.has_role_anywhere(user, VIEW_ROLES)


def can_open_vouchers_of(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may see the sale of vouchers of this client."""
    return users.has_role(user, client_id, VIEW_ROLES)


def can_manage(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may set up the sale, open its rounds and hold its draws."""
    return users.has_role(user, client_id, MANAGE_ROLES)


def can_review(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may see documents of applicants and decide on them."""
    return users.has_role(user, client_id, REVIEW_ROLES)


def can_review_somewhere(user: Viewer) -> bool:
    """Tell whether the user may decide on documents of at least one client."""
    return users.has_role_anywhere(user, REVIEW_ROLES)


def can_see_draw(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may see the figures of a draw before the client has decided."""
    return users.has_role(user, client_id, DRAW_ROLES)


def can_decide_draw(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may approve or refuse the result of a draw for this client."""
    return users.has_role(user, client_id, DECIDE_ROLES)


def can_assist(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may apply for a resident who cannot do it alone (PB-05)."""
    return users.has_role(user, client_id, ASSIST_ROLES)


def can_assist_somewhere(user: Viewer) -> bool:
    """Tell whether the user may apply for residents of at least one client."""
    return users.has_role_anywhere(user, ASSIST_ROLES)


def can_take_money(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may take cash, read files of deposits and clear what is unclear."""
    return users.has_role(user, client_id, MANAGE_ROLES)
