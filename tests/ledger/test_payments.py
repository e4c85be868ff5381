from datetime import timedelta
from uuid import uuid4

import pytest

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Payment, Posting, Transfer, Wallet
from pointsys.programs.models import Program
from stores.models import Enrolment
from tests.factories import (
    END,
    NOON,
    OPENING,
    ProgramFactory,
    TillFactory,
    WalletFactory,
)
from tests.ledger.builders import give, spend

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def wallet():
    return WalletFactory()


@pytest.fixture
def till(wallet):
    return TillFactory(program=wallet.program)


@pytest.mark.req("LG-06")
def test_a_payment_takes_the_points_that_die_first(wallet, till):
    late = give(wallet, 1_000, expires_at=END)
    soon = give(wallet, 300, expires_at=END - timedelta(days=30))

    payment = spend(wallet, till, 500)

    wallet.refresh_from_db()
    assert wallet.balance == 800
    assert soon.lots.get().remaining == 0
    assert late.lots.get().remaining == 800
    assert list(
        Posting.objects.filter(transfer=payment.transfer)
        .order_by("id")
        .values_list("from_lot__round_id", "points", "to_account__kind")
    ) == [(soon.pk, 300, "STORE_PAYABLE"), (late.pk, 200, "STORE_PAYABLE")]


@pytest.mark.req("LG-06")
def test_the_same_request_pays_once(wallet, till):
    give(wallet, 1_000)
    key = uuid4()

    first = spend(wallet, till, 400, key=key)
    again = spend(wallet, till, 400, key=key, at=NOON + SECOND)

    assert again == first
    assert Payment.objects.count() == 1
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 600


@pytest.mark.req("LG-06")
@pytest.mark.parametrize("change", ["points", "wallet", "store"])
def test_a_used_key_is_refused_for_anything_else(wallet, till, change):
    give(wallet, 1_000)
    other = WalletFactory(program=wallet.program)
    give(other, 1_000)
    key = uuid4()
    spend(wallet, till, 400, key=key)

    elsewhere = TillFactory(program=wallet.program)
    request = {
        "points": (wallet, till, 401),
        "wallet": (other, till, 400),
        "store": (wallet, elsewhere, 400),
    }[change]
    with pytest.raises(errors.IdempotencyConflict):
        spend(*request, key=key)

    assert Payment.objects.count() == 1


@pytest.mark.req("LG-06")
def test_more_than_the_live_lots_is_refused_with_what_is_left(wallet, till):
    give(wallet, 980)

    with pytest.raises(errors.InsufficientPoints) as refusal:
        spend(wallet, till, 981)

    assert refusal.value.context["usable_points"] == 980
    assert not Transfer.objects.filter(kind=Transfer.Kind.PAYMENT).exists()


@pytest.mark.req("LG-05")
def test_points_work_in_the_last_microsecond_and_not_at_the_expiry_instant(wallet, till):
    dies = END - timedelta(days=10)
    give(wallet, 1_000, expires_at=dies)

    spend(wallet, till, 100, at=dies - timedelta(microseconds=1))
    with pytest.raises(errors.PointsExpired) as refusal:
        spend(wallet, till, 100, at=dies)

    assert refusal.value.context == {
        **refusal.value.context,
        "usable_points": 0,
        "lapsed_points": 900,
    }
    assert queries.usable_points(wallet_id=wallet.pk, at=dies - timedelta(microseconds=1)) == 900
    assert queries.usable_points(wallet_id=wallet.pk, at=dies) == 0


def test_points_are_not_usable_before_their_first_moment(wallet, till):
    give(wallet, 1_000, usable_from=NOON)

    with pytest.raises(errors.InsufficientPoints):
        spend(wallet, till, 1, at=NOON - timedelta(microseconds=1))

    assert spend(wallet, till, 1, at=NOON).points == 1


@pytest.mark.req("LG-06")
@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (OPENING - timedelta(microseconds=1), errors.UsageNotStarted),
        (END, errors.UsageEnded),
    ],
)
def test_payments_outside_the_usage_period_are_refused(wallet, till, at, refusal):
    give(wallet, 1_000, usable_from=OPENING - timedelta(days=1), expires_at=END + timedelta(days=1))

    with pytest.raises(refusal):
        spend(wallet, till, 1, at=at)


@pytest.mark.req("LG-01")
def test_points_of_one_program_are_not_spent_at_a_till_of_another(wallet):
    give(wallet, 1_000)
    other = ProgramFactory(client=wallet.program.client)

    with pytest.raises(errors.WrongProgram):
        spend(wallet, TillFactory(program=other), 1)


