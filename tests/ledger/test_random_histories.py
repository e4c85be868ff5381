"""Random lives of a wallet: the SQL functions and the slow oracle must agree after every step."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Wallet
from tests.factories import NOON, TillFactory, WalletFactory
from tests.ledger.builders import give, spend
from tests.ledger.oracle import OracleWallet

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("grant"),
            st.integers(1, 2_000),
            st.integers(-5, 30),
            st.integers(1, 60),
        ),
        st.tuples(st.just("pay"), st.integers(1, 1_500)),
        st.tuples(st.just("refund"), st.integers(0, 5), st.integers(1, 1_000)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    max_size=30,
)


@pytest.mark.req("LG-05", "LG-06", "LG-07")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_the_ledger_agrees_with_the_oracle(steps):
    wallet = WalletFactory(program__refund_limit_points=10**6)
    till = TillFactory(program=wallet.program)
    oracle = OracleWallet()
    payments = []
    at = NOON
    for step in steps:
        match step:
            case ("grant", points, starts, lasts):
                usable_from = at + starts * HOUR
                give(wallet, points, usable_from=usable_from, expires_at=usable_from + lasts * HOUR)
                oracle.grant(points, usable_from, usable_from + lasts * HOUR)
            case ("pay", points):
                accepted = oracle.pay(points, at)
                try:
                    payments.append(spend(wallet, till, points, at=at))
                    assert accepted
                except (errors.InsufficientPoints, errors.PointsExpired):
                    assert not accepted
            case ("refund", which, points) if which < len(payments):
                accepted = oracle.refund(oracle.payments[which], points, at)
                assert _refund(payments[which], points, at) == accepted
            case ("wait", hours):
                at += hours * HOUR
        assert_agrees(wallet, oracle, at)


def _refund(payment, points, at):
    plan = queries.plan_refund(payment_id=payment.pk, points=points, at=at)
    try:
        ledger.refund_payment(
            payment_id=payment.pk,
            points=points,
            alive_points=plan.alive_points,
            request_key=uuid4(),
            at=at,
            by=None,
            as_office=False,
        )
    except errors.NothingToRefund:
        return False
    return True


def assert_agrees(wallet, oracle, at):
    lots = list(wallet.lots.order_by("id").values_list("remaining", flat=True))
    totals = queries.program_totals(program_id=wallet.program_id, at=at)
    history = queries.history_of(wallet_id=wallet.pk, limit=1)

    assert lots == [lot.remaining for lot in oracle.lots]
    assert queries.usable_points(wallet_id=wallet.pk, at=at) == oracle.usable(at)
    assert Wallet.objects.get(pk=wallet.pk).balance == sum(lots)
    assert (totals.issued, totals.expired) == (oracle.issued, oracle.expired)
    assert totals.issued == sum(lots) + totals.spent + totals.expired
    assert not history or history[0].balance_after == sum(lots)
