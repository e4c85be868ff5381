"""The office's pages of a sale: its terms, its rounds in numbers, and who gets a letter."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.common.tabular import csv_lines
from pointsys.programs import scope
from vouchers import perms
from vouchers.forms.office import CampaignForm, PeriodForm, RoundForm
from vouchers.models import Application, Campaign, SaleRound
from vouchers.queries import applications as application_queries
from vouchers.queries import campaigns as queries
from vouchers.services import campaigns, noticing
from vouchers.views.common import (
    managed_round,
    refusals_as_messages,
    require,
    round_of,
    user_of,
    voucher_page,
)

if TYPE_CHECKING:
    from pointsys.common.tabular.writing import Cell

LETTERS_A_PAGE: Final = 50
LETTER_COLUMNS: Final = (
    "申込番号",
    "氏名",
    "郵便番号",
    "住所",
    "結果",
    "申込セット数",
    "当選セット数",
    "お支払いの金額（円）",
    "払込番号",
    "お支払いの期限",
)


@require_safe
@voucher_page
def home(request: HttpRequest) -> HttpResponse:
    """Show the sale of the chosen program, each round in numbers, and what comes next."""
    program = scope.chosen_program(request)
    campaign = (
        queries.campaigns_visible_to(request.user).filter(program=program).first()
        if program
        else None
    )
    rounds = list(campaign.rounds.select_related("draw").order_by("number")) if campaign else []
    figures = queries.round_figures(sale_round.pk for sale_round in rounds)
    now = timezone.now()
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "campaign": campaign,
        "rounds": [
            (
                sale_round,
                figures[sale_round.pk],
                queries.next_step(sale_round, figures[sale_round.pk], now),
            )
            for sale_round in rounds
        ],
        "has_started": any(r.status != SaleRound.Status.PREPARING for r in rounds),
        "may_manage": program is not None and perms.can_manage(request.user, program.client_id),
        "may_assist": program is not None and perms.can_assist(request.user, program.client_id),
    }
    return render(request, "vouchers/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Set up the sale of the chosen program."""
    program = scope.chosen_program(request)
    require(program is not None and perms.can_manage(request.user, program.client_id))
    assert program is not None
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.create_campaign(
                program_id=program.pk, terms=form.terms(), by=user_of(request), at=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "商品券の価格と上限を登録しました。次に、販売回を作ります。")
            return redirect(_home(program.code))
    context = {"program": program, "form": form, "is_new": True}
    return render(request, "vouchers/campaign_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change the terms of a sale before its first round is opened."""
    campaign = _managed_campaign(request, campaign_id)
    form = CampaignForm(
        request.POST if request.method == "POST" else None, initial=CampaignForm.of(campaign)
    )
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.change_campaign(
                campaign_id=campaign.pk, terms=form.terms(), by=user_of(request), at=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "商品券の価格と上限を変えました。")
            return redirect(_home(campaign.program.code))
    context = {"program": campaign.program, "form": form, "is_new": False}
    return render(request, "vouchers/campaign_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def round_new(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Plan one more round of a sale."""
    campaign = _managed_campaign(request, campaign_id)
    form = RoundForm(
        request.POST if request.method == "POST" else None,
        initial={"method": SaleRound.Method.LOTTERY},
    )
    if request.method == "POST" and form.is_valid():
        try:
            sale_round = campaigns.add_round(
                campaign_id=campaign.pk, plan=form.plan(), by=user_of(request), at=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"第{sale_round.number}回を作りました。")
            return redirect("vouchers:round", sale_round.pk)
    context = {"program": campaign.program, "campaign": campaign, "form": form, "is_new": True}
    return render(request, "vouchers/round_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def round_edit(request: HttpRequest, round_id: int) -> HttpResponse:
    """Change a round that nobody can apply to or buy from yet."""
    sale_round = managed_round(request, round_id)
    form = RoundForm(
        request.POST if request.method == "POST" else None, initial=RoundForm.of(sale_round)
    )
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.change_round(
                sale_round_id=sale_round.pk,
                plan=form.plan(),
                by=user_of(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"第{sale_round.number}回を変えました。")
            return redirect("vouchers:round", sale_round.pk)
    context = {
        "program": sale_round.campaign.program,
        "campaign": sale_round.campaign,
        "sale_round": sale_round,
        "form": form,
        "is_new": False,
    }
    return render(request, "vouchers/round_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def round_period(request: HttpRequest, round_id: int) -> HttpResponse:
    """Move the time to buy of a round that does not sell yet."""
    sale_round = managed_round(request, round_id)
    form = PeriodForm(
        request.POST if request.method == "POST" else None, initial=PeriodForm.of(sale_round)
    )
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.move_purchase_period(
                sale_round_id=sale_round.pk,
                starts_at=form.cleaned_data["purchase_starts_at"],
                ends_at=form.cleaned_data["purchase_ends_at"],
                by=user_of(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"第{sale_round.number}回の購入の期間を変えました。")
            return redirect("vouchers:round", sale_round.pk)
    context = {
        "program": sale_round.campaign.program,
        "sale_round": sale_round,
        "form": form,
    }
    return render(request, "vouchers/period_form.html", context)


@require_safe
@voucher_page
def round_detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show one round: its dates, its applications in numbers, and the one thing to do next."""
    sale_round = round_of(request, round_id)
    program = sale_round.campaign.program
    figures = queries.round_figures([sale_round.pk])[sale_round.pk]
    context = {
        "program": program,
        "sale_round": sale_round,
        "campaign": sale_round.campaign,
        "figures": figures,
        "step": queries.next_step(sale_round, figures, timezone.now()),
        "rail": _rail(sale_round),
        "may_manage": perms.can_manage(request.user, program.client_id),
        "may_review": perms.can_review(request.user, program.client_id),
        "may_see_draw": perms.can_see_draw(request.user, program.client_id),
        "may_assist": perms.can_assist(request.user, program.client_id)
        and queries.is_taking_applications(sale_round, timezone.now()),
        "letters": application_queries.letters_of(sale_round.pk).count()
        if figures.won or figures.lost
        else 0,
    }
    return render(request, "vouchers/round.html", context)


@require_POST
@voucher_page
def round_open(request: HttpRequest, round_id: int) -> HttpResponse:
    """Open a round: applications of a lottery, or the sale of one that is first come."""
    sale_round = managed_round(request, round_id)
    is_lottery = sale_round.method == SaleRound.Method.LOTTERY
    act = campaigns.open_round if is_lottery else campaigns.start_selling
    with refusals_as_messages(request):
        act(sale_round_id=sale_round.pk, by=user_of(request), at=timezone.now())
        what = "申込の受付" if is_lottery else "販売"
        messages.success(
            request,
            f"第{sale_round.number}回の{what}を始めました。期間が来ると、住民の画面に出ます。",
        )
    return redirect("vouchers:round", sale_round.pk)


@never_cache
@require_safe
@voucher_page
def letters(request: HttpRequest, round_id: int) -> HttpResponse:
    """List those who learn the result by letter, without their addresses."""
    sale_round = _round_with_letters(request, round_id)
    found = application_queries.letters_of(sale_round.pk)
    context = {
        "program": sale_round.campaign.program,
        "sale_round": sale_round,
        "page": Paginator(found, LETTERS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "vouchers/letters.html", context)


@require_POST
@voucher_page
def letters_csv(request: HttpRequest, round_id: int) -> StreamingHttpResponse:
    """Give the addresses and results for the letters as a file; on record before it leaves."""
    sale_round = _round_with_letters(request, round_id)
    found = application_queries.letters_of(sale_round.pk)
    audit.record_export(
        by=user_of(request),
        what="vouchers.letters",
        row_counts={sale_round.campaign.program.client_id: found.count()},
        file_format="csv",
        at=timezone.now(),
        target=sale_round,
    )
    name = f"letters-{sale_round.campaign.program.code}-{sale_round.number}.csv"
    return StreamingHttpResponse(
        csv_lines(LETTER_COLUMNS, _letter_rows(found)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _letter_rows(found: Any) -> "Iterator[tuple[Cell, ...]]":
    for letter in application_queries.as_letters(found.iterator(chunk_size=2_000)):
        application, order = letter.application, letter.order
        yield (
            noticing.spoken(application.number),
            letter.name,
            letter.postal_code,
            letter.address,
            application.get_status_display(),
            application.sets,
            application.won_sets or 0,
            order.price_yen if order else "",
            order.slip_number if order else "",
            noticing.until_words(order.pay_until) if order else "",
        )


def _round_with_letters(request: HttpRequest, round_id: int) -> SaleRound:
    sale_round = round_of(request, round_id)
    require(perms.can_review(request.user, sale_round.campaign.program.client_id))
    if sale_round.status not in {SaleRound.Status.SELLING, SaleRound.Status.CLOSED}:
        raise Http404("nobody is told before the client has approved")
    return sale_round


def _managed_campaign(request: HttpRequest, campaign_id: int) -> Campaign:
    campaign = get_object_or_404(queries.campaigns_visible_to(request.user), pk=campaign_id)
    require(perms.can_manage(request.user, campaign.program.client_id))
    return campaign


def _home(code: str) -> str:
    return f"{reverse('vouchers:home')}?{scope.PARAMETER}={code}"


def _rail(sale_round: SaleRound) -> list[dict[str, str]]:
    """Return where a lottery round stands between its first day and its last."""
    if sale_round.method != SaleRound.Method.LOTTERY:
        return []
    names = ["準備", "申込と確認", "抽選", "販売", "終了"]
    order = list(SaleRound.Status.values)
    here = order.index(sale_round.status)
    return [
        {"name": name, "state": "done" if place < here else "now" if place == here else ""}
        for place, name in enumerate(names)
    ]


def applications_waiting(request: HttpRequest) -> int:
    """Return how many documents wait for the user, for menus and the home of the console."""
    return (
        application_queries.applications_visible_to(request.user)
        .filter(status=Application.Status.RECEIVED)
        .count()
    )
