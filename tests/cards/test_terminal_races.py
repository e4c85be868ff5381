"""One card at two terminals at the same moment: real threads, real commits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from cards import errors_terminal as errors
from cards.models import CardEarn, CardPayment
from cards.services import lifecycle, tapping, terminals
from pointsys.audit.models import AuditEvent
from pointsys.common.errors import DomainError
from tests.cards.devices import at_a_terminal, enrolled, open_rule
from tests.cards.factories import stock_of, tap_of
from tests.cards.test_terminal_enrolment import signed
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def spends(scene, count: int = THREADS, points: int = 1_000) -> list[Callable[[], Any]]:
    devices = [enrolled(scene.till, name=f"端末{uuid4()}") for _ in range(count)]
    return [
        lambda device=device: tapping.spend(
            terminal=device.terminal, tap=tap_of(1), points=points, request_key=uuid4(), at=NOON
        )
        for device in devices
    ]


@pytest.mark.req("CA-04")
def test_terminals_together_do_not_pass_the_limit_of_the_day():
    scene = at_a_terminal(points=10_000)

    results = at_once(spends(scene))

    assert sum(isinstance(result, tapping.Spent) for result in results) == 3
    assert sum(isinstance(result, errors.DayLimitReached) for result in results) == THREADS - 3
    assert sum(row.points for row in CardPayment.objects.all()) == 3_000


def test_without_the_cards_lock_they_would(monkeypatch):
    """The negative control: the same race with the limits read before anybody waits."""
    scene = at_a_terminal(points=10_000)
    together = Barrier(THREADS)
    card_of, check = tapping._card_of, tapping._check_limits

    def unlocked(terminal, tap, *, locks=False):
        return card_of(terminal, tap)

    def check_together(limits, points):
        together.wait(timeout=20)
        check(limits, points)

    monkeypatch.setattr(tapping, "_card_of", unlocked)
    monkeypatch.setattr(tapping, "_check_limits", check_together)

    results = at_once(spends(scene))

    assert sum(isinstance(result, tapping.Spent) for result in results) > 3


@pytest.mark.req("CA-07")
def test_the_same_key_at_once_books_once():
    scene = at_a_terminal()
    key = uuid4()

    results = at_once(
        [
            lambda: tapping.spend(
                terminal=scene.terminal, tap=tap_of(1), points=500, request_key=key, at=NOON
            )
        ]
        * THREADS
    )

    assert len({result.payment.pk for result in results}) == 1
    assert CardPayment.objects.count() == 1


@pytest.mark.req("CA-07")
def test_a_payment_and_its_calling_off_never_both_hold():
    scene = at_a_terminal()
    for _ in range(5):
        key = uuid4()

        paid, outcome = at_once(
            [
                lambda key=key: tapping.spend(
                    terminal=scene.terminal, tap=tap_of(1), points=100, request_key=key, at=NOON
                ),
                lambda key=key: tapping.outcome(
                    terminal=scene.terminal,
                    wallet_id=scene.wallet_id,
                    request_key=key,
                    gives_up=True,
                    at=NOON,
                ),
            ]
        )

        assert isinstance(paid, tapping.Spent) == isinstance(outcome, tapping.Spent)


def test_a_tap_at_two_terminals_earns_once():
    scene = at_a_terminal()
    open_rule(scene.program)
    devices = [enrolled(scene.till, name=f"端末{number}") for number in range(THREADS)]

    results = at_once(
        [
            lambda device=device: tapping.earn(terminal=device.terminal, tap=tap_of(1), at=NOON)
            for device in devices
        ]
    )

    assert sum(result.is_new for result in results) == 1
    assert CardEarn.objects.count() == 1


@pytest.mark.req("CA-07")
def test_a_payment_given_back_twice_at_once_is_given_back_and_recorded_once():
    scene = at_a_terminal()
    paid = tapping.spend(
        terminal=scene.terminal, tap=tap_of(1), points=600, request_key=uuid4(), at=NOON
    )
    key = uuid4()

    results = at_once(
        [
            lambda: tapping.cancel(
                terminal=scene.terminal,
                receipt=str(paid.payment.transfer.uuid),
                alive_points=600,
                request_key=key,
                at=NOON,
            )
        ]
        * THREADS
    )

    assert len({result.refund.pk for result in results}) == 1
    assert AuditEvent.objects.filter(code="cards.terminal.payment_cancelled").count() == 1


@pytest.mark.req("CA-03")
def test_a_card_replaced_while_it_pays_gives_the_new_one_no_second_limit():
    scene = at_a_terminal(points=10_000)
    [blank] = stock_of(scene.program, 2, name="第2回納品")
    old = spends(scene, count=4)
    devices = [enrolled(scene.till, name=f"新{number}") for number in range(4)]
    new = [
        lambda device=device: tapping.spend(
            terminal=device.terminal, tap=tap_of(2), points=1_000, request_key=uuid4(), at=NOON
        )
        for device in devices
    ]

    at_once(
        [
            *old,
            lambda: lifecycle.replace_card(
                card_id=scene.card.pk, new_card_id=blank.pk, reason="紛失", by=None, at=NOON
            ),
            *new,
        ]
    )
    for again in new:
        at_once([again])

    assert sum(row.points for row in CardPayment.objects.all()) == 3_000


@pytest.mark.req("CA-03")
def test_a_card_that_is_blocked_while_taps_wait_pays_nothing_afterwards():
    scene = at_a_terminal(points=10_000)

    def block():
        return lifecycle.block_card(card_id=scene.card.pk, reason="紛失", by=None, at=NOON)

    results = at_once([*spends(scene, count=5, points=100), block])

    refused = [result for result in results[:-1] if isinstance(result, errors.CardBlocked)]
    assert len(refused) + CardPayment.objects.count() == 5
    with pytest.raises(errors.CardBlocked):
        spends(scene, count=1, points=100)[0]()


@pytest.mark.req("CA-05")
def test_the_same_request_at_once_is_taken_once():
    scene = at_a_terminal()
    request = signed(scene.device)

    results = at_once([lambda: terminals.verify_request(request, at=NOON)] * THREADS)

    assert sum(isinstance(result, errors.RequestReplayed) for result in results) == THREADS - 1
