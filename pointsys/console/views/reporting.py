"""Targets and weekly reports: read, printed, taken out; set by the office."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.common.tabular import xlsx_bytes
from pointsys.console import perms, queries, services, weekly_pdf
from pointsys.console.forms import TargetForm, WeekdayForm
from pointsys.console.guards import console_page
from pointsys.console.models import KpiTarget, ReportSetting, WeeklyReport
from pointsys.console.queries import weekly
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User

REPORTS_A_PAGE: Final = 26
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS: Final = ("分野", "項目", "単位", "この週", "前の週", "累計")


@require_safe
@console_page(perms.can_view_reports)
def reports(request: HttpRequest) -> HttpResponse:
    """List the weekly reports of the chosen program, newest first."""
    program = _read_program(request)
    found = weekly.reports_visible_to(request.user).filter(program=program)
    return _list_page(request, program, found)


@require_safe
@console_page(perms.can_view_reports)
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show one weekly report as it was made."""
    found = _report(request, report_id)
    context = {"program": found.program, "report": found} | _facts(found)
    return render(request, "console/reports/detail.html", context)


@require_safe
@console_page(perms.can_view_reports)
def report_pdf(request: HttpRequest, report_id: int) -> HttpResponse:
    """Print a weekly report."""
    found = _report(request, report_id)
    content = weekly_pdf.report_pdf(found, weekly.report_before(found))
    return _taken(request, found, content, "pdf", "application/pdf")


@require_safe
@console_page(perms.can_view_reports)
def report_xlsx(request: HttpRequest, report_id: int) -> HttpResponse:
    """Give a weekly report for Excel."""
    found = _report(request, report_id)
    rows = list(_rows(found))
    content = xlsx_bytes(COLUMNS, rows, sheet_name=f"週報 {found.week_start:%Y-%m-%d}")
    return _taken(request, found, content, "xlsx", XLSX)


@require_POST
@console_page(perms.can_view_reports)
def weekday(request: HttpRequest) -> HttpResponse:
    """Choose the day on which reports are made."""
    program = _kept_program(request)
    form = WeekdayForm(request.POST)
    if form.is_valid():
        kept = services.set_weekday(
            program_id=program.pk,
            weekday=form.cleaned_data["weekday"],
            by=_user(request),
            at=timezone.now(),
        )
        messages.success(request, f"週報は、毎週{kept.get_weekday_display()}に作ります。")
        return redirect("console:reports")
    found = weekly.reports_visible_to(request.user).filter(program=program)
    return _list_page(request, program, found, form)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page(perms.can_view_reports)
def targets(request: HttpRequest) -> HttpResponse:
    """Show the targets of the chosen program; the office sets them here."""
    program = _read_program(request)
    if program is None:
        raise Http404
    may_set = perms.can_set_targets(request.user, program.client_id)
    form = TargetForm(request.POST or None, initial={"code": request.GET.get("code", "")[:20]})
    if request.method == "POST":
        if not may_set:
            raise PermissionDenied
        if form.is_valid():
            try:
                kept = services.set_target(
                    program_id=program.pk,
                    **form.cleaned_data,
                    by=_user(request),
                    at=timezone.now(),
                )
            except DomainError as refusal:
                field = "due_date" if "due" in refusal.code else "target"
                form.add_error(field, str(refusal))
            else:
                messages.success(request, f"目標「{kept.get_code_display()}」を決めました。")
                return redirect("console:targets")
    facts = queries.Facts(program=program, user=request.user, at=timezone.now())
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "rows": queries.target_rows(facts),
        "form": form,
        "may_set_targets": may_set,
        "now": facts.at,
    }
    return render(request, "console/reports/targets.html", context)


@require_POST
@console_page(perms.can_view_reports)
def target_remove(request: HttpRequest, target_id: int) -> HttpResponse:
    """Take a target away."""
    clients = [program.pk for program in scope.visible_programs(request)]
    target = get_object_or_404(KpiTarget, pk=target_id, program_id__in=clients)
    if not perms.can_set_targets(request.user, target.program.client_id):
        raise PermissionDenied
    services.remove_target(target_id=target.pk, by=_user(request), at=timezone.now())
    messages.success(request, f"目標「{target.get_code_display()}」を取り消しました。")
    return redirect("console:targets")


def _list_page(
    request: HttpRequest, program: Program | None, found: Any, form: WeekdayForm | None = None
) -> HttpResponse:
    may_set = program is not None and perms.can_set_targets(request.user, program.client_id)
    day = services.weekday_of(program) if program else 0
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "page": Paginator(found, REPORTS_A_PAGE).get_page(request.GET.get("page")),
        "weekday": ReportSetting.Weekday(day).label,
        "may_set": may_set,
        "form": form or WeekdayForm(initial={"weekday": day}),
    }
    return render(request, "console/reports/list.html", context)


def _report(request: HttpRequest, report_id: int) -> WeeklyReport:
    found = get_object_or_404(weekly.reports_visible_to(request.user), pk=report_id)
    if not perms.can_view_reports_of(request.user, found.program.client_id):
        raise Http404(str(report_id))
    return found


def _read_program(request: HttpRequest) -> Program | None:
    """Return the chosen program; one where the user only works at the desk has no figures here."""
    program = scope.chosen_program(request)
    if program and not perms.can_view_reports_of(request.user, program.client_id):
        raise PermissionDenied
    return program


def _kept_program(request: HttpRequest) -> Program:
    program = scope.chosen_program(request)
    if program is None or not perms.can_set_targets(request.user, program.client_id):
        raise PermissionDenied
    return program


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _facts(found: WeeklyReport) -> dict[str, Any]:
    return {
        "last_day": found.week_start + weekly.WEEK - timedelta(days=1),
        "sections": weekly.sections_of(found, weekly.report_before(found)),
    }


def _rows(found: WeeklyReport) -> Any:
    for section in weekly.sections_of(found, weekly.report_before(found)):
        for one in section["lines"]:
            yield (
                section["title"],
                one["label"],
                one["unit"],
                one["week"],
                one["before"],
                one["total"],
            )
        for table in section["tables"]:
            for row in table["rows"]:
                yield (f"{section['title']} {table['title']}", row[0], "件", row[1], None, None)


def _taken(
    request: HttpRequest, found: WeeklyReport, content: bytes, form: str, content_type: str
) -> HttpResponse:
    audit.record_export(
        by=_user(request),
        what="console.weekly_report",
        row_counts={found.program.client_id: 1},
        file_format=form,
        target=found,
        at=timezone.now(),
    )
    name = f"weekly-{found.program.code}-{found.week_start:%Y%m%d}.{form}"
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
