"""What every page of the desk begins with: who may, whose desk, and refusals in words."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from callcenter import perms
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User

View = Callable[..., HttpResponseBase]
DESK_PAGE = "base_desk.html"
CONSOLE_PAGE = "base_console.html"


def guarded_by(allowed: Callable[[perms.Viewer], bool]) -> Callable[[View], View]:
    """Let those in who may; others who are signed in are told that the page is not theirs."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not allowed(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def desk_program(request: HttpRequest) -> Program:
    """Return the program whose calls are taken: the chosen one, else the first of the desk's.

    Raises:
        PermissionDenied: the user takes calls for no client that has a program.
    """
    chosen = scope.chosen_program(request)
    if chosen and perms.can_take_calls_of(request.user, chosen.client_id):
        return chosen
    for program in scope.visible_programs(request):
        if perms.can_take_calls_of(request.user, program.client_id):
            return program
    raise PermissionDenied


def desk_programs(request: HttpRequest) -> list[Program]:
    """Return the programs whose calls the user takes, to choose from where there are several."""
    return [
        program
        for program in scope.visible_programs(request)
        if perms.can_take_calls_of(request.user, program.client_id)
    ]


def base_template(request: HttpRequest) -> str:
    """Return the frame of a page that the desk and the client both read."""
    return DESK_PAGE if perms.can_take_calls(request.user) else CONSOLE_PAGE


def acting(request: HttpRequest) -> User:
    """Return the signed-in user; the guards let nobody else come here."""
    assert isinstance(request.user, User)
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also when it is nothing at all, and None when the page is opened."""
    return request.POST if request.method == "POST" else None
