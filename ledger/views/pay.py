"""Paying at a till: code → amount → confirm → one POST → done.

The key of a payment is made on the way to its confirm page and stands in that page's address, so
reloading it, going back to it and pressing its button twice are all the same payment.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ledger import errors, queries
from ledger import services as ledger
from ledger.forms import AmountForm, OrderForm, TillCodeForm, YenWorthForm
from ledger.models import Payment, Wallet
from ledger.orders import Order, new_order
from ledger.views.refusals import explain, row, words_row
from ledger.views.visits import NotPaid, Visit, check_till, check_wallet, order_of, visit_of
from pointsys.common import day_colour, display
from pointsys.programs import queries as programs
from pointsys.residents.access import not_a_resident, resident_required
from pointsys.residents.models import Resident

logger = structlog.stdlib.get_logger("pointsys.pay")

# The paid page is proof for a short time and for one showing; later it is a page about the past.
FRESH_SECONDS: Final = 120
# A phone that reloads by itself, or a second tap that overtakes the first, is still that showing.
SAME_SHOWING_SECONDS: Final = 15
# The database gives a request up after 10 s: from then on a late original is unlikely, and burning
# its key takes nothing from a payment that is merely slow.
PATIENCE_SECONDS: Final = 12


@login_not_required
@require_safe
def scan(request: HttpRequest) -> HttpResponse:
    """Tell how to read the QR code of a till with the phone's camera."""
    return render(request, "ledger/pay/scan.html", {"desk": programs.public_programs().first()})


