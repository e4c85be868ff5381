from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from ledger import errors
from ledger import services as ledger
from ledger.models import GrantRound, Lot, Transfer, Wallet
from ledger.models.wallets import Source
from ledger.queries import reserved_points
from pointsys.programs.models import Program
from tests.factories import END, NOON, OPENING, ProgramFactory, ResidentFactory, WalletFactory
from tests.ledger.builders import give

pytestmark = pytest.mark.django_db


def make_round(program, reserved, **fields):
    return ledger.create_round(
        program_id=program.pk,
        name=fields.pop("name", "第1回"),
        method=GrantRound.Method.ALL,
        reserved_points=reserved,
        by=None,
        at=OPENING,
        **fields,
    )


@pytest.mark.req("LG-02")
def test_a_grant_gives_each_wallet_one_lot_with_the_expiry_of_the_program():
    program = ProgramFactory()
    wallets = WalletFactory.create_batch(3, program=program)
    grant_round = make_round(program, 10_000)

    result = ledger.grant_points(
        round_id=grant_round.pk,
        points_by_wallet={wallet.pk: 3_000 for wallet in wallets},
        by=None,
        at=OPENING,
    )

    assert (result.granted_count, result.granted_points) == (3, 9_000)
    assert set(Lot.objects.values_list("granted", "remaining", "expires_at")) == {
        (3_000, 3_000, END)
    }
    assert set(Wallet.objects.values_list("balance", flat=True)) == {3_000}
    assert Transfer.objects.get().points == 9_000


def test_granting_again_gives_nothing_twice_and_new_wallets_theirs():
    program = ProgramFactory()
    first, second = WalletFactory.create_batch(2, program=program)
    grant_round = make_round(program, 10_000)
    ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet={first.pk: 3_000}, by=None, at=OPENING
    )

    result = ledger.grant_points(
        round_id=grant_round.pk,
        points_by_wallet={first.pk: 3_000, second.pk: 3_000},
        by=None,
        at=OPENING,
    )

    assert (result.granted_count, result.skipped_count) == (1, 1)
    assert Lot.objects.count() == 2


def test_a_second_lot_of_a_round_is_refused_by_the_database():
    wallet = WalletFactory()
    grant_round = give(wallet, 100)
    lot = grant_round.lots.get()
    lot.pk = None

    with pytest.raises(IntegrityError, match="ledger_lot_once_an_occasion"):
        lot.save(force_insert=True)


def test_stopped_wallets_and_wallets_of_other_programs_are_barred():
    program = ProgramFactory()
    frozen = WalletFactory(program=program, status=Wallet.Status.FROZEN)
    foreign = WalletFactory()
    grant_round = make_round(program, 10_000)

    result = ledger.grant_points(
        round_id=grant_round.pk,
        points_by_wallet={frozen.pk: 100, foreign.pk: 100},
        by=None,
        at=OPENING,
    )

    assert (result.granted_count, result.barred_count) == (0, 2)
    assert not Lot.objects.exists()


def test_a_wallet_that_was_frozen_gets_its_points_from_the_same_list_later():
    program = ProgramFactory()
    wallet = WalletFactory(program=program, status=Wallet.Status.FROZEN)
    other = WalletFactory(program=program)
    grant_round = make_round(program, 10_000)
    points = {wallet.pk: 100, other.pk: 100}
    ledger.grant_points(round_id=grant_round.pk, points_by_wallet=points, by=None, at=OPENING)
    Wallet.objects.filter(pk=wallet.pk).update(status=Wallet.Status.ACTIVE)

    result = ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet=points, by=None, at=OPENING
    )

    assert (result.granted_count, result.skipped_count, result.barred_count) == (1, 1, 0)


@pytest.mark.req("LG-01")
def test_rounds_reserve_no_more_than_the_planned_issuance():
    program = ProgramFactory(issuance_ceiling_points=443_750_000)
    make_round(program, 443_000_000)

    with pytest.raises(errors.CeilingExceeded) as refusal:
        make_round(program, 750_001, name="第2回")

    assert refusal.value.context["left_points"] == 750_000
    make_round(program, 750_000, name="第2回")


@pytest.mark.req("LG-01")
def test_the_database_refuses_a_round_above_the_ceiling_and_a_ceiling_below_the_rounds():
    program = ProgramFactory(issuance_ceiling_points=1_000)
    grant_round = make_round(program, 1_000)

    with pytest.raises(IntegrityError), transaction.atomic():
        GrantRound.objects.filter(pk=grant_round.pk).update(reserved_points=1_001)
    with pytest.raises(IntegrityError), transaction.atomic():
        Program.objects.filter(pk=program.pk).update(issuance_ceiling_points=999)

    assert reserved_points(program.pk) == 1_000


def test_a_round_grants_no_more_than_it_reserved():
    program = ProgramFactory()
    wallet = WalletFactory(program=program)
    grant_round = make_round(program, 100)

    with pytest.raises(errors.RoundExhausted):
        ledger.grant_points(
            round_id=grant_round.pk, points_by_wallet={wallet.pk: 101}, by=None, at=OPENING
        )
    with pytest.raises(IntegrityError, match="granted_within_reserved"), transaction.atomic():
        GrantRound.objects.filter(pk=grant_round.pk).update(granted_points=101)

    assert not Lot.objects.exists()


def test_nothing_is_granted_outside_the_grant_period_or_from_a_finished_round():
    program = ProgramFactory()
    wallet = WalletFactory(program=program)
    grant_round = make_round(program, 100)

    with pytest.raises(errors.OutsideGrantPeriod):
        ledger.grant_points(
            round_id=grant_round.pk,
            points_by_wallet={wallet.pk: 1},
            by=None,
            at=OPENING - timedelta(microseconds=1),
        )
    ledger.finish_round(round_id=grant_round.pk, by=None, at=NOON)
    with pytest.raises(errors.RoundNotApproved):
        ledger.grant_points(
            round_id=grant_round.pk, points_by_wallet={wallet.pk: 1}, by=None, at=NOON
        )


def test_opening_wallets_again_opens_none():
    program = ProgramFactory()
    residents = ResidentFactory.create_batch(3, client=program.client)
    ids = [resident.pk for resident in residents]

    assert ledger.open_wallets(program_id=program.pk, resident_ids=ids, at=OPENING) == 3
    assert ledger.open_wallets(program_id=program.pk, resident_ids=ids, at=OPENING) == 0


def test_a_resident_has_one_wallet_a_program():
    wallet = WalletFactory()

    with pytest.raises(IntegrityError, match="ledger_wallet_once"):
        WalletFactory(program=wallet.program, resident=wallet.resident)


@pytest.mark.req("LG-01")
def test_points_that_a_store_pays_for_are_not_granted_outside_the_ceiling():
    """Such a round does not count towards the ceiling, so it must not draw on ISSUANCE."""
    program = ProgramFactory(issuance_ceiling_points=100)
    wallet = WalletFactory(program=program)
    grant_round = make_round(program, 1_000, source=Source.STORE)

    with pytest.raises(DatabaseError, match="funded by a store"), transaction.atomic():
        ledger.grant_points(
            round_id=grant_round.pk, points_by_wallet={wallet.pk: 1_000}, by=None, at=OPENING
        )

    assert not Lot.objects.exists()
