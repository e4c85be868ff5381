"""Whoever sees a buyer's name at the counter is on record before it is shown (S0別記2第14)."""

import pytest
import time_machine
from django.urls import reverse

from pointsys.audit.models import AccessRecord
from tests.factories import NOON
from tests.vouchers.sales import build_sale

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-06")]


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


def test_searches_sales_and_receipts_at_the_counter_are_on_record(client):
    sale = build_sale(sets=12)
    client.force_login(sale.clerk)
    person = sale.person(name="佐藤 和子")
    sale.order(person, 2)
    find = reverse("vouchers:counter_find", args=[sale.round.pk])
    sell = reverse("vouchers:counter_sell", args=[sale.round.pk, person.pk])

    for address, words, seen in (
        (reverse("vouchers:counter"), "だれもいない", 0),
        (reverse("vouchers:counter"), "佐藤", 1),
        (find, "佐藤", 2),
    ):
        client.post(address, {"words": words})
        assert AccessRecord.objects.filter(purpose="商品券の窓口での検索").count() == seen
    client.post(sell, {"step": "check", "sets": "1"})

    assert AccessRecord.objects.filter(purpose="商品券の窓口での販売").count() == 1
