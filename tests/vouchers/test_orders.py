"""Taking sets: limits, supply, keys, and winners."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from pointsys.audit.models import AuditEvent
from tests.factories import NOON, ResidentFactory
from tests.vouchers.sales import (
    AFTER_SALE,
    SALE_ENDS,
    SALE_STARTS,
    add_lottery,
    add_winner,
    build_campaign,
    build_sale,
)
from vouchers import errors
from vouchers.models import Application, Buyer, Order, SaleRound
from vouchers.services import orders
from vouchers.slips import check_digit, is_slip_number, new_slip_number

pytestmark = pytest.mark.django_db


@pytest.mark.req("VO-06", "VO-07")
def test_an_order_takes_sets_and_says_what_is_to_be_paid_until_when():
    sale = build_sale(sets=10)

    order = sale.order(sets=3)

    assert (order.price_yen, order.principal_points, order.premium_points) == (
        15_000,
        15_000,
        3_000,
    )
    assert is_slip_number(order.slip_number)
    # Seven days, to the end of the last of them.
    assert order.pay_until.isoformat() == "2025-08-28T00:00:00+09:00"
    assert sale.round.left_sets == 7
    assert AuditEvent.objects.get(code="vouchers.order.placed").changes["sets"] == 3


def test_the_last_days_of_a_sale_leave_less_time_to_pay():
    sale = build_sale()

    assert sale.order(at=SALE_ENDS - timedelta(hours=1)).pay_until == SALE_ENDS


@pytest.mark.req("VO-01")
def test_nobody_gets_more_than_the_limit_over_all_orders_of_a_round():
    sale = build_sale(sets=100, limit=10)
    person = sale.person()
    sale.order(person, 7)

    with pytest.raises(errors.LimitReached, match="あと3セット"):
        sale.order(person, 4)
    sale.order(person, 3)
    with pytest.raises(errors.LimitUsedUp, match="もう上限まで"):
        sale.order(person, 1)

    assert Buyer.objects.get(resident=person).taken_sets == 10
    assert sale.round.taken_sets == 10


@pytest.mark.req("VO-01")
def test_the_database_refuses_more_than_the_limit():
    sale = build_sale(limit=10)
    person = sale.person()
    sale.order(person, 2)

    with pytest.raises(IntegrityError, match="vouchers_buyer_within_limit"), transaction.atomic():
        Buyer.objects.filter(resident=person).update(taken_sets=11)


@pytest.mark.req("VO-07")
def test_who_wants_more_than_is_left_hears_how_many_are_left():
    sale = build_sale(sets=5)
    sale.order(sets=3)

    with pytest.raises(errors.TooFewLeft, match="残りは2セット"):
        sale.order(sets=3)
    sale.order(sets=2)
    with pytest.raises(errors.SoldOut):
        sale.order(sets=1)

    assert sale.round.left_sets == 0
    assert Order.objects.count() == 2


@pytest.mark.req("VO-07")
def test_the_database_refuses_to_oversell():
    sale = build_sale(sets=5)

    with pytest.raises(IntegrityError, match="never_oversold"), transaction.atomic():
        SaleRound.objects.filter(pk=sale.round.pk).update(taken_sets=6)


def test_a_refused_order_leaves_nothing_behind():
    sale = build_sale(sets=1)

    with pytest.raises(errors.TooFewLeft):
        sale.order(sets=2)

    assert not Buyer.objects.exists()
    assert not AuditEvent.objects.filter(code="vouchers.order.placed").exists()


@pytest.mark.req("VO-07")
def test_the_same_request_is_the_same_order():
    sale = build_sale(sets=10)
    person, key = sale.person(), uuid4()
    first = sale.order(person, 2, key=key)

    again = sale.order(person, 2, key=key)
    # Also when the sale is long over: the answer of the first press was lost.
    late = sale.order(person, 2, key=key, at=AFTER_SALE)

    assert first == again == late
    assert sale.round.taken_sets == 2


def test_a_key_of_another_purchase_is_refused():
    sale = build_sale()
    person, key = sale.person(), uuid4()
    sale.order(person, 2, key=key)

    with pytest.raises(errors.RequestDiffers):
        sale.order(person, 3, key=key)
    with pytest.raises(errors.RequestDiffers):
        sale.order(sale.person(), 2, key=key)


def test_a_sale_sells_within_its_period_only():
    sale = build_sale()

    with pytest.raises(errors.NotOpenYet, match="午前9時から"):
        sale.order(at=SALE_STARTS - timedelta(seconds=1))
    with pytest.raises(errors.SaleClosed):
        sale.order(at=SALE_ENDS)


@pytest.mark.parametrize("sets", [0, -1, 11, 30_000])
def test_an_odd_number_of_sets_is_refused_in_words(sets):
    sale = build_sale(sets=100)

    with pytest.raises(errors.LimitReached, match="お一人10セットまで"):
        sale.order(sets=sets)


def test_a_resident_of_another_client_cannot_buy():
    sale = build_sale()

    with pytest.raises(errors.NotAResidentOfTheClient):
        sale.order(ResidentFactory())


@pytest.mark.req("VO-02")
def test_a_round_for_residents_asks_for_a_confirmed_address():
    sale = build_sale()
    SaleRound.objects.update(residents_only=True)
    person = sale.person()
    with pytest.raises(errors.ResidencyRequired):
        sale.order(person)

    seen = orders.place_order(
        sale_round_id=sale.round.pk,
        resident_id=person.pk,
        sets=1,
        request_key=uuid4(),
        at=NOON,
        residency_seen=True,
        by=sale.clerk,
    )
    with pytest.raises(errors.ResidencyRequired):
        sale.order(sale.person(municipality_code="05201"))

    assert seen.sets == 1


def test_who_was_confirmed_in_an_earlier_round_needs_no_second_look():
    sale = build_sale()
    SaleRound.objects.update(residents_only=True)
    lottery = add_lottery(sale, sets=5)
    winner = add_winner(sale, lottery, 1, 1)

    assert sale.order(winner.resident, number=1).sets == 1


# --- Winners ------------------------------------------------------------------------------------
@pytest.mark.req("VO-04", "VO-06")
def test_every_winner_gets_one_order_however_often_it_runs(django_assert_max_num_queries):
    sale = build_campaign()
    lottery = add_lottery(sale, sets=40)
    for serial in range(12):
        add_winner(sale, lottery, 1 + serial % 3, serial)

    with django_assert_max_num_queries(20):
        first = orders.place_orders_for_winners(sale_round_id=lottery.pk, at=SALE_STARTS)
    again = orders.place_orders_for_winners(sale_round_id=lottery.pk, at=SALE_STARTS)

    assert (first, again) == (12, 0)
    made = Order.objects.filter(sale_round=lottery)
    assert {(o.application.won_sets, o.pay_until) for o in made} == {
        (1, SALE_ENDS),
        (2, SALE_ENDS),
        (3, SALE_ENDS),
    }
    assert len({order.slip_number for order in made}) == 12
    assert sale.round.taken_sets == sum(order.sets for order in made) == 24


def test_winners_beyond_the_supply_get_nothing_at_all():
    sale = build_campaign()
    lottery = add_lottery(sale, sets=3)
    for serial in range(2):
        add_winner(sale, lottery, 2, serial)

    with pytest.raises(errors.TooFewLeft):
        orders.place_orders_for_winners(sale_round_id=lottery.pk, at=SALE_STARTS)

    assert not Order.objects.exists()


def test_only_winners_buy_in_a_lottery():
    sale = build_campaign()
    lottery = add_lottery(sale, sets=10)
    winner = add_winner(sale, lottery, 2, 1)

    with pytest.raises(errors.WinnersOnly):
        sale.order()
    with pytest.raises(errors.WinnersOnly):
        sale.order(winner.resident, 2)
    order = orders.place_order(
        sale_round_id=lottery.pk,
        resident_id=winner.resident_id,
        sets=2,
        request_key=uuid4(),
        at=NOON,
        application_id=winner.pk,
    )

    assert order.application == winner
    assert Application.objects.get().order == order


# --- Slip numbers -------------------------------------------------------------------------------
def test_a_wrong_or_exchanged_digit_of_a_slip_number_shows():
    number = new_slip_number()

    assert len(number) == 12
    assert number[0] != "0"
    for place in range(12):
        for digit in "0123456789":
            changed = number[:place] + digit + number[place + 1 :]
            assert is_slip_number(changed) == (changed == number)
    for place in range(11):
        turned = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert is_slip_number(turned) == (turned == number)
    assert check_digit("572") == "4"


def test_slip_numbers_tell_nothing_about_one_another():
    numbers = [new_slip_number() for _ in range(200)]

    assert len(set(numbers)) == 200
    assert len({number[:3] for number in numbers}) > 100
