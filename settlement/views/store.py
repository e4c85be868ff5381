"""Statements on the store portal: only those of the stores the reader works for."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from settlement import queries
from settlement.models import Statement
from settlement.views.statements import lines_response, pdf_response
from stores import queries as stores

if TYPE_CHECKING:
    from stores.models import Store

# The portal keeps the store that somebody with several stores has chosen under this name.
STORE_KEY: Final = "store_id"
MONTHS_SHOWN: Final = 36
View = Callable[..., HttpResponseBase]


def store_page(view: View) -> View:
    """Let store staff in, after their first password, and hand the view their store."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        found = list(stores.stores_worked_for(request.user))
        if not found:
            raise PermissionDenied
        if getattr(request.user, "must_change_password", False):
            return redirect("account_change_password")
        chosen = request.session.get(STORE_KEY)
        store = next((store for store in found if store.pk == chosen), found[0])
        return view(request, store, *args, **kwargs)

    return guarded


@never_cache
@require_safe
@store_page
def statement_list(request: HttpRequest, store: "Store") -> HttpResponse:
    """List the statements of the store, newest first."""
    rows = _rows(request, store)
    program = rows[0].statement.program if rows else None
    context = {"store": store, "program": program, "rows": rows}
    return render(request, "settlement/store/list.html", context)


@never_cache
@require_safe
@store_page
def statement(request: HttpRequest, store: "Store", statement_id: int) -> HttpResponse:
    """Show one statement: the amount, the day and why, the account, what it adds up from."""
    found = _statement(request, statement_id)
    others = [
        row
        for row in _rows(request, found.store)
        if row.statement.period.month < found.period.month
        and row.statement.program_id == found.program_id
    ]
    context = {
        "store": found.store,
        "program": found.program,
        "sheet": queries.statement_sheet(found, timezone.now()),
        "others": others[:6],
    }
    return render(request, "settlement/store/statement.html", context)


@require_safe
@store_page
def pdf(request: HttpRequest, store: "Store", statement_id: int) -> HttpResponse:
    """Print a statement."""
    return pdf_response(_statement(request, statement_id))


@require_safe
@store_page
def lines(request: HttpRequest, store: "Store", statement_id: int) -> HttpResponseBase:
    """Give the payments and refunds of a statement as a file."""
    return lines_response(_statement(request, statement_id))


def _statement(request: HttpRequest, statement_id: int) -> Statement:
    return get_object_or_404(
        queries.with_payouts(queries.statements_of_staff(request.user)), pk=statement_id
    )


def _rows(request: HttpRequest, store: "Store") -> list[queries.StatementRow]:
    found = queries.with_payouts(queries.statements_of_staff(request.user).filter(store=store))
    return [queries.row_of(statement) for statement in found[:MONTHS_SHOWN]]
