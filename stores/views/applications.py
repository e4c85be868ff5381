from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.common.errors import DomainError
from pointsys.programs import scope
from stores import perms, queries, services
from stores.errors import StoreError
from stores.forms import ApplicationFilterForm, BulkApproveForm, DecisionForm
from stores.models import StoreApplication
from stores.views.access import (
    acting,
    check_may_manage,
    page_of,
    posted,
    refusals_as_messages,
    store_page,
    whole_numbers,
)

REFUSALS_SHOWN = 10


@require_safe
@store_page
def applications(request: HttpRequest) -> HttpResponse:
    """List the applications of the chosen program, narrowed by the filter."""
    program = scope.chosen_program(request)
    rows = queries.applications_visible_to(request.user).filter(program=program)
    municipalities = queries.municipality_choices(rows)
    form = ApplicationFilterForm(
        request.GET or {"status": StoreApplication.Status.SUBMITTED},
        municipalities=municipalities,
        sources=queries.sources_of(rows),
    )
    chosen = form.chosen()
    found = queries.filtered_applications(rows, queries.ApplicationFilter(**chosen))
    page = page_of(request, found)
    context = {
        **tabs_context(request),
        "counts": queries.application_counts(rows),
        "filter_form": form,
        "chosen_status": chosen["status"],
        "page": page,
        "rows": [(row, queries.municipality_name(row.municipality_code)) for row in page],
        "bulk_form": BulkApproveForm(),
        "may_manage": program is not None
        and perms.can_manage_stores(request.user, program.client_id),
    }
    return render(request, "stores/applications.html", context)


@require_POST
@store_page
def approve_many(request: HttpRequest) -> HttpResponse:
    """Approve the ticked applications; each that needs a closer look stays and says why."""
    back = _safe_back(request, reverse("stores:applications"))
    chosen = queries.applications_visible_to(request.user).filter(
        pk__in=whole_numbers(request.POST.getlist("application"))
    )
    clients = {application.program.client_id for application in chosen}
    for client_id in clients:
        check_may_manage(request, client_id)
    form = BulkApproveForm(request.POST)
    if not clients:
        messages.error(request, "承認する申込に、しるしを付けてください。")
    elif not form.is_valid():
        messages.error(request, "承認する理由を入力してください。")
    else:
        _approve(request, [application.pk for application in chosen], form.cleaned_data["reason"])
    return redirect(back)


def _approve(request: HttpRequest, application_ids: Sequence[int], reason: str) -> None:
    with refusals_as_messages(request):
        result = services.approve_applications(
            application_ids=application_ids,
            reason=reason,
            by=acting(request),
            at=timezone.now(),
        )
        if result.stores:
            messages.success(request, f"{len(result.stores)}件を承認しました。")
        for _, refusal in result.refused[:REFUSALS_SHOWN]:
            messages.warning(request, refusal)
        if (hidden := len(result.refused) - REFUSALS_SHOWN) > 0:
            messages.warning(request, f"ほかに{hidden}件を承認していません。")


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """Show one application with its evidence, and take the decision."""
    visible = queries.applications_visible_to(request.user)
    found = get_object_or_404(visible.select_related("decided_by"), pk=application_id)
    evidence = queries.evidence_of(found)
    form = DecisionForm(posted(request), needs_area_tick=evidence.is_maybe_outside, initial={})
    if request.method == "POST":
        check_may_manage(request, found.program.client_id)
        if form.is_valid() and _decide(request, found, form):
            return redirect("stores:application", found.pk)
    previous_id, next_id = queries.neighbours_of(found, visible)
    context = {
        "program": found.program,
        "application": found,
        "evidence": evidence,
        "municipality": queries.municipality_name(found.municipality_code),
        "form": form,
        "previous_id": previous_id,
        "next_id": next_id,
        "may_manage": perms.can_manage_stores(request.user, found.program.client_id),
    }
    return render(request, "stores/application.html", context)


def _decide(request: HttpRequest, found: StoreApplication, form: DecisionForm) -> bool:
    values = form.cleaned_data
    facts: dict[str, Any] = {
        "application_id": found.pk,
        "reason": values["reason"],
        "by": acting(request),
        "at": timezone.now(),
    }
    try:
        if values["decision"] == "approve":
            store = services.approve_application(
                accept_outside_area=values.get("accept_outside_area", False), **facts
            )
            messages.success(request, f"承認しました。店舗コードは {store.code} です。")
        else:
            services.reject_application(**facts)
            messages.success(request, "不承認にしました。")
    except StoreError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


@require_safe
@store_page
def proposals(request: HttpRequest) -> HttpResponse:
    """List the suspected duplicates of the chosen program that wait for somebody."""
    program = scope.chosen_program(request)
    waiting = queries.open_proposals(queries.proposals_visible_to(request.user)).filter(
        application__program=program
    )
    context = {
        **tabs_context(request),
        "page": page_of(request, waiting),
        "may_manage": program is not None
        and perms.can_manage_stores(request.user, program.client_id),
    }
    return render(request, "stores/proposals.html", context)


@require_POST
@store_page
def decide_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Take the answer whether two rows are one shop."""
    proposal = get_object_or_404(queries.proposals_visible_to(request.user), pk=proposal_id)
    by = check_may_manage(request, proposal.application.program.client_id)
    answer = request.POST.get("answer")
    if answer not in {"same", "different"}:
        messages.error(request, "「同じ店」か「別の店」をえらんでください。")
    else:
        try:
            services.decide_merge_proposal(
                proposal_id=proposal.pk, is_same=answer == "same", by=by, at=timezone.now()
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            words = "同じ店" if answer == "same" else "別の店"
            messages.success(request, f"「{proposal.application.name}」を{words}としました。")
    return redirect(_safe_back(request, reverse("stores:proposals")))


def tabs_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the tabs above each list need: the program and what waits behind each tab."""
    program = scope.chosen_program(request)
    applications_here = queries.applications_visible_to(request.user).filter(
        program=program, status=StoreApplication.Status.SUBMITTED
    )
    proposals_here = queries.open_proposals(queries.proposals_visible_to(request.user)).filter(
        application__program=program
    )
    return {
        "program": program,
        "programs": scope.visible_programs(request),
        "waiting_applications": applications_here.order_by().count(),
        "waiting_proposals": proposals_here.order_by().count(),
        "waiting_changes": queries.account_changes_visible_to(request.user).order_by().count(),
        "may_import": program is not None
        and perms.can_manage_stores(request.user, program.client_id),
    }


def _safe_back(request: HttpRequest, default: str) -> str:
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return default
