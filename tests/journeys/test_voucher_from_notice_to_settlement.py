"""A voucher from its application to the bank file, by screens: one lottery, two ways to pay.

Hanako wins and pays by slip, Taro pays at the counter; both spend at one store, and the month's
statement says to the yen what the buyers paid and what the client added.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pointsys.common.clock import JST
from pointsys.notices import services as notices
from pointsys.residents.models import Resident
from pointsys.users.models import Role, User
from settlement.models import PayoutBatch, Statement
from stores import services as stores
from stores import till_codes
from stores.models import Till
from tests.factories import ResidentFactory, TillFactory, UserFactory, staff_of
from tests.journeys.people import hanako
from tests.settlement.builders import build_profile
from tests.vouchers.lottery import (
    APPLYING,
    DECIDING,
    DRAWING,
    PAY_STARTS,
    Lottery,
    build_lottery,
    photo,
)
from tests.vouchers.sales import deposit_file
from vouchers.models import Application, Order

BUYING = PAY_STARTS + timedelta(days=4)
SPENDING = datetime(2025, 8, 25, 12, 0, tzinfo=JST)
CLOSING = datetime(2025, 9, 2, 10, 0, tzinfo=JST)


@pytest.fixture(autouse=True)
def _second_factor_is_shown_elsewhere(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@contextmanager
def signed_in(user: User, at: datetime) -> Iterator[Client]:
    """Stand at an instant with a browser of one's own."""
    with time_machine.travel(at, tick=False):
        browser = Client()
        browser.force_login(user)
        yield browser


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("VO-02", "VO-04", "VO-05", "VO-06", "VO-08", "SE-01", "SE-03")
def test_a_voucher_goes_from_the_application_to_the_bank_file():
    sale = build_lottery(sets=3)
    client = sale.program.client
    person = hanako(client)
    taro = ResidentFactory(client=client, user=UserFactory(), name="石巻 太郎")
    till = open_store(sale)

    for resident in (person, taro):
        apply_by_screens(sale, resident)
    draw_and_approve(sale)
    slips = told_by_mail(person)
    pay_by_slip(sale, person, slips)
    pay_at_the_counter(sale, taro)
    see_balance(person)
    spend(person, till, 5_500)
    spend(taro, till, 1_200)
    settle(sale, till)


def open_store(sale: Lottery) -> Till:
    till = TillFactory(program=sale.program, code=till_codes.new_code(), store__name="みなと商店")
    preparer = staff_of(sale.program.client, Role.FINANCE_PREPARER)
    stores.submit_bank_account(
        store_id=till.store_id,
        details=stores.bank_details(
            bank_code="0125",
            branch_code="404",
            account_type="1",
            account_number="1234567",
            holder_kana="ミナトシヨウテン",
        ),
        by=preparer,
        at=APPLYING,
    )
    return till


def apply_by_screens(sale: Lottery, resident: Resident) -> None:
    assert resident.user is not None
    with signed_in(resident.user, APPLYING) as browser:
        home = browser.get(reverse("my_vouchers:home")).text
        start = reverse("my_vouchers:apply", args=[sale.round_id])
        assert start in home
        browser.post(start, {"sets": "2"})
        browser.post(
            reverse("my_vouchers:apply_document", args=[sale.round_id]),
            {"kind": "LICENCE", "picture": SimpleUploadedFile("menkyo.jpg", photo())},
        )
        check = reverse("my_vouchers:apply_check", args=[sale.round_id])
        assert "2セット" in browser.get(check).text
        done = browser.post(check, {"agree": "on"}, follow=True).text
    application = Application.objects.get(resident=resident)
    assert application.number[:4] in done
    with signed_in(sale.clerk, APPLYING + timedelta(hours=2)) as browser:
        address = reverse("vouchers:application", args=[application.pk])
        assert resident.name in browser.get(address).text
        browser.post(address, {"decision": "confirm"})
    application.refresh_from_db()
    assert application.status == "CONFIRMED"


def draw_and_approve(sale: Lottery) -> None:
    with signed_in(sale.clerk, DRAWING) as browser:
        browser.post(reverse("vouchers:draw_freeze", args=[sale.round_id]))
        browser.post(
            reverse("vouchers:draw_run", args=[sale.round_id]),
            {"first": "123456", "second": "654321"},
        )
    with signed_in(sale.approver, DECIDING) as browser:
        page = browser.get(reverse("vouchers:draw", args=[sale.round_id])).text
        browser.post(
            reverse("vouchers:draw_approve", args=[sale.round_id]),
            {"typed_winners": "2", "digest": hidden(page, "digest")},
        )
    # Both win one set, and the third goes to one of them: most people buy.
    assert sorted(Order.objects.values_list("sets", flat=True)) == [1, 2]


