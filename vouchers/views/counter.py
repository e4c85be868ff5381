"""The counter: somebody comes with a slip number and cash, or wants to buy on the spot."""

from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.audit import services as audit
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from pointsys.residents.models import Resident
from vouchers import perms
from vouchers.forms.office import FindResidentForm
from vouchers.forms.sales import CounterSaleForm, SearchForm
from vouchers.models import Order, Receipt, SaleRound
from vouchers.queries import applications as application_queries
from vouchers.queries import sales as queries
from vouchers.services import payments
from vouchers.views.applying import price_of
from vouchers.views.common import require, round_of, user_of, voucher_page

PAYING: Final = "商品券の代金の受取り"
SEARCHING: Final = "商品券の窓口での検索"
SELLING: Final = "商品券の窓口での販売"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def search(request: HttpRequest) -> HttpResponse:
    """Find the order that somebody wants to pay; words are posted, so no name is in an address."""
    program = _program(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    found: list[Order] = []
    if request.method == "POST" and form.is_valid():
        found = queries.found_orders(
            request.user, program_id=program.pk, words=form.cleaned_data["words"]
        )
        if found:
            _put_on_record(request, program, program, SEARCHING)
    context = {
        "program": program,
        "form": form,
        "found": found[: queries.FOUND_AT_MOST],
        "has_more": len(found) > queries.FOUND_AT_MOST,
        "has_searched": form.is_bound and form.is_valid(),
        "rounds": _selling_rounds(program),
    }
    return render(request, "vouchers/counter/search.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def pay(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show what is owed, then take it; the key comes with the page."""
    order = get_object_or_404(queries.orders_visible_to(request.user), pk=order_id)
    program = order.sale_round.campaign.program
    require(perms.can_take_money(request.user, program.client_id))
    if request.method == "POST":
        return _taken(request, order)
    _put_on_record(request, order.resident, program, PAYING)
    context = {
        "program": program,
        "order": order,
        "key": uuid4(),
        "is_late": order.status == Order.Status.AWAITING_PAYMENT
        and timezone.now() >= order.pay_until,
        "is_early": timezone.now() < order.sale_round.purchase_starts_at,
        "receipt": order.receipts.filter(status=Receipt.Status.MATCHED).first(),
    }
    return render(request, "vouchers/counter/pay.html", context)


def _taken(request: HttpRequest, order: Order) -> HttpResponse:
    try:
        key = UUID(request.POST.get("key", ""))
        receipt = payments.record_receipt(
            order_id=order.pk,
            amount_yen=order.price_yen,
            form_key=key,
            by=user_of(request),
            at=timezone.now(),
        )
    except ValueError:
        messages.error(request, "画面を開き直してください。まだ受け取りを記録していません。")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        return redirect("vouchers:counter_receipt", receipt.pk)
    return redirect("vouchers:counter_pay", order.pk)


@never_cache
@require_safe
@voucher_page
def receipt(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """Show what was taken, as a sheet to print and hand over."""
    found = get_object_or_404(
        queries.receipts_visible_to(request.user).filter(
            status=Receipt.Status.MATCHED, channel=Receipt.Channel.COUNTER
        ),
        pk=receipt_id,
    )
    require(perms.can_take_money(request.user, found.program.client_id))
    assert found.order is not None
    _put_on_record(request, found.order.resident, found.program, PAYING)
    context = {
        "program": found.program,
        "receipt": found,
        "order": found.order,
        "resident": found.order.resident,
    }
    return render(request, "vouchers/counter/receipt.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def find_buyer(request: HttpRequest, round_id: int) -> HttpResponse:
    """Find the resident who wants to buy at the counter."""
    sale_round = _sale_at_counter(request, round_id)
    program = sale_round.campaign.program
    form = FindResidentForm(request.POST if request.method == "POST" else None)
    found: list[Resident] = []
    if request.method == "POST" and form.is_valid():
        visible = application_queries.residents_to_assist(request.user, client_id=program.client_id)
        matching = residents.matching(visible, form.cleaned_data["words"])
        found = list(matching[: queries.FOUND_AT_MOST + 1])
        if found:
            _put_on_record(request, sale_round, program, SEARCHING)
    context = {
        "program": program,
        "sale_round": sale_round,
        "form": form,
        "found": [
            (one, application_queries.municipality_of(one))
            for one in found[: queries.FOUND_AT_MOST]
        ],
        "has_more": len(found) > queries.FOUND_AT_MOST,
        "has_searched": form.is_bound and form.is_valid(),
    }
    return render(request, "vouchers/counter/find.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def sell(request: HttpRequest, round_id: int, resident_id: int) -> HttpResponse:
    """Ask how many sets, show what they cost, then sell and take the money at once."""
    sale_round = _sale_at_counter(request, round_id)
    program = sale_round.campaign.program
    resident = get_object_or_404(
        application_queries.residents_to_assist(request.user, client_id=program.client_id),
        pk=resident_id,
    )
    form = CounterSaleForm(
        request.POST if request.method == "POST" else None,
        limit=sale_round.campaign.limit_sets_per_person,
        asks_residency=sale_round.residents_only,
    )
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step == "sell" and form.is_valid() and (done := _sold(request, sale_round, resident, form)):
        return done
    _put_on_record(request, resident, program, SELLING)
    context: dict[str, Any] = {
        "program": program,
        "sale_round": sale_round,
        "campaign": sale_round.campaign,
        "resident": resident,
        "municipality": application_queries.municipality_of(resident),
        "form": form,
        "key": uuid4(),
    }
    if step == "check" and form.is_valid():
        context["price"] = price_of(sale_round.campaign, form.cleaned_data["sets"])
        context["residency_seen"] = form.cleaned_data.get("residency_seen", False)
        return render(request, "vouchers/counter/sell_check.html", context)
    return render(request, "vouchers/counter/sell.html", context)


def _sold(
    request: HttpRequest, sale_round: SaleRound, resident: Resident, form: CounterSaleForm
) -> HttpResponse | None:
    try:
        sold = payments.sell_at_counter(
            sale_round_id=sale_round.pk,
            resident_id=resident.pk,
            sets=form.cleaned_data["sets"],
            request_key=UUID(request.POST.get("key", "")),
            residency_seen=form.cleaned_data.get("residency_seen", False),
            by=user_of(request),
            at=timezone.now(),
        )
    except ValueError:
        form.add_error(None, ValidationError("画面を開き直して、もう一度入力してください"))
    except DomainError as refusal:
        form.add_error(None, ValidationError(str(refusal)))
    else:
        return redirect("vouchers:counter_receipt", sold.pk)
    return None


def _program(request: HttpRequest) -> Program:
    program = scope.chosen_program(request)
    if program is None:
        raise Http404("no program")
    require(perms.can_take_money(request.user, program.client_id))
    return program


def _sale_at_counter(request: HttpRequest, round_id: int) -> SaleRound:
    sale_round = round_of(request, round_id)
    require(perms.can_take_money(request.user, sale_round.campaign.program.client_id))
    if sale_round not in _selling_rounds(sale_round.campaign.program):
        raise Http404("nothing is sold at the counter in this round")
    return sale_round


def _selling_rounds(program: Program) -> list[SaleRound]:
    now = timezone.now()
    return list(
        SaleRound.objects.filter(
            campaign__program=program,
            method=SaleRound.Method.FIRST_COME,
            status=SaleRound.Status.SELLING,
            purchase_starts_at__lte=now,
            purchase_ends_at__gt=now,
        ).order_by("number")
    )


def _put_on_record(
    request: HttpRequest, subject: Resident | SaleRound | Program, program: Program, purpose: str
) -> None:
    audit.record_access(
        subject=subject,
        organization_id=program.client_id,
        purpose=purpose,
        by=user_of(request),
        at=timezone.now(),
    )