@pytest.mark.req("LG-06", "ST-14")
@pytest.mark.parametrize("status", [Enrolment.Status.SUSPENDED, Enrolment.Status.WITHDRAWN])
def test_a_store_that_is_stopped_takes_no_payment(wallet, till, status):
    give(wallet, 1_000)
    Enrolment.objects.filter(store=till.store).update(status=status, reason="違反の疑い")

    with pytest.raises(errors.StoreNotActive):
        spend(wallet, till, 1)


def test_a_store_that_never_enrolled_takes_no_payment(wallet):
    give(wallet, 1_000)

    with pytest.raises(errors.StoreNotActive):
        spend(wallet, TillFactory(program=wallet.program, enrolled=False), 1)


def test_a_revoked_till_takes_no_payment(wallet, till):
    give(wallet, 1_000)
    till.revoked_at = NOON - SECOND
    till.save()

    with pytest.raises(errors.TillRevoked):
        spend(wallet, till, 1)


@pytest.mark.parametrize(
    "status", [Wallet.Status.FROZEN, Wallet.Status.CLOSED, Wallet.Status.MERGED]
)
def test_a_stopped_wallet_pays_nothing(wallet, till, status):
    give(wallet, 1_000)
    Wallet.objects.filter(pk=wallet.pk).update(status=status)

    with pytest.raises(errors.WalletNotActive):
        spend(wallet, till, 1)


def test_a_program_that_is_not_open_takes_no_payment(wallet, till):
    give(wallet, 1_000)
    Program.objects.filter(pk=wallet.program_id).update(status=Program.Status.PREPARING)

    with pytest.raises(errors.ProgramNotOpen):
        spend(wallet, till, 1)


def test_one_payment_stays_within_the_limit_of_the_program(wallet, till):
    give(wallet, 10_000)
    Program.objects.filter(pk=wallet.program_id).update(payment_limit_points=5_000)

    with pytest.raises(errors.AboveLimit) as refusal:
        spend(wallet, till, 5_001)

    assert refusal.value.context["limit_points"] == 5_000
    assert spend(wallet, till, 5_000).points == 5_000


def test_a_burned_key_refuses_the_late_original(wallet, till):
    give(wallet, 1_000)
    key = uuid4()

    assert ledger.burn_key(wallet_id=wallet.pk, request_key=key, at=NOON) is None
    assert ledger.burn_key(wallet_id=wallet.pk, request_key=key, at=NOON) is None
    with pytest.raises(errors.KeyBurned):
        spend(wallet, till, 100, key=key)

    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 1_000


def test_burning_finds_a_payment_that_went_through(wallet, till):
    give(wallet, 1_000)
    key = uuid4()
    payment = spend(wallet, till, 100, key=key)

    assert ledger.burn_key(wallet_id=wallet.pk, request_key=key, at=NOON) == payment


def test_nobody_learns_of_a_payment_through_another_wallets_key(wallet, till):
    give(wallet, 1_000)
    key = uuid4()
    spend(wallet, till, 100, key=key)
    stranger = WalletFactory(program=wallet.program)

    with pytest.raises(errors.IdempotencyConflict):
        ledger.burn_key(wallet_id=stranger.pk, request_key=key, at=NOON)

    assert queries.payment_by_key(wallet_id=stranger.pk, request_key=key) is None


def test_receipt_numbers_differ_and_tell_no_order(wallet, till):
    give(wallet, 1_000)

    receipts = [spend(wallet, till, 1).receipt_number for _ in range(20)]

    assert len(set(receipts)) == 20
    assert receipts != sorted(receipts)
    assert all(len(receipt) == 8 and not set(receipt) & set("0O1I") for receipt in receipts)


def test_the_history_of_a_wallet_carries_store_receipt_and_running_balance(wallet, till):
    give(wallet, 1_000)
    payment = spend(wallet, till, 400)

    history = queries.history_of(wallet_id=wallet.pk)

    assert [(line.kind, line.points, line.balance_after) for line in history] == [
        ("PAYMENT", -400, 600),
        ("GRANT", 1_000, 1_000),
    ]
    assert history[0].store_name == till.store.name
    assert history[0].receipt_number == payment.receipt_number


def test_a_payment_is_one_round_trip(wallet, till, django_assert_num_queries):
    give(wallet, 1_000)

    with django_assert_num_queries(1):
        spend(wallet, till, 100)
