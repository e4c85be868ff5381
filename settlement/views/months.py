"""The months of a program, one month, and the two acts that begin there: close and prepare."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.common import display
from pointsys.common.clock import next_month
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from settlement import forms, perms, queries, services
from settlement.queries import MonthOverview
from settlement.queries.sources import voucher_shares
from settlement.views.common import program_of, require, settlement_page, user_of

STATEMENTS_A_PAGE: Final = 50


@require_safe
@settlement_page
def periods(request: HttpRequest) -> HttpResponse:
    """List the months of the chosen program with what each waits for."""
    program = scope.chosen_program(request)
    if program is not None:
        program = program_of(request, program.code)
    now = timezone.now()
    months = queries.month_overviews(program, now) if program else []
    context = {
        "program": program,
        "programs": list(queries.programs_visible_to(request.user)),
        "months": months,
        "next_to_close": _next_to_close(months),
        "may_prepare": program is not None and perms.can_prepare(request.user, program),
        "profile_count": queries.profiles_visible_to(request.user)
        .filter(client_id=program.client_id, is_active=True)
        .count()
        if program
        else 0,
    }
    return render(request, "settlement/periods.html", context)


@require_safe
@settlement_page
def month_page(request: HttpRequest, code: str, month: date) -> HttpResponse:
    """Show one month: how far it is, its statements, its files, and the next step."""
    program = program_of(request, code)
    now = timezone.now()
    overview = _overview(program, month, now)
    search = forms.StatementFilterForm(request.GET or None)
    found = queries.filtered_statements(
        queries.with_payouts(
            queries.statements_visible_to(request.user).filter(program=program, period__month=month)
        ),
        search.chosen(),
    )
    page = Paginator(found, STATEMENTS_A_PAGE).get_page(request.GET.get("page"))
    plan = queries.payment_plan(program=program, month=month, at=now)
    lines = queries.payable_lines(program_id=program.pk, until_month=month)
    context = {
        "program": program,
        "overview": overview,
        "rail": month_rail(program, overview),
        "search": search,
        "page": page,
        "rows": [queries.row_of(statement) for statement in page],
        "plan": plan,
        "shares": voucher_shares(program_id=program.pk, month=month),
        "lines_count": len(lines),
        "lines_yen": sum(line.statement.amount_yen for line in lines),
        "batches": queries.batches_visible_to(request.user)
        .filter(program=program, period__month=month)
        .order_by("-sequence"),
        "form": forms.PrepareForm(client_id=program.client_id),
        "may_prepare": perms.can_prepare(request.user, program),
        "is_next_to_close": overview == _next_to_close(queries.month_overviews(program, now)),
        "month_ends": next_month(month),
    }
    return render(request, "settlement/month.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@settlement_page
def close(request: HttpRequest, code: str, month: date) -> HttpResponse:
    """Ask once more, then close the month and make its statements."""
    program = program_of(request, code)
    require(perms.can_prepare(request.user, program))
    now = timezone.now()
    overview = _overview(program, month, now)
    if request.method != "POST":
        totals = queries.ledger_totals(program_id=program.pk, month=month)
        context = {"program": program, "overview": overview, "totals": totals}
        return render(request, "settlement/close.html", context)
    try:
        run = services.close_period(program_id=program.pk, month=month, by=user_of(request), at=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            f"{month:%Y年%-m月}分を締め、支払明細を{run.statement_count:,}件作りました。"
            f"台帳の合計は{display.grouped(run.ledger_yen)}円です。",
        )
    return redirect("settlement:month", code=code, month=month)


@require_POST
@settlement_page
def prepare(request: HttpRequest, code: str, month: date) -> HttpResponse:
    """Make the transfer file and go to its page."""
    program = program_of(request, code)
    require(perms.can_prepare(request.user, program))
    form = forms.PrepareForm(request.POST, client_id=program.client_id)
    if not form.is_valid():
        messages.error(request, "支払元の口座をえらんでください。")
        return redirect("settlement:month", code=code, month=month)
    try:
        batch = services.prepare_batch(
            program_id=program.pk,
            month=month,
            profile_id=form.cleaned_data["profile"].pk,
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("settlement:month", code=code, month=month)
    messages.success(
        request, f"振込データ {batch.number} を作りました。別の人の承認を待っています。"
    )
    return redirect("settlement:batch", batch_id=batch.pk)


@dataclass(frozen=True)
class _Step:
    """One stage of the rail."""

    name: str
    note: str
    is_done: bool


def month_rail(program: Program, overview: MonthOverview) -> list[dict[str, Any]]:
    """Return the stages of a month for components/rail.html; the first that is not done is now."""
    batch = overview.batch
    due = display.japanese_date(batch.file_due_date if batch else overview.file_due_date)
    paid_on = display.japanese_date(batch.payment_date if batch else overview.payment_date)
    steps = [
        _Step("期間締め", _moment(overview.closed_at), overview.closed_at is not None),
        _Step(
            "支払明細",
            _moment(overview.run.built_at if overview.run else None),
            overview.run is not None,
        ),
        _Step("データ作成・照合", _moment(batch.prepared_at if batch else None), batch is not None),
        _Step(
            "承認",
            _moment(batch.approved_at) if batch and batch.approved_at else f"期限 {due}",
            bool(batch and batch.approved_at),
        ),
        _Step(
            "銀行へ送信",
            _moment(batch.submitted_at) if batch and batch.submitted_at else f"{due}まで",
            bool(batch and batch.submitted_at),
        ),
        _Step("振込", paid_on, bool(batch and batch.paid_at)),
    ]
    first_open = next((step for step in steps if not step.is_done), None)
    return [
        {
            "name": step.name,
            "note": step.note,
            "state": "done" if step.is_done else "now" if step is first_open else "",
        }
        for step in steps
    ]


def _moment(at: datetime | None) -> str:
    if at is None:
        return ""
    moment = timezone.localtime(at)
    return f"{moment.month}/{moment.day} {moment:%H:%M}"


def _overview(program: Program, month: date, at: datetime) -> MonthOverview:
    overview = queries.month_overview(program, month, at)
    if overview is None:
        raise Http404(month)
    return overview


def _next_to_close(months: list[MonthOverview]) -> MonthOverview | None:
    """Return the earliest month that is over and lacks its statements: months close in order."""
    return next((each for each in reversed(months) if each.is_over and each.run is None), None)
