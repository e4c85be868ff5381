"""What happens to sets that nobody paid: orders lapse, rounds close, and left sets move on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from ledger import services as ledger
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.users.models import User
from vouchers import errors
from vouchers.models import Buyer, Campaign, Order, SaleRound
from vouchers.queries.sales import money_on_the_way
from vouchers.services.payments import locked_orders

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a round would do, for its preview; `waiting` orders stand in its way."""

    sale_round: SaleRound
    next_round: SaleRound | None
    waiting: int
    is_over: bool

    @property
    def left_sets(self) -> int:
        return self.sale_round.left_sets

    @property
    def next_sets(self) -> int:
        """Sets of the next round once the left ones are moved."""
        return (self.next_round.sets if self.next_round else 0) + self.left_sets

    @property
    def can_go_on(self) -> bool:
        return (
            self.is_over and not self.waiting and self.sale_round.status == SaleRound.Status.SELLING
        )


def lapse_overdue(*, at: datetime, sale_round_id: int | None = None) -> int:
    """Give back the sets of orders that were not paid in time and return how many orders lapsed.

    An order waits until the files of its last pay day can have come (`Campaign.deposit_lag_days`),
    and as long as money for it lies on somebody's desk.
    """
    lapsed = 0
    for campaign in Campaign.objects.select_related("program").order_by("pk"):
        overdue = _overdue(campaign, at=at)
        if sale_round_id is not None:
            overdue = overdue.filter(sale_round_id=sale_round_id)
        ids = list(overdue.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), AT_ONCE):
            lapsed += _lapse(campaign, ids[start : start + AT_ONCE], at=at)
    return lapsed


def _overdue(campaign: Campaign, *, at: datetime) -> QuerySet[Order]:
    in_a_file, on_a_desk = money_on_the_way()
    return Order.objects.filter(
        ~in_a_file,
        ~on_a_desk,
        sale_round__campaign=campaign,
        status=Order.Status.AWAITING_PAYMENT,
        pay_until__lte=at - timedelta(days=campaign.deposit_lag_days),
    )


@transaction.atomic
def _lapse(campaign: Campaign, order_ids: Sequence[int], *, at: datetime) -> int:
    locked = [order.pk for order in locked_orders(order_ids)]
    # Asked again under the locks: a payment that was quicker keeps its order.
    orders = list(_overdue(campaign, at=at).filter(pk__in=locked).order_by("pk"))
    if not orders:
        return 0
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        status=Order.Status.LAPSED, lapsed_at=at
    )
    _give_back(orders)
    audit.record_many(
        code="vouchers.order.lapsed",
        targets=[(order, {"sets": order.sets}) for order in orders],
        organization_id=campaign.program.client_id,
        by=None,
        at=at,
    )
    return len(orders)


def _give_back(orders: Sequence[Order]) -> None:
    by_buyer: Counter[tuple[int, int]] = Counter()
    by_round: Counter[int] = Counter()
    for order in orders:
        by_buyer[(order.sale_round_id, order.resident_id)] += order.sets
        by_round[order.sale_round_id] += order.sets
    buyers = [
        buyer
        for buyer in Buyer.objects.select_for_update(no_key=True, of=("self",))
        .filter(sale_round__in=by_round, resident__in={order.resident_id for order in orders})
        .order_by("pk")
        if (buyer.sale_round_id, buyer.resident_id) in by_buyer
    ]
    for buyer in buyers:
        buyer.taken_sets -= by_buyer[(buyer.sale_round_id, buyer.resident_id)]
    Buyer.objects.bulk_update(buyers, ["taken_sets"])
    for sale_round_id, sets in sorted(by_round.items()):
        SaleRound.objects.filter(pk=sale_round_id).update(taken_sets=F("taken_sets") - sets)


def plan_closing(*, sale_round_id: int, at: datetime) -> Closing:
    """Say what closing a round would do; nothing is written."""
    sale_round = SaleRound.objects.select_related("campaign__program").get(pk=sale_round_id)
    return _closing(sale_round, _later_rounds(sale_round).first(), at=at)


@transaction.atomic
def close_round(*, sale_round_id: int, expected_left: int, by: User, at: datetime) -> Closing:
    """Close a round that is over and move its left sets, with their points, to the next one.

    The sets of all rounds together stay the same. Without a later round the left sets stay unsold.

    Raises:
        NotSelling, PurchasePeriodRuns, OrdersStillWaiting: it cannot be closed yet, or was before.
        FiguresChanged: there are more or fewer sets left than the preview said.
    """
    campaign_id = SaleRound.objects.values_list("campaign_id", flat=True).get(pk=sale_round_id)
    rounds = {
        each.pk: each
        for each in SaleRound.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign__program")
        .filter(campaign_id=campaign_id)
        .order_by("pk")
    }
    sale_round = rounds[sale_round_id]
    later = _later_rounds(sale_round).values_list("pk", flat=True).first()
    closing = _closing(sale_round, rounds[later] if later else None, at=at)
    _refuse_closing(closing, expected_left)
    _move(closing, by=by, at=at)
    _finish_granting(sale_round, by=by, at=at)
    sale_round.status = SaleRound.Status.CLOSED
    sale_round.save(update_fields=["status", "moved_sets"])
    audit.record(
        code="vouchers.round.closed",
        target=sale_round,
        organization_id=sale_round.campaign.program.client_id,
        by=by,
        at=at,
        changes={
            "round": sale_round.number,
            "sold_sets": sale_round.taken_sets,
            "left_sets": expected_left,
            "moved_sets": sale_round.moved_sets,
        },
    )
    return closing


def _finish_granting(sale_round: SaleRound, *, by: User, at: datetime) -> None:
    """Say that nothing more is granted: no order waits, and later money is given back."""
    for round_id in (sale_round.principal_round_id, sale_round.premium_round_id):
        if round_id is not None:
            ledger.finish_round(round_id=round_id, by=by, at=at)


def _later_rounds(sale_round: SaleRound) -> QuerySet[SaleRound]:
    return (
        SaleRound.objects.filter(campaign=sale_round.campaign_id, number__gt=sale_round.number)
        .exclude(status=SaleRound.Status.CLOSED)
        .order_by("number")
    )


def _closing(sale_round: SaleRound, next_round: SaleRound | None, *, at: datetime) -> Closing:
    return Closing(
        sale_round=sale_round,
        next_round=next_round,
        waiting=sale_round.orders.filter(status=Order.Status.AWAITING_PAYMENT).count(),
        is_over=at >= sale_round.purchase_ends_at,
    )


def _refuse_closing(closing: Closing, expected_left: int) -> None:
    sale_round = closing.sale_round
    if sale_round.status != SaleRound.Status.SELLING:
        raise errors.NotSelling(number=sale_round.number, status=sale_round.get_status_display())
    if not closing.is_over:
        last = display.last_usable_moment(sale_round.purchase_ends_at)
        raise errors.PurchasePeriodRuns(
            number=sale_round.number,
            ends=f"{display.japanese_date(last)} {display.clock_words(last)}",
        )
    if closing.waiting:
        raise errors.OrdersStillWaiting(count=closing.waiting)
    if closing.left_sets != expected_left:
        raise errors.FiguresChanged(left=closing.left_sets)


def _move(closing: Closing, *, by: User, at: datetime) -> None:
    """Move left sets to the next round, and what the ledger reserved for them."""
    sale_round, next_round, left = closing.sale_round, closing.next_round, closing.left_sets
    if not left:
        return
    campaign = sale_round.campaign
    if next_round is not None:
        sale_round.moved_sets += left
        next_round.carried_sets += left
        next_round.save(update_fields=["carried_sets"])
    pairs = (
        ("principal_round_id", campaign.set_price_yen),
        ("premium_round_id", campaign.set_premium_points),
    )
    for name, points in pairs:
        source = getattr(sale_round, name)
        target = getattr(next_round, name) if next_round else None
        if source and points:
            # Where the next round has not opened, its own opening reserves what is set free here.
            ledger.move_reservation(
                from_round_id=source, to_round_id=target, points=left * points, by=by, at=at
            )
