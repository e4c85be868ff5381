from datetime import date, datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from callcenter import perms, queries, services
from callcenter.errors import DeskError
from callcenter.forms import CorrectionForm, DayForm
from callcenter.models import DailyReport
from callcenter.report_sheet import report_workbook
from callcenter.views.common import acting, base_template, guarded_by, posted
from pointsys.audit import services as audit
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users import queries as users

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@guarded_by(perms.can_view_reports)
def reports(request: HttpRequest) -> HttpResponse:
    """List two weeks of days with what was reported of each, and what is missing or late."""
    program = _program(request)
    form = DayForm(request.GET)
    last: date | None = form.cleaned_data["day"] if form.is_valid() else None
    at = timezone.now()
    context: dict[str, Any] = {
        "base": base_template(request),
        "program": program,
        "filter_form": form,
        "days": queries.report_days(client_id=program.client_id, at=at, last=last)
        if program
        else [],
        "now": at,
    }
    return render(request, "callcenter/reports.html", context)


def _program(request: HttpRequest) -> Program | None:
    """Return the program whose client's reports are read, or None where the user has none."""
    chosen = scope.chosen_program(request)
    if chosen and users.has_role(request.user, chosen.client_id, queries.REPORT_ROLES):
        return chosen
    return next(
        (
            program
            for program in scope.visible_programs(request)
            if users.has_role(request.user, program.client_id, queries.REPORT_ROLES)
        ),
        None,
    )


def _report(request: HttpRequest, report_id: int) -> DailyReport:
    return get_object_or_404(queries.reports_visible_to(acting(request)), pk=report_id)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded_by(perms.can_view_reports)
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show one version of a day's report; a supervisor sends a corrected one from here."""
    found = _report(request, report_id)
    at = timezone.now()
    form = CorrectionForm(posted(request))
    if request.method == "POST":
        if not perms.can_correct_reports(request.user, found.client_id):
            raise PermissionDenied
        if form.is_valid():
            try:
                new = services.correct_report(
                    report_id=found.pk,
                    reason=form.cleaned_data["reason"],
                    by=acting(request),
                    at=at,
                )
            except DeskError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"第{new.version}版を作り、送りました。")
                return redirect("callcenter:report", new.pk)
    versions = queries.versions_of(found)
    before = queries.report_before(found)
    earlier = next((one for one in versions if one.version == found.version - 1), None)
    is_newest = versions[-1].pk == found.pk
    parts = {
        "before": before.counts if before else None,
        "earlier": earlier.counts if earlier else None,
    }
    context = {
        "base": base_template(request),
        "program": _program(request),
        "report": found,
        "versions": versions,
        "before": before,
        "rows": queries.report_rows(found.counts, **parts),
        "total": queries.total_row(found.counts, **parts),
        "complaints": _moments(found.counts["complaints"]),
        "privacy": _moments(found.counts["privacy"]),
        "escalations": _moments(found.counts["escalations"]),
        "delivery": queries.delivery_of(found),
        "is_late": queries.is_late(found),
        "is_newest": is_newest,
        "has_changed": is_newest and services.has_changed(found),
        "may_correct": perms.can_correct_reports(request.user, found.client_id),
        "days": queries.report_days(client_id=found.client_id, at=at),
        "form": form,
        "now": at,
    }
    return render(request, "callcenter/report.html", context)


def _moments(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a snapshot with their instants read."""
    read = datetime.fromisoformat
    return [
        {
            name: read(value) if name.endswith("at") and isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    ]


@require_safe
@guarded_by(perms.can_view_reports)
def report_xlsx(request: HttpRequest, report_id: int) -> HttpResponse:
    """Give a report as an Excel file, and write down who took it."""
    found = _report(request, report_id)
    audit.record_export(
        by=acting(request),
        what="callcenter.report",
        row_counts={found.client_id: found.total},
        file_format="xlsx",
        at=timezone.now(),
        target=found,
        filters={"day": found.day.isoformat(), "version": found.version},
    )
    name = f"desk-report-{found.client.code}-{found.day:%Y%m%d}-v{found.version}.xlsx"
    return HttpResponse(
        report_workbook(found, before=queries.report_before(found)),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
