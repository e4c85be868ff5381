"""What a tap can do: look, earn, spend within limits, cancel, and what became of it."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from cards import errors_terminal as errors
from cards.errors import CardError
from cards.models import CardEarn, CardPayment, Reading
from cards.services import lifecycle, policies, tapping, terminals
from ledger import errors as ledger_errors
from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.models import Payment, Transfer
from pointsys.audit.models import AuditEvent
from pointsys.common import clock
from stores.models import Enrolment
from tests.cards.devices import Scene, at_a_terminal, enrolled, open_rule
from tests.cards.factories import face_number, idm, issued, stock_of, tap_of, token
from tests.factories import END, NOON, ProgramFactory, TillFactory
from tests.ledger.builders import give
from tests.ledger.builders import spend as pay_by_phone

pytestmark = pytest.mark.django_db
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def scene() -> Scene:
    return at_a_terminal()


def look(scene, serial=1, **values):
    return tapping.look(**{"terminal": scene.terminal, "tap": tap_of(serial), "at": NOON, **values})


def earn(scene, serial=1, **values):
    return tapping.earn(**{"terminal": scene.terminal, "tap": tap_of(serial), "at": NOON, **values})


def spend(scene, points, serial=1, **values):
    facts = {"terminal": scene.terminal, "tap": tap_of(serial), "points": points}
    return tapping.spend(**{**facts, "request_key": uuid4(), "at": NOON, **values})


def cancel(scene, spent, **values):
    facts = {
        "terminal": scene.terminal,
        "receipt": str(spent.payment.transfer.uuid),
        "alive_points": spent.payment.points - spent.payment.refunded_points,
    }
    return tapping.cancel(**{**facts, "request_key": uuid4(), "at": NOON, **values})


def numbers_pay(scene):
    """Let typed numbers pay: the program has decided so."""
    policies.set_limits(
        program_id=scene.program.pk,
        use_limit_points=1_000,
        day_limit_points=3_000,
        typed_numbers_pay=True,
        by=None,
        at=NOON,
    )


# --- Looking ---------------------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_a_tap_shows_balance_limit_and_until_when(scene):
    sight = look(scene)

    assert sight.limits.usable_points == 5_000
    assert sight.limits.possible_points == 1_000
    assert sight.soonest_expiry == END
    assert sight.masked_number == f"●●●● {face_number(1)[-4:]}"
    assert sight.offer is None
    assert scene.card.wallet.resident.name not in repr(sight)


@pytest.mark.req("CA-01")
@pytest.mark.req("CA-04")
@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        (idm(1), Reading.FELICA),
        (f"F:88B4:{idm(1)}", Reading.FELICA),
        (idm(1).lower(), Reading.FELICA),
        (f"PSC1:{token(1)}", Reading.QR),
        (face_number(1), Reading.NUMBER),
        (f"{face_number(1)[:4]} {face_number(1)[4:8]}-{face_number(1)[8:]}", Reading.NUMBER),
    ],
)
def test_a_card_is_known_by_chip_by_code_and_by_number(scene, typed, reading):
    numbers_pay(scene)
    tap = tapping.tap_from(typed)

    spent = spend(scene, 100, tap=tap)

    assert CardPayment.objects.get(pk=spent.payment.pk).technology == reading


@pytest.mark.parametrize("text", ["", "zz", "9" * 16, "\0", "B:0011", "01020304", "x" * 500])
def test_what_is_no_card_is_refused_in_words(text):
    with pytest.raises((CardError, errors.NumberMistyped)):
        tapping.tap_from(text)


def test_the_number_of_a_card_stays_out_of_tracebacks():
    assert face_number(1) not in repr(tapping.tap_from(face_number(1)))


def test_an_unknown_card_is_refused(scene):
    for tap in (tap_of(77), tapping.tap_from(face_number(77))):
        with pytest.raises(errors.CardUnknown):
            look(scene, tap=tap)


def test_a_card_of_another_program_is_refused_as_such(scene):
    [blank] = stock_of(ProgramFactory(), 2)
    issued(blank)

    for tap in (tap_of(2), tapping.tap_from(face_number(2)), tapping.tap_from(f"PSC1:{token(2)}")):
        with pytest.raises(errors.CardOfOtherProgram):
            look(scene, tap=tap)


@pytest.mark.req("CA-03")
@pytest.mark.parametrize("act", [look, earn, lambda scene, serial=1: spend(scene, 1, serial)])
def test_only_a_card_in_use_can_do_anything(scene, act):
    open_rule(scene.program)
    other, blank = stock_of(scene.program, 2, 3, name="第2回納品")
    with pytest.raises(errors.CardNotIssued):
        act(scene, 2)
    lifecycle.block_card(card_id=scene.card.pk, reason="紛失", by=None, at=NOON)
    with pytest.raises(errors.CardBlocked, match="ポイントは残っています"):
        act(scene)
    lifecycle.replace_card(
        card_id=scene.card.pk, new_card_id=other.pk, reason="紛失", by=None, at=NOON
    )
    with pytest.raises(errors.CardReplaced, match="新しいカード"):
        act(scene)
    lifecycle.retire_card(card_id=blank.pk, reason="汚れ", by=None, at=NOON)
    with pytest.raises(errors.CardRetired):
        act(scene, 3)


@pytest.mark.req("CA-03")
def test_a_replaced_card_leaves_its_points_to_the_new_one(scene):
    [blank] = stock_of(scene.program, 2, name="第2回納品")
    spend(scene, 600)
    lifecycle.replace_card(
        card_id=scene.card.pk, new_card_id=blank.pk, reason="紛失", by=None, at=NOON
    )

    limits = look(scene, 2).limits

    assert limits.usable_points == 4_400
    assert limits.day_left_points == 2_400, "the day's limit is the person's, not the card's"


def test_a_wallet_that_was_stopped_is_refused(scene):
    scene.card.wallet.status = "FROZEN"
    scene.card.wallet.save()

    for act in (look, earn, lambda scene: spend(scene, 1)):
        with pytest.raises(errors.WalletStopped):
            act(scene)


@pytest.mark.parametrize("status", [Enrolment.Status.SUSPENDED, Enrolment.Status.WITHDRAWN])
def test_the_terminal_of_a_stopped_store_does_nothing(scene, status):
    open_rule(scene.program)
    spent = spend(scene, 100)
    scene.till.store.enrolments.update(status=status, reason="確認のため")

    for act in (look, earn, lambda s: spend(s, 1), lambda s: cancel(s, spent)):
        with pytest.raises(errors.StoreStopped):
            act(scene)


def test_the_terminal_of_a_revoked_till_does_nothing(scene):
    scene.till.revoked_at = NOON
    scene.till.save()
    scene.terminal.till.refresh_from_db()

    for act in (look, earn, lambda scene: spend(scene, 1)):
        with pytest.raises(errors.TillStopped):
            act(scene)


# --- Saving up -------------------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_a_tap_earns_once_a_day_and_says_so(scene):
    rule = open_rule(scene.program, points=10)

    first, again, tomorrow = earn(scene), earn(scene), earn(scene, at=TOMORROW)

    assert (first.is_new, first.points, first.usable_points) == (True, 10, 5_010)
    assert (again.is_new, again.points, again.usable_points) == (False, 10, 5_010)
    assert again.earned_at == NOON
    assert tomorrow.is_new
    assert CardEarn.objects.count() == 2
    assert look(scene).offer.earned_at == NOON
    assert look(scene, at=TOMORROW + timedelta(days=1)).offer == tapping.EarnOffer(
        rule.name, 10, None
    )


def test_a_day_of_earning_is_a_day_in_japan(scene):
    open_rule(scene.program)
    late = NOON.replace(hour=23, minute=59)

    assert earn(scene, at=late).is_new
    assert earn(scene, at=late + timedelta(minutes=1)).is_new


def test_a_new_card_of_the_same_person_earns_nothing_more_that_day(scene):
    open_rule(scene.program)
    earn(scene)
    [blank] = stock_of(scene.program, 2, name="第2回納品")
    lifecycle.replace_card(
        card_id=scene.card.pk, new_card_id=blank.pk, reason="破損", by=None, at=NOON
    )

    assert not earn(scene, 2).is_new
    CardEarn.objects.update(tapped_at=NOON - timedelta(days=1))
    assert not earn(scene, 2).is_new, "the ledger's constraint says so by itself"


def test_changing_the_points_at_noon_does_not_break_the_second_tap(scene):
    rule = open_rule(scene.program, points=10)
    earn(scene)
    rule.points = 20
    rule.save()

    assert (earn(scene).is_new, earn(scene).points) == (False, 10)


def test_the_stores_own_grant_goes_before_the_general_one(scene):
    open_rule(scene.program, points=10)
    open_rule(scene.program, points=30, store_id=scene.till.store_id)
    open_rule(scene.program, points=99, store_id=TillFactory(program=scene.program).store_id)

    assert earn(scene).points == 30


def test_without_a_grant_nothing_is_earned(scene):
    rule = open_rule(scene.program)
    policies.switch_earn_rule(rule_id=rule.pk, is_active=False, by=None, at=NOON)

    with pytest.raises(errors.NothingToEarn):
        earn(scene)


def test_a_grant_that_is_used_up_says_so_and_writes_nothing(scene):
    open_rule(scene.program, points=10, reserved=10)
    [blank] = stock_of(scene.program, 2, name="第2回納品")
    issued(blank)
    earn(scene)

    with pytest.raises(errors.EarnClosed):
        earn(scene, 2)

    assert CardEarn.objects.count() == 1


# --- Spending --------------------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_a_tap_spends_for_the_terminals_store(scene):
    spent = spend(scene, 600)

    payment = Payment.objects.get()
    assert (payment.points, payment.channel, payment.till_id) == (600, "CARD", scene.till.pk)
    assert payment.transfer.store_id == scene.till.store_id
    assert spent.usable_points == 4_400
    tapped = CardPayment.objects.get()
    assert (tapped.pk, tapped.card_id, tapped.points) == (payment.pk, scene.card.pk, 600)


@pytest.mark.req("CA-07")
def test_the_same_key_spends_once_even_at_the_limit(scene):
    key = uuid4()

    first = spend(scene, 1_000, request_key=key)
    spend(scene, 1_000)
    spend(scene, 1_000)
    again = spend(scene, 1_000, request_key=key)

    assert again.payment.pk == first.payment.pk
    assert Payment.objects.count() == CardPayment.objects.count() == 3


def test_a_key_of_another_amount_is_refused(scene):
    key = uuid4()
    spend(scene, 100, request_key=key)

    with pytest.raises(errors.AlreadyDecided):
        spend(scene, 200, request_key=key)

    assert Payment.objects.count() == 1


@pytest.mark.req("CA-04")
def test_the_limit_of_one_use_says_what_is_possible(scene):
    with pytest.raises(errors.AboveUseLimit, match="1,000ポイントまで") as refusal:
        spend(scene, 1_001)

    assert refusal.value.context["possible_points"] == 1_000
    assert not Transfer.objects.filter(kind="PAYMENT").exists()


@pytest.mark.req("CA-04")
def test_the_limit_of_a_day_says_what_is_left(scene):
    for _ in range(2):
        spend(scene, 1_000)
    spend(scene, 300)

    with pytest.raises(errors.AboveDayLimit, match="あと700ポイント") as refusal:
        spend(scene, 701)
    assert refusal.value.context["possible_points"] == 700
    spend(scene, 700)
    with pytest.raises(errors.DayLimitReached, match="あす"):
        spend(scene, 1)
    assert spend(scene, 1, at=TOMORROW)


def test_what_was_given_back_counts_no_longer(scene):
    spends = [spend(scene, 1_000) for _ in range(3)]
    cancel(scene, spends[0])

    assert look(scene).limits.day_left_points == 1_000
    assert spend(scene, 1_000)


def test_the_telephone_has_no_part_in_the_cards_limit(scene):
    for _ in range(4):
        pay_by_phone(scene.card.wallet, scene.till, 1_000)

    assert spend(scene, 1_000).usable_points == 0


def test_the_programs_own_limit_holds_too():
    scene = at_a_terminal(payment_limit_points=400)

    assert look(scene).limits.use_limit_points == 400
    with pytest.raises(errors.AboveUseLimit, match="400"):
        spend(scene, 401)


def test_limits_are_the_programs(scene):
    policies.set_limits(
        program_id=scene.program.pk,
        use_limit_points=2_000,
        day_limit_points=2_500,
        by=None,
        at=NOON,
    )

    spend(scene, 2_000)

    assert look(scene).limits.possible_points == 500


def test_too_few_points_say_how_many_are_missing():
    scene = at_a_terminal(points=860)

    with pytest.raises(errors.NotEnoughPoints, match="420ポイント足りません") as refusal:
        spend(scene, 1_280)

    assert refusal.value.context["possible_points"] == 860


@pytest.mark.req("CA-04")
def test_a_typed_number_shows_and_earns_but_pays_only_where_the_program_says_so(scene):
    """The number is printed on the card: a photograph of a till queue must not be money."""
    open_rule(scene.program)
    typed = tapping.tap_from(face_number(1))

    sight = look(scene, tap=typed)
    assert (sight.limits.usable_points, sight.limits.possible_points) == (5_000, 0)
    assert earn(scene, tap=typed).is_new
    with pytest.raises(errors.NumberPaysNot, match="QRコード") as refusal:
        spend(scene, 1, tap=typed)
    assert refusal.value.context["possible_points"] == 0
    assert not CardPayment.objects.exists()
    assert spend(scene, 1, tap=tapping.tap_from(f"PSC1:{token(1)}"))
    assert spend(scene, 1)

    numbers_pay(scene)
    assert look(scene, tap=typed).limits.possible_points == 1_000
    spend(scene, 1_000, tap=typed)
    spend(scene, 1_000, tap=typed)
    with pytest.raises(errors.AboveUseLimit):
        spend(scene, 1_001, tap=typed)
    with pytest.raises(errors.AboveDayLimit):
        spend(scene, 999, tap=typed)


@pytest.mark.req("CA-04")
def test_the_limit_of_a_day_ends_at_midnight_in_japan(scene):
    late = NOON.astimezone(clock.JST).replace(hour=23, minute=59, second=59)
    for _ in range(3):
        spend(scene, 1_000, at=late)

    with pytest.raises(errors.DayLimitReached):
        spend(scene, 1, at=late + timedelta(microseconds=999_999))
    assert spend(scene, 1_000, at=late + timedelta(seconds=1))
    assert look(scene, at=late + timedelta(seconds=1)).limits.day_left_points == 2_000


def test_giving_back_yesterdays_payment_makes_no_room_today(scene):
    yesterday = spend(scene, 1_000)
    for _ in range(2):
        spend(scene, 1_000, at=TOMORROW)

    cancel(scene, yesterday, at=TOMORROW)

    assert look(scene, at=TOMORROW).limits.day_left_points == 1_000


def test_the_key_of_a_payment_by_telephone_is_not_the_terminals(scene):
    key = uuid4()
    ledger.pay(
        till_id=scene.till.pk, wallet_id=scene.wallet_id, points=100, request_key=key, at=NOON
    )

    with pytest.raises(errors.AlreadyDecided):
        spend(scene, 100, request_key=key)

    assert Payment.objects.count() == 1


def test_the_key_of_another_stores_payment_is_not_this_terminals(scene):
    key = uuid4()
    spend(scene, 100, request_key=key)
    elsewhere = enrolled(TillFactory(program=scene.program))

    with pytest.raises(errors.AlreadyDecided):
        spend(scene, 100, request_key=key, terminal=elsewhere.terminal)

    assert Payment.objects.count() == 1


def test_before_and_after_the_usage_period_the_ledgers_words_are_shown(scene):
    give(scene.card.wallet, 10, expires_at=END + timedelta(days=30))

    with pytest.raises(errors.UsageClosed, match="終わりました"):
        spend(scene, 5, at=END)


# --- What became of it -----------------------------------------------------------------------
def ask(scene, key, **values):
    facts = {"terminal": scene.terminal, "wallet_id": scene.wallet_id, "request_key": key}
    return tapping.outcome(**{**facts, "gives_up": True, "at": NOON, **values})


@pytest.mark.req("CA-07")
def test_a_payment_whose_answer_got_lost_is_found(scene):
    key = uuid4()
    spent = spend(scene, 300, request_key=key)

    assert ask(scene, key, gives_up=False).payment.pk == spent.payment.pk
    assert ask(scene, key).payment.pk == spent.payment.pk


@pytest.mark.req("CA-07")
def test_not_paid_is_said_only_once_a_late_original_is_refused(scene):
    key = uuid4()

    assert ask(scene, key, gives_up=False) is None
    assert not Transfer.objects.filter(kind="VOID").exists()
    assert ask(scene, key) is None
    with pytest.raises(errors.AlreadyDecided):
        spend(scene, 300, request_key=key)

    assert not Payment.objects.exists()


def test_another_stores_payment_is_none_of_this_terminals(scene):
    key = uuid4()
    spend(scene, 300, request_key=key)
    elsewhere = enrolled(TillFactory(program=scene.program))

    with pytest.raises(errors.AlreadyDecided):
        ask(scene, key, terminal=elsewhere.terminal)


# --- Giving back -----------------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_a_payment_is_given_back_once(scene):
    spent = spend(scene, 600)
    key = uuid4()

    first, again = cancel(scene, spent, request_key=key), cancel(scene, spent, request_key=key)

    assert first.refund.pk == again.refund.pk
    assert ledger_queries.usable_points(wallet_id=scene.wallet_id, at=NOON) == 5_000
    with pytest.raises(errors.AlreadyCancelled):
        cancel(scene, spent)
    event = AuditEvent.objects.get(code="cards.terminal.payment_cancelled")
    assert event.changes == {"payment": spent.payment.pk, "points": 600}


def test_a_payment_is_found_by_its_receipt_number(scene):
    spent = spend(scene, 600)
    number = spent.payment.receipt_number

    for typed in (number, number.lower(), f"{number[:4]}-{number[4:]}"):
        found = tapping.payment_to_cancel(terminal=scene.terminal, receipt=typed)
        assert found.pk == spent.payment.pk


@pytest.mark.parametrize("receipt", ["", "\0", "ABCD-EFGH", str(UUID(int=7)), "x" * 300, "９" * 8])
def test_an_unknown_receipt_is_refused(scene, receipt):
    with pytest.raises(errors.PaymentUnknown):
        tapping.payment_to_cancel(terminal=scene.terminal, receipt=receipt)


def test_another_store_cannot_give_it_back(scene):
    spent = spend(scene, 600)
    elsewhere = enrolled(TillFactory(program=scene.program))

    with pytest.raises(errors.PaymentUnknown):
        cancel(scene, spent, terminal=elsewhere.terminal)
    with pytest.raises(errors.PaymentUnknown):
        tapping.payment_to_cancel(terminal=elsewhere.terminal, receipt=spent.payment.receipt_number)


def test_a_payment_by_telephone_is_not_a_terminals(scene):
    paid = pay_by_phone(scene.card.wallet, scene.till, 300)

    with pytest.raises(errors.PaymentUnknown):
        tapping.payment_to_cancel(terminal=scene.terminal, receipt=paid.receipt_number)


def test_a_closed_month_is_the_offices(scene):
    spent = spend(scene, 600)
    september = NOON.replace(month=9, day=2)
    for month in (5, 6, 7, 8):
        ledger.close_month(
            program_id=scene.program.pk, month=date(2025, month, 1), by=None, at=september
        )

    with pytest.raises(ledger_errors.OfficeOnly):
        cancel(scene, spent, at=september)


def test_the_list_of_the_day_holds_what_can_still_be_given_back(scene):
    first, second = spend(scene, 100), spend(scene, 200)
    cancel(scene, first)

    found = tapping.recent_payments(terminal=scene.terminal, at=NOON)

    assert [payment.pk for payment in found] == [second.payment.pk]
    assert tapping.recent_payments(terminal=scene.terminal, at=TOMORROW) == []


def test_a_revoked_terminals_payments_stay(scene):
    spent = spend(scene, 600)
    terminals.revoke_terminal(terminal_id=scene.terminal.pk, reason="紛失", by=None, at=NOON)

    assert Payment.objects.filter(pk=spent.payment.pk).exists()
