"""Unpaid orders lapse, rounds close, and left sets move on; the figures agree all the way."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import GrantRound
from tests.factories import NOON
from tests.vouchers.sales import (
    AFTER_SALE,
    SALE_ENDS,
    add_first_come,
    build_sale,
    deposit_file,
)
from tests.vouchers.test_payments import take
from vouchers import errors
from vouchers.models import Buyer, Order, Receipt, SaleRound
from vouchers.queries.sales import reconciliation, sales_between
from vouchers.services import campaigns, lapsing

pytestmark = pytest.mark.django_db
LAG = timedelta(days=3)


@pytest.mark.req("VO-13")
def test_an_unpaid_order_lapses_and_its_sets_can_be_bought_again():
    sale = build_sale(sets=3)
    person = sale.person()
    unpaid, paid = sale.order(person, 2), sale.order(sets=1)
    sale.pay(paid)

    too_early = lapsing.lapse_overdue(at=unpaid.pay_until + LAG - timedelta(seconds=1))
    lapsed = lapsing.lapse_overdue(at=unpaid.pay_until + LAG)
    again = lapsing.lapse_overdue(at=unpaid.pay_until + LAG)

    assert (too_early, lapsed, again) == (0, 1, 0)
    unpaid.refresh_from_db()
    assert unpaid.status == "LAPSED"
    assert sale.round.left_sets == 2
    assert Buyer.objects.get(resident=person).taken_sets == 0
    assert sale.order(person, 2, at=SALE_ENDS - timedelta(days=1)).sets == 2


@pytest.mark.req("VO-13")
def test_money_that_lies_on_a_desk_keeps_its_order():
    sale = build_sale()
    order = sale.order()
    GrantRound.objects.filter(pk=sale.round.principal_round_id).update(status="DONE")
    take(sale, deposit_file((order.slip_number, 5_000, "2025-08-20", 1)))

    assert Receipt.objects.get().problem == "NOT_GRANTED"
    assert lapsing.lapse_overdue(at=AFTER_SALE) == 0


def test_lapsing_takes_the_same_few_statements_for_many_orders(django_assert_max_num_queries):
    sale = build_sale(sets=40)
    for _ in range(20):
        sale.order()

    with django_assert_max_num_queries(20):
        assert lapsing.lapse_overdue(at=AFTER_SALE) == 20


# --- Closing a round ----------------------------------------------------------------------------
def two_rounds(*, second_opened: bool = True):
    sale = build_sale(sets=10)
    add_first_come(
        sale,
        sets=5,
        starts=SALE_ENDS,
        ends=SALE_ENDS + timedelta(days=60),
        opened=second_opened,
    )
    sale.pay(sale.order(sets=3, number=1))
    return sale


def all_sets(sale) -> int:
    return sum(each.sets for each in SaleRound.objects.filter(campaign=sale.campaign))


@pytest.mark.req("VO-07", "VO-13")
@pytest.mark.parametrize("second_opened", [True, False])
def test_left_sets_move_to_the_next_round_with_their_points(second_opened):
    sale = two_rounds(second_opened=second_opened)
    before = all_sets(sale)
    plan = lapsing.plan_closing(sale_round_id=sale.round.pk, at=AFTER_SALE)
    assert (plan.left_sets, plan.next_sets, plan.can_go_on) == (7, 12, True)

    lapsing.close_round(sale_round_id=sale.round.pk, expected_left=7, by=sale.clerk, at=AFTER_SALE)

    first, second = sale.round_number(1), sale.round_number(2)
    assert (first.status, first.sets, first.left_sets, first.moved_sets) == ("CLOSED", 3, 0, 7)
    # The list of grants says of a closed sale that it is done; what is still sold stays open.
    assert {first.principal_round.status, first.premium_round.status} == {"DONE"}
    assert {second.principal_round, second.premium_round} == {None} or {
        second.principal_round.status,
        second.premium_round.status,
    } == {"APPROVED"}
    assert (second.sets, second.carried_sets) == (12, 7)
    assert all_sets(sale) == before == 15
    if not second_opened:
        second = campaigns.start_selling(sale_round_id=second.pk, by=sale.clerk, at=AFTER_SALE)
    assert second.principal_round.reserved_points == 60_000
    assert second.premium_round.reserved_points == 12_000
    assert sum(GrantRound.objects.values_list("reserved_points", flat=True)) == 15 * 6_000
    person = sale.person()
    sale.pay(sale.order(person, 10, number=2, at=AFTER_SALE), at=AFTER_SALE)
    assert sale.balance(person, at=AFTER_SALE) == (50_000, 10_000)


@pytest.mark.req("VO-07")
def test_a_round_is_closed_once_and_only_when_it_is_over():
    sale = two_rounds()
    close = {"sale_round_id": sale.round.pk, "by": sale.clerk}
    with pytest.raises(errors.PurchasePeriodRuns, match="8月31日"):
        lapsing.close_round(**close, expected_left=7, at=NOON)
    waiting = sale.order(number=1)
    with pytest.raises(errors.OrdersStillWaiting, match="1件"):
        lapsing.close_round(**close, expected_left=6, at=AFTER_SALE)
    lapsing.lapse_overdue(at=waiting.pay_until + LAG)
    with pytest.raises(errors.FiguresChanged, match="いま7セット"):
        lapsing.close_round(**close, expected_left=6, at=AFTER_SALE)

    lapsing.close_round(**close, expected_left=7, at=AFTER_SALE)
    with pytest.raises(errors.NotSelling):
        lapsing.close_round(**close, expected_left=0, at=AFTER_SALE)

    assert all_sets(sale) == 15


def test_without_a_next_round_the_left_sets_stay_unsold():
    sale = build_sale(sets=10)
    sale.pay(sale.order(sets=3))

    lapsing.close_round(sale_round_id=sale.round.pk, expected_left=7, by=sale.clerk, at=AFTER_SALE)

    assert (sale.round.left_sets, sale.round.moved_sets) == (7, 0)
    assert sale.round.principal_round.reserved_points == 15_000


@pytest.mark.req("VO-07")
def test_the_database_refuses_to_move_sets_that_are_taken():
    sale = two_rounds()

    with pytest.raises(IntegrityError, match="never_oversold"), transaction.atomic():
        SaleRound.objects.filter(pk=sale.round.pk).update(moved_sets=8)


# --- The figures --------------------------------------------------------------------------------
@pytest.mark.req("VO-09")
def test_sets_money_and_balances_agree_through_a_whole_sale(django_assert_max_num_queries):
    sale = two_rounds()
    waiting = sale.order(sets=2, number=1)
    slip = sale.order(sets=1, number=1)
    take(
        sale,
        deposit_file(
            (slip.slip_number, 5_000, "2025-08-20", 1), ("999999999999", 800, "2025-08-20", 2)
        ),
    )
    lapsing.lapse_overdue(at=waiting.pay_until + LAG)
    sale.order(sets=2, number=2, at=AFTER_SALE)

    with django_assert_max_num_queries(6):
        count = reconciliation(campaign=sale.campaign)

    assert count.differences == []
    first, second = count.rounds
    assert (first.sold_sets, first.reserved_sets, first.left_sets, first.lapsed_sets) == (
        4,
        0,
        6,
        2,
    )
    assert (second.sold_sets, second.reserved_sets, second.left_sets) == (0, 2, 3)
    assert (first.due_yen, first.received_yen, first.granted_premium) == (20_000, 20_000, 4_000)
    assert (count.matched_yen, count.open_yen, count.received_yen) == (20_000, 800, 20_800)


@pytest.mark.req("VO-09")
def test_a_set_or_a_yen_too_many_shows():
    """The negative control: figures bent behind the services' back."""
    sale = two_rounds()
    SaleRound.objects.filter(pk=sale.round.pk).update(taken_sets=4)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE vouchers_receipt SET amount_yen = amount_yen - 1")
        cursor.execute("SET session_replication_role = origin")

    words = {
        (number, difference.difference, difference.unit)
        for number, difference in reconciliation(campaign=sale.campaign).differences
    }

    assert words == {(1, -1, "セット"), (1, -1, "円")}


@pytest.mark.req("VO-09")
def test_what_was_sold_on_some_days():
    sale = build_sale(sets=20)
    sale.pay(sale.order(sets=3))
    sale.order(sets=2)
    day = date(2025, 8, 20)

    found = sales_between(program_id=sale.program.pk, first=day, last=day)
    other = sales_between(program_id=sale.program.pk, first=date(2025, 8, 21), last=day)

    assert (found.orders, found.ordered_sets, found.sold_sets) == (2, 5, 3)
    assert (found.sold_yen, found.received_yen) == (15_000, 15_000)
    assert (other.sold_sets, other.received_yen) == (0, 0)
    assert Order.objects.count() == 2
