"""The queue of documents: one application a page, what was typed beside the picture."""

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.programs import queries as programs
from vouchers import perms
from vouchers.errors import AlreadyDecided
from vouchers.forms.office import ResidencyForm
from vouchers.models import Application
from vouchers.queries import applications as queries
from vouchers.services import noticing, residency
from vouchers.views.common import picture_response, require, round_of, user_of, voucher_page

PURPOSE = "住所の確認（商品券の申込）"


@require_safe
@voucher_page
def queue(request: HttpRequest) -> HttpResponse:
    """Show how many documents wait in which round, since when."""
    require(perms.can_review_somewhere(request.user))
    waiting = (
        queries.applications_visible_to(request.user)
        .filter(status=Application.Status.RECEIVED)
        .order_by()
        .values(
            "sale_round_id", "sale_round__number", "sale_round__campaign__program__name",
            "sale_round__apply_ends_at",
        )
        .annotate(count=Count("pk"), oldest_at=Min("applied_at"))
        .order_by("oldest_at")
    )  # fmt: skip
    return render(request, "vouchers/queue.html", {"waiting": list(waiting)})


@require_POST
@voucher_page
def start(request: HttpRequest, round_id: int) -> HttpResponse:
    """Go to the next application that nobody else is looking at."""
    sale_round = round_of(request, round_id)
    require(perms.can_review(request.user, sale_round.campaign.program.client_id))
    return _next(request, sale_round.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """Show one application beside its document, and take the decision."""
    require(perms.can_review_somewhere(request.user))
    found = get_object_or_404(queries.applications_visible_to(request.user), pk=application_id)
    form = ResidencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, found, form)
        except AlreadyDecided as refusal:
            messages.warning(request, str(refusal))
            return _next(request, found.sale_round_id, after_id=found.pk)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _next(request, found.sale_round_id)
    is_waiting = found.status == Application.Status.RECEIVED
    is_mine = is_waiting and residency.claim(application_id=found.pk, by=user_of(request))
    program = found.sale_round.campaign.program
    audit.record_access(
        subject=found.resident,
        organization_id=program.client_id,
        purpose=PURPOSE,
        by=user_of(request),
        at=timezone.now(),
    )
    context = {
        "program": program,
        "application": found,
        "resident": found.resident,
        "sale_round": found.sale_round,
        "address": queries.address_of(found.resident),
        "municipality": queries.municipality_of(found.resident),
        "is_in_area": programs.is_in_area(program, found.resident.municipality_code),
        "documents": list(found.documents.order_by("-uploaded_at", "-pk")),
        "earlier": list(queries.previous_applications(found)),
        "waiting_count": queries.waiting_applications(found.sale_round_id).count(),
        "is_waiting": is_waiting,
        "is_mine": is_mine,
        "form": form,
    }
    return render(request, "vouchers/application.html", context)


@never_cache
@require_safe
@voucher_page
def picture(request: HttpRequest, document_uuid: str) -> HttpResponse:
    """Serve the picture of a document to who decides on it; each look is on record."""
    require(perms.can_review_somewhere(request.user))
    document = get_object_or_404(
        queries.documents_visible_to(request.user), uuid=document_uuid, deleted_at__isnull=True
    )
    content = residency.open_picture(document=document, by=user_of(request), at=timezone.now())
    return picture_response(content)


def _decide(request: HttpRequest, found: Application, form: ResidencyForm) -> None:
    by, at, number = user_of(request), timezone.now(), noticing.spoken(found.number)
    if form.cleaned_data["decision"] == "confirm":
        residency.confirm(application_id=found.pk, by=by, at=at)
        messages.success(request, f"申込 {number} のお住まいを確認しました。")
        return
    residency.refuse(application_id=found.pk, reason=form.chosen_reason(), by=by, at=at)
    messages.success(request, f"申込 {number} に、確認できない理由をお知らせしました。")


def _next(request: HttpRequest, round_id: int, *, after_id: int = 0) -> HttpResponse:
    following = residency.take_next(
        sale_round_id=round_id, by=user_of(request), after_id=after_id
    ) or (residency.take_next(sale_round_id=round_id, by=user_of(request)) if after_id else None)
    if following is not None:
        return redirect("vouchers:application", following.pk)
    messages.success(request, "確認待ちの申込は、もうありません。")
    return redirect("vouchers:round", round_id)
