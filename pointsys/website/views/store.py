"""The store portal: what came in today, what came in before, and giving a payment back.

Stores see the receipt number, the points and the till, never who paid.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import structlog
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ledger import errors as ledger_errors
from ledger import queries as ledger_queries
from ledger import services as ledger
from pointsys.common import day_colour, display
from pointsys.common.clock import (
    first_of_month,
    jst_date,
    jst_day_range,
    jst_month_range,
    previous_month,
)
from pointsys.common.tabular.writing import csv_lines
from pointsys.website.counters import STORE_KEY, Counter, counter_required
from pointsys.website.forms import CancelForm, RefundOrderForm

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ledger.models import Payment

logger = structlog.stdlib.get_logger("pointsys.store")
UNKNOWN_OUTCOME: Final = (
    "取り消せたかどうかを確かめられませんでした。"
    "下の「支払い」に取消済みの金額が出ていないときは、もう一度操作してください。"
    "2回取り消されることはありません。"
)

# Ids commit out of order, so the poll reads these again instead of asking for what is newer.
POLLED_LINES: Final = 50
# The newest payment stands in the green box for as long as its customer may stand at the till.
NEWEST_FOR: Final = timedelta(minutes=10)
MONTHS_SHOWN: Final = 18


@dataclass(frozen=True, slots=True)
class Line:
    """A payment as its store reads it; `is_ours` when this person may give it back."""

    payment: "Payment"
    is_ours: bool

    @property
    def may_cancel(self) -> bool:
        return self.is_ours and not self.is_void

    @property
    def at(self) -> datetime:
        return self.payment.transfer.occurred_at

    @property
    def is_void(self) -> bool:
        return self.payment.refunded_points == self.payment.points

    @property
    def is_partly_cancelled(self) -> bool:
        return 0 < self.payment.refunded_points < self.payment.points

    @property
    def left_points(self) -> int:
        return self.payment.points - self.payment.refunded_points


# --- Today -----------------------------------------------------------------------------------
@never_cache
@counter_required
@require_safe
def today(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Show what the store took today, the newest payment first and largest."""
    at = timezone.now()
    latest = _latest(counter, at)
    context = _today(counter, latest, at) | {"colour": day_colour.colour_of(jst_date(at))}
    return render(request, "store/today.html", context)


@never_cache
@counter_required
@require_safe
def updates(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Answer the page's question for news: the list again, or 204 when nothing has changed."""
    at = timezone.now()
    latest = _latest(counter, at)
    if request.GET.get("after") == _digest(counter, latest, at):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "store/today_list.html", _today(counter, latest, at))


def _latest(counter: Counter, at: datetime) -> "list[Payment]":
    since, until = jst_day_range(jst_date(at))
    payments = ledger_queries.store_payments(store_ids=[counter.store.pk], since=since, until=until)
    return list(payments[:POLLED_LINES])


def _digest(counter: Counter, latest: "list[Payment]", at: datetime) -> str:
    """Return a short name of what the list shows: it changes when a payment comes or goes back."""
    seen = [(payment.pk, payment.refunded_points) for payment in latest]
    shown = (counter.store.pk, jst_date(at).isoformat(), seen)
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _today(counter: Counter, latest: "list[Payment]", at: datetime) -> dict[str, Any]:
    lines = [Line(payment, counter.may_give_back(payment, at=at)) for payment in latest]
    first = lines[0] if lines else None
    is_new = first is not None and not first.is_void and at - first.at <= NEWEST_FOR
    return {
        "counter": counter,
        "store": counter.store,
        "program": counter.program,
        "now": at,
        "digest": _digest(counter, latest, at),
        "totals": ledger_queries.store_day_totals(store_ids=[counter.store.pk], day=jst_date(at)),
        "newest": first if is_new else None,
        "lines": lines[1:] if is_new else lines,
        "has_more": len(latest) == POLLED_LINES,
    }


@never_cache
@counter_required
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Take another of the person's stores for the pages that follow."""
    if request.method == "POST":
        wanted = request.POST.get("store", "")
        chosen = next((store for store in counter.others if str(store.pk) == wanted), None)
        if chosen:
            request.session[STORE_KEY] = chosen.pk
            return redirect("store:home")
    return render(request, "store/switch.html", shown(counter))


def shown(counter: Counter, **more: Any) -> dict[str, Any]:
    """Return what every page of the portal shows."""
    return {"counter": counter, "store": counter.store, "program": counter.program, **more}


# --- Earlier days ----------------------------------------------------------------------------
def _month(request: HttpRequest) -> tuple[date, list[date]]:
    months = [first_of_month(jst_date(timezone.now()))]
    while len(months) < MONTHS_SHOWN:
        months.append(previous_month(months[-1]))
    wanted = request.GET.get("month", "")
    return next((month for month in months if f"{month:%Y-%m}" == wanted), months[0]), months


def _of_month(counter: Counter, month: date) -> "QuerySet[Payment]":
    since, until = jst_month_range(month)
    return ledger_queries.store_payments(store_ids=[counter.store.pk], since=since, until=until)


