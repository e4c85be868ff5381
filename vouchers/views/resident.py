"""A resident's page of vouchers: what is sold, until when, and how the own application stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.common.errors import DomainError
from pointsys.notices import queries as notices
from pointsys.residents.access import resident_required
from pointsys.residents.models import Resident
from vouchers.forms.resident import DocumentForm
from vouchers.models import Application, Campaign, Order, SaleRound
from vouchers.queries import applications as queries
from vouchers.queries.campaigns import campaigns_for_residents_of, is_taking_applications
from vouchers.services import applications as services
from vouchers.services import noticing
from vouchers.views.common import user_of

Status = Application.Status
RoundStatus = SaleRound.Status


@dataclass(frozen=True, slots=True)
class RoundCard:
    """One round as a resident sees it; `state` names what can be done with it now."""

    sale_round: SaleRound
    state: str
    application: Application | None

    @property
    def can_apply(self) -> bool:
        return self.state == "open" and self.application is None


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """One sale with its rounds."""

    campaign: Campaign
    rounds: list[RoundCard]


@never_cache
@resident_required
@require_safe
def home(request: HttpRequest, resident: Resident) -> HttpResponse:
    """Show the sales of the resident's client: price, worth, limit, rounds, own applications."""
    now = timezone.now()
    own = {
        application.sale_round_id: application
        for application in queries.applications_of(resident).order_by("applied_at", "pk")
    }
    cards = [
        CampaignCard(
            campaign,
            [
                RoundCard(sale_round, state_of(sale_round, now), own.get(sale_round.pk))
                for sale_round in campaign.rounds.all()
            ],
        )
        for campaign in campaigns_for_residents_of(resident.client_id)
    ]
    context = {
        "resident": resident,
        "organization": resident.client,
        "program": cards[0].campaign.program if len(cards) == 1 else None,
        "cards": cards,
    }
    return render(request, "vouchers/my/home.html", context)


def state_of(sale_round: SaleRound, now: datetime) -> str:
    """Tell what a resident can do with a round: soon, open, over, selling, buy or closed."""
    if sale_round.status == RoundStatus.CLOSED or now >= sale_round.purchase_ends_at:
        return "closed"
    if sale_round.method == SaleRound.Method.FIRST_COME:
        is_open = sale_round.status == RoundStatus.SELLING
        return "buy" if is_open and now >= sale_round.purchase_starts_at else "soon"
    if is_taking_applications(sale_round, now):
        return "open"
    if sale_round.status == RoundStatus.SELLING:
        return "selling"
    assert sale_round.apply_ends_at is not None
    return "over" if now >= sale_round.apply_ends_at else "soon"


@never_cache
@resident_required
@require_safe
def application(request: HttpRequest, resident: Resident, application_uuid: UUID) -> HttpResponse:
    """Show how one application stands and what to do next."""
    found = _own(resident, application_uuid)
    order: Order | None = Order.objects.filter(application=found).first()
    now = timezone.now()
    context = {
        **_frame(resident, found),
        "order": order,
        "told": _told(found, order),
        "is_late": order is not None and now >= order.pay_until,
        "is_open": is_taking_applications(found.sale_round, now),
        # Before the client has approved, nothing of a draw shows: a confirmed one stays confirmed.
        "is_over": found.sale_round.apply_ends_at is not None
        and now >= found.sale_round.apply_ends_at,
    }
    return render(request, "vouchers/my/application.html", context)


@never_cache
@resident_required
@require_safe
def done(request: HttpRequest, resident: Resident, application_uuid: UUID) -> HttpResponse:
    """Confirm that the application came in: its number and what happens next."""
    found = _own(resident, application_uuid)
    if found.status == Status.WITHDRAWN:
        return redirect("my_vouchers:application", found.uuid)
    return render(request, "vouchers/my/done.html", _frame(resident, found))


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, resident: Resident, application_uuid: UUID) -> HttpResponse:
    """Ask once more, then take the application back."""
    found = _own(resident, application_uuid)
    if request.method == "POST":
        try:
            services.withdraw(application_id=found.pk, by=user_of(request), at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request,
                _("申し込みを取り下げました。書類の写真は消しました。"),
            )
            return redirect("my_vouchers:home")
        return redirect("my_vouchers:application", found.uuid)
    if not is_taking_applications(found.sale_round, timezone.now()):
        return redirect("my_vouchers:application", found.uuid)
    return render(request, "vouchers/my/withdraw.html", _frame(resident, found))


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def send_again(request: HttpRequest, resident: Resident, application_uuid: UUID) -> HttpResponse:
    """Take another picture for an application whose document did not show the address."""
    found = _own(resident, application_uuid)
    is_open = is_taking_applications(found.sale_round, timezone.now())
    if found.status != Status.REFUSED or not is_open:
        return redirect("my_vouchers:application", found.uuid)
    form = DocumentForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.send_again(
                application_id=found.pk,
                kind=form.cleaned_data["kind"],
                picture=form.cleaned_data["picture"],
                by=user_of(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("書類の写真を受け付けました。事務局が確認します。"))
            return redirect("my_vouchers:application", found.uuid)
    context = {**_frame(resident, found), "form": form}
    return render(request, "vouchers/my/send_again.html", context)


def _own(resident: Resident, application_uuid: UUID) -> Application:
    return get_object_or_404(queries.own_applications(resident), uuid=application_uuid)


def _frame(resident: Resident, found: Application) -> dict[str, Any]:
    return {
        "resident": resident,
        "program": found.sale_round.campaign.program,
        "campaign": found.sale_round.campaign,
        "sale_round": found.sale_round,
        "application": found,
        "has_mail": bool(noticing.mail_address(resident)),
    }


def _told(found: Application, order: Order | None) -> list[Any]:
    reasons = [noticing.result_reason(found.pk)]
    if order is not None:
        reasons += [noticing.reminder_reason(order.pk, number) for number in (1, 2)]
    program = found.sale_round.campaign.program
    return list(notices.notices_about(organization_id=program.client_id, reasons=reasons))
