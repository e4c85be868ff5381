"""What the pages of events begin with: who may, and which rows."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from consultations import perms, queries
from consultations.models import Event
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User

View = Callable[..., HttpResponseBase]
Rule = Callable[[queries.Viewer, int], bool]


def events_page(view: View) -> View:
    """Let in those who may see events of some client; views narrow the rows themselves."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_view_events(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def venue_page(view: View) -> View:
    """Let in those who work at venues of some client."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_receive_somewhere(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def events_programs(request: HttpRequest) -> list[Program]:
    """Return the programs of the clients whose events the user may see."""
    return [
        program
        for program in scope.visible_programs(request)
        if perms.can_view_events_of(request.user, program.client_id)
    ]


def events_program(request: HttpRequest) -> Program | None:
    """Return the program a page of events is about: the chosen one, where it is theirs to see."""
    chosen, theirs = scope.chosen_program(request), events_programs(request)
    return chosen if chosen in theirs else next(iter(theirs), None)


def event_for(request: HttpRequest, event_id: int, allowed: Rule | None = None) -> Event:
    """Return an event of the user's clients (else 404), where the user may act on it (else 403)."""
    event = get_object_or_404(queries.events_visible_to(request.user), pk=event_id)
    if allowed is not None and not allowed(request.user, event.program.client_id):
        raise PermissionDenied
    return event


def acting(request: HttpRequest) -> User:
    """Return the signed-in user; the guards let nobody else come here."""
    assert isinstance(request.user, User)
    return request.user
