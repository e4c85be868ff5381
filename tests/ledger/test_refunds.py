from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Posting, Transfer
from pointsys.audit import queries as audit
from pointsys.common.clock import JST
from pointsys.programs.models import Program
from tests.factories import END, NOON, TillFactory, UserFactory, WalletFactory
from tests.ledger.builders import give, spend

pytestmark = [pytest.mark.django_db, pytest.mark.req("LG-07")]
SEPTEMBER = datetime(2025, 9, 1, 9, 0, tzinfo=JST)


@pytest.fixture
def wallet():
    return WalletFactory()


@pytest.fixture
def till(wallet):
    return TillFactory(program=wallet.program)


def refund(payment, points, *, at=NOON, as_office=False, key=None, alive_points=None):
    plan = queries.plan_refund(payment_id=payment.pk, points=points, at=at)
    return ledger.refund_payment(
        payment_id=payment.pk,
        points=points,
        alive_points=plan.alive_points if alive_points is None else alive_points,
        request_key=key or uuid4(),
        at=at,
        by=UserFactory(),
        as_office=as_office,
        reason="金額まちがい",
    )


def test_a_refund_goes_back_to_the_lots_it_came_from(wallet, till):
    late = give(wallet, 1_000)
    soon = give(wallet, 300, expires_at=END - timedelta(days=30))
    payment = spend(wallet, till, 500)

    refund(payment, 500)

    wallet.refresh_from_db()
    assert wallet.balance == 1_300
    assert (soon.lots.get().remaining, late.lots.get().remaining) == (300, 1_000)


def test_partial_refunds_undo_the_draws_from_the_last_one_back(wallet, till):
    late = give(wallet, 1_000)
    soon = give(wallet, 300, expires_at=END - timedelta(days=30))
    payment = spend(wallet, till, 500)

    refund(payment, 150)
    refund(payment, 150)

    assert (soon.lots.get().remaining, late.lots.get().remaining) == (100, 1_000)
    payment.refresh_from_db()
    assert payment.refunded_points == 300


def test_a_refund_is_never_above_what_is_left(wallet, till):
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)
    refund(payment, 400)

    with pytest.raises(errors.NothingToRefund) as refusal:
        refund(payment, 101)

    assert refusal.value.context["left_points"] == 100


def test_the_same_refund_request_refunds_once_and_is_audited_once(wallet, till):
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)
    key = uuid4()

    first = refund(payment, 200, key=key)
    again = refund(payment, 200, key=key, alive_points=200)

    assert again == first
    assert queries.usable_points(wallet_id=wallet.pk, at=NOON) == 700
    assert audit.events_of(payment).count() == 1


def test_points_of_a_dead_lot_go_to_the_expired_fund(wallet, till):
    dies = NOON + timedelta(days=1)
    give(wallet, 300, expires_at=dies)
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)

    transfer = refund(payment, 500, at=dies)

    wallet.refresh_from_db()
    assert wallet.balance == 1_000
    assert list(
        Posting.objects.filter(transfer=transfer)
        .order_by("id")
        .values_list("points", "to_account__kind")
    ) == [(200, "WALLET"), (300, "EXPIRED")]


def test_a_destination_that_changed_since_the_confirm_page_is_refused(wallet, till):
    dies = NOON + timedelta(days=1)
    give(wallet, 500, expires_at=dies)
    payment = spend(wallet, till, 500)

    with pytest.raises(errors.DestinationChanged) as refusal:
        refund(payment, 500, at=dies, alive_points=500)

    assert refusal.value.context["alive_points"] == 0
    assert not Transfer.objects.filter(kind=Transfer.Kind.REFUND).exists()


def test_after_the_close_only_the_office_refunds_and_in_the_open_month(wallet, till):
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)
    for month in (5, 6, 7, 8):
        ledger.close_month(
            program_id=wallet.program_id, month=date(2025, month, 1), by=None, at=SEPTEMBER
        )

    with pytest.raises(errors.OfficeOnly):
        refund(payment, 500, at=SEPTEMBER)
    transfer = refund(payment, 500, at=SEPTEMBER, as_office=True)

    assert transfer.period == date(2025, 9, 1)


def test_a_refund_above_the_limit_needs_a_second_person(wallet, till):
    give(wallet, 1_000)
    Program.objects.filter(pk=wallet.program_id).update(refund_limit_points=300)
    payment = spend(wallet, till, 500)
    refund(payment, 200)

    with pytest.raises(errors.ApprovalRequired):
        refund(payment, 101, as_office=True)


def test_a_refund_after_the_program_ended_needs_approval(wallet, till):
    give(wallet, 1_000)
    payment = spend(wallet, till, 500)
    Program.objects.filter(pk=wallet.program_id).update(status=Program.Status.ENDED)

    with pytest.raises(errors.ApprovalRequired):
        refund(payment, 500, as_office=True)
