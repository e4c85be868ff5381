"""Deliveries of blank cards: looked at first, held sealed meanwhile, taken by one more click."""

from collections.abc import Iterator
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cards import queries
from cards.forms import NumbersForm, StockForm
from cards.models import Card
from cards.models.cards import Technology
from cards.services import stock
from cards.views.access import (
    ROWS_A_PAGE,
    acting,
    card_page,
    managed_program,
    posted,
    tabs,
)
from pointsys.audit import services as audit
from pointsys.common import held_files
from pointsys.common.errors import DomainError
from pointsys.common.tabular import csv_bytes, csv_lines
from pointsys.programs import scope
from pointsys.programs.models import Program

PURPOSE: Final = "card-stock"
ROWS_SHOWN: Final = 200


@require_safe
@card_page
def batches(request: HttpRequest) -> HttpResponse:
    """List the deliveries of the chosen program with what is left to hand out."""
    program = scope.chosen_program(request)
    counts = queries.card_counts(program_id=program.pk) if program else {}
    context = tabs(request, "stock") | {
        "page": Paginator(
            queries.batches_visible_to(request.user).filter(program=program), ROWS_A_PAGE
        ).get_page(request.GET.get("page")),
        "left": counts.get(Card.Status.STOCK, 0),
    }
    return render(request, "cards/stock/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def read_list(request: HttpRequest) -> HttpResponse:
    """Read a maker's list and show what taking it would do; nothing is written."""
    program = managed_program(request)
    form = StockForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            upload, content = form.cleaned_data["file"], form.content()
            report = _take(
                request, program, form.cleaned_data["name"], upload.name, content, dry_run=True
            )
            token = held_files.hold(
                name=upload.name, content=content, purpose=PURPOSE, user_id=acting(request).pk
            )
        except DomainError as refusal:
            form.add_error(getattr(refusal, "field", "") or "file", str(refusal))
        else:
            return _preview(request, program, report, token)
    return render(request, "cards/stock/import.html", {"program": program, "form": form})


@require_POST
@card_page
def take_list(request: HttpRequest) -> HttpResponse:
    """Take the list that was looked at."""
    program, by = managed_program(request), acting(request)
    token = request.POST.get("token", "")
    try:
        file = held_files.held(token=token, purpose=PURPOSE, user_id=by.pk)
        report = _take(request, program, _name(request), file.name, file.content, dry_run=False)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("cards:stock_import")
    held_files.release(token=token, purpose=PURPOSE, user_id=by.pk)
    messages.success(request, f"カード{report.created_count:,}枚を在庫に入れました。")
    return redirect("cards:stock")


@require_POST
@card_page
def rejected_rows(request: HttpRequest) -> HttpResponse:
    """Give the rows that cannot be taken as a file for the maker: place, field and reason."""
    program, by = managed_program(request), acting(request)
    try:
        file = held_files.held(token=request.POST.get("token", ""), purpose=PURPOSE, user_id=by.pk)
        report = _take(request, program, _name(request), file.name, file.content, dry_run=True)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("cards:stock_import")
    rows = [(error.row_number, error.field, error.reason) for error in report.rejected]
    audit.record_export(
        by=by,
        what="cards.stock_errors",
        row_counts={program.client_id: len(rows)},
        file_format="csv",
        at=timezone.now(),
    )
    return HttpResponse(
        csv_bytes(("行", "項目", "理由"), rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="card-errors.csv"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def numbers(request: HttpRequest) -> HttpResponseBase:
    """Make new card numbers and QR contents for the printer; nothing of them is kept."""
    program = managed_program(request)
    form = NumbersForm(posted(request), initial={"technology": Technology.FELICA})
    if not (form.is_bound and form.is_valid()):
        return render(request, "cards/stock/numbers.html", {"program": program, "form": form})
    count = form.cleaned_data["count"]
    audit.record_export(
        by=acting(request),
        what="cards.numbers",
        row_counts={program.client_id: count},
        file_format="csv",
        at=timezone.now(),
    )
    return StreamingHttpResponse(
        _sheet(count, form.cleaned_data["technology"]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="cards-{program.code}.csv"'},
    )


def _sheet(count: int, technology: str) -> Iterator[bytes]:
    return csv_lines(stock.SHEET_COLUMNS, stock.number_sheet(count=count, technology=technology))


def _name(request: HttpRequest) -> str:
    return request.POST.get("source", "").replace("\0", "").strip()[:80] or "名称なし"


def _take(
    request: HttpRequest,
    program: Program,
    name: str,
    file_name: str,
    content: bytes,
    *,
    dry_run: bool,
) -> stock.StockReport:
    return stock.import_stock(
        program=program,
        name=name,
        content=content,
        file_name=file_name,
        by=acting(request),
        at=timezone.now(),
        dry_run=dry_run,
    )


def _preview(
    request: HttpRequest, program: Program, report: stock.StockReport, token: str
) -> HttpResponse:
    labels = [
        (Technology(code).label, count) for code, count in sorted(report.technologies.items())
    ]
    context = {
        "program": program,
        "report": report,
        "labels": labels,
        "rejected": report.rejected[:ROWS_SHOWN],
        "token": token,
    }
    return render(request, "cards/stock/import_preview.html", context)
