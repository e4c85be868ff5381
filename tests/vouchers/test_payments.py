"""Money that comes in: by slip, at a counter, for something else, too late, or twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import GrantRound, Wallet
from pointsys.audit.models import AuditEvent
from tests.factories import NOON
from tests.vouchers.sales import PRICE, build_sale, deposit_file
from vouchers import errors
from vouchers.models import DepositFile, Order, Receipt
from vouchers.services import deposits, payments

pytestmark = pytest.mark.django_db
DAY = "2025-08-20"


def take(sale, content: bytes, *, at=NOON, name="nyukin.csv") -> deposits.Settled:
    """Take a file of deposits and settle it."""
    file, _ = deposits.import_deposits(
        program_id=sale.program.pk, content=content, file_name=name, by=sale.clerk, at=at
    )
    return deposits.settle_waiting(at=at, deposit_file_id=file.pk)


# --- At a counter -------------------------------------------------------------------------------
@pytest.mark.req("VO-06", "VO-08")
def test_cash_at_a_counter_pays_the_order_and_fills_the_balance():
    sale = build_sale()
    person = sale.person()
    order = sale.order(person, 3)

    receipt = sale.pay(order)

    order.refresh_from_db()
    assert (order.status, order.paid_at) == ("PAID", NOON)
    assert (receipt.status, receipt.amount_yen) == ("MATCHED", 15_000)
    assert sale.balance(person) == (15_000, 3_000)
    assert AuditEvent.objects.get(code="vouchers.order.paid").by == sale.clerk


@pytest.mark.req("VO-06")
def test_the_form_sent_twice_counts_once():
    sale = build_sale()
    person, key = sale.person(), uuid4()
    order = sale.order(person)

    assert sale.pay(order, key=key) == sale.pay(order, key=key)

    assert sale.balance(person) == (5_000, 1_000)


def test_a_form_of_another_order_is_refused():
    sale = build_sale()
    key = uuid4()
    sale.pay(sale.order(), key=key)

    with pytest.raises(errors.RequestDiffers):
        sale.pay(sale.order(), key=key)


def test_what_is_paid_or_too_late_or_another_amount_is_not_taken():
    sale = build_sale()
    order = sale.order()
    with pytest.raises(errors.AmountDiffers, match="5,000円"):
        payments.record_receipt(
            order_id=order.pk, amount_yen=4_999, form_key=uuid4(), by=sale.clerk, at=NOON
        )
    with pytest.raises(errors.OrderLapsed, match="8月27日（水）まで"):
        sale.pay(order, at=order.pay_until)
    sale.pay(order)

    with pytest.raises(errors.AlreadyPaid):
        sale.pay(order)

    assert Receipt.objects.count() == 1


def test_money_is_given_back_where_the_ledger_refuses():
    sale = build_sale()
    person = sale.person()
    order = sale.order(person)
    Wallet.objects.create(
        program=sale.program, resident=person, opened_at=NOON, status=Wallet.Status.FROZEN
    )

    with pytest.raises(errors.BalanceNotGranted, match="現金を受け取らない"):
        sale.pay(order)

    assert not Receipt.objects.exists()
    assert Order.objects.get().status == "AWAITING_PAYMENT"


@pytest.mark.req("VO-08")
def test_neither_part_is_granted_without_the_other():
    sale = build_sale()
    person = sale.person()
    order = sale.order(person)
    GrantRound.objects.filter(pk=sale.round.premium_round_id).update(status="DONE")

    take(sale, deposit_file((order.slip_number, 5_000, DAY, 1)))

    assert Receipt.objects.get().problem == "NOT_GRANTED"
    assert sale.balance(person) == (0, 0)


@pytest.mark.req("VO-06", "PB-05")
def test_a_sale_at_the_counter_is_ordered_and_paid_at_once_or_not_at_all():
    sale = build_sale(sets=3)
    person, key = sale.person(), uuid4()

    def sell(sets: int, key=key):
        return payments.sell_at_counter(
            sale_round_id=sale.round.pk,
            resident_id=person.pk,
            sets=sets,
            request_key=key,
            residency_seen=True,
            by=sale.clerk,
            at=NOON,
        )

    assert sell(2) == sell(2)
    with pytest.raises(errors.TooFewLeft):
        sell(2, uuid4())

    assert sale.balance(person) == (10_000, 2_000)
    assert sale.round.left_sets == 1


# --- By slip ------------------------------------------------------------------------------------
@pytest.mark.req("VO-06", "VO-08")
def test_a_file_pays_its_orders_and_leaves_the_rest_for_a_second_look():
    sale = build_sale(sets=20)
    good, wrong, paid, lapsed = (sale.order(sets=2) for _ in range(4))
    sale.pay(paid)
    Order.objects.filter(pk=lapsed.pk).update(status="LAPSED", lapsed_at=NOON)

    settled = take(
        sale,
        deposit_file(
            (good.slip_number, 10_000, DAY, 1),
            (wrong.slip_number, 9_999, DAY, 2),
            (paid.slip_number, 10_000, DAY, 3),
            (lapsed.slip_number, 10_000, DAY, 4),
            ("999999999999", 5_000, DAY, 5),
        ),
    )

    assert settled == deposits.Settled(matched=1, open=4)
    assert dict(Receipt.objects.filter(channel="SLIP").values_list("slip_number", "problem")) == {
        good.slip_number: "",
        wrong.slip_number: "AMOUNT_DIFFERS",
        paid.slip_number: "ALREADY_PAID",
        lapsed.slip_number: "LAPSED",
        "999999999999": "UNKNOWN_SLIP",
    }
    assert sale.balance(good.resident) == (10_000, 2_000)
    assert sale.balance(wrong.resident) == (0, 0)
    assert (
        sum(Receipt.objects.filter(channel="SLIP").values_list("amount_yen", flat=True)) == 44_999
    )


@pytest.mark.req("VO-06")
def test_the_same_file_twice_and_overlapping_files_change_nothing():
    sale = build_sale(sets=20)
    made = [sale.order() for _ in range(4)]
    rows = [(order.slip_number, 5_000, DAY, n) for n, order in enumerate(made)]
    take(sale, deposit_file(*rows[:3]))
    before = list(Receipt.objects.order_by("pk").values())

    again = take(sale, deposit_file(*rows[:3]))
    with pytest.raises(errors.NothingNew):
        take(sale, deposit_file(*rows[:2]))
    overlapping = take(sale, deposit_file(*rows[1:]))

    assert (again.matched, again.open) == (0, 0)
    assert overlapping.matched == 1
    assert list(Receipt.objects.order_by("pk").values())[:3] == before
    assert Order.objects.filter(status="PAID").count() == 4
    newest = DepositFile.objects.latest("pk")
    assert (newest.new_count, newest.known_count, newest.total_yen) == (1, 2, 5_000)
    assert all(sale.balance(order.resident) == (5_000, 1_000) for order in made)


@pytest.mark.req("VO-06")
def test_money_that_came_twice_is_kept_once_and_waits_once():
    sale = build_sale()
    order = sale.order()

    take(sale, deposit_file((order.slip_number, 5_000, DAY, 1), (order.slip_number, 5_000, DAY, 2)))

    assert sorted(Receipt.objects.values_list("status", "problem")) == [
        ("MATCHED", ""),
        ("OPEN", "ALREADY_PAID"),
    ]
    assert sale.balance(order.resident) == (5_000, 1_000)


@pytest.mark.req("VO-06")
def test_slip_money_counts_on_the_day_it_was_paid():
    sale = build_sale()
    intime, late = sale.order(), sale.order()

    take(
        sale,
        deposit_file(
            (intime.slip_number, 5_000, "2025-08-27", 1), (late.slip_number, 5_000, "2025-08-28", 2)
        ),
        at=intime.pay_until + timedelta(days=2),
    )

    intime.refresh_from_db()
    assert intime.status == "PAID"
    assert Receipt.objects.get(order=late).problem == "LAPSED"


def test_another_programs_orders_are_not_paid_by_this_ones_file():
    sale, other = build_sale(), build_sale()
    order = other.order()

    take(sale, deposit_file((order.slip_number, 5_000, DAY, 1)))

    assert Receipt.objects.get().problem == "UNKNOWN_SLIP"
    assert Order.objects.get().status == "AWAITING_PAYMENT"


def test_a_run_that_died_halfway_goes_on():
    sale = build_sale(sets=20)
    made = [sale.order() for _ in range(3)]
    deposits.import_deposits(
        program_id=sale.program.pk,
        content=deposit_file(*((o.slip_number, 5_000, DAY, n) for n, o in enumerate(made))),
        file_name="a.csv",
        by=sale.clerk,
        at=NOON,
    )
    assert set(Receipt.objects.values_list("status", flat=True)) == {"WAITING"}

    assert deposits.settle_waiting(at=NOON).matched == 3
    assert deposits.settle_waiting(at=NOON).matched == 0


@pytest.mark.req("VO-06")
def test_the_preview_says_what_will_happen_and_writes_nothing():
    sale = build_sale(sets=20)
    made = [sale.order() for _ in range(3)]
    take(sale, deposit_file((made[0].slip_number, 5_000, DAY, 0)))
    content = deposit_file(
        (made[0].slip_number, 5_000, DAY, 0),
        (made[1].slip_number, 5_000, DAY, 1),
        (made[1].slip_number, 5_000, DAY, 2),
        (made[2].slip_number, 4_000, DAY, 3),
        ("x", 4_000, DAY, 4),
    )

    preview = deposits.preview_deposits(program_id=sale.program.pk, content=content, at=NOON)

    assert (preview.known_count, preview.new_count, preview.matching_count) == (1, 3, 1)
    assert dict(preview.problems) == {"すでに支払われている": 1, "金額が代金と違う": 1}
    assert preview.new_yen == 14_000
    assert len(preview.listing.rejected) == 1
    assert Receipt.objects.count() == 1
    settled = take(sale, content)
    assert (settled.matched, settled.open) == (1, 2)


def test_settling_costs_the_same_few_statements_however_long_the_file(
    django_assert_max_num_queries,
):
    sale = build_sale(sets=40)
    made = [sale.order() for _ in range(20)]
    content = deposit_file(*((o.slip_number, 5_000, DAY, n) for n, o in enumerate(made)))
    file, _ = deposits.import_deposits(
        program_id=sale.program.pk, content=content, file_name="a.csv", by=sale.clerk, at=NOON
    )

    # Eight a row: a wallet looked for and opened, and two grants within a savepoint.
    with django_assert_max_num_queries(20 + 10 * 20):
        deposits.settle_waiting(at=NOON, deposit_file_id=file.pk)


# --- A second look ------------------------------------------------------------------------------
@pytest.mark.req("VO-06")
def test_open_money_is_used_for_the_right_order_or_given_back_with_a_reason():
    sale = build_sale(sets=20)
    order = sale.order()
    take(sale, deposit_file(("111111111111", 5_000, DAY, 1), ("222222222222", 700, DAY, 2)))
    mistyped, stray = Receipt.objects.order_by("pk")

    with pytest.raises(errors.ClearingNeedsReason):
        payments.return_receipt(receipt_id=stray.pk, note=" ", by=sale.clerk, at=NOON)
    with pytest.raises(errors.NoSuchSlip):
        payments.match_receipt(
            receipt_id=mistyped.pk, slip_number="333", note="電話", by=sale.clerk, at=NOON
        )
    with pytest.raises(errors.NotMatching, match="金額"):
        payments.match_receipt(
            receipt_id=stray.pk, slip_number=order.slip_number, note="?", by=sale.clerk, at=NOON
        )
    matched = payments.match_receipt(
        receipt_id=mistyped.pk,
        slip_number=order.slip_number,
        note="払込票の控えで確かめた",
        by=sale.clerk,
        at=NOON,
    )
    returned = payments.return_receipt(
        receipt_id=stray.pk, note="本人の口座へ返した", by=sale.clerk, at=NOON
    )

    assert (matched.status, matched.problem, matched.order) == ("MATCHED", "UNKNOWN_SLIP", order)
    assert (returned.status, returned.cleared_by) == ("RETURNED", sale.clerk)
    assert sale.balance(order.resident) == (5_000, 1_000)
    with pytest.raises(errors.ReceiptSettled, match="事務 花子"):
        payments.return_receipt(receipt_id=stray.pk, note="もう一度", by=sale.clerk, at=NOON)


# --- The database ------------------------------------------------------------------------------
def receipt_of(sale, order, **changes):
    fields = {
        "program": sale.program,
        "channel": "SLIP",
        "row_key": str(uuid4()),
        "slip_number": order.slip_number,
        "amount_yen": order.price_yen,
        "received_date": NOON.date(),
        "status": "MATCHED",
        "order": order,
        "recorded_at": NOON,
        "recorded_by": sale.clerk,
    }
    return Receipt.objects.create(**fields | changes)


@pytest.mark.req("VO-06")
def test_the_database_lets_one_receipt_pay_an_order_and_only_its_price():
    sale = build_sale()
    order = sale.order()
    sale.pay(order)

    with pytest.raises(IntegrityError, match="pays_an_order_once"), transaction.atomic():
        receipt_of(sale, order)
    with pytest.raises(IntegrityError, match="does not pay the price"), transaction.atomic():
        receipt_of(sale, sale.order(), amount_yen=PRICE - 1)
    with pytest.raises(IntegrityError, match="clearing_is_signed"), transaction.atomic():
        receipt_of(sale, order, status="RETURNED", problem="ALREADY_PAID")


@pytest.mark.req("VO-06")
def test_what_came_in_is_never_changed():
    sale = build_sale()
    order = sale.order()
    receipt = sale.pay(order)
    take(sale, deposit_file(("111111111111", 5_000, DAY, 1)))
    stray = Receipt.objects.get(status="OPEN")

    for changes in ({"amount_yen": 1}, {"slip_number": "1"}, {"row_key": "x"}):
        with pytest.raises(IntegrityError, match="keep what they say"), transaction.atomic():
            Receipt.objects.filter(pk=stray.pk).update(**changes)
    with pytest.raises(IntegrityError, match="keep what they say"), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(status="OPEN", problem="LAPSED")
    with pytest.raises(IntegrityError, match="keep what they say"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(status="AWAITING_PAYMENT", paid_at=None)
    for table in ("vouchers_receipt", "vouchers_order", "vouchers_depositfile"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a list above
