"""The last sets, a double press, and a payment against the lapse: real threads, real commits.

Each race has its negative control where one is possible: the same threads without what protects.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from pointsys.common.errors import DomainError
from tests.factories import NOON
from tests.vouchers.sales import PRICE, build_sale, deposit_file
from vouchers import errors
from vouchers.models import Buyer, Order, Receipt, SaleRound
from vouchers.services import deposits, lapsing

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 32


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts at once, each on its own connection; refusals come back as results."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.req("VO-07")
def test_32_buyers_for_the_last_sets_buy_exactly_the_supply():
    sale = build_sale(sets=20)
    people = [sale.person() for _ in range(THREADS)]

    results = at_once([lambda p=person: sale.order(p, 1) for person in people])

    assert Counter(type(result) for result in results) == {Order: 20, errors.SoldOut: 12}
    assert sale.round.taken_sets == 20
    assert sum(Order.objects.values_list("sets", flat=True)) == 20
    assert Buyer.objects.filter(taken_sets=1).count() == 20


@pytest.mark.req("VO-07")
def test_32_buyers_of_several_sets_never_get_more_than_there_are():
    sale = build_sale(sets=20)
    people = [sale.person() for _ in range(THREADS)]

    results = at_once([lambda p=person: sale.order(p, 3) for person in people])

    assert sum(isinstance(result, Order) for result in results) == 6
    assert sale.round.left_sets == 2
    assert all(isinstance(result, Order | errors.TooFewLeft | errors.SoldOut) for result in results)


@pytest.mark.req("VO-07")
def test_looking_first_and_selling_later_would_oversell():
    """The negative control: 32 threads that count what is left, then sell, without the guard."""
    sale = build_sale(sets=20)
    people = [sale.person() for _ in range(THREADS)]
    barrier = Barrier(THREADS)

    def naive(resident_id: int) -> bool:
        with transaction.atomic():
            sold = sum(Order.objects.values_list("sets", flat=True))
            barrier.wait()
            if sold + 1 > 20:
                return False
            Order.objects.create(
                sale_round=sale.round,
                resident_id=resident_id,
                request_key=uuid4(),
                slip_number=str(100_000_000_000 + resident_id),
                sets=1,
                price_yen=PRICE,
                principal_points=PRICE,
                premium_points=1_000,
                ordered_at=NOON,
                pay_until=NOON + timedelta(days=7),
            )
            return True

    at_once([lambda p=person: naive(p.pk) for person in people])

    assert sum(Order.objects.values_list("sets", flat=True)) > 20
    assert SaleRound.objects.get().taken_sets == 0


@pytest.mark.req("VO-01")
def test_one_person_on_eight_phones_stays_within_the_limit():
    sale = build_sale(sets=100, limit=10)
    person = sale.person()

    results = at_once([lambda: sale.order(person, 3)] * 8)

    assert sum(isinstance(result, Order) for result in results) == 3
    assert Buyer.objects.get().taken_sets == sale.round.taken_sets == 9


def test_one_key_on_eight_threads_buys_once():
    sale = build_sale(sets=100)
    person, key = sale.person(), uuid4()

    results = at_once([lambda: sale.order(person, 2, key=key)] * 8)

    assert {result.pk for result in results} == {Order.objects.get().pk}
    assert sale.round.taken_sets == 2


@pytest.mark.req("VO-06")
def test_a_double_press_at_the_counter_takes_the_money_once():
    sale = build_sale()
    person = sale.person()
    order, key = sale.order(person, 2), uuid4()

    results = at_once([lambda: sale.pay(order, key=key)] * 8)

    assert len({receipt.pk for receipt in results}) == 1
    assert sale.balance(person) == (10_000, 2_000)


@pytest.mark.req("VO-06")
def test_two_counters_for_one_order_take_the_money_once():
    sale = build_sale()
    person = sale.person()
    order = sale.order(person, 2)

    results = at_once([lambda: sale.pay(order)] * 8)

    assert Counter(type(result) for result in results) == {Receipt: 1, errors.AlreadyPaid: 7}
    assert sale.balance(person) == (10_000, 2_000)


@pytest.mark.req("VO-06", "VO-13")
@pytest.mark.parametrize("round_of_the_race", range(3))
def test_a_payment_and_the_lapse_land_on_exactly_one_side(round_of_the_race):
    sale = build_sale(sets=10)
    person = sale.person()
    made = [sale.order(sale.person(), 1) for _ in range(6)] + [sale.order(person, 2)]
    content = deposit_file(
        *((order.slip_number, order.price_yen, "2025-08-20", n) for n, order in enumerate(made))
    )
    late = made[0].pay_until + timedelta(days=3)
    file, _ = deposits.import_deposits(
        program_id=sale.program.pk, content=content, file_name="a.csv", by=sale.clerk, at=NOON
    )

    # The sweep must not see them as not looked at, or there would be no race.
    def settle():
        return deposits.settle_waiting(at=late, deposit_file_id=file.pk)

    def lapse():
        campaign = sale.campaign
        return lapsing._lapse(campaign, [order.pk for order in made], at=late)

    at_once([settle, lapse, settle, lapse])

    orders = {order.pk: order for order in Order.objects.all()}
    for receipt in Receipt.objects.all():
        order = orders[receipt.order_id]
        assert (receipt.status, order.status) in {("MATCHED", "PAID"), ("OPEN", "LAPSED")}
    paid = sum(order.sets for order in orders.values() if order.status == "PAID")
    assert sale.round.taken_sets == paid
    assert sum(Buyer.objects.values_list("taken_sets", flat=True)) == paid


@pytest.mark.req("VO-06", "VO-13")
def test_a_counter_and_the_lapse_land_on_exactly_one_side():
    sale = build_sale(sets=40)
    made = [sale.order() for _ in range(12)]
    moment = made[0].pay_until - timedelta(seconds=1)
    late = made[0].pay_until + timedelta(days=3)

    at_once(
        [lambda o=order: sale.pay(o, at=moment) for order in made]
        + [lambda: lapsing.lapse_overdue(at=late)] * 4
    )

    for order in Order.objects.all():
        has_money = Receipt.objects.filter(order=order, status="MATCHED").exists()
        assert order.status == ("PAID" if has_money else "LAPSED")
    paid = Order.objects.filter(status="PAID").count()
    assert sale.round.taken_sets == paid


def test_buying_lapsing_and_closing_at_once_lose_no_set_and_block_nobody():
    sale = build_sale(sets=30)
    made = [sale.order(sets=1) for _ in range(10)]
    late = made[0].pay_until + timedelta(days=3)

    results = at_once(
        [lambda: sale.order(sale.person(), 2) for _ in range(14)]
        + [lambda: lapsing.lapse_overdue(at=late)] * 2
    )

    alive = Order.objects.exclude(status="LAPSED")
    assert not [
        result
        for result in results
        if isinstance(result, BaseException) and not isinstance(result, DomainError)
    ]
    assert sale.round.taken_sets == sum(alive.values_list("sets", flat=True)) <= 30
