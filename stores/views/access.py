"""What every staff view of stores begins with: who may, which rows, and refusals in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from pointsys.common.errors import DomainError
from pointsys.users.models import User
from stores import perms

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponseBase]
ROWS_A_PAGE = 50
MORE_ROWS_A_PAGE = 200


def store_page(view: View) -> View:
    """Let in staff who may see stores of some client; views narrow the rows themselves."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_open_stores(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def check_may_manage(request: HttpRequest, client_id: int) -> User:
    """Return the acting member of staff, or refuse who only looks."""
    if not perms.can_manage_stores(request.user, client_id):
        raise PermissionDenied
    return acting(request)


def acting(request: HttpRequest) -> User:
    """Return the signed-in user; the guards let nobody else come here."""
    assert isinstance(request.user, User)
    return request.user


@contextmanager
def refusals_as_messages(request: HttpRequest) -> Iterator[None]:
    """Show a refusal on the next page instead of the act's success."""
    try:
        yield
    except DomainError as refusal:
        messages.error(request, str(refusal))


def page_of(request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    """Return the page of a list that the address names, the nearest one where it is odd."""
    size = MORE_ROWS_A_PAGE if request.GET.get("rows") == str(MORE_ROWS_A_PAGE) else ROWS_A_PAGE
    return Paginator(rows, size).get_page(request.GET.get("page"))


def whole_numbers(values: list[str], *, at_most: int = 1000) -> list[int]:
    """Return the ids among posted values; anything else was not ours."""
    return [int(v) for v in values[:at_most] if v.isascii() and v.isdecimal() and len(v) < 18]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also when it is nothing at all, and None when the page is opened."""
    return request.POST if request.method == "POST" else None