def told_by_mail(resident: Resident) -> str:
    notices.sweep(at=DECIDING + timedelta(minutes=10))
    assert resident.user is not None
    (told,) = [letter for letter in mail.outbox if letter.to == [resident.user.email]][-1:]
    order = Order.objects.get(resident=resident)
    assert "当選" in f"{told.subject}{told.body}"
    assert "-".join(order.slip_number[i : i + 4] for i in (0, 4, 8)) in told.body
    assert f"{order.price_yen:,}円" in told.body
    return order.slip_number


def pay_by_slip(sale: Lottery, resident: Resident, slip_number: str) -> None:
    order = Order.objects.get(resident=resident)
    content = deposit_file((slip_number, f"{order.price_yen:,}", "2025-08-04", "A-1"))
    with signed_in(sale.clerk, BUYING) as browser:
        upload = {"file": SimpleUploadedFile("nyukin.csv", content)}
        preview = browser.post(reverse("vouchers:deposits"), upload).text
        assert "1件の入金を取り込む" in preview
        taken = browser.post(
            reverse("vouchers:deposits_take"), {"token": hidden(preview, "token")}, follow=True
        ).text
    assert "購入に充てた" in taken
    order.refresh_from_db()
    assert order.status == "PAID"


def pay_at_the_counter(sale: Lottery, resident: Resident) -> None:
    order = Order.objects.get(resident=resident)
    with signed_in(sale.clerk, BUYING) as browser:
        found = browser.post(reverse("vouchers:counter"), {"words": resident.name}).text
        address = reverse("vouchers:counter_pay", args=[order.pk])
        assert address in found
        page = browser.get(address).text
        receipt = browser.post(address, {"key": hidden(page, "key")}, follow=True).text
        figures = browser.get(reverse("vouchers:sales")).text
    assert "領収書（控え）" in receipt
    assert f"{order.price_yen:,}" in receipt
    assert "数が合いません" not in figures


def see_balance(resident: Resident) -> None:
    order = Order.objects.get(resident=resident)
    assert resident.user is not None
    with signed_in(resident.user, BUYING + timedelta(hours=1)) as browser:
        home = browser.get(reverse("website:my_home")).text
    assert f"購入分 {order.principal_points:,}円分" in home
    assert f"上乗せ分 {order.premium_points:,}円分" in home


def spend(resident: Resident, till: Till, amount: int) -> None:
    assert resident.user is not None
    with signed_in(resident.user, SPENDING) as browser:
        answer = browser.post(till_codes.till_path(till), {"points": str(amount)})
        confirm = browser.get(answer["Location"]).text
        assert f"{amount:,}円分" in confirm
        fields = {name: hidden(confirm, name) for name in ("points", "key", "signature")}
        paid = browser.post(answer["Location"], fields, follow=True).text
        history = browser.get(reverse("my:history")).text
    assert "支払いが完了しました" in paid
    assert "単位：円分" in history


def settle(sale: Lottery, till: Till) -> None:
    client, program = sale.program.client, sale.program
    preparer = staff_of(client, Role.FINANCE_PREPARER)
    profile = build_profile(client.pk, preparer)
    month = datetime(2025, 8, 1).date()  # noqa: DTZ001 - a day
    if program.usage_starts_at.astimezone(JST).month < 8:
        close_earlier_months(sale, preparer)
    with signed_in(preparer, CLOSING) as browser:
        browser.post(reverse("settlement:close", args=[program.code, month]))
        page = browser.get(reverse("settlement:month", args=[program.code, month])).text
        statement = Statement.objects.get(store=till.store, period__month=month)
        sheet = browser.get(reverse("settlement:statement", args=[statement.pk])).text
        browser.post(
            reverse("settlement:prepare", args=[program.code, month]), {"profile": profile.pk}
        )

    spent = 5_500 + 1_200
    # The buyers' money goes first: 5,000 or 10,000 of Hanako's, and all of Taro's 1,200.
    principal = min(5_500, Order.objects.get(resident__name="湊 花子").principal_points) + 1_200
    assert statement.amount_yen == spent
    for shown in (page, sheet):
        assert "購入分（住民が払った代金）" in shown
        assert f'<td class="is-num">{principal:,}</td>' in shown
        assert f'<td class="is-num">{spent - principal:,}</td>' in shown
    batch = PayoutBatch.objects.get()
    assert (batch.payout_count, batch.total_yen) == (1, spent)


def close_earlier_months(sale: Lottery, preparer: User) -> None:
    """Close the months before, in which nothing was spent."""
    month = sale.program.usage_starts_at.astimezone(JST).date().replace(day=1)
    while month.month < 8:
        with signed_in(preparer, CLOSING) as browser:
            browser.post(reverse("settlement:close", args=[sale.program.code, month]))
        month = month.replace(month=month.month + 1)
