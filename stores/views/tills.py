from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from stores import perms, queries, services
from stores.errors import NoTills
from stores.stand import stands_pdf
from stores.stand_facts import stands_of
from stores.views.access import (
    acting,
    check_may_manage,
    refusals_as_messages,
    store_page,
    whole_numbers,
)

STANDS_AT_ONCE = 500


@require_POST
@store_page
def issue(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Give a store one more QR of a program."""
    enrolment = get_object_or_404(queries.enrolments_visible_to(request.user), pk=enrolment_id)
    by = check_may_manage(request, enrolment.store.client_id)
    with refusals_as_messages(request):
        till = services.issue_till(
            program_id=enrolment.program_id,
            store_id=enrolment.store_id,
            by=by,
            at=timezone.now(),
        )
        messages.success(request, f"レジ{till.number}のQRを発行しました。台紙を印刷できます。")
    return redirect("stores:store", enrolment.store_id)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def revoke(request: HttpRequest, till_id: int) -> HttpResponse:
    """Ask once, then make a QR useless."""
    till = get_object_or_404(queries.tills_visible_to(request.user), pk=till_id)
    by = check_may_manage(request, till.store.client_id)
    if request.method == "POST":
        with refusals_as_messages(request):
            services.revoke_till(till_id=till.pk, by=by, at=timezone.now())
            messages.success(request, f"レジ{till.number}のQRを失効させました。")
        return redirect("stores:store", till.store_id)
    context = {"program": till.program, "till": till, "store": till.store}
    return render(request, "stores/till_revoke.html", context)


@require_safe
@store_page
def stand(request: HttpRequest, till_id: int) -> HttpResponse:
    """Give the A5 stand of one till."""
    till = get_object_or_404(queries.tills_visible_to(request.user), pk=till_id)
    if till.revoked_at:
        messages.error(request, "失効したQRの台紙は印刷できません。")
        return redirect("stores:store", till.store_id)
    try:
        content = stands_pdf(stands_of(till.program, [till], on=timezone.localdate()))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("stores:store", till.store_id)
    _record_printed(request, till.program, 1)
    return _pdf(content, f"stand-{till.store.code}-{till.number}.pdf")


@require_POST
@store_page
def stands(request: HttpRequest) -> HttpResponse:
    """Give the stands of the ticked stores as one file, issuing first QRs where asked to."""
    program = scope.chosen_program(request)
    visible = queries.stores_visible_to(request.user).filter(
        pk__in=whole_numbers(request.POST.getlist("store"), at_most=STANDS_AT_ONCE)
    )
    store_ids = list(visible.values_list("pk", flat=True))
    try:
        if program is None or not store_ids:
            raise NoTills
        if request.POST.get("issue") and perms.can_manage_stores(request.user, program.client_id):
            services.issue_missing_tills(
                program_id=program.pk, store_ids=store_ids, by=acting(request), at=timezone.now()
            )
        tills = list(queries.live_tills(program_id=program.pk, store_ids=store_ids))
        if not tills:
            raise NoTills
        content = stands_pdf(stands_of(program, tills, on=timezone.localdate()))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("stores:home")
    _record_printed(request, program, len(tills))
    return _pdf(content, f"stands-{program.code}.pdf")


def _record_printed(request: HttpRequest, program: Program, count: int) -> None:
    audit.record_export(
        by=acting(request),
        what="stores.stands",
        row_counts={program.client_id: count},
        file_format="pdf",
        filters={"program": program.code},
        at=timezone.now(),
    )


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
