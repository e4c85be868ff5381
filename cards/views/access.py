"""What every staff view of cards begins with: who may, which program, which card was meant."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from cards import identifiers, perms, queries
from cards.errors import CardNotKnown
from cards.models import Card
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User

View = Callable[..., HttpResponseBase]
ROWS_A_PAGE = 50


def card_page(view: View) -> View:
    """Let in staff who may see cards of some client; nothing of it stays in a browser's cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_open_cards(request.user):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def stop_page(view: View) -> View:
    """Let in who may stop a lost card, the call centre too; the browser keeps nothing of it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_stop_cards(request.user):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def acting(request: HttpRequest) -> User:
    """Return the signed-in user; the guards let nobody else come here."""
    assert isinstance(request.user, User)
    return request.user


def check_may_manage(request: HttpRequest, client_id: int) -> User:
    """Return the acting member of staff, or refuse who only looks."""
    if not perms.can_manage_cards(request.user, client_id):
        raise PermissionDenied
    return acting(request)


def managed_program(request: HttpRequest) -> Program:
    """Return the chosen program, or refuse who may not manage its cards."""
    program = scope.chosen_program(request)
    if program is None or not perms.can_manage_cards(request.user, program.client_id):
        raise PermissionDenied
    return program


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also when it is nothing at all, and None when the page is opened."""
    return request.POST if request.method == "POST" else None


def card_meant(*, program_id: int, text: str) -> Card:
    """Return the program's card that was read, or whose number was typed.

    Raises:
        CardUnreadable, PhoneRefused, ShortUidRefused, TypeBRefused, CardNotKnown.
    """
    face_number = identifiers.read_face_number(text)
    if face_number:
        card = queries.card_by_face_number(program_id=program_id, face_number=face_number)
    else:
        card = queries.card_by_tap(program_id=program_id, tap=identifiers.read_tap(text))
    if card is None:
        raise CardNotKnown
    return card


def tabs(request: HttpRequest, tab: str) -> dict[str, object]:
    """Return what the head of every card page shows."""
    program = scope.chosen_program(request)
    return {
        "program": program,
        "programs": scope.visible_programs(request),
        "tab": tab,
        "may_manage": program is not None
        and perms.can_manage_cards(request.user, program.client_id),
    }
