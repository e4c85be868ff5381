"""Two people at once: real threads, real commits, and a control that shows the tests can fail."""

from collections import Counter
from datetime import date, datetime
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import GrantRound, Lot, Payment, Transfer, Wallet
from pointsys.common.clock import JST
from tests.factories import NOON, OPENING, TillFactory, WalletFactory
from tests.ledger.builders import give, spend
from tests.ledger.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.mark.req("LG-06")
def test_a_double_tap_on_eight_threads_pays_once():
    wallet = WalletFactory()
    till = TillFactory(program=wallet.program)
    give(wallet, 1_000)
    key = uuid4()

    results = at_once([lambda: spend(wallet, till, 300, key=key)] * THREADS)

    assert len({payment.pk for payment in results}) == 1
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 700


@pytest.mark.req("LG-06")
def test_a_wallet_is_never_overdrawn_by_payments_at_once():
    wallet = WalletFactory()
    till = TillFactory(program=wallet.program)
    give(wallet, 1_000)

    results = at_once([lambda: spend(wallet, till, 300)] * THREADS)

    assert Counter(type(result) for result in results) == {
        Payment: 3,
        errors.InsufficientPoints: THREADS - 3,
    }
    wallet.refresh_from_db()
    assert wallet.balance == 100


def test_reading_first_and_writing_later_would_overdraw():
    """The negative control: without the wallet's lock the same race spends points twice."""
    wallet = WalletFactory()
    give(wallet, 1_000)
    barrier = Barrier(THREADS)

    def naive() -> bool:
        with transaction.atomic():
            lot = Lot.objects.get(wallet=wallet)
            barrier.wait()
            if lot.remaining < 300:
                return False
            Lot.objects.filter(pk=lot.pk).update(remaining=lot.remaining - 300)
            return True

    results = at_once([naive] * THREADS)

    assert sum(result is True for result in results) > 3


def test_one_key_used_by_two_wallets_at_once_serves_one():
    wallet = WalletFactory()
    other = WalletFactory(program=wallet.program)
    till = TillFactory(program=wallet.program)
    give(wallet, 1_000)
    give(other, 1_000)
    key = uuid4()

    results = at_once(
        [lambda: spend(wallet, till, 300, key=key), lambda: spend(other, till, 300, key=key)]
    )

    assert Counter(type(result) for result in results) == {
        Payment: 1,
        errors.IdempotencyConflict: 1,
    }


@pytest.mark.req("LG-07")
def test_refunds_at_once_never_exceed_the_payment():
    wallet = WalletFactory()
    till = TillFactory(program=wallet.program)
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)

    def refund() -> Transfer:
        return ledger.refund_payment(
            payment_id=payment.pk,
            points=200,
            alive_points=200,
            request_key=uuid4(),
            at=NOON,
            by=None,
            as_office=False,
        )

    results = at_once([refund] * THREADS)

    assert sum(isinstance(result, Transfer) for result in results) == 2
    payment.refresh_from_db()
    assert payment.refunded_points == 400


def test_two_grants_of_one_round_at_once_give_each_wallet_one_lot():
    first = WalletFactory()
    wallets = [first, *WalletFactory.create_batch(19, program=first.program)]
    grant_round = ledger.create_round(
        program_id=first.program_id,
        name="第1回",
        method=GrantRound.Method.ALL,
        reserved_points=100_000,
        by=None,
        at=OPENING,
    )
    halves = [wallets[:15], wallets[5:]] * 2

    at_once(
        [
            lambda half=half: ledger.grant_points(
                round_id=grant_round.pk,
                points_by_wallet={wallet.pk: 1_000 for wallet in half},
                by=None,
                at=OPENING,
            )
            for half in halves
        ]
    )

    assert Lot.objects.count() == 20
    assert set(Wallet.objects.values_list("balance", flat=True)) == {1_000}
    grant_round.refresh_from_db()
    assert grant_round.granted_points == 20_000


@pytest.mark.req("LG-01")
def test_two_rounds_at_once_stay_within_the_ceiling():
    program = WalletFactory(program__issuance_ceiling_points=1_000).program

    def reserve(name: str) -> GrantRound:
        return ledger.create_round(
            program_id=program.pk,
            name=name,
            method=GrantRound.Method.STAFF,
            reserved_points=600,
            by=None,
            at=OPENING,
        )

    results = at_once([lambda name=name: reserve(name) for name in ("一", "二", "三", "四")])

    assert sum(isinstance(result, GrantRound) for result in results) == 1
    assert queries.reserved_points(program.pk) == 600


@pytest.mark.req("SE-01")
def test_payments_beside_the_close_land_in_exactly_one_month():
    wallet = WalletFactory(
        program__usage_starts_at=datetime(2025, 8, 1, tzinfo=JST),
    )
    till = TillFactory(program=wallet.program)
    give(wallet, 100_000)
    late_august = datetime(2025, 8, 31, 23, 59, 59, 999_999, tzinfo=JST)
    month_over = datetime(2025, 9, 1, 0, 0, 1, tzinfo=JST)

    def close() -> object:
        return ledger.close_month(
            program_id=wallet.program_id, month=date(2025, 8, 1), by=None, at=month_over
        )

    def pay_some() -> list[Payment]:
        return [spend(wallet, till, 10, at=late_august) for _ in range(20)]

    at_once([close, *[pay_some] * 3])
    closed_total = sum(
        totals.payment_points
        for totals in queries.period_store_totals(
            program_id=wallet.program_id, month=date(2025, 8, 1)
        )
    )
    after = spend(wallet, till, 10, at=late_august)

    assert after.transfer.period == date(2025, 9, 1)
    september = queries.period_store_totals(program_id=wallet.program_id, month=date(2025, 9, 1))
    assert closed_total + sum(totals.payment_points for totals in september) == 61 * 10


def test_only_one_of_two_closes_at_once_counts():
    wallet = WalletFactory(program__usage_starts_at=datetime(2025, 8, 1, tzinfo=JST))

    def close() -> object:
        return ledger.close_month(
            program_id=wallet.program_id,
            month=date(2025, 8, 1),
            by=None,
            at=datetime(2025, 9, 1, tzinfo=JST),
        )

    results = at_once([close, close])

    assert sum(isinstance(result, errors.AlreadyClosed) for result in results) == 1
