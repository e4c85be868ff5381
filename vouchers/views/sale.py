"""Buying by residents: how many sets, is this right, here is your slip number; and own orders."""

from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.common.errors import DomainError
from pointsys.residents.access import resident_required
from pointsys.residents.models import Resident
from vouchers.errors import SoldOut
from vouchers.forms.sales import BuyForm, ConfirmBuyForm
from vouchers.models import Buyer, Order, SaleRound
from vouchers.queries import sales as queries
from vouchers.queries.campaigns import campaigns_for_residents_of
from vouchers.services import orders
from vouchers.views.applying import price_of
from vouchers.views.common import user_of

# Below this many the exact number of sets is told; above, a round one.
FEW_LEFT: Final = 100


@never_cache
@resident_required
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Ask how many sets, then show what they cost with the button that buys them."""
    sale_round = _round_for(resident, round_id)
    most = _most(sale_round, resident)
    form = BuyForm(request.POST if request.method == "POST" else None, most=most)
    if request.method == "POST" and most and form.is_valid():
        return _confirm_page(request, sale_round, form.cleaned_data["sets"], uuid4())
    context = {
        **_frame(sale_round),
        "form": form,
        "most": most,
        "state": _state(sale_round, resident),
        "left": left_words(sale_round.left_sets),
        "prices": [price_of(sale_round.campaign, number) for number in range(1, most + 1)],
    }
    return render(request, "vouchers/sale/buy.html", context)


@never_cache
@resident_required
@require_http_methods(["POST"])
def buy_confirm(request: HttpRequest, resident: Resident, round_id: int) -> HttpResponse:
    """Buy what was shown; pressing twice buys once."""
    sale_round = _round_for(resident, round_id)
    limit = sale_round.campaign.limit_sets_per_person
    form = ConfirmBuyForm(request.POST, most=limit)
    if not form.is_valid():
        messages.error(request, _("もう一度、セット数からえらんでください。まだ購入していません。"))
        return redirect("my_vouchers:buy", sale_round.pk)
    try:
        order = orders.place_order(
            sale_round_id=sale_round.pk,
            resident_id=resident.pk,
            sets=form.cleaned_data["sets"],
            request_key=form.cleaned_data["key"],
            by=user_of(request),
            at=timezone.now(),
        )
    except SoldOut:
        return redirect("my_vouchers:buy", sale_round.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("my_vouchers:buy", sale_round.pk)
    return redirect("my_vouchers:order_done", order.uuid)


@never_cache
@resident_required
@require_safe
def order_done(request: HttpRequest, resident: Resident, order_uuid: UUID) -> HttpResponse:
    """Confirm that the sets are reserved: slip number, amount, until when and where to pay."""
    order = get_object_or_404(queries.own_orders(resident), uuid=order_uuid)
    return render(request, "vouchers/sale/done.html", _order_frame(order))


@never_cache
@resident_required
@require_safe
def order(request: HttpRequest, resident: Resident, order_uuid: UUID) -> HttpResponse:
    """Show how one order stands."""
    found = get_object_or_404(queries.own_orders(resident), uuid=order_uuid)
    return render(request, "vouchers/sale/order.html", _order_frame(found))


@never_cache
@resident_required
@require_safe
def own_orders(request: HttpRequest, resident: Resident) -> HttpResponse:
    """List the resident's own orders, newest first."""
    context = {
        "organization": resident.client,
        "orders": list(queries.own_orders(resident)[:100]),
    }
    return render(request, "vouchers/sale/orders.html", context)


def left_words(left: int) -> str:
    """Return roughly how many sets are left: exactly when there are few."""
    if left <= FEW_LEFT:
        return _("残り %(left)sセット") % {"left": left}
    step = 100 if left < 1_000 else 1_000
    return _("残り 約%(left)sセット") % {"left": f"{left // step * step:,}"}


def _round_for(resident: Resident, round_id: int) -> SaleRound:
    return get_object_or_404(
        SaleRound.objects.filter(
            campaign__in=campaigns_for_residents_of(resident.client_id),
            method=SaleRound.Method.FIRST_COME,
        )
        .exclude(status=SaleRound.Status.PREPARING)
        .select_related("campaign__program__client"),
        pk=round_id,
    )


def _state(sale_round: SaleRound, resident: Resident) -> str:
    """Tell why nothing can be bought now, or that it can: soon, over, sold_out, used_up, open."""
    now = timezone.now()
    if now < sale_round.purchase_starts_at:
        return "soon"
    if sale_round.status != SaleRound.Status.SELLING or now >= sale_round.purchase_ends_at:
        return "over"
    if _own_left(sale_round, resident) < 1:
        return "used_up"
    return "open" if sale_round.left_sets > 0 else "sold_out"


def _own_left(sale_round: SaleRound, resident: Resident) -> int:
    buyer = Buyer.objects.filter(sale_round=sale_round, resident=resident).first()
    if buyer is None:
        return sale_round.campaign.limit_sets_per_person
    return buyer.limit_sets - buyer.taken_sets


def _most(sale_round: SaleRound, resident: Resident) -> int:
    if _state(sale_round, resident) != "open":
        return 0
    return max(min(sale_round.left_sets, _own_left(sale_round, resident)), 0)


def _confirm_page(
    request: HttpRequest, sale_round: SaleRound, sets: int, key: UUID
) -> HttpResponse:
    context = {
        **_frame(sale_round),
        "price": price_of(sale_round.campaign, sets),
        "pay_until": orders.pay_until_of(sale_round, timezone.now()),
        "key": key,
    }
    return render(request, "vouchers/sale/confirm.html", context)


def _frame(sale_round: SaleRound) -> dict[str, Any]:
    return {
        "sale_round": sale_round,
        "campaign": sale_round.campaign,
        "program": sale_round.campaign.program,
    }


def _order_frame(found: Order) -> dict[str, Any]:
    return {**_frame(found.sale_round), "order": found}
