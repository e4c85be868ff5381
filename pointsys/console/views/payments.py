"""From a receipt number to every posting behind it: where points came from and where they went."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from ledger import queries as ledger
from pointsys.common import display
from pointsys.common.clock import jst_midnight
from pointsys.console import perms
from pointsys.console.forms import PaymentSearchForm
from pointsys.console.guards import console_page
from pointsys.programs import scope
from settlement import queries as settlement
from stores import perms as store_perms
from stores import queries as stores

PAYMENTS_A_PAGE = 50
FOUND_STORES = 20


def receipt_key(typed: str) -> str:
    """Return a receipt number as it is stored, from any width, case and grouping."""
    return display.half_width(typed).upper().replace("-", "").replace(" ", "")


@require_safe
@console_page(perms.can_view_payments)
def payments(request: HttpRequest) -> HttpResponse:
    """List the payments of the chosen program, newest first."""
    program = scope.chosen_program(request)
    form = PaymentSearchForm(request.GET or None)
    found = (
        ledger.payments_visible_to(request.user)
        .filter(transfer__program=program)
        .select_related("transfer__store", "till")
        .order_by("-transfer_id")
    )
    if form.is_bound:
        found = found.filter(_conditions(form.cleaned_data)) if form.is_valid() else found.none()
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "form": form,
        "page": Paginator(found, PAYMENTS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "console/payments.html", context)


def _conditions(wanted: dict[str, Any]) -> Q:
    conditions = Q()
    if wanted["receipt"]:
        conditions &= Q(receipt_number=receipt_key(wanted["receipt"]))
    if wanted["store"]:
        words = wanted["store"].strip()
        conditions &= Q(transfer__store__name__icontains=words) | Q(
            transfer__store__code=display.half_width(words)
        )
    if wanted["since"]:
        conditions &= Q(transfer__occurred_at__gte=jst_midnight(wanted["since"]))
    if wanted["until"]:
        after = jst_midnight(wanted["until"] + timedelta(days=1))
        conditions &= Q(transfer__occurred_at__lt=after)
    return conditions


@require_safe
@console_page(perms.can_view_payments)
def payment(request: HttpRequest, receipt_number: str) -> HttpResponse:
    """Follow one payment: the lots it drew, its refunds, its statement and its bank transfer."""
    found = get_object_or_404(
        ledger.payments_visible_to(request.user).select_related(
            "transfer__store", "transfer__program", "till"
        ),
        receipt_number=receipt_number,
    )
    transfer = found.transfer
    refunds = [
        {"transfer": refund, "postings": ledger.postings_of(transfer_id=refund.pk)}
        for refund in ledger.refunds_of(payment_id=found.pk)
    ]
    statement = (
        settlement.statements_visible_to(request.user)
        .filter(store=transfer.store, period__month=transfer.period, program=transfer.program)
        .first()
    )
    context = {
        "program": transfer.program,
        "payment": found,
        "transfer": transfer,
        "left_points": found.points - found.refunded_points,
        "postings": ledger.postings_of(transfer_id=transfer.pk),
        "refunds": refunds,
        "statement": statement,
        "payouts": statement.payouts.select_related("batch__period") if statement else [],
    }
    return render(request, "console/payment.html", context)


@require_safe
@console_page()
def search(request: HttpRequest) -> HttpResponse:
    """Find a payment by its receipt number, or stores by code, name and telephone."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    if words and perms.can_view_payments(request.user):
        number = receipt_key(words)
        visible = ledger.payments_visible_to(request.user)
        if visible.filter(receipt_number=number).exists():
            return redirect("console:payment", receipt_number=number)
    found = stores.stores_visible_to(request.user).none()
    if words and store_perms.can_open_stores(request.user):
        plain = display.half_width(words)
        found = stores.stores_visible_to(request.user).filter(
            Q(code__iexact=plain) | Q(name__icontains=words) | Q(phone__icontains=plain)
        )
    context = {
        "program": scope.chosen_program(request),
        "words": words,
        "stores": found[:FOUND_STORES],
    }
    return render(request, "console/search.html", context)
