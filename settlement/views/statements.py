"""One statement for the office, the list as a file, and the stop of a payment."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ledger import queries as ledger_queries
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.errors import DomainError
from pointsys.common.tabular import xlsx_bytes
from settlement import forms, perms, queries, services, statement_pdf
from settlement.models import Statement
from settlement.queries.sources import voucher_shares
from settlement.views.common import (
    csv_response,
    file_response,
    program_of,
    require,
    settlement_page,
    user_of,
)

COLUMNS: Final = (
    "明細番号",
    "店舗コード",
    "店名",
    "支払の件数",
    "支払（円）",
    "取消・返金の件数",
    "取消・返金（円）",
    "締め後の調整の件数",
    "締め後の調整（円）",
    "前月からの繰越（円）",
    "支払額（円）",
    "状態",
    "保留の理由",
    "振込データ",
    "振込日",
)
LINE_COLUMNS: Final = ("日付", "時刻", "受付番号", "レジ", "種別", "金額（円）")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@settlement_page
def detail(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Show a statement with what it adds up from and how it is paid."""
    return _page(request, _statement(request, statement_id), forms.ReasonForm())


@require_safe
@settlement_page
def pdf(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Print a statement."""
    statement = _statement(request, statement_id)
    response = pdf_response(statement)
    _record_taken(request, statement, "settlement.statement", rows=1, file_format="pdf")
    return response


@require_safe
@settlement_page
def lines(request: HttpRequest, statement_id: int) -> HttpResponseBase:
    """Give the payments and refunds of a statement as a file."""
    statement = _statement(request, statement_id)
    _record_taken(
        request,
        statement,
        "settlement.statement_lines",
        rows=statement.payment_count + statement.refund_count + statement.adjustment_count,
        file_format="csv",
    )
    return lines_response(statement)


@require_POST
@settlement_page
def hold(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Stop the payment of a statement with a reason."""
    return _change_hold(
        request,
        statement_id,
        services.hold_statement,
        "支払明細 {number} の支払いを止めました。",
    )


@require_POST
@settlement_page
def release(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Let a stopped statement be paid again with a reason."""
    return _change_hold(
        request,
        statement_id,
        services.release_statement,
        "支払明細 {number} の支払停止を解きました。次の振込データで支払います。",
    )


@require_safe
@settlement_page
def export_csv(request: HttpRequest, code: str, month: date) -> HttpResponseBase:
    """Give the month's statements, narrowed as on the page, as CSV."""
    name = f"statements-{code}-{month:%Y-%m}.csv"
    return csv_response(name, COLUMNS, _rows(request, code, month, file_format="csv"))


@require_safe
@settlement_page
def export_xlsx(request: HttpRequest, code: str, month: date) -> HttpResponse:
    """Give the month's statements, narrowed as on the page, for Excel."""
    rows = _rows(request, code, month, file_format="xlsx")
    content = xlsx_bytes(COLUMNS, rows, sheet_name=f"{month:%Y年%-m月}分")
    return file_response(f"statements-{code}-{month:%Y-%m}.xlsx", content, content_type=XLSX)


def pdf_response(statement: Statement) -> HttpResponse:
    """Answer with the printed statement."""
    sheet = queries.statement_sheet(statement, timezone.now())
    return file_response(
        f"{statement.document_number}.pdf",
        statement_pdf.statement_pdf(sheet),
        content_type="application/pdf",
    )


def lines_response(statement: Statement) -> HttpResponseBase:
    """Answer with every payment and refund that a statement adds up."""
    found = ledger_queries.store_month_lines(
        program_id=statement.program_id,
        store_id=statement.store_id,
        month=statement.period.month,
    )
    rows = (
        (
            f"{timezone.localtime(line.occurred_at):%Y-%m-%d}",
            f"{timezone.localtime(line.occurred_at):%H:%M:%S}",
            display.in_fours(line.receipt_number),
            line.till_number,
            "支払" if line.points > 0 else "締め後の調整" if line.is_late else "取消・返金",
            line.points,
        )
        for line in found
    )
    return csv_response(f"{statement.document_number}.csv", LINE_COLUMNS, rows)


def _statement(request: HttpRequest, statement_id: int) -> Statement:
    return get_object_or_404(
        queries.with_payouts(queries.statements_visible_to(request.user)), pk=statement_id
    )


def _page(request: HttpRequest, statement: Statement, form: forms.ReasonForm) -> HttpResponse:
    context: dict[str, Any] = {
        "program": statement.program,
        "statement": statement,
        "row": queries.row_of(statement),
        "sheet": queries.statement_sheet(statement, timezone.now()),
        "payouts": statement.payouts.select_related("batch__period").order_by("pk"),
        "history": queries.statement_history(statement),
        "shares": voucher_shares(
            program_id=statement.program_id,
            month=statement.period.month,
            store_id=statement.store_id,
        ),
        "form": form,
        "may_hold": perms.can_prepare(request.user, statement.program),
        "may_release": perms.can_approve(request.user, statement.program),
    }
    return render(request, "settlement/statement.html", context)


def _change_hold(
    request: HttpRequest, statement_id: int, act: Callable[..., Statement], done: str
) -> HttpResponse:
    statement = _statement(request, statement_id)
    # One person stops, another lets go: what was held for a suspicion is not freed by one hand.
    may = perms.can_prepare if act is services.hold_statement else perms.can_approve
    require(may(request.user, statement.program))
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, statement, form)
    try:
        act(
            statement_id=statement.pk,
            reason=form.cleaned_data["reason"],
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done.format(number=statement.document_number))
    return redirect("settlement:statement", statement_id=statement.pk)


def _record_taken(
    request: HttpRequest, statement: Statement, what: str, *, rows: int, file_format: str
) -> None:
    audit.record_export(
        by=user_of(request),
        what=what,
        row_counts={statement.program.client_id: rows},
        file_format=file_format,
        target=statement,
        at=timezone.now(),
    )


def _rows(
    request: HttpRequest, code: str, month: date, *, file_format: str
) -> Iterator[tuple[str | int | None, ...]]:
    """Return the rows of the narrowed list, and record that they are taken out."""
    program = program_of(request, code)
    statements = queries.statements_visible_to(request.user).filter(
        program=program, period__month=month
    )
    chosen = forms.StatementFilterForm(request.GET or None).chosen()
    found = queries.filtered_statements(statements, chosen)
    audit.record_export(
        by=user_of(request),
        what="settlement.statements",
        row_counts={program.client_id: found.count()},
        file_format=file_format,
        filters=asdict(chosen)
        | {"words": bool(chosen.words), "program": program.code, "month": f"{month:%Y-%m}"},
        at=timezone.now(),
    )
    return (_cells(row) for row in queries.rows_of(found))


def _cells(row: queries.StatementRow) -> tuple[str | int | None, ...]:
    statement, payout = row.statement, row.payout
    return (
        statement.document_number,
        statement.store_code,
        statement.store_name,
        statement.payment_count,
        statement.payment_points,
        statement.refund_count,
        -statement.refund_points,
        statement.adjustment_count,
        statement.adjustment_yen,
        statement.carried_in_yen,
        statement.amount_yen,
        row.state.text,
        statement.hold_reason,
        payout.batch.number if payout else None,
        payout.batch.payment_date.isoformat() if payout else None,
    )
