"""Money that came in, from a counter or from a file of slip payments; an order is paid here.

Whoever pays an order holds its row, then the ledger's rounds, then a wallet. Marking it PAID,
writing the receipt and granting principal and premium are one transaction: all of it or nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from ledger import services as ledger
from ledger.errors import LedgerError
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.clock import jst_date
from pointsys.users.models import User
from vouchers import errors
from vouchers.models import Order, Receipt
from vouchers.queries.sales import money_on_the_way
from vouchers.services.orders import not_open_yet, place_order
from vouchers.slips import plain_slip_number

Status = Order.Status
Problem = Receipt.Problem
LONGEST_NOTE: Final = 300
_DAY_BEFORE: Final = timedelta(microseconds=1)


@transaction.atomic
def record_receipt(
    *, order_id: int, amount_yen: int, form_key: UUID, by: User, at: datetime
) -> Receipt:
    """Take an order's price in cash at a counter and grant its balance, once for one form.

    Raises:
        AlreadyPaid, OrderLapsed: there is nothing to pay any more.
        NotOpenYet: winners pay from the first day of the sale on.
        AmountDiffers: it is not the price.
        BalanceNotGranted: the ledger refuses; the cash goes back.
        RequestDiffers: the form's key was used for another order.
    """
    order = locked_orders([order_id])[0]
    program_id = order.sale_round.campaign.program_id
    known = Receipt.objects.filter(
        program_id=program_id, channel=Receipt.Channel.COUNTER, row_key=str(form_key)
    ).first()
    if known:
        if known.order_id != order.pk:
            raise errors.RequestDiffers
        return known
    _refuse_unpayable(order, amount_yen, at)
    try:
        _grant(order, by=by, at=at)
    except LedgerError as refusal:
        raise errors.BalanceNotGranted(why=str(refusal)) from refusal
    receipt = _cash_receipt(order, form_key, by=by, at=at)
    mark_paid([order], at=at)
    record_paid([(order, receipt)], by=by, at=at)
    return receipt


@transaction.atomic
def sell_at_counter(
    *,
    sale_round_id: int,
    resident_id: int,
    sets: int,
    request_key: UUID,
    residency_seen: bool,
    by: User,
    at: datetime,
) -> Receipt:
    """Sell to somebody who stands at the counter: the order and its payment, both or neither.

    Raises:
        VoucherError: as `place_order` and `record_receipt` refuse.
    """
    order = place_order(
        sale_round_id=sale_round_id,
        resident_id=resident_id,
        sets=sets,
        request_key=request_key,
        at=at,
        residency_seen=residency_seen,
        by=by,
    )
    return record_receipt(
        order_id=order.pk, amount_yen=order.price_yen, form_key=request_key, by=by, at=at
    )


@transaction.atomic
def match_receipt(
    *, receipt_id: int, slip_number: str, note: str, by: User, at: datetime
) -> Receipt:
    """Use money that waits for a second look to pay an order, with the reason.

    Raises:
        ClearingNeedsReason: nobody wrote why.
        ReceiptSettled: somebody was quicker.
        NoSuchSlip, NotMatching: there is no such order, or this money does not pay it.
    """
    receipt = _open_receipt(receipt_id, note)
    number = plain_slip_number(slip_number)
    found = Order.objects.filter(
        slip_number=number, sale_round__campaign__program_id=receipt.program_id
    ).first()
    if found is None:
        raise errors.NoSuchSlip(slip_number=display.in_fours(number[:20]))
    order = locked_orders([found.pk])[0]
    # A person has looked: what came in time counts, whenever it is found.
    if problem := problem_of(order, receipt.amount_yen, receipt.received_date):
        raise errors.NotMatching(why=Problem(problem).label)
    try:
        _grant(order, by=by, at=at)
    except LedgerError as refusal:
        raise errors.NotMatching(why=str(refusal)) from refusal
    receipt.order = order
    _clear(receipt, Receipt.Status.MATCHED, note, by=by, at=at)
    mark_paid([order], at=at)
    record_paid([(order, receipt)], by=by, at=at)
    return receipt


@transaction.atomic
def return_receipt(*, receipt_id: int, note: str, by: User, at: datetime) -> Receipt:
    """Write that money which pays nothing was given back, to whom and how.

    Raises:
        ClearingNeedsReason: nobody wrote how.
        ReceiptSettled: somebody was quicker.
    """
    receipt = _open_receipt(receipt_id, note)
    _clear(receipt, Receipt.Status.RETURNED, note, by=by, at=at)
    audit.record(
        code="vouchers.receipt.returned",
        target=receipt,
        organization_id=receipt.program.client_id,
        by=by,
        at=at,
        changes={"amount_yen": receipt.amount_yen, "problem": receipt.problem},
    )
    return receipt


# --- Shared with the files of deposits ----------------------------------------------------------
def locked_orders(order_ids: Sequence[int]) -> list[Order]:
    """Lock orders in id order and return them with their sale."""
    return list(
        Order.objects.select_for_update(no_key=True, of=("self",))
        .select_related("sale_round__campaign__program")
        .filter(pk__in=order_ids)
        .order_by("pk")
    )


def last_pay_day(order: Order) -> date:
    """Return the last day on which an order can be paid."""
    return jst_date(order.pay_until - _DAY_BEFORE)


def problem_of(order: Order | None, amount_yen: int, received: date) -> str:
    """Return why this slip money does not pay the order, or nothing when it does.

    Slip money counts on the day it was paid, not on the day its file came.
    """
    if order is None:
        return Problem.UNKNOWN_SLIP
    if order.status == Status.PAID:
        return Problem.ALREADY_PAID
    if order.status == Status.LAPSED or received > last_pay_day(order):
        return Problem.LAPSED
    if order.price_yen != amount_yen:
        return Problem.AMOUNT_DIFFERS
    return ""


def grant_balance(order: Order, wallet_id: int, *, by: User | None, at: datetime) -> None:
    """Grant an order's principal and premium, once; the caller holds the ledger's rounds.

    Raises:
        LedgerError: the ledger refuses; neither of the two is granted.
    """
    sale_round, occasion = order.sale_round, f"order:{order.uuid}"
    parts = (
        (sale_round.principal_round_id, order.principal_points),
        (sale_round.premium_round_id, order.premium_points),
    )
    with transaction.atomic():
        for round_id, points in parts:
            if points:
                assert round_id is not None, "a round sells from grant rounds, by constraint"
                ledger.grant_one(
                    round_id=round_id,
                    wallet_id=wallet_id,
                    points=points,
                    occasion=occasion,
                    at=at,
                    by=by,
                )


def grant_round_ids(orders: Sequence[Order]) -> set[int]:
    """Return the ledger's rounds that these orders are granted from."""
    rounds = {order.sale_round for order in orders}
    found = {round_id for r in rounds for round_id in (r.principal_round_id, r.premium_round_id)}
    return {round_id for round_id in found if round_id is not None}


