from typing import Final

from django.contrib.auth.models import AnonymousUser

from callcenter import queries
from callcenter.models import Ticket
from pointsys.users import queries as users
from pointsys.users.models import Role, User

Viewer = User | AnonymousUser
CORRECT_ROLES: Final = frozenset({Role.DESK_SUPERVISOR})


def can_take_calls(user: Viewer) -> bool:
    """Tell whether the user answers calls for at least one client."""
    return users.has_role_anywhere(user, queries.DESK_ROLES)


def can_take_calls_of(user: Viewer, client_id: int) -> bool:
    """Tell whether the user answers calls for this client."""
    return users.has_role(user, client_id, queries.DESK_ROLES)


def can_open_tickets(user: Viewer) -> bool:
    """Tell whether the user may open the list of tickets: the desk, and the client's people."""
    return users.has_role_anywhere(user, queries.DESK_ROLES | queries.CLIENT_ROLES)


def can_work_on(user: Viewer, ticket: Ticket) -> bool:
    """Tell whether the user may write notes, escalate and close this ticket."""
    return can_take_calls_of(user, ticket.client_id)


def can_answer(user: Viewer, ticket: Ticket) -> bool:
    """Tell whether the user may answer this ticket's escalation for the client."""
    return users.has_role(user, ticket.client_id, queries.CLIENT_ROLES)


def can_view_reports(user: Viewer) -> bool:
    """Tell whether the user may read the daily reports of at least one client."""
    return users.has_role_anywhere(user, queries.REPORT_ROLES)


def can_correct_reports(user: Viewer, client_id: int) -> bool:
    """Tell whether the user may send a corrected version of a daily report."""
    return users.has_role(user, client_id, CORRECT_ROLES)
