"""What the pages of events begin with: who may, and which rows."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from consultations import perms, queries
from consultations.models import Event
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
