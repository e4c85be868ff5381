"""Random lives of a wallet: the SQL functions and the slow oracle must agree after every step."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import errors, queries
from ledger import services as ledger
from ledger.models import Wallet
from ledger.models.wallets import Source
from tests.factories import NOON, TillFactory, WalletFactory
from tests.ledger.builders import give, give_one, make_round, spend
from tests.ledger.oracle import OracleRound, OracleWallet

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
        # Few occasions and amounts, so that many are asked for again.
        st.tuples(
            st.just("grant_one"),
            st.integers(0, 2),
            st.sampled_from([300, 700]),
            st.sampled_from(["order:1", "order:2", "order:3", "order:4"]),
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
    rounds, oracle_rounds = _rounds(wallet)
    payments = []
    at = NOON
    for step in steps:
        match step:
            case ("grant", points, starts, lasts):
                usable_from = at + starts * HOUR
                give(wallet, points, usable_from=usable_from, expires_at=usable_from + lasts * HOUR)
                oracle.grant(points, usable_from, usable_from + lasts * HOUR)
            case ("grant_one", which, points, occasion):
                answer = oracle.grant_one(oracle_rounds[which], points, occasion)
                assert _grant_one(rounds[which], wallet, points, occasion, at=at) == answer
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


def _rounds(wallet):
    """Return three rounds that die at two instants; two of them differ only in their rank."""
    rounds, oracle_rounds = [], []
    for number, (source, rank, lasts) in enumerate(
        [(Source.VOUCHER_PREMIUM, 1, 30), (Source.VOUCHER_PRINCIPAL, 0, 30), (Source.PROGRAM, 0, 9)]
    ):
        life = {"usable_from": NOON, "expires_at": NOON + lasts * HOUR}
        rounds.append(make_round(wallet, 1_500, source=source, funding_rank=rank, **life))
        oracle_rounds.append(OracleRound(number, 1_500, **life, source=source.value, rank=rank))
    return rounds, oracle_rounds


def _grant_one(grant_round, wallet, points, occasion, *, at):
    try:
        granted = give_one(grant_round, wallet, points, occasion, at=at)
    except errors.LedgerError as refusal:
        return refusal.code
    return "GRANTED" if granted.is_new else "REPLAYED"


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
    by_source = queries.points_by_source(wallet_id=wallet.pk, at=at)
    spent = queries.spent_by_source(program_id=wallet.program_id)
    history = queries.history_of(wallet_id=wallet.pk, limit=1)

    assert lots == [lot.remaining for lot in oracle.lots]
    assert queries.usable_points(wallet_id=wallet.pk, at=at) == oracle.usable(at)
    assert Wallet.objects.get(pk=wallet.pk).balance == sum(lots)
    assert (totals.issued, totals.expired) == (oracle.issued, oracle.expired)
    assert Counter(by_source) == oracle.usable_by_source(at)
    assert Counter(spent) == oracle.spent_by_source()
    assert totals.issued == sum(lots) + totals.spent + totals.expired
    assert not history or history[0].balance_after == sum(lots)
