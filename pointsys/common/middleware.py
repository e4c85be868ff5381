import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

logger = structlog.stdlib.get_logger("pointsys.request")

# Parts of a path that open a door to whoever knows them.
SECRET_PARTS = frozenset({"code", "key", "token", "uidb36", "uidb64"})
PATH_LENGTH_MAX = 200


class RequestLogMiddleware:
    """Write one line per request: what was asked and how it ended, never what was typed.

    The request's id stands in every line logged meanwhile and in the answer's X-Request-ID, so that
    a person can quote it. Query strings hold search words, so they are not logged.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            failed = response.status_code >= 500
            (logger.error if failed else logger.info)(
                "request",
                method=request.method,
                path=logged_path(request),
                status=response.status_code,
                ms=round((time.monotonic() - started) * 1000),
                user=_user_id(request),
            )
        response["X-Request-ID"] = request_id
        return response


class PersonalPagesMiddleware:
    """Tell browsers and proxies to keep nothing that was made for somebody who has a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response


def logged_path(request: HttpRequest) -> str:
    """Return the path with the parts that are secrets starred."""
    path = request.path
    if request.resolver_match is not None:
        for name, value in request.resolver_match.kwargs.items():
            if name in SECRET_PARTS:
                path = path.replace(str(value), "*")
    return path[:PATH_LENGTH_MAX]


def _user_id(request: HttpRequest) -> int | None:
    # Asking for request.user would read the session for a page that had no need of it.
    user = getattr(request, "_cached_user", None)
    return user.pk if user is not None else None
