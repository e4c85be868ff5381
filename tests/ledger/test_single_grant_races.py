"""Single grants at the same instant, beside each other and beside everything else that moves."""

from collections import Counter
from datetime import date, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.db.models import F, Sum

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import GrantRound, Lot, Payment, Transfer, Wallet
from tests.factories import NOON, ProgramFactory, ResidentFactory, TillFactory, WalletFactory
from tests.ledger.builders import give, give_one, make_round, spend
from tests.ledger.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def test_sixteen_threads_with_one_occasion_make_one_lot():
    wallet = WalletFactory()
    grant_round = make_round(wallet)

    results = at_once([lambda: give_one(grant_round, wallet)] * THREADS)

    assert len({result.transfer_uuid for result in results}) == 1
    assert Counter(result.is_new for result in results) == {True: 1, False: THREADS - 1}
    assert Lot.objects.get().granted == 500
    assert Transfer.objects.count() == 1


def test_one_occasion_with_two_amounts_at_once_gives_one_of_them():
    wallet = WalletFactory()
    grant_round = make_round(wallet)

    results = at_once(
        [lambda points=points: give_one(grant_round, wallet, points) for points in (100, 200) * 4]
    )

    given = {result.points for result in results if isinstance(result, ledger.SingleGrant)}
    assert given == {Lot.objects.get().granted}
    assert sum(isinstance(result, errors.IdempotencyConflict) for result in results) == 4


@pytest.mark.req("LG-01")
def test_occasions_at_once_never_take_more_than_the_round_reserved():
    first = WalletFactory()
    wallets = [first, *WalletFactory.create_batch(3, program=first.program)]
    grant_round = make_round(first, 1_000)

    results = at_once(
        [
            lambda number=number: give_one(
                grant_round, wallets[number % 4], 300, f"attendance:{number}"
            )
            for number in range(THREADS)
        ]
    )

    grant_round.refresh_from_db()
    assert Counter(type(result) for result in results) == {
        ledger.SingleGrant: 3,
        errors.RoundExhausted: THREADS - 3,
    }
    assert grant_round.granted_points == 900 == Lot.objects.aggregate(sum=Sum("granted"))["sum"]


def test_counting_first_and_granting_later_would_grant_too_much():
    """The negative control: without the lock of the round all of them see the same points left."""
    grant_round = make_round(WalletFactory(), 1_000)
    barrier = Barrier(THREADS)

    def naive() -> bool:
        with transaction.atomic():
            seen = GrantRound.objects.get(pk=grant_round.pk)
            barrier.wait()
            if seen.reserved_points - seen.granted_points < 300:
                return False
            # What the constraint would refuse at last is kept below it, to see the count go wrong.
            GrantRound.objects.filter(pk=seen.pk).update(granted_points=F("granted_points") + 1)
            return True

    results = at_once([naive] * THREADS)

    assert sum(result is True for result in results) > 3


def test_looking_first_and_granting_later_would_serve_an_occasion_twice():
    """The negative control of the key: without it each thread finds no lot and makes one."""
    wallet = WalletFactory()
    give(wallet, 1)
    transfer = Transfer.objects.get()
    barrier = Barrier(4)

    def naive(occasion: str) -> bool:
        with transaction.atomic():
            found = Lot.objects.filter(occasion__startswith="naive").exists()
            barrier.wait()
            if found:
                return False
            lot = Lot.objects.get(grant_transfer=transfer, occasion="")
            lot.pk, lot.occasion = None, occasion
            lot.save(force_insert=True)
            return True

    results = at_once([lambda number=number: naive(f"naive:{number}") for number in range(4)])

    assert all(result is True for result in results)


