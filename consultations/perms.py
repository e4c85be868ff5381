from typing import Final

from consultations.queries.visible import VIEW_ROLES, Viewer
from pointsys.users import queries as users
from pointsys.users.models import Role

PLAN_ROLES: Final = frozenset({Role.OFFICE_CLERK, Role.EVENT_STAFF})
DECIDE_ROLES: Final = frozenset({Role.CLIENT_APPROVER})
BOOK_ROLES: Final = frozenset(
    {Role.OFFICE_CLERK, Role.EVENT_STAFF, Role.DESK_OPERATOR, Role.DESK_SUPERVISOR}
)
RECEIVE_ROLES: Final = frozenset({Role.EVENT_STAFF})


def can_view_events(user: Viewer) -> bool:
    """Tell whether the user may see the events of at least one client; no personal data there."""
    return users.has_role_anywhere(user, VIEW_ROLES)


def can_view_events_of(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may see the events, coverage and surveys of this client."""
    return users.has_role(user, client_id, VIEW_ROLES)


def can_plan_events(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may plan, propose, publish and cancel events of this client."""
    return users.has_role(user, client_id, PLAN_ROLES)


def can_decide_events(user: Viewer, client_id: int) -> bool:
    """Tell whether the user decides for the client on venue and method (CO-03)."""
    return users.has_role(user, client_id, DECIDE_ROLES)


def can_book_for_others(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may book for somebody who calls or stands at a counter."""
    return users.has_role(user, client_id, BOOK_ROLES)


def can_receive_visitors(user: Viewer, client_id: int) -> bool:
    """Tell whether the user works at the venue: reads names, checks in, records help."""
    return users.has_role(user, client_id, RECEIVE_ROLES)


def can_receive_somewhere(user: Viewer) -> bool:
    """Tell whether the user works at the venues of at least one client."""
    return users.has_role_anywhere(user, RECEIVE_ROLES)
