from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pointsys.console import perms
from pointsys.console.queries import Viewer

View = Callable[..., HttpResponseBase]


def console_page(
    allowed: Callable[[Viewer], bool] = perms.can_open_console,
) -> Callable[[View], View]:
    """Let those in who may; others who are signed in are told that the page is not theirs."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not allowed(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard
