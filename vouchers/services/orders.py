"""Sets are taken here and nowhere else: for a buyer who comes, and for all winners of a draw.

Locks go order → buyer → round, in id order; the round's row comes last because everybody wants it.
What keeps it from being oversold is the condition of one UPDATE and the check constraint behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.clock import jst_date, jst_day_range
from pointsys.programs import queries as programs
from pointsys.residents.models import Resident
from pointsys.users.models import User
from vouchers import errors
from vouchers.models import Application, Buyer, Campaign, Order, SaleRound
from vouchers.slips import new_slip_number

_SLIP_ATTEMPTS: Final = 5
_RESIDENCY_SHOWN: Final = (
    Application.Status.CONFIRMED,
    Application.Status.WON,
    Application.Status.LOST,
)


@transaction.atomic
def place_order(
    *,
    sale_round_id: int,
    resident_id: int,
    sets: int,
    request_key: UUID,
    at: datetime,
    application_id: int | None = None,
    residency_seen: bool = False,
    by: User | None = None,
) -> Order:
    """Take sets for one buyer; the same request key gives the same order.

    `residency_seen` says that `by` has looked at the buyer's address at a counter.

    Raises:
        NotOpenYet, SaleClosed, WinnersOnly, ResidencyRequired: this person cannot buy here now.
        LimitReached, LimitUsedUp: it would be more than one person may have in this round.
        TooFewLeft, SoldOut: there are not as many sets left.
        RequestDiffers: the key belongs to another purchase.
    """
    wanted = (sale_round_id, resident_id, sets)
    if known := _known(request_key, wanted):
        return known
    sale_round = SaleRound.objects.select_related("campaign__program").get(pk=sale_round_id)
    resident = Resident.objects.get(pk=resident_id)
    _refuse_outside_sale(sale_round, at)
    _refuse_stranger(sale_round, resident, sets, application_id, residency_seen=residency_seen)
    buyer = _locked_buyer(sale_round, resident.pk)
    # Whoever pressed twice waited for the row above; the first press is committed now.
    if known := _known(request_key, wanted):
        return known
    _take_for_buyer(buyer, sets)
    _take_from_round(sale_round, sets)
    order = _created(
        _new_order(
            sale_round,
            resident_id=resident.pk,
            sets=sets,
            request_key=request_key,
            application_id=application_id,
            pay_until=pay_until_of(sale_round, at),
            at=at,
        )
    )
    audit.record(
        code="vouchers.order.placed",
        target=order,
        organization_id=sale_round.campaign.program.client_id,
        by=by,
        at=at,
        changes={"sets": sets, "price_yen": order.price_yen, "round": sale_round.number},
    )
    return order


@transaction.atomic
def place_orders_for_winners(*, sale_round_id: int, at: datetime) -> int:
    """Reserve what every winner of a round won and return how many orders are new.

    Running it again makes orders only for winners who have none.

    Raises:
        SoldOut: the winners won more than the round has.
    """
    # The rows of the winners are the lock: a second run waits and then finds their orders.
    won = Application.objects.filter(
        sale_round_id=sale_round_id, status=Application.Status.WON
    ).order_by("pk")
    rows = won.select_for_update(no_key=True, of=("self",)).values_list(
        "pk", "uuid", "resident_id", "won_sets"
    )
    winners = [_Winner(pk, uuid, resident, sets or 0) for pk, uuid, resident, sets in rows]
    served = set(
        Order.objects.filter(sale_round_id=sale_round_id, application__isnull=False).values_list(
            "application_id", flat=True
        )
    )
    waiting = [winner for winner in winners if winner.application_id not in served]
    if not waiting:
        return 0
    sale_round = SaleRound.objects.select_related("campaign__program").get(pk=sale_round_id)
    sets = sum(winner.sets for winner in waiting)
    _take_for_winners(sale_round, waiting)
    _take_from_round(sale_round, sets)
    _write_orders(sale_round, waiting, at)
    audit.record(
        code="vouchers.orders.placed_for_winners",
        target=sale_round,
        organization_id=sale_round.campaign.program.client_id,
        by=None,
        at=at,
        changes={"orders": len(waiting), "sets": sets},
    )
    return len(waiting)


def pay_until_of(sale_round: SaleRound, at: datetime) -> datetime:
    """Return until when an order placed now can be paid: the end of a day, within the sale."""
    if sale_round.method == SaleRound.Method.LOTTERY:
        return sale_round.purchase_ends_at
    last_day = jst_date(at) + timedelta(days=sale_round.campaign.pay_within_days)
    _, midnight = jst_day_range(last_day)
    return min(midnight, sale_round.purchase_ends_at)


def has_shown_residency(*, campaign: Campaign, resident_id: int) -> bool:
    """Tell whether the office has confirmed where this person lives, in any round of the sale."""
    return Application.objects.filter(
        sale_round__campaign=campaign, resident_id=resident_id, status__in=_RESIDENCY_SHOWN
    ).exists()


def not_open_yet(sale_round: SaleRound) -> errors.NotOpenYet:
    """Return the refusal of who comes before the first day of a sale."""
    starts = display.local_moment(sale_round.purchase_starts_at)
    return errors.NotOpenYet(
        starts=f"{display.japanese_date(starts)} {display.clock_words(starts)}"
    )


def _known(request_key: UUID, wanted: tuple[int, int, int]) -> Order | None:
    order = Order.objects.filter(request_key=request_key).first()
    if order and (order.sale_round_id, order.resident_id, order.sets) != wanted:
        raise errors.RequestDiffers
    return order


def _refuse_outside_sale(sale_round: SaleRound, at: datetime) -> None:
    if at < sale_round.purchase_starts_at:
        raise not_open_yet(sale_round)
    if sale_round.status != SaleRound.Status.SELLING or at >= sale_round.purchase_ends_at:
        raise errors.SaleClosed


def _refuse_stranger(
    sale_round: SaleRound,
    resident: Resident,
    sets: int,
    application_id: int | None,
    *,
    residency_seen: bool,
) -> None:
    campaign = sale_round.campaign
    if resident.client_id != campaign.program.client_id:
        raise errors.NotAResidentOfTheClient
    if not 1 <= sets <= campaign.limit_sets_per_person:
        raise errors.LimitReached(
            limit=campaign.limit_sets_per_person, left=campaign.limit_sets_per_person
        )
    if sale_round.method == SaleRound.Method.LOTTERY:
        won = Application.objects.filter(
            pk=application_id or 0,
            sale_round=sale_round,
            resident=resident,
            status=Application.Status.WON,
            won_sets=sets,
        )
        if not won.exists():
            raise errors.WinnersOnly
        return
    if not sale_round.residents_only:
        return
    lives_here = programs.is_in_area(campaign.program, resident.municipality_code)
    shown = residency_seen or has_shown_residency(campaign=campaign, resident_id=resident.pk)
    if not (lives_here and shown):
        raise errors.ResidencyRequired


def _locked_buyer(sale_round: SaleRound, resident_id: int) -> Buyer:
    Buyer.objects.bulk_create(
        [
            Buyer(
                sale_round=sale_round,
                resident_id=resident_id,
                taken_sets=0,
                limit_sets=sale_round.campaign.limit_sets_per_person,
            )
        ],
        ignore_conflicts=True,
    )
    return Buyer.objects.select_for_update(no_key=True, of=("self",)).get(
        sale_round=sale_round, resident_id=resident_id
    )


def _take_for_buyer(buyer: Buyer, sets: int) -> None:
    left = buyer.limit_sets - buyer.taken_sets
    if left < 1:
        raise errors.LimitUsedUp(limit=buyer.limit_sets)
    if sets > left:
        raise errors.LimitReached(limit=buyer.limit_sets, left=left)
    Buyer.objects.filter(pk=buyer.pk).update(taken_sets=F("taken_sets") + sets)


def _take_from_round(sale_round: SaleRound, sets: int) -> None:
    """Take sets if there are as many: one statement, so that nobody reads and writes later."""
    taken = SaleRound.objects.filter(
        pk=sale_round.pk,
        planned_sets__gte=F("taken_sets") + sets + F("moved_sets") - F("carried_sets"),
    ).exclude(status=SaleRound.Status.CLOSED)
    if taken.update(taken_sets=F("taken_sets") + sets):
        return
    now = SaleRound.objects.get(pk=sale_round.pk)
    if now.status == SaleRound.Status.CLOSED:
        raise errors.SaleClosed
    if now.left_sets > 0:
        raise errors.TooFewLeft(left=now.left_sets)
    raise errors.SoldOut


@dataclass(frozen=True, slots=True)
class _Winner:
    application_id: int
    uuid: UUID
    resident_id: int
    sets: int


def _take_for_winners(sale_round: SaleRound, winners: Sequence[_Winner]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO vouchers_buyer AS buyer
                   (sale_round_id, limit_sets, resident_id, taken_sets)
            SELECT %s, %s, winner.* FROM unnest(%s::bigint[], %s::integer[]) AS winner
                ON CONFLICT (sale_round_id, resident_id)
                DO UPDATE SET taken_sets = buyer.taken_sets + excluded.taken_sets
            """,
            [
                sale_round.pk,
                sale_round.campaign.limit_sets_per_person,
                [winner.resident_id for winner in winners],
                [winner.sets for winner in winners],
            ],
        )


def _write_orders(sale_round: SaleRound, winners: Sequence[_Winner], at: datetime) -> None:
    # One statement: made one by one in Python, they take ten times as long.
    campaign = sale_round.campaign
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO vouchers_order
                   (sale_round_id, status, ordered_at, pay_until, uuid, request_key, slip_number,
                    application_id, resident_id, sets, price_yen, principal_points, premium_points)
            SELECT %s, 'AWAITING_PAYMENT', %s, %s, winner.*,
                   winner.sets * %s, winner.sets * %s, winner.sets * %s
              FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[],
                          %s::integer[])
                   AS winner (uuid, request_key, slip_number, application_id, resident_id, sets)
            """,
            [
                sale_round.pk,
                at,
                sale_round.purchase_ends_at,
                campaign.set_price_yen,
                campaign.set_price_yen,
                campaign.set_premium_points,
                [uuid4() for _ in winners],
                [uuid5(winner.uuid, "order") for winner in winners],
                _free_slip_numbers(len(winners)),
                [winner.application_id for winner in winners],
                [winner.resident_id for winner in winners],
                [winner.sets for winner in winners],
            ],
        )


def _new_order(
    sale_round: SaleRound,
    *,
    resident_id: int,
    sets: int,
    request_key: UUID,
    application_id: int | None,
    pay_until: datetime,
    at: datetime,
) -> Order:
    campaign = sale_round.campaign
    return Order(
        sale_round=sale_round,
        resident_id=resident_id,
        application_id=application_id,
        request_key=request_key,
        slip_number=new_slip_number(),
        sets=sets,
        price_yen=sets * campaign.set_price_yen,
        principal_points=sets * campaign.set_price_yen,
        premium_points=sets * campaign.set_premium_points,
        ordered_at=at,
        pay_until=pay_until,
    )


def _free_slip_numbers(count: int) -> list[str]:
    """Return as many different numbers that no order has."""
    # A dict keeps them in the order of their making; a set would hand them out nearly sorted.
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        fresh = [new_slip_number() for _ in range(count - len(numbers))]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT slip_number FROM vouchers_order WHERE slip_number = ANY(%s::text[])",
                [fresh],
            )
            taken = {number for (number,) in cursor.fetchall()}
        numbers.update(dict.fromkeys(number for number in fresh if number not in taken))
    return list(numbers)


def _created(order: Order) -> Order:
    for _ in range(_SLIP_ATTEMPTS):
        try:
            with transaction.atomic():
                order.save(force_insert=True)
        except IntegrityError as error:
            if "slip_number" in str(error):
                order.slip_number = new_slip_number()
                continue
            if "request_key" in str(error):
                raise errors.RequestDiffers from error
            raise
        return order
    raise AssertionError("five random numbers of eleven digits were all taken")
