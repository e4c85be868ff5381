import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pointsys.audit import queries
from pointsys.audit import services as audit
from pointsys.audit.models import AuditEvent
from pointsys.common.clock import jst_midnight
from pointsys.common.tabular import csv_lines
from pointsys.console import perms
from pointsys.console.audit_words import AREAS, act_words, fact_words, target_words
from pointsys.console.forms import AuditSearchForm
from pointsys.console.guards import console_page
from pointsys.programs import scope
from pointsys.users import queries as users
from pointsys.users.models import User

EVENTS_A_PAGE = 50
COLUMNS = ("日時", "行為", "コード", "行った人", "発注者", "対象の種別", "対象のID", "内容")


@require_safe
@console_page(perms.can_view_audit)
def events(request: HttpRequest) -> HttpResponse:
    """List what staff did, newest first."""
    form = AuditSearchForm(request.GET or None, areas=list(AREAS.items()))
    page = Paginator(_found(request, form), EVENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "program": scope.chosen_program(request),
        "form": form,
        "page": page,
        "lines": [
            (event, act_words(event.code), target_words(event.target_kind), _facts(event))
            for event in page
        ],
    }
    return render(request, "console/audit.html", context)


@require_safe
@console_page(perms.can_view_audit)
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the same list as a CSV file; taking it out is itself recorded."""
    form = AuditSearchForm(request.GET or None, areas=list(AREAS.items()))
    if form.is_bound and not form.is_valid():
        return redirect("console:audit")
    found = _found(request, form)
    now = timezone.now()
    assert isinstance(request.user, User)
    clients = users.client_ids(request.user, perms.AUDIT_ROLES)
    counted = found.order_by().values_list("organization_id").annotate(Count("pk"))
    audit.record_export(
        by=request.user,
        what="audit.events",
        row_counts=dict.fromkeys(clients, 0) | dict(counted),
        file_format="csv",
        filters=_filters(form),
        at=now,
    )
    response = StreamingHttpResponse(
        csv_lines(COLUMNS, _rows(found)), content_type="text/csv; charset=utf-8"
    )
    name = f"audit-{timezone.localtime(now):%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found(request: HttpRequest, form: AuditSearchForm) -> QuerySet[AuditEvent]:
    clients = users.client_ids(request.user, perms.AUDIT_ROLES)
    found = (
        queries.events_visible_to(request.user)
        .filter(organization_id__in=clients)
        .select_related("by", "organization")
        .order_by("-at", "-id")
    )
    if not form.is_bound:
        return found
    return found.filter(_conditions(form.cleaned_data)) if form.is_valid() else found.none()


def _filters(form: AuditSearchForm) -> dict[str, str | int | bool]:
    """Return what narrowed the list, without whom it was about."""
    wanted = form.cleaned_data if form.is_bound else {}
    return {name: bool(v) if name == "person" else str(v or "") for name, v in wanted.items()}


def _conditions(wanted: dict[str, Any]) -> Q:
    conditions = Q()
    if wanted["area"]:
        conditions &= Q(code__startswith=f"{wanted['area']}.")
    if wanted["person"]:
        conditions &= Q(by__username=wanted["person"])
    if wanted["since"]:
        conditions &= Q(at__gte=jst_midnight(wanted["since"]))
    if wanted["until"]:
        conditions &= Q(at__lt=jst_midnight(wanted["until"] + timedelta(days=1)))
    return conditions


def _facts(event: AuditEvent) -> str:
    return "、".join(fact_words(name, value) for name, value in event.changes.items())


def _changes(event: AuditEvent) -> str:
    """Return what changed in one line: names and values, as the record has them."""
    return "、".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in event.changes.items()
    )


def _rows(found: QuerySet[AuditEvent]) -> Iterator[tuple[str, ...]]:
    for event in found.iterator(chunk_size=2_000):
        yield (
            f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
            act_words(event.code),
            event.code,
            event.by.username if event.by else "",
            event.organization.name if event.organization else "",
            event.target_kind,
            event.target_id,
            _changes(event),
        )
