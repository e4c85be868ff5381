"""Applying, one question a page: how many sets, where you live, is all of this right?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.common import display
from pointsys.common.held_files import HeldFileGone
from pointsys.residents.access import resident_required
from pointsys.residents.models import Resident
from vouchers.errors import AlreadyApplied, VoucherError
from vouchers.forms.resident import AgreeForm, DocumentForm, SetsForm
from vouchers.models import Campaign, ResidencyDocument, SaleRound
from vouchers.queries import applications as queries
from vouchers.queries.campaigns import campaigns_for_residents_of, is_taking_applications
from vouchers.services import applications as services
from vouchers.views import again
from vouchers.views.common import picture_response, user_of
from vouchers.views.drafts import Desk, Draft


class NotNow(Exception):
    """This person cannot apply here now; `answer` leads on."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def steps() -> list[str]:
    """Return the names of the pages on the way."""
    return [_("セット数"), _("お住まいの確認"), _("内容の確認")]


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def sets(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Ask how many sets, with what they cost and what they are worth."""
    try:
        sale_round, desk = _begin(request, resident, round_id)
    except NotNow as elsewhere:
        return elsewhere.answer
    campaign, draft = sale_round.campaign, desk.draft()
    data, kept = _answers(request, desk, "sets")
    form = SetsForm(
        data, limit=campaign.limit_sets_per_person, initial={"sets": draft.sets or None}
    )
    again.show_errors(form, kept)
    if request.method == "POST":
        if not form.is_valid():
            again.keep(request, form, key=f"{desk.key}:sets")
            return redirect("my_vouchers:apply", sale_round.pk)
        draft.sets = form.cleaned_data["sets"]
        desk.keep(draft)
        is_complete = draft.kind and desk.has_picture(draft)
        name = "my_vouchers:apply_check" if is_complete else "my_vouchers:apply_document"
        return redirect(name, sale_round.pk)
    context = {
        **_frame(sale_round, current=1),
        "form": form,
        "prices": [
            price_of(campaign, number) for number in range(1, campaign.limit_sets_per_person + 1)
        ],
        "price": price_of(campaign, draft.sets) if draft.sets else None,
    }
    return render(request, "vouchers/my/sets.html", context)


@never_cache
@resident_required
@require_safe
def price(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Give the price of the sets that are marked, for the page that asks how many."""
    sale_round = _round_for(resident, round_id)
    form = SetsForm(request.GET, limit=sale_round.campaign.limit_sets_per_person)
    chosen = form.cleaned_data["sets"] if form.is_valid() else 0
    context = {"price": price_of(sale_round.campaign, chosen) if chosen else None}
    return render(request, "vouchers/my/_price.html", context)


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def document(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Ask for the picture of a document that shows the address."""
    try:
        sale_round, desk = _begin(request, resident, round_id)
    except NotNow as elsewhere:
        return elsewhere.answer
    draft = desk.draft()
    if not draft.sets:
        return redirect("my_vouchers:apply", sale_round.pk)
    has_picture = desk.has_picture(draft)
    data, kept = _answers(request, desk, "document")
    form = DocumentForm(
        data,
        request.FILES if request.method == "POST" else None,
        has_picture=has_picture,
        initial={"kind": draft.kind},
    )
    again.show_errors(form, kept)
    if request.method == "POST":
        is_right = form.is_valid()
        _keep_document(desk, draft, form)
        if is_right:
            return redirect("my_vouchers:apply_check", sale_round.pk)
        again.keep(request, form, key=f"{desk.key}:document")
        return redirect("my_vouchers:apply_document", sale_round.pk)
    context = {**_frame(sale_round, current=2), "form": form, "has_picture": has_picture}
    return render(request, "vouchers/my/document.html", context)


@never_cache
@resident_required
@require_safe
def own_picture(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Show people the picture they have just chosen, before they send it."""
    desk = Desk(request, round_id, resident.pk)
    try:
        content = desk.picture(desk.draft().token).content
    except HeldFileGone as error:
        raise Http404 from error
    return picture_response(content)


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Show all answers once more; one press sends the application, a second changes nothing."""
    try:
        sale_round, desk = _begin(request, resident, round_id)
    except NotNow as elsewhere:
        return elsewhere.answer
    draft = desk.draft()
    if not draft.sets:
        return redirect("my_vouchers:apply", sale_round.pk)
    if not draft.kind or not desk.has_picture(draft):
        if draft.token:
            messages.warning(
                request, _("写真の預かり時間が過ぎました。もう一度、写真をえらんでください。")
            )
        return redirect("my_vouchers:apply_document", sale_round.pk)
    data, kept = _answers(request, desk, "check")
    form = AgreeForm(data)
    again.show_errors(form, kept)
    if request.method == "POST":
        if form.is_valid():
            return _send(request, resident, sale_round, desk)
        again.keep(request, form, key=f"{desk.key}:check")
        return redirect("my_vouchers:apply_check", sale_round.pk)
    context = {
        **_frame(sale_round, current=3),
        "form": form,
        "resident": resident,
        "municipality": queries.municipality_of(resident),
        "price": price_of(sale_round.campaign, draft.sets),
        "kind": ResidencyDocument.Kind(draft.kind).label,
    }
    return render(request, "vouchers/my/check.html", context)


def _answers(
    request: HttpRequest, desk: Desk, step: str
) -> tuple[Mapping[str, Any] | None, dict[str, Any] | None]:
    """Return what a page's form is filled with: what is sent now, or what was refused before."""
    if request.method == "POST":
        return request.POST, None
    kept = again.typed_before(request, key=f"{desk.key}:{step}")
    return (kept["typed"] if kept else None), kept


def _keep_document(desk: Desk, draft: Draft, form: DocumentForm) -> None:
    """Keep what is right of a form, even where the rest is not: nobody photographs twice."""
    draft.kind = form.cleaned_data.get("kind") or draft.kind
    picture = form.cleaned_data.get("picture")
    if picture is not None:
        draft.token = desk.hold_picture(picture)
    desk.keep(draft)


def price_of(campaign: Campaign, number: int) -> dict[str, int]:
    """Return what a number of sets costs and is worth."""
    return {
        "sets": number,
        "yen": number * campaign.set_price_yen,
        "value": number * campaign.set_value_points,
        "premium": number * campaign.set_premium_points,
    }


def _send(
    request: HttpRequest, resident: Resident, sale_round: SaleRound, desk: Desk
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
            at=timezone.now(),
        )
    except AlreadyApplied:
        # The first of two presses came through: both lead to the same number.
        existing = services.living_application(sale_round.pk, resident.pk)
        assert existing is not None
        return redirect("my_vouchers:done", existing.uuid)
    except (VoucherError, HeldFileGone) as refusal:
        messages.error(request, str(refusal))
        return redirect("my_vouchers:apply_document", sale_round.pk)
    desk.clear(draft)
    return redirect("my_vouchers:done", application.uuid)


def _begin(request: HttpRequest, resident: Resident, round_id: int) -> tuple[SaleRound, Desk]:
    """Return the round and where the answers are, or lead elsewhere."""
    sale_round = _round_for(resident, round_id)
    existing = services.living_application(sale_round.pk, resident.pk)
    if existing is not None:
        raise NotNow(redirect("my_vouchers:application", existing.uuid))
    now = timezone.now()
    if not is_taking_applications(sale_round, now):
        messages.warning(request, _closed_words(sale_round, now))
        raise NotNow(redirect("my_vouchers:home"))
    return sale_round, Desk(request, sale_round.pk, resident.pk)


def _closed_words(sale_round: SaleRound, now: datetime) -> str:
    starts_at = sale_round.apply_starts_at
    if sale_round.status == SaleRound.Status.APPLYING and starts_at and now < starts_at:
        return _("申し込みは、%(date)s %(time)sからです。") % {
            "date": display.japanese_date(starts_at),
            "time": display.clock_words(starts_at),
        }
    return _("いまは、申し込みを受け付けていません。")


def _round_for(resident: Resident, round_id: int) -> SaleRound:
    """Return a lottery round of a sale that this resident is shown; others do not exist."""
    sale_round = (
        SaleRound.objects.filter(
            pk=round_id,
            method=SaleRound.Method.LOTTERY,
            campaign__in=campaigns_for_residents_of(resident.client_id),
        )
        .select_related("campaign__program__client")
        .first()
    )
    if sale_round is None:
        raise Http404
    return sale_round


def _frame(sale_round: SaleRound, *, current: int) -> dict[str, Any]:
    return {
        "program": sale_round.campaign.program,
        "campaign": sale_round.campaign,
        "sale_round": sale_round,
        "steps": steps(),
        "current": current,
    }
