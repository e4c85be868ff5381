"""What the console pages of settlement share: who may look, which program, how files are sent."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from pointsys.common.tabular import csv_lines
from pointsys.programs.models import Program
from pointsys.users.models import User
from settlement import perms, queries

if TYPE_CHECKING:
    from pointsys.common.tabular.writing import Cell

View = Callable[..., HttpResponseBase]


def settlement_page(view: View) -> View:
    """Let in those who may see the settlement of at least one client."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not perms.can_view_settlement(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def user_of(request: HttpRequest) -> User:
    """Return who acts; pages behind sign-in only."""
    assert isinstance(request.user, User)
    return request.user


def program_of(request: HttpRequest, code: str) -> Program:
    """Return the program of an address; another client's is not found."""
    return get_object_or_404(queries.programs_visible_to(request.user), code=code)


def require(allowed: bool) -> None:
    """Refuse an act that is not the user's to do."""
    if not allowed:
        raise PermissionDenied


def csv_response(
    name: str, columns: Sequence[str], rows: "Iterable[Sequence[Cell]]"
) -> StreamingHttpResponse:
    """Answer with a CSV file that is written while it is sent."""
    return StreamingHttpResponse(
        csv_lines(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def file_response(name: str, content: bytes, *, content_type: str) -> HttpResponse:
    """Answer with a file to keep; money and bank data never stay in a cache."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
