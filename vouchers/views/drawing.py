"""The draw of a round: freezing, the witnesses' numbers, and the client's decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pointsys.common.errors import DomainError
from pointsys.draws.models import Draw
from vouchers import perms
from vouchers.forms.office import ApproveDrawForm, RefuseDrawForm, WitnessForm
from vouchers.models import SaleRound
from vouchers.queries import campaigns as queries
from vouchers.queries.drawing import draw_figures, progress_of
from vouchers.services import drawing
from vouchers.views.common import (
    managed_round,
    refusals_as_messages,
    require,
    round_of,
    user_of,
    voucher_page,
)


@never_cache
@require_safe
@voucher_page
def page(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show how the draw of a round stands; figures before approval to those who act on them."""
    return _page(request, _round_of_draw(request, round_id))


@require_POST
@voucher_page
def freeze(request: HttpRequest, round_id: int) -> HttpResponse:
    """Fix the applications that take part."""
    sale_round = managed_round(request, round_id)
    with refusals_as_messages(request):
        draw = drawing.freeze(sale_round_id=sale_round.pk, by=user_of(request), at=timezone.now())
        messages.success(request, f"{draw.entry_count:,}件の申込を確定しました。")
    return redirect("vouchers:draw", sale_round.pk)


@require_POST
@voucher_page
def run(request: HttpRequest, round_id: int) -> HttpResponse:
    """Draw with the numbers of the two witnesses and ask the client."""
    sale_round = managed_round(request, round_id)
    form = WitnessForm(request.POST)
    if not form.is_valid():
        return _page(request, sale_round, witness_form=form)
    with refusals_as_messages(request):
        drawing.hold_draw(
            sale_round_id=sale_round.pk,
            public_value=form.public_value(),
            by=user_of(request),
            at=timezone.now(),
        )
        messages.success(request, "抽選しました。発注者に、結果の承認を求めました。")
    return redirect("vouchers:draw", sale_round.pk)


@require_POST
@voucher_page
def approve(request: HttpRequest, round_id: int) -> HttpResponse:
    """Take the client's yes: winners and losers are told from here on."""
    sale_round = _round_to_decide(request, round_id)
    figures = draw_figures(sale_round.draw)
    form = ApproveDrawForm(request.POST, winners=figures.winners if figures else 0)
    if not form.is_valid():
        return _page(request, sale_round, approve_form=form)
    try:
        drawing.approve_draw(
            sale_round_id=sale_round.pk,
            digest=form.cleaned_data["digest"],
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("vouchers:draw", sale_round.pk)
    messages.success(request, "抽選の結果を承認しました。これから全員にお知らせします。")
    return redirect("vouchers:draw", sale_round.pk)


@require_POST
@voucher_page
def refuse(request: HttpRequest, round_id: int) -> HttpResponse:
    """Take the client's no: this draw is void, and the office can draw anew."""
    sale_round = _round_to_decide(request, round_id)
    form = RefuseDrawForm(request.POST)
    if not form.is_valid():
        return _page(request, sale_round, refuse_form=form)
    try:
        drawing.refuse_draw(
            sale_round_id=sale_round.pk,
            reason=form.cleaned_data["reason"],
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("vouchers:draw", sale_round.pk)
    messages.success(request, "抽選の結果を差し戻しました。この抽選は使えなくなりました。")
    return redirect("vouchers:draw", sale_round.pk)


def _round_of_draw(request: HttpRequest, round_id: int) -> SaleRound:
    sale_round = round_of(request, round_id)
    is_public = sale_round.status in {SaleRound.Status.SELLING, SaleRound.Status.CLOSED}
    client_id = sale_round.campaign.program.client_id
    require(is_public or perms.can_see_draw(request.user, client_id))
    return sale_round


def _round_to_decide(request: HttpRequest, round_id: int) -> SaleRound:
    sale_round = round_of(request, round_id)
    require(perms.can_decide_draw(request.user, sale_round.campaign.program.client_id))
    return sale_round


def _page(
    request: HttpRequest,
    sale_round: SaleRound,
    *,
    witness_form: WitnessForm | None = None,
    approve_form: ApproveDrawForm | None = None,
    refuse_form: RefuseDrawForm | None = None,
) -> HttpResponse:
    program = sale_round.campaign.program
    draw = sale_round.draw
    figures = draw_figures(draw)
    bound = next((f for f in (witness_form, approve_form, refuse_form) if f is not None), None)
    approval = drawing.last_approval(sale_round)
    context: dict[str, Any] = {
        "program": program,
        "sale_round": sale_round,
        "campaign": sale_round.campaign,
        "draw": draw,
        "is_void": draw is not None and draw.status == Draw.Status.VOIDED,
        "figures": figures,
        "counts": queries.round_figures([sale_round.pk])[sale_round.pk],
        "is_over": sale_round.apply_ends_at is not None
        and timezone.now() >= sale_round.apply_ends_at,
        "approval": approval,
        "progress": progress_of(sale_round),
        "may_manage": perms.can_manage(request.user, program.client_id),
        "may_decide": perms.can_decide_draw(request.user, program.client_id),
        "is_own_work": approval is not None and approval.asked_by_id == user_of(request).pk,
        "witness_form": witness_form or WitnessForm(),
        "approve_form": approve_form
        or ApproveDrawForm(
            winners=figures.winners if figures else 0,
            initial={"digest": draw.result_sha256 if draw else ""},
        ),
        "refuse_form": refuse_form or RefuseDrawForm(),
        "form": bound,
    }
    return render(request, "vouchers/draw.html", context)