def mark_paid(orders: Sequence[Order], *, at: datetime) -> None:
    """Write that locked orders are paid."""
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        status=Status.PAID, paid_at=at
    )
    for order in orders:
        order.status, order.paid_at = Status.PAID, at


def record_paid(paid: Sequence[tuple[Order, Receipt]], *, by: User | None, at: datetime) -> None:
    """Write who recorded which payments."""
    if not paid:
        return
    audit.record_many(
        code="vouchers.order.paid",
        targets=[
            (order, {"amount_yen": receipt.amount_yen, "channel": receipt.channel})
            for order, receipt in paid
        ],
        organization_id=paid[0][0].sale_round.campaign.program.client_id,
        by=by,
        at=at,
    )


def _refuse_unpayable(order: Order, amount_yen: int, at: datetime) -> None:
    in_a_file, on_a_desk = money_on_the_way()
    if (
        order.status == Status.PAID
        or Order.objects.filter(in_a_file | on_a_desk, pk=order.pk).exists()
    ):
        raise errors.AlreadyPaid
    if at < order.sale_round.purchase_starts_at:
        raise not_open_yet(order.sale_round)
    if order.status == Status.LAPSED or at >= order.pay_until:
        last = display.last_usable_moment(order.pay_until)
        raise errors.OrderLapsed(until=f"{display.japanese_date(last)}まで")
    if amount_yen != order.price_yen:
        raise errors.AmountDiffers(price=order.price_yen)


def _grant(order: Order, *, by: User, at: datetime) -> None:
    ledger.lock_rounds(round_ids=grant_round_ids([order]))
    wallet_id = ledger.open_wallet(
        program_id=order.sale_round.campaign.program_id, resident_id=order.resident_id, at=at
    )
    grant_balance(order, wallet_id, by=by, at=at)


def _cash_receipt(order: Order, form_key: UUID, *, by: User, at: datetime) -> Receipt:
    try:
        with transaction.atomic():
            return Receipt.objects.create(
                program_id=order.sale_round.campaign.program_id,
                channel=Receipt.Channel.COUNTER,
                row_key=str(form_key),
                slip_number=order.slip_number,
                amount_yen=order.price_yen,
                received_date=jst_date(at),
                status=Receipt.Status.MATCHED,
                order=order,
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError as error:
        # The form's key went to another order at the same moment.
        if "row_once" in str(error):
            raise errors.RequestDiffers from error
        raise


def _open_receipt(receipt_id: int, note: str) -> Receipt:
    if not note.strip():
        raise errors.ClearingNeedsReason
    receipt = (
        Receipt.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "cleared_by", "order")
        .get(pk=receipt_id)
    )
    if receipt.status != Receipt.Status.OPEN:
        raise errors.ReceiptSettled(
            by=receipt.cleared_by or "別の", status=receipt.get_status_display()
        )
    return receipt


def _clear(receipt: Receipt, status: str, note: str, *, by: User, at: datetime) -> None:
    receipt.status = status
    receipt.cleared_note = note.strip()[:LONGEST_NOTE]
    receipt.cleared_by, receipt.cleared_at = by, at
    receipt.save(update_fields=["status", "order", "cleared_note", "cleared_by", "cleared_at"])
