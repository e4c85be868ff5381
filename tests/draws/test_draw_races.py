"""Two people press the button at once: one lottery, drawn once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from pointsys.draws import errors
from pointsys.draws import services as draws
from pointsys.draws.models import Draw
from tests.factories import NOON, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def test_a_lottery_is_drawn_once_with_one_of_the_values():
    lottery = draws.create_draw(
        organization_id=OrganizationFactory().pk,
        title="第1回 抽選",
        rule="SINGLE",
        supply=5,
        by=None,
        at=NOON,
    )
    draws.freeze(draw_id=lottery.pk, entries=[(uuid4(), 1) for _ in range(20)], by=None, at=NOON)
    barrier = Barrier(THREADS)

    def press(number: int) -> str:
        try:
            barrier.wait()
            draws.draw(draw_id=lottery.pk, public_value=f"{number}", by=None, at=NOON)
        except errors.WrongState:
            return ""
        finally:
            connection.close()
        return f"{number}"

    with ThreadPoolExecutor(THREADS) as pool:
        values = [value for value in pool.map(press, range(THREADS)) if value]

    assert values == [Draw.objects.get().public_value]