def test_grants_payments_and_refunds_of_one_wallet_at_once_end_without_deadlock():
    wallet = WalletFactory()
    till = TillFactory(program=wallet.program)
    give(wallet, 10_000)
    payments = [spend(wallet, till, 100) for _ in range(4)]
    grant_round = make_round(wallet)

    def refund(payment: Payment) -> Transfer:
        return ledger.refund_payment(
            payment_id=payment.pk,
            points=100,
            alive_points=100,
            request_key=uuid4(),
            at=NOON,
            by=None,
            as_office=False,
        )

    def in_bulk() -> ledger.GrantResult:
        return ledger.grant_points(
            round_id=grant_round.pk, points_by_wallet={wallet.pk: 1}, by=None, at=NOON
        )

    results = at_once(
        [
            *[lambda code=code: give_one(grant_round, wallet, 10, code) for code in "abcd"],
            *[lambda: spend(wallet, till, 50) for _ in range(4)],
            *[lambda payment=payment: refund(payment) for payment in payments],
            in_bulk,
        ]
    )

    assert not [result for result in results if isinstance(result, errors.LedgerError)]
    wallet.refresh_from_db()
    lots = Lot.objects.aggregate(sum=Sum("remaining"))["sum"]
    in_bulk_points = Lot.objects.filter(round=grant_round, occasion="").count()
    assert wallet.balance == lots == 10_000 + 40 + in_bulk_points - 200


def rounds_and_wallet() -> tuple[GrantRound, GrantRound, Wallet]:
    wallet = WalletFactory()
    give(wallet, 1)  # the accounts of the program exist
    return make_round(wallet), make_round(wallet), wallet


def test_grants_from_several_rounds_in_one_transaction_end_when_the_rounds_are_locked_first():
    principal, premium, wallet = rounds_and_wallet()

    def buy(number: int) -> None:
        rounds = [principal, premium] if number % 2 else [premium, principal]
        with transaction.atomic():
            ledger.lock_rounds(round_ids=[grant_round.pk for grant_round in rounds])
            for grant_round in rounds:
                give_one(grant_round, wallet, 10, f"order:{number}")

    at_once(
        [
            *[lambda number=number: buy(number) for number in range(8)],
            *[lambda code=code: give_one(premium, wallet, 1, code) for code in "abcd"],
        ]
    )

    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 1 + 8 * 20 + 4


def test_without_locking_the_rounds_first_two_such_transactions_wait_for_each_other():
    """The negative control: the database ends the deadlock by refusing one of them."""
    principal, premium, wallet = rounds_and_wallet()
    other = WalletFactory(program=wallet.program)
    barrier = Barrier(2)

    def buy(first: GrantRound, second: GrantRound, holder: Wallet) -> object:
        try:
            with transaction.atomic():
                give_one(first, holder, 10, "order:1")
                barrier.wait()
                return give_one(second, holder, 10, "order:1")
        except OperationalError as deadlock:
            return deadlock

    results = at_once(
        [lambda: buy(principal, premium, wallet), lambda: buy(premium, principal, other)]
    )

    assert sum(isinstance(result, OperationalError) for result in results) == 1


def test_a_resident_who_is_served_at_two_places_at_once_gets_one_wallet():
    program = ProgramFactory()
    resident = ResidentFactory(client=program.client)

    results = at_once(
        [lambda: ledger.open_wallet(program_id=program.pk, resident_id=resident.pk, at=NOON)]
        * THREADS
    )

    assert len(set(results)) == 1
    assert Wallet.objects.count() == 1


@pytest.mark.req("SE-01")
def test_grants_beside_the_close_belong_to_an_open_month():
    wallet = WalletFactory(program__usage_starts_at=NOON.replace(day=1, hour=0))
    grant_round = make_round(wallet)

    def close() -> object:
        return ledger.close_month(
            program_id=wallet.program_id,
            month=date(2025, 8, 1),
            by=None,
            at=NOON + timedelta(days=30),
        )

    def grant_some(batch: int) -> None:
        for number in range(10):
            give_one(grant_round, wallet, 1, f"a:{batch}:{number}")

    at_once([close, *[lambda batch=batch: grant_some(batch) for batch in range(3)]])
    late = give_one(grant_round, wallet, 1, "late")

    assert Transfer.objects.get(pk=late.transfer_id).period == date(2025, 9, 1)
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 31
