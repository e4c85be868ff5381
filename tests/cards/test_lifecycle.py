"""Issued at once, lost, found, replaced: the card changes, the wallet and its points do not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from cards import errors, queries
from cards.models import Card
from cards.services import issuing, lifecycle
from ledger.models import Posting, Transfer, Wallet
from pointsys.audit.models import AuditEvent
from pointsys.programs.models import Program
from tests.cards.factories import issued, stock_of, tap_of
from tests.factories import NOON, ProgramFactory, ResidentFactory, UserFactory, WalletFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CA-03")]


def acts():
    return list(
        AuditEvent.objects.filter(code__startswith="cards.card.")
        .order_by("pk")
        .values_list("code", flat=True)
    )


# --- Issuing ---------------------------------------------------------------------------------
@pytest.mark.req("CA-02", "PB-05")
def test_a_card_of_the_stock_is_usable_the_moment_it_is_handed_out():
    program = ProgramFactory()
    resident = ResidentFactory(client=program.client)
    [card] = stock_of(program, 1)
    clerk = UserFactory()

    issued(card, resident_id=resident.pk, by=clerk)

    card = queries.card_by_tap(program_id=program.pk, tap=tap_of(1))
    assert (card.status, card.issued_at, card.issued_by) == (Card.Status.ISSUED, NOON, clerk)
    assert card.wallet.resident == resident
    event = AuditEvent.objects.get(code="cards.card.issued")
    assert event.changes == {"wallet": card.wallet_id, "has_holder": True}


@pytest.mark.req("CA-02", "PB-05")
def test_a_card_without_a_name_opens_a_wallet_of_its_own_each_time():
    program = ProgramFactory()
    first, second = stock_of(program, 1, 2)

    issued(first)
    issued(second)

    wallets = {card.wallet_id for card in Card.objects.all()}
    assert len(wallets) == 2
    assert not Wallet.objects.filter(resident__isnull=False).exists()


def test_the_wallet_a_resident_has_is_the_one_the_card_opens():
    wallet = WalletFactory()
    [card] = stock_of(wallet.program, 1)

    issued(card, resident_id=wallet.resident_id)

    assert Card.objects.get().wallet == wallet


def test_a_second_card_is_refused_and_the_first_is_named():
    program = ProgramFactory()
    resident = ResidentFactory(client=program.client)
    first, second = stock_of(program, 1, 2)
    issued(first, resident_id=resident.pk)

    with pytest.raises(errors.WalletHasCard, match=first.face_number[-4:]):
        issued(second, resident_id=resident.pk)
    lifecycle.block_card(card_id=first.pk, reason="紛失", by=None, at=NOON)
    with pytest.raises(errors.WalletHasBlockedCard):
        issued(second, resident_id=resident.pk)

    assert Card.objects.get(pk=second.pk).status == Card.Status.STOCK


def test_two_live_cards_of_one_wallet_are_refused_by_the_database():
    program = ProgramFactory()
    first, second = stock_of(program, 1, 2)
    issued(first)
    first.refresh_from_db()

    with pytest.raises(IntegrityError, match="one_live_card_a_wallet"), transaction.atomic():
        Card.objects.filter(pk=second.pk).update(
            status="ISSUED", wallet=first.wallet, issued_at=NOON
        )
    # Without a wallet of its own no card can be in use.
    with pytest.raises(IntegrityError, match="wallet_matches_status"), transaction.atomic():
        Card.objects.filter(pk=second.pk).update(status="ISSUED", issued_at=NOON)


def test_frozen_wallets_and_ended_programs_get_no_card():
    wallet = WalletFactory(status="FROZEN")
    frozen, ended = stock_of(wallet.program, 1, 2)

    with pytest.raises(errors.WalletNotUsable):
        issued(frozen, resident_id=wallet.resident_id)
    Program.objects.filter(pk=wallet.program_id).update(status="ENDED")
    with pytest.raises(errors.ProgramOver):
        issued(ended)

    assert Wallet.objects.count() == 1
    assert set(Card.objects.values_list("status", flat=True)) == {"STOCK"}


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_hand_out_one_card_give_it_once():
    program = ProgramFactory()
    residents = [ResidentFactory(client=program.client) for _ in range(2)]
    [card] = stock_of(program, 1)

    outcomes = at_once(*(lambda pk=r.pk: issued(card, resident_id=pk) for r in residents))

    assert sorted(outcomes) == ["", "CardInOtherState"]
    assert Card.objects.get().status == Card.Status.ISSUED


@pytest.mark.django_db(transaction=True)
def test_two_cards_for_one_person_at_once_leave_one_in_use():
    wallet = WalletFactory()
    cards = stock_of(wallet.program, 1, 2)

    outcomes = at_once(
        *(lambda c=card: issued(c, resident_id=wallet.resident_id) for card in cards)
    )

    assert sorted(outcomes) == ["", "WalletHasCard"]
    assert Card.objects.filter(status="ISSUED").count() == 1
    assert Card.objects.filter(status="STOCK").count() == 1


# --- Lost and found --------------------------------------------------------------------------
def test_a_lost_card_stops_and_a_found_one_goes_on():
    [card] = stock_of(ProgramFactory(), 1)
    issued(card)

    lifecycle.block_card(card_id=card.pk, reason="紛失：駅前", by=None, at=NOON)
    card.refresh_from_db()
    assert (card.status, card.stopped_at, card.reason) == ("BLOCKED", NOON, "紛失：駅前")
    lifecycle.unblock_card(card_id=card.pk, by=None, at=NOON)
    card.refresh_from_db()

    assert (card.status, card.stopped_at, card.reason) == ("ISSUED", None, "")
    assert acts() == ["cards.card.issued", "cards.card.blocked", "cards.card.unblocked"]
    assert "駅前" not in str(list(AuditEvent.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_stop_without_a_reason_is_refused_by_service_and_database(reason):
    [card] = stock_of(ProgramFactory(), 1)
    issued(card)

    with pytest.raises(errors.ReasonMissing):
        lifecycle.block_card(card_id=card.pk, reason=reason, by=None, at=NOON)
    with pytest.raises(IntegrityError, match="stop_has_reason"), transaction.atomic():
        Card.objects.filter(pk=card.pk).update(status="BLOCKED", stopped_at=NOON, reason="")


def test_a_card_in_another_state_refuses_the_act():
    stocked, live = stock_of(ProgramFactory(), 1, 2)
    issued(live)

    for refused in (
        lambda: lifecycle.block_card(card_id=stocked.pk, reason="紛失", by=None, at=NOON),
        lambda: lifecycle.unblock_card(card_id=live.pk, by=None, at=NOON),
        lambda: issued(live),
        lambda: lifecycle.replace_card(
            card_id=stocked.pk, new_card_id=live.pk, reason="紛失", by=None, at=NOON
        ),
        lambda: lifecycle.replace_card(
            card_id=live.pk, new_card_id=live.pk, reason="紛失", by=None, at=NOON
        ),
    ):
        with pytest.raises(errors.CardInOtherState):
            refused()


# --- Exchange --------------------------------------------------------------------------------
def test_an_exchange_moves_no_points_and_kills_the_old_card():
    wallet = WalletFactory()
    old, new = stock_of(wallet.program, 1, 2)
    issued(old, resident_id=wallet.resident_id)
    lifecycle.block_card(card_id=old.pk, reason="紛失", by=None, at=NOON)
    before = (Transfer.objects.count(), Posting.objects.count())

    lifecycle.replace_card(card_id=old.pk, new_card_id=new.pk, reason="紛失", by=None, at=NOON)

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == ("REPLACED", "ISSUED")
    assert old.wallet == new.wallet == wallet
    assert new.replaces == old
    assert (Transfer.objects.count(), Posting.objects.count()) == before
    with pytest.raises(errors.CardInOtherState):
        lifecycle.unblock_card(card_id=old.pk, by=None, at=NOON)


def test_a_card_that_still_works_can_be_exchanged_too():
    old, new = stock_of(ProgramFactory(), 1, 2)
    issued(old)

    lifecycle.replace_card(card_id=old.pk, new_card_id=new.pk, reason="破損", by=None, at=NOON)

    assert queries.live_card_of_wallet(Card.objects.get(pk=old.pk).wallet_id) == new


def test_an_exchange_takes_a_card_of_the_same_program_only():
    [old] = stock_of(ProgramFactory(), 1)
    [foreign] = stock_of(ProgramFactory(), 2)
    issued(old)

    with pytest.raises(errors.CardInOtherState):
        lifecycle.replace_card(
            card_id=old.pk, new_card_id=foreign.pk, reason="破損", by=None, at=NOON
        )

    assert Card.objects.get(pk=old.pk).status == "ISSUED"


@pytest.mark.django_db(transaction=True)
def test_two_exchanges_of_one_card_at_once_give_one_new_card():
    old, *new = stock_of(ProgramFactory(), 1, 2, 3)
    issued(old)

    outcomes = at_once(
        *(
            lambda pk=card.pk: lifecycle.replace_card(
                card_id=old.pk, new_card_id=pk, reason="紛失", by=None, at=NOON
            )
            for card in new
        )
    )

    assert sorted(outcomes) == ["", "CardInOtherState"]
    assert Card.objects.filter(status="ISSUED").count() == 1
    assert Card.objects.filter(status="STOCK").count() == 1


def test_a_retired_card_never_comes_back():
    faulty, returned = stock_of(ProgramFactory(), 1, 2)
    issued(returned)

    lifecycle.retire_card(card_id=faulty.pk, reason="不良", by=None, at=NOON)
    lifecycle.retire_card(card_id=returned.pk, reason="返却", by=None, at=NOON)

    assert set(Card.objects.values_list("status", flat=True)) == {"RETIRED"}
    with pytest.raises(errors.CardInOtherState):
        lifecycle.retire_card(card_id=faulty.pk, reason="不良", by=None, at=NOON)
    with pytest.raises(errors.CardInOtherState):
        issuing.issue_card(card_id=faulty.pk, resident_id=None, by=None, at=NOON)


def at_once(*calls):
    """Run the calls in threads of their own and return the name of each one's refusal."""

    def run(call):
        try:
            call()
        except errors.CardError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
