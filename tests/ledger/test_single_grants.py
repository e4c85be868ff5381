"""One wallet, one occasion, once; and whose money was spent, to the yen."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Lot, Posting, Transfer, Wallet
from ledger.models.wallets import Source
from pointsys.common.clock import JST
from tests.factories import (
    END,
    NOON,
    OPENING,
    ProgramFactory,
    ResidentFactory,
    TillFactory,
    UserFactory,
    WalletFactory,
)
from tests.ledger.builders import give, give_one, make_round, spend

pytestmark = pytest.mark.django_db
AUGUST = datetime(2025, 8, 1, tzinfo=JST)


@pytest.fixture
def wallet():
    return WalletFactory()


@pytest.fixture
def grant_round(wallet):
    return make_round(wallet, 1_000)


@pytest.mark.req("LG-02")
def test_a_single_grant_writes_one_transfer_one_lot_and_one_posting(wallet, grant_round):
    clerk = UserFactory()

    granted = give_one(grant_round, wallet, by=clerk)

    transfer = Transfer.objects.get()
    lot = Lot.objects.get()
    posting = Posting.objects.select_related("from_account", "to_account").get()
    wallet.refresh_from_db()
    grant_round.refresh_from_db()
    assert granted == ledger.SingleGrant(transfer.pk, transfer.uuid, 500, is_new=True)
    assert (transfer.kind, transfer.wallet_id, transfer.points, transfer.actor_id) == (
        "GRANT",
        wallet.pk,
        500,
        clerk.pk,
    )
    assert transfer.key == f"grant:{grant_round.pk}:{wallet.pk}:attendance:1"
    assert (transfer.booked_date, transfer.period) == (NOON.date(), NOON.date().replace(day=1))
    assert (lot.occasion, lot.granted, lot.remaining, lot.expires_at) == (
        "attendance:1",
        500,
        500,
        END,
    )
    assert (posting.from_account.kind, posting.to_account.kind, posting.to_lot_id) == (
        "ISSUANCE",
        "WALLET",
        lot.pk,
    )
    assert (wallet.balance, grant_round.granted_points) == (500, 500)


def test_the_same_occasion_again_gives_the_first_result(wallet, grant_round):
    first = give_one(grant_round, wallet)

    again = give_one(grant_round, wallet, at=NOON + timedelta(days=1), by=UserFactory())

    assert (again.transfer_id, again.transfer_uuid) == (first.transfer_id, first.transfer_uuid)
    assert (first.is_new, again.is_new) == (True, False)
    assert Lot.objects.count() == 1


def test_the_same_occasion_with_other_points_is_a_conflict(wallet, grant_round):
    give_one(grant_round, wallet)

    with pytest.raises(errors.IdempotencyConflict):
        give_one(grant_round, wallet, points=501)

    assert Lot.objects.get().granted == 500


def test_one_wallet_is_served_once_for_each_occasion_and_one_occasion_in_each_round(wallet):
    one, other = make_round(wallet), make_round(wallet)

    give_one(one, wallet, 1, "order:1")
    give_one(one, wallet, 2, "order:2")
    give_one(other, wallet, 4, "order:1")

    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 7


def test_a_replay_is_answered_after_the_round_and_the_wallet_were_closed(wallet, grant_round):
    granted = give_one(grant_round, wallet)
    ledger.finish_round(round_id=grant_round.pk, by=None, at=NOON)
    Wallet.objects.filter(pk=wallet.pk).update(status=Wallet.Status.FROZEN)

    assert give_one(grant_round, wallet).transfer_id == granted.transfer_id


@pytest.mark.req("LG-01")
def test_single_grants_stay_within_what_the_round_reserved(wallet, grant_round):
    give_one(grant_round, wallet, 600)

    with pytest.raises(errors.RoundExhausted) as refusal:
        give_one(grant_round, wallet, 401, "attendance:2")

    assert refusal.value.context["left_points"] == 400
    give_one(grant_round, wallet, 400, "attendance:3")


def test_single_grants_are_refused_by_the_rules_of_round_period_and_wallet(wallet, grant_round):
    frozen = WalletFactory(program=wallet.program, status=Wallet.Status.FROZEN)
    done = make_round(wallet)
    ledger.finish_round(round_id=done.pk, by=None, at=OPENING)

    with pytest.raises(errors.WalletNotActive):
        give_one(grant_round, frozen)
    with pytest.raises(errors.RoundNotApproved):
        give_one(done, wallet)
    for at in (OPENING - timedelta(microseconds=1), wallet.program.grant_ends_at):
        with pytest.raises(errors.OutsideGrantPeriod):
            give_one(grant_round, wallet, at=at)

    # Refusals are outcomes: the caller's transaction goes on.
    assert give_one(grant_round, wallet).is_new


def test_a_grant_in_the_callers_transaction_goes_with_it(wallet, grant_round):
    def caller():
        with transaction.atomic():
            give_one(grant_round, wallet)
            raise LookupError

    with pytest.raises(LookupError):
        caller()

    assert not Lot.objects.exists()
    assert give_one(grant_round, wallet).is_new


@pytest.mark.parametrize(
    ("points", "occasion"), [(0, "order:1"), (-1, "order:1"), (None, "order:1"), (1, "")]
)
def test_nonsense_is_a_programming_error(wallet, grant_round, points, occasion):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM grant_one_v1(%s, %s, %s, %s, %s, NULL)",
            [grant_round.pk, wallet.pk, points, occasion, NOON],
        )


def test_wallets_of_other_programs_and_rounds_of_stores_are_programming_errors(wallet):
    with pytest.raises(DatabaseError, match="another program"), transaction.atomic():
        give_one(make_round(wallet), WalletFactory())
    with pytest.raises(DatabaseError, match="funded by a store"), transaction.atomic():
        give_one(make_round(wallet, source=Source.STORE), wallet)


def test_an_occasion_is_short_and_not_empty(wallet, grant_round):
    for occasion in ("", "x" * 51):
        with pytest.raises(AssertionError):
            give_one(grant_round, wallet, occasion=occasion)
    assert give_one(grant_round, wallet, occasion="x" * 50).is_new


def test_the_key_of_the_longest_occasion_fits():
    longest = f"grant:{2**63 - 1}:{2**63 - 1}:{'x' * 50}"

    assert len(longest) <= (Transfer._meta.get_field("key").max_length or 0)


def test_the_database_refuses_a_second_lot_of_an_occasion_and_a_changed_occasion(
    wallet, grant_round
):
    give_one(grant_round, wallet)
    lot = Lot.objects.get()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(occasion="attendance:2")
    lot.pk = None
    with pytest.raises(IntegrityError, match="ledger_lot_once_an_occasion"):
        lot.save(force_insert=True)


def test_a_grant_in_bulk_passes_over_wallets_that_have_a_lot_of_the_round(wallet, grant_round):
    give_one(grant_round, wallet, 100)

    result = ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet={wallet.pk: 100}, by=None, at=NOON
    )

    assert (result.granted_count, result.skipped_count) == (0, 1)


def test_a_late_grant_belongs_to_the_earliest_open_month():
    wallet = WalletFactory(program__usage_starts_at=AUGUST)
    grant_round = make_round(wallet)
    month = date(2025, 8, 1)
    ledger.close_month(
        program_id=wallet.program_id, month=month, by=None, at=NOON + timedelta(days=40)
    )

    granted = give_one(grant_round, wallet)

    assert Transfer.objects.get(pk=granted.transfer_id).period > month


def test_a_wallet_is_opened_once_for_a_resident_and_anew_without_one():
    program = ProgramFactory()
    resident = ResidentFactory(client=program.client)

    first = ledger.open_wallet(program_id=program.pk, resident_id=resident.pk, at=OPENING)
    again = ledger.open_wallet(program_id=program.pk, resident_id=resident.pk, at=NOON)
    nobodys = {
        ledger.open_wallet(program_id=program.pk, resident_id=None, at=NOON) for _ in range(2)
    }

    assert first == again
    assert Wallet.objects.get(pk=first).opened_at == OPENING
    assert len(nobodys | {first}) == 3


def voucher_wallet(principal=10_000, premium=3_000, **program):
    """Return a wallet with a bought set: principal is spent before premium."""
    wallet = WalletFactory(program__refund_limit_points=10**6, **program)
    for source, rank, points in (
        (Source.VOUCHER_PREMIUM, 1, premium),
        (Source.VOUCHER_PRINCIPAL, 0, principal),
    ):
        grant_round = make_round(wallet, source=source, funding_rank=rank)
        give_one(grant_round, wallet, points, "order:1", at=OPENING)
    return wallet


def by_source(wallet, at=NOON):
    points = queries.points_by_source(wallet_id=wallet.pk, at=at)
    return points["VOUCHER_PRINCIPAL"], points["VOUCHER_PREMIUM"]


def spent(wallet, **scope):
    points = queries.spent_by_source(program_id=wallet.program_id, **scope)
    return points["VOUCHER_PRINCIPAL"], points["VOUCHER_PREMIUM"]


def refund(payment, points, at=NOON, *, as_office=False):
    plan = queries.plan_refund(payment_id=payment.pk, points=points, at=at)
    return ledger.refund_payment(
        payment_id=payment.pk,
        points=points,
        alive_points=plan.alive_points,
        request_key=uuid4(),
        at=at,
        by=UserFactory() if as_office else None,
        as_office=as_office,
    )


def test_the_buyers_money_is_spent_before_the_premium_however_they_were_granted():
    wallet = voucher_wallet()
    till = TillFactory(program=wallet.program)

    spend(wallet, till, 9_999)
    assert (by_source(wallet), spent(wallet)) == ((1, 3_000), (9_999, 0))
    spend(wallet, till, 2)
    assert (by_source(wallet), spent(wallet)) == ((0, 2_999), (10_000, 1))


def test_partial_refunds_give_the_premium_back_first_and_stay_apart_to_the_yen():
    wallet = voucher_wallet()
    till = TillFactory(program=wallet.program)
    payment = spend(wallet, till, 11_000)
    assert spent(wallet) == (10_000, 1_000)

    refund(payment, 600)
    assert (by_source(wallet), spent(wallet)) == ((0, 2_600), (10_000, 400))
    refund(payment, 401)
    assert (by_source(wallet), spent(wallet)) == ((1, 3_000), (9_999, 0))
    spend(wallet, till, 5)
    refund(payment, 9_999)
    assert (by_source(wallet), spent(wallet)) == ((9_999, 2_996), (1, 4))


def test_a_refund_to_dead_lots_still_lowers_the_bill_of_their_source():
    """Their points go to the expired fund, in a posting that names no lot."""
    wallet = voucher_wallet()
    till = TillFactory(program=wallet.program)
    payment = spend(wallet, till, 11_000)
    refund(payment, 300)

    refund(payment, 1_000, at=END + timedelta(days=1), as_office=True)

    assert Posting.objects.filter(to_account__kind="EXPIRED", to_lot=None).exists()
    assert spent(wallet) == (9_700, 0)


def test_what_was_spent_is_told_by_store_and_by_month():
    wallet = voucher_wallet(program__usage_starts_at=AUGUST)
    here, there = TillFactory.create_batch(2, program=wallet.program)
    first, second = date(2025, 8, 1), date(2025, 9, 1)
    later = NOON + timedelta(days=30)
    payment = spend(wallet, here, 9_000)
    ledger.close_month(program_id=wallet.program_id, month=first, by=None, at=later)
    spend(wallet, there, 1_500, at=later)
    refund(payment, 9_000, at=later, as_office=True)

    assert spent(wallet, period=first) == (9_000, 0)
    assert spent(wallet, period=second) == (1_000 - 9_000, 500)
    assert spent(wallet, period=second, store_id=here.store_id) == (-9_000, 0)
    assert spent(wallet, store_id=there.store_id) == (1_000, 500)
    assert spent(wallet) == (1_000, 500)
    each = queries.spent_by_store_and_source(program_id=wallet.program_id)
    assert each == {
        till.store_id: queries.spent_by_source(program_id=wallet.program_id, store_id=till.store_id)
        for till in (here, there)
    }


def test_spent_points_of_another_program_and_other_grants_do_not_count():
    wallet = voucher_wallet()
    other = WalletFactory()
    give(other, 100)
    spend(other, TillFactory(program=other.program), 100)

    assert set(queries.spent_by_source(program_id=wallet.program_id).values()) == {0}
    assert queries.spent_by_source(program_id=other.program_id)["PROGRAM"] == 100


def test_figures_by_source_take_one_query_each(django_assert_num_queries):
    wallet = voucher_wallet()
    tills = TillFactory.create_batch(3, program=wallet.program)
    for till in tills:
        refund(spend(wallet, till, 100), 50)

    with django_assert_num_queries(3):
        queries.points_by_source(wallet_id=wallet.pk, at=NOON)
        queries.spent_by_source(program_id=wallet.program_id)
        queries.spent_by_store_and_source(program_id=wallet.program_id)


def test_rounds_are_locked_only_inside_a_transaction(grant_round):
    with transaction.atomic():
        ledger.lock_rounds(round_ids=[grant_round.pk])