@never_cache
@counter_required
@require_safe
def payments(request: HttpRequest, counter: Counter) -> HttpResponse:
    """List the payments of a month by day, with each day's sum."""
    at = timezone.now()
    month, months = _month(request)
    lines = [
        Line(payment, counter.may_give_back(payment, at=at))
        for payment in _of_month(counter, month)
    ]
    days = [(day, held, sum(line.left_points for line in held)) for day, held in _by_day(lines)]
    context = shown(
        counter,
        month=month,
        months=months,
        days=days,
        total_points=sum(line.left_points for line in lines),
        total_count=sum(1 for line in lines if not line.is_void),
    )
    return render(request, "store/payments.html", context)


def _by_day(lines: list[Line]) -> Iterator[tuple[date, list[Line]]]:
    for day, held in groupby(lines, lambda line: jst_date(line.at)):
        yield day, list(held)


@never_cache
@counter_required
@require_safe
def payments_csv(request: HttpRequest, counter: Counter) -> StreamingHttpResponse:
    """Give the payments of a month as a file for a spreadsheet."""
    month, _months = _month(request)
    columns = ["日付", "時刻", "受付番号", "レジ", "支払い（円）", "取消（円）", "差引（円）"]
    rows = (
        (
            f"{timezone.localtime(payment.transfer.occurred_at):%Y-%m-%d}",
            f"{timezone.localtime(payment.transfer.occurred_at):%H:%M:%S}",
            display.in_fours(payment.receipt_number),
            payment.till.number,
            payment.points,
            payment.refunded_points,
            payment.points - payment.refunded_points,
        )
        for payment in _of_month(counter, month).iterator(chunk_size=2_000)
    )
    name = f"payments-{counter.store.code}-{month:%Y-%m}.csv"
    return StreamingHttpResponse(
        csv_lines(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# --- Giving back -----------------------------------------------------------------------------
def _payment(request: HttpRequest, counter: Counter, transfer: UUID) -> "Payment":
    payment = (
        ledger_queries.payments_visible_to(request.user)
        .select_related("transfer__program", "till")
        .filter(transfer__uuid=transfer, transfer__store_id=counter.store.pk)
        .first()
    )
    if payment is None:
        raise Http404
    return payment


@never_cache
@counter_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, counter: Counter, transfer: UUID) -> HttpResponse:
    """Show where the points of a payment would go, and give them back when that is confirmed."""
    at = timezone.now()
    payment = _payment(request, counter, transfer)
    if request.method == "POST" and counter.may_give_back(payment, at=at):
        order = RefundOrderForm(request.POST)
        if order.is_valid():
            return _give_back(request, counter, payment, order.cleaned_data, at)
    return _confirm_cancel(request, counter, payment, at)


def _give_back(
    request: HttpRequest, counter: Counter, payment: "Payment", order: dict[str, Any], at: datetime
) -> HttpResponse:
    try:
        refund = ledger.refund_payment(
            payment_id=payment.pk,
            points=order["points"],
            alive_points=min(order["alive_points"], order["points"]),
            request_key=order["key"],
            at=at,
            by=request.user,  # type: ignore[arg-type]
            as_office=False,
        )
    except ledger_errors.LedgerError as refusal:
        messages.error(request, str(refusal))
        payment = _payment(request, counter, payment.transfer.uuid)
        return _confirm_cancel(request, counter, payment, at)
    except (OperationalError, InterfaceError):
        # Nobody knows whether it went through. The page that follows says what has been given
        # back by now, and its key is the old one as long as nothing has.
        logger.exception("refund_outcome_unknown", payment=payment.pk)
        messages.error(request, UNKNOWN_OUTCOME)
        return redirect("store:cancel", transfer=payment.transfer.uuid)
    return redirect("store:cancelled", transfer=refund.uuid)


def _key_of(payment: "Payment") -> UUID:
    """Return the key of giving back from what is left: one refund for each state that was seen.

    Two people who look at the same state, a lost answer and a second showing all share it.
    """
    return uuid5(payment.transfer.uuid, f"refund after {payment.refunded_points}")


def _confirm_cancel(
    request: HttpRequest, counter: Counter, payment: "Payment", at: datetime
) -> HttpResponse:
    line = Line(payment, counter.may_give_back(payment, at=at))
    wanted = {"points": request.GET.get("points", line.left_points)}
    form = CancelForm(wanted)
    points = line.left_points
    if form.is_valid():
        points = form.cleaned_data["points"]
        if points > line.left_points:
            form.add_error(
                "points",
                f"取り消せるのは、{display.grouped(line.left_points)}円までです",
            )
            points = line.left_points
    context = shown(counter, line=line, form=form, points=points, key=_key_of(payment))
    if line.may_cancel:
        context["plan"] = ledger_queries.plan_refund(payment_id=payment.pk, points=points, at=at)
    return render(request, "store/cancel.html", context)


@never_cache
@counter_required
@require_safe
def cancelled(request: HttpRequest, counter: Counter, transfer: UUID) -> HttpResponse:
    """Show what was given back."""
    refund = ledger_queries.refund_of_store(store_id=counter.store.pk, transfer_uuid=transfer)
    if refund is None or refund.reverses is None:
        raise Http404
    paid = refund.reverses.payment
    context = shown(
        counter, refund=refund, payment=paid, left_points=paid.points - paid.refunded_points
    )
    return render(request, "store/cancelled.html", context)