@login_not_required
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Take the code that was typed by hand and lead to its till."""
    form = TillCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("pay:till", code=form.cleaned_data["code"])
    context = {"form": form, "desk": programs.public_programs().first()}
    return render(request, "ledger/pay/enter.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def amount(request: HttpRequest, code: str) -> HttpResponse:
    """Show whose till it is and take how many points to use; signing in leads back here."""
    at = timezone.now()
    visit = visit_of(request, code)
    if visit is None:
        return unknown_code(request, code)
    try:
        check_till(visit, at=at)
        if not request.user.is_authenticated:
            return render(request, "ledger/pay/welcome.html", page(visit))
        if visit.resident is None:
            return not_a_resident(request)
        wallet = check_wallet(visit)
    except errors.LedgerError as refusal:
        return refused(request, visit, refusal, at=at)
    is_voucher = bool(queries.voucher_program_ids([visit.program.pk]))
    form = (YenWorthForm if is_voucher else AmountForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _towards_confirm(request, visit, wallet, form.cleaned_data["points"], at)
    usable = queries.usable_points(wallet_id=wallet.pk, at=at)
    unit = _("円分") if is_voucher else _("ポイント")
    context = page(visit, form=form, usable_points=usable, unit=unit)
    return render(request, "ledger/pay/amount.html", context)


def _towards_confirm(
    request: HttpRequest, visit: Visit, wallet: Wallet, points: int, at: datetime
) -> HttpResponse:
    limit = visit.program.payment_limit_points
    usable = queries.usable_points(wallet_id=wallet.pk, at=at)
    refusal: errors.LedgerError | None = None
    if limit is not None and points > limit:
        refusal = errors.AboveLimit(limit_points=limit)
    elif points > usable:
        refusal = errors.InsufficientPoints(usable_points=usable)
    if refusal:
        return refused(request, visit, refusal, at=at, points=points)
    order = new_order(till_id=visit.till.pk, wallet_id=wallet.pk, points=points)
    return redirect(visit.confirm_url(order))


@never_cache
@resident_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, resident: Resident, code: str) -> HttpResponse:
    """Show the order once more, and pay it when its button is pressed."""
    at = timezone.now()
    visit = visit_of(request, code)
    if visit is None:
        return unknown_code(request, code)
    is_pressed = request.method == "POST"
    try:
        order = order_of(visit, OrderForm(request.POST if is_pressed else request.GET))
    except errors.LedgerError as refusal:
        return refused(request, visit, refusal, at=at, is_certain=False)
    if is_pressed:
        return _pay(request, visit, order, at)
    if payment := queries.payment_by_key(wallet_id=order.wallet_id, request_key=order.key):
        return redirect("pay:paid", transfer=payment.transfer.uuid)
    try:
        check_till(visit, at=at)
        wallet = check_wallet(visit)
    except errors.LedgerError as refusal:
        return refused(request, visit, refusal, at=at, is_certain=False)
    usable = queries.usable_points(wallet_id=wallet.pk, at=at)
    rows = [
        row(_("いまの残高"), usable),
        row(_("支払い後の残高"), usable - order.points, is_sum=True),
    ]
    goods = programs.goods_of(visit.program)
    context = page(visit, order=order, rows=rows, goods=goods, unit=unit_of(visit.program.pk))
    return render(request, "ledger/pay/confirm.html", context)


def _pay(request: HttpRequest, visit: Visit, order: Order, at: datetime) -> HttpResponse:
    try:
        payment = ledger.pay(
            till_id=order.till_id,
            wallet_id=order.wallet_id,
            points=order.points,
            request_key=order.key,
            at=at,
            channel=visit.channel,
        )
    except errors.LedgerError as refusal:
        return _refused_for_good(request, visit, order, refusal, at)
    except (OperationalError, InterfaceError):
        # Nobody knows whether it went through: the commit may have happened before the line broke.
        logger.exception("payment_outcome_unknown", till=order.till_id)
        return redirect(visit.result_url(order, at))
    return redirect("pay:paid", transfer=payment.transfer.uuid)


def _refused_for_good(
    request: HttpRequest, visit: Visit, order: Order, refusal: errors.LedgerError, at: datetime
) -> HttpResponse:
    # A twin of this request may still be on its way (a double tap): only a burned key makes
    # "no points were taken" true for good.
    is_certain = True
    try:
        paid_before = ledger.burn_key(wallet_id=order.wallet_id, request_key=order.key, at=at)
    except (OperationalError, InterfaceError):
        logger.exception("key_not_burned", till=order.till_id)
        paid_before, is_certain = None, False
    if paid_before:
        return redirect("pay:paid", transfer=paid_before.transfer.uuid)
    return refused(request, visit, refusal, at=at, points=order.points, is_certain=is_certain)


@never_cache
@resident_required
@require_safe
def paid(request: HttpRequest, resident: Resident, transfer: UUID) -> HttpResponse:
    """Show a payment: once and at once as proof for the shop, afterwards as a page of the past."""
    at = timezone.now()
    payment = (
        queries.payments_visible_to(request.user)
        .select_related("transfer__program__client", "transfer__store", "till")
        .filter(transfer__uuid=transfer, transfer__wallet__resident=resident)
        .first()
    )
    if payment is None:
        raise Http404
    program = payment.transfer.program
    context: dict[str, Any] = {
        "program": program,
        "payment": payment,
        "store": payment.transfer.store,
        "now": at,
        "unit": unit_of(program.pk),
    }
    if not _is_first_showing(payment, at):
        context["rows"] = _past_rows(payment, context["unit"])
        return render(request, "ledger/pay/past.html", context)
    usable = queries.usable_points(wallet_id=_wallet_id(payment), at=at)
    paid_at = timezone.localtime(payment.transfer.occurred_at)
    context["colour"] = day_colour.colour_of(timezone.localdate(at))
    context["rows"] = [
        row(_("残高"), usable, is_sum=True, unit=context["unit"]),
        words_row(_("支払った時刻"), f"{paid_at:%H:%M:%S}"),
        words_row(_("受付番号"), display.in_fours(payment.receipt_number)),
    ]
    return render(request, "ledger/pay/done.html", context)


def unit_of(program_id: int) -> str:
    """Return what amounts of a program are told in: a voucher is worth yen, not points."""
    return _("円分") if queries.voucher_program_ids([program_id]) else _("ポイント")


def _past_rows(payment: Payment, unit: str) -> list[dict[str, Any]]:
    (line,) = queries.history_of(wallet_id=_wallet_id(payment), limit=1, before_id=payment.pk + 1)
    rows = [row(_("支払い後の残高"), line.balance_after, is_sum=True, unit=unit)]
    if payment.refunded_points:
        rows.append(row(_("あとで返金された額"), payment.refunded_points))
    return [*rows, words_row(_("受付番号"), display.in_fours(payment.receipt_number))]


def _wallet_id(payment: Payment) -> int:
    wallet_id = payment.transfer.wallet_id
    assert wallet_id is not None, "a payment always has a wallet"
    return wallet_id


def _is_first_showing(payment: Payment, at: datetime) -> bool:
    if at - payment.transfer.occurred_at > timedelta(seconds=FRESH_SECONDS):
        return False
    now = at.timestamp()
    shown_at = cache.get_or_set(f"paid-shown:{payment.pk}", now, FRESH_SECONDS * 2)
    return now - float(shown_at or now) <= SAME_SHOWING_SECONDS


@never_cache
@resident_required
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, resident: Resident, key: UUID) -> HttpResponse:
    """Find out what became of an order whose answer got lost; a POST ends the waiting for good."""
    at = timezone.now()
    visit = visit_of(request, request.GET.get("till", ""))
    if visit is None or visit.wallet is None:
        raise Http404
    form = OrderForm({**request.GET.dict(), "key": str(key)})
    try:
        order = order_of(visit, form)
    except errors.IdempotencyConflict:
        raise Http404 from None
    payment = queries.payment_by_key(wallet_id=order.wallet_id, request_key=order.key)
    pressed_at = _pressed_at(request, at)
    is_over = at - pressed_at > timedelta(seconds=PATIENCE_SECONDS)
    if payment is None and request.method == "POST" and is_over:
        payment = ledger.burn_key(wallet_id=order.wallet_id, request_key=order.key, at=at)
        if payment is None:
            return refused(request, visit, NotPaid(), at=at, points=order.points)
    if payment:
        return _found(request, payment)
    if request.headers.get("X-Requested-With") == "poll":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = page(visit, order=order, pressed_at=pressed_at)
    return render(request, "ledger/pay/checking.html", context)


def _found(request: HttpRequest, payment: Payment) -> HttpResponse:
    found = redirect("pay:paid", transfer=payment.transfer.uuid)
    if request.headers.get("X-Requested-With") == "poll":
        return JsonResponse({"location": found.url})
    return found


def _pressed_at(request: HttpRequest, at: datetime) -> datetime:
    """Return when the button was pressed; a value of somebody's making counts as just now."""
    pressed = request.GET.get("pressed", "")
    if not (pressed.isascii() and pressed.isdecimal() and len(pressed) <= 10):
        return at
    return min(datetime.fromtimestamp(int(pressed), tz=timezone.get_current_timezone()), at)


def page(visit: Visit, **more: Any) -> dict[str, Any]:
    """Return what every page of a visit shows."""
    return {"visit": visit, "program": visit.program, "store": visit.till.store, **more}


def refused(
    request: HttpRequest,
    visit: Visit,
    refusal: errors.LedgerError,
    *,
    at: datetime,
    points: int | None = None,
    is_certain: bool = True,
) -> HttpResponse:
    """Show why nothing was paid."""
    context = page(
        visit,
        refusal=explain(refusal, visit, points=points, at=at),
        is_certain=is_certain,
        points=points,
    )
    return render(request, "ledger/pay/refused.html", context)


def unknown_code(request: HttpRequest, code: str) -> HttpResponse:
    """Tell that no till has this code, with the way to type it again."""
    form = TillCodeForm(initial={"code": code[:40]})
    desk = programs.public_programs().first()
    context = {"form": form, "is_unknown": True, "desk": desk}
    return render(request, "ledger/pay/enter.html", context, status=HTTPStatus.NOT_FOUND)
