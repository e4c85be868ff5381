from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Account, Period, Posting, Transfer
from ledger.services import PayoutBooking
from pointsys.common.clock import JST
from tests.factories import NOON, TillFactory, WalletFactory
from tests.ledger.builders import give, spend

pytestmark = pytest.mark.django_db
AUGUST = date(2025, 8, 1)
SEPTEMBER_STARTS = datetime(2025, 9, 1, 0, 0, tzinfo=JST)


@pytest.fixture
def wallet():
    wallet = WalletFactory(program__usage_starts_at=datetime(2025, 8, 1, tzinfo=JST))
    give(wallet, 10_000)
    return wallet


@pytest.fixture
def till(wallet):
    return TillFactory(program=wallet.program)


def close(wallet, month=AUGUST, at=SEPTEMBER_STARTS):
    return ledger.close_month(program_id=wallet.program_id, month=month, by=None, at=at)


@pytest.mark.req("SE-01")
def test_a_month_closes_when_it_is_over_in_japan(wallet):
    with pytest.raises(errors.MonthNotOver):
        close(wallet, at=SEPTEMBER_STARTS - timedelta(microseconds=1))

    assert close(wallet).status == "CLOSED"


@pytest.mark.req("SE-01")
def test_months_close_in_order_and_once(wallet):
    october = datetime(2025, 10, 1, tzinfo=JST)
    with pytest.raises(errors.EarlierMonthOpen) as refusal:
        close(wallet, month=date(2025, 9, 1), at=october)
    close(wallet)

    assert refusal.value.context["month"] == AUGUST
    with pytest.raises(errors.AlreadyClosed):
        close(wallet)
    close(wallet, month=date(2025, 9, 1), at=october)


@pytest.mark.req("SE-01")
def test_the_last_microsecond_belongs_to_the_old_month_and_the_first_to_the_new(wallet, till):
    last = spend(wallet, till, 100, at=SEPTEMBER_STARTS - timedelta(microseconds=1))
    first = spend(wallet, till, 200, at=SEPTEMBER_STARTS)

    assert last.transfer.period == AUGUST
    assert first.transfer.period == date(2025, 9, 1)
    assert last.transfer.booked_date == date(2025, 8, 31)


def test_what_arrives_after_the_close_goes_to_the_open_month_with_its_own_time(wallet, till):
    close(wallet)

    late = spend(wallet, till, 100, at=NOON)

    assert late.transfer.period == date(2025, 9, 1)
    assert late.transfer.occurred_at == NOON


def test_the_totals_of_a_month_count_each_stores_payments_and_refunds(wallet, till):
    other = TillFactory(program=wallet.program)
    payment = spend(wallet, till, 500)
    spend(wallet, till, 300)
    spend(wallet, other, 70)
    plan = queries.plan_refund(payment_id=payment.pk, points=500, at=NOON)
    ledger.refund_payment(
        payment_id=payment.pk,
        points=500,
        alive_points=plan.alive_points,
        request_key="6f0f1a3c-6f0a-4f0e-9f5e-0d6b8d0d0001",
        at=NOON,
        by=None,
        as_office=False,
    )

    totals = queries.period_store_totals(program_id=wallet.program_id, month=AUGUST)

    assert [
        (row.store_id, row.payment_count, row.payment_points, row.refund_count, row.refund_points)
        for row in totals
    ] == sorted([(till.store_id, 2, 800, 1, 500), (other.store_id, 1, 70, 0, 0)])


@pytest.mark.req("SE-04")
def test_a_payout_is_booked_once_per_key(wallet, till):
    spend(wallet, till, 500)
    booking = PayoutBooking(key="payout:a", store_id=till.store_id, points=500)

    first = ledger.book_payouts(
        program_id=wallet.program_id, bookings=[booking], by=None, at=SEPTEMBER_STARTS
    )
    again = ledger.book_payouts(
        program_id=wallet.program_id, bookings=[booking], by=None, at=SEPTEMBER_STARTS
    )

    assert (first, again) == (1, 0)
    totals = queries.program_totals(program_id=wallet.program_id, at=NOON)
    assert (totals.payable, totals.paid_out, totals.spent) == (0, 500, 500)


@pytest.mark.req("SE-04")
def test_a_payout_key_is_refused_for_another_amount(wallet, till):
    spend(wallet, till, 500)
    ledger.book_payouts(
        program_id=wallet.program_id,
        bookings=[PayoutBooking("payout:a", till.store_id, 500)],
        by=None,
        at=SEPTEMBER_STARTS,
    )

    with pytest.raises(errors.IdempotencyConflict):
        ledger.book_payouts(
            program_id=wallet.program_id,
            bookings=[PayoutBooking("payout:a", till.store_id, 501)],
            by=None,
            at=SEPTEMBER_STARTS,
        )

    assert Transfer.objects.filter(kind="PAYOUT").count() == 1


def test_issued_points_are_all_somewhere(wallet, till):
    payment = spend(wallet, till, 500)
    ledger.refund_payment(
        payment_id=payment.pk,
        points=100,
        alive_points=100,
        request_key="6f0f1a3c-6f0a-4f0e-9f5e-0d6b8d0d0002",
        at=NOON,
        by=None,
        as_office=False,
    )

    totals = queries.program_totals(program_id=wallet.program_id, at=NOON)

    assert totals.issued == 10_000
    assert totals.issued == totals.usable + totals.spent + totals.expired + totals.lapsed_unbooked
    assert Posting.objects.filter(from_account__kind=Account.Kind.ISSUANCE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_month_is_not_closed_inside_somebody_elses_transaction():
    """It could still be undone there, and payments would wait for its end."""
    wallet = WalletFactory()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        close(wallet)

    assert not Period.objects.exists()


@pytest.mark.req("SE-01")
def test_a_month_with_payments_is_not_passed_over_when_the_start_of_use_moved(wallet, till):
    """A payment may be on its way while the rule is changed; the store is owed for it."""
    spend(wallet, till, 100)
    program = wallet.program
    program.usage_starts_at = SEPTEMBER_STARTS
    program.save()

    with pytest.raises(errors.EarlierMonthOpen):
        close(wallet, month=date(2025, 9, 1), at=datetime(2025, 10, 1, tzinfo=JST))

    assert close(wallet).month == AUGUST
