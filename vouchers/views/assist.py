"""Applying for a resident who cannot do it alone: at a counter or on the telephone (PB-05)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.common.held_files import HeldFileGone
from pointsys.residents import queries as residents
from pointsys.residents.models import Resident
from pointsys.users import queries as users
from vouchers import perms
from vouchers.forms.office import FindResidentForm
from vouchers.forms.resident import AssistForm
from vouchers.models import Application, ResidencyDocument, SaleRound
from vouchers.queries import applications as queries
from vouchers.queries.campaigns import VIEW_ROLES, is_taking_applications
from vouchers.services import applications as services
from vouchers.services import noticing
from vouchers.views.applying import price_of
from vouchers.views.common import picture_response, require, user_of
from vouchers.views.drafts import Desk, Draft

FOUND_AT_MOST = 20
PURPOSE = "商品券の申込の代行"


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds that take applications now, of the clients the user works for."""
    require(perms.can_assist_somewhere(request.user))
    now = timezone.now()
    found = SaleRound.objects.filter(
        campaign__program__client_id__in=users.client_ids(request.user, perms.ASSIST_ROLES),
        status=SaleRound.Status.APPLYING,
    ).select_related("campaign__program__client")
    shown = [sale_round for sale_round in found if is_taking_applications(sale_round, now)]
    context = {**_frame(request), "rounds": shown}
    return render(request, "vouchers/assist/rounds.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, round_id: int) -> HttpResponse:
    """Find the resident; words are posted, so that no name stands in an address."""
    sale_round = _round_of(request, round_id)
    form = FindResidentForm(request.POST if request.method == "POST" else None)
    found: list[Resident] = []
    if request.method == "POST" and form.is_valid():
        visible = queries.residents_to_assist(
            request.user, client_id=sale_round.campaign.program.client_id
        )
        matching = residents.matching(visible, form.cleaned_data["words"])
        found = list(matching[: FOUND_AT_MOST + 1])
        if found:
            _put_on_record(request, sale_round, sale_round)
    context = {
        **_frame(request, sale_round),
        "form": form,
        "found": [(one, queries.municipality_of(one)) for one in found[:FOUND_AT_MOST]],
        "has_more": len(found) > FOUND_AT_MOST,
        "has_searched": form.is_bound and form.is_valid(),
    }
    return render(request, "vouchers/assist/find.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, round_id: int, resident_id: int) -> HttpResponse:
    """Type in what the resident wants, with the picture of the document that was shown."""
    sale_round, resident = _row(request, round_id, resident_id)
    existing = services.living_application(sale_round.pk, resident.pk)
    desk = Desk(request, sale_round.pk, resident.pk)
    draft = desk.draft()
    form = AssistForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        limit=sale_round.campaign.limit_sets_per_person,
        has_picture=desk.has_picture(draft),
        initial={"sets": draft.sets or None, "kind": draft.kind},
    )
    if request.method == "POST" and existing is None and form.is_valid():
        picture = form.cleaned_data["picture"]
        token = desk.hold_picture(picture) if picture is not None else draft.token
        desk.keep(Draft(form.cleaned_data["sets"], form.cleaned_data["kind"], token))
        return redirect("vouchers:assist_check", sale_round.pk, resident.pk)
    _put_on_record(request, sale_round, resident)
    context = {
        **_frame(request, sale_round),
        "resident": resident,
        "municipality": queries.municipality_of(resident),
        "existing": existing,
        "has_picture": desk.has_picture(draft),
        "form": form,
    }
    return render(request, "vouchers/assist/enter.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, round_id: int, resident_id: int) -> HttpResponse:
    """Read the answers out to the resident, then send the application in their name."""
    sale_round, resident = _row(request, round_id, resident_id)
    desk = Desk(request, sale_round.pk, resident.pk)
    draft = desk.draft()
    if not draft.sets or not desk.has_picture(draft):
        return redirect("vouchers:assist_enter", sale_round.pk, resident.pk)
    if request.method == "POST":
        return _send(request, sale_round, resident, desk)
    _put_on_record(request, sale_round, resident)
    context = {
        **_frame(request, sale_round),
        "resident": resident,
        "municipality": queries.municipality_of(resident),
        "price": price_of(sale_round.campaign, draft.sets),
        "kind": ResidencyDocument.Kind(draft.kind).label,
    }
    return render(request, "vouchers/assist/check.html", context)


@never_cache
@require_safe
def picture(request: HttpRequest, round_id: int, resident_id: int) -> HttpResponse:
    """Show the picture that was just chosen, to who chose it."""
    sale_round, resident = _row(request, round_id, resident_id)
    desk = Desk(request, sale_round.pk, resident.pk)
    try:
        content = desk.picture(desk.draft().token).content
    except HeldFileGone as error:
        raise Http404 from error
    return picture_response(content)


@never_cache
@require_safe
def done(request: HttpRequest, application_uuid: str) -> HttpResponse:
    """Give the number for the resident to write down."""
    application = get_object_or_404(
        Application.objects.filter(
            sale_round__campaign__program__client_id__in=users.client_ids(
                request.user, perms.ASSIST_ROLES
            ),
            assisted_by__isnull=False,
        ).select_related("sale_round__campaign__program__client", "resident__user"),
        uuid=application_uuid,
    )
    context = {
        **_frame(request, application.sale_round),
        "application": application,
        "has_mail": bool(noticing.mail_address(application.resident)),
    }
    return render(request, "vouchers/assist/done.html", context)


def _send(
    request: HttpRequest, sale_round: SaleRound, resident: Resident, desk: Desk
) -> HttpResponse:
    draft = desk.draft()
    try:
        application = services.apply(
            sale_round_id=sale_round.pk,
            resident_id=resident.pk,
            sets=draft.sets,
            kind=draft.kind,
            picture=desk.picture(draft.token).content,
            by=user_of(request),
            assisted_by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("vouchers:assist_enter", sale_round.pk, resident.pk)
    desk.clear(draft)
    return redirect("vouchers:assist_done", application.uuid)


def _round_of(request: HttpRequest, round_id: int) -> SaleRound:
    require(perms.can_assist_somewhere(request.user))
    sale_round = get_object_or_404(
        SaleRound.objects.filter(
            campaign__program__client_id__in=users.client_ids(request.user, perms.ASSIST_ROLES),
            method=SaleRound.Method.LOTTERY,
        ).select_related("campaign__program__client"),
        pk=round_id,
    )
    if not is_taking_applications(sale_round, timezone.now()):
        raise Http404("applications are not taken now")
    return sale_round


def _row(request: HttpRequest, round_id: int, resident_id: int) -> tuple[SaleRound, Resident]:
    sale_round = _round_of(request, round_id)
    resident = get_object_or_404(
        queries.residents_to_assist(request.user, client_id=sale_round.campaign.program.client_id),
        pk=resident_id,
    )
    return sale_round, resident


def _put_on_record(
    request: HttpRequest, sale_round: SaleRound, subject: Resident | SaleRound
) -> None:
    audit.record_access(
        subject=subject,
        organization_id=sale_round.campaign.program.client_id,
        purpose=PURPOSE,
        by=user_of(request),
        at=timezone.now(),
    )


def _frame(request: HttpRequest, sale_round: SaleRound | None = None) -> dict[str, Any]:
    """Return what the page stands in: people of the call centre keep their own menu."""
    is_console = users.has_role_anywhere(request.user, VIEW_ROLES)
    return {
        "base": "base_console.html" if is_console else "base_desk.html",
        "is_console": is_console,
        "program": sale_round.campaign.program if sale_round else None,
        "sale_round": sale_round,
        "campaign": sale_round.campaign if sale_round else None,
    }
