"""Money at the edges of time: late files, early payers, the same file twice, prices that move."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from PIL import Image

from tests.factories import NOON, OPENING
from tests.vouchers.lottery import DECIDING, PAY_STARTS, build_lottery
from tests.vouchers.sales import (
    END,
    PRICE,
    VALUE,
    Sale,
    add_first_come,
    build_campaign,
    build_sale,
    deposit_file,
)
from vouchers import errors, pictures
from vouchers.models import Campaign, DepositFile, Order, Receipt
from vouchers.services import campaigns, deposits, noticing, payments

pytestmark = pytest.mark.django_db
CHEAPER = campaigns.Terms(PRICE - 1_000, VALUE, 10)


def take(sale: Sale, content: bytes, *, at=NOON) -> DepositFile:
    file, _ = deposits.import_deposits(
        program_id=sale.program.pk, content=content, file_name="a.csv", by=sale.clerk, at=at
    )
    return file


def slip(order: Order, day: str, serial: str = "1") -> tuple[object, ...]:
    return (order.slip_number, order.price_yen, day, serial)


# --- Late files -------------------------------------------------------------------------------
@pytest.mark.req("VO-06", "VO-01")
def test_a_sale_ends_early_enough_for_the_files_of_its_last_day():
    sale = build_campaign()
    lag = timedelta(days=sale.campaign.deposit_lag_days)

    with pytest.raises(errors.DepositsAfterGrants):
        add_first_come(sale, sets=5, ends=END)
    with pytest.raises(errors.DepositsAfterGrants):
        add_first_come(sale, sets=5, ends=END - lag + timedelta(seconds=1))

    add_first_come(sale, sets=5, ends=END - lag)
    person = sale.person()
    order = sale.order(person, 1, at=END - lag - timedelta(hours=9))
    take(sale, deposit_file(slip(order, "2026-02-25")), at=END - timedelta(seconds=1))
    deposits.settle_waiting(at=END - timedelta(seconds=1))
    order.refresh_from_db()
    assert order.status == Order.Status.PAID


@pytest.mark.req("VO-06")
def test_a_row_dated_tomorrow_is_taken_from_the_same_file_tomorrow():
    sale = build_sale()
    one, two = sale.order(), sale.order()
    content = deposit_file(slip(one, "2025-08-20"), slip(two, "2025-08-21"))

    take(sale, content)
    deposits.settle_waiting(at=NOON)
    assert Receipt.objects.count() == 1
    tomorrow = NOON + timedelta(days=1)
    preview = deposits.preview_deposits(program_id=sale.program.pk, content=content, at=tomorrow)
    again = take(sale, content, at=tomorrow)
    deposits.settle_waiting(at=tomorrow)

    assert (preview.new_count, preview.known_count) == (1, 1)
    assert preview.earlier_file is None
    assert (again.new_count, again.known_count) == (1, 1)
    assert set(Order.objects.values_list("status", flat=True)) == {"PAID"}
    # A third time there is nothing new in it.
    assert take(sale, content, at=tomorrow) == again
    assert Receipt.objects.count() == 2


@pytest.mark.req("VO-06")
def test_the_database_keeps_no_file_that_brought_nothing():
    sale = build_sale()

    with pytest.raises(IntegrityError), transaction.atomic():
        DepositFile.objects.create(
            program=sale.program,
            file_name="a.csv",
            file_sha256="0" * 64,
            row_count=1,
            new_count=0,
            known_count=1,
            total_yen=0,
            imported_at=NOON,
            imported_by=sale.clerk,
        )


@pytest.mark.req("VO-06", "VO-09")
def test_rows_that_were_not_taken_stay_in_sight_after_the_import(client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    sale = build_sale()
    one, two = sale.order(), sale.order()
    file = take(
        sale, deposit_file(slip(one, "2025-08-20"), (two.slip_number, "5000.5", "2025-08-20", "2"))
    )
    client.force_login(sale.clerk)

    with time_machine.travel(NOON, tick=False):
        page = client.get(reverse("vouchers:deposit_file", args=[file.pk])).content.decode()

    assert "取り込んでいない行が1行あります" in page
    whole = take(sale, deposit_file(slip(two, "2025-08-20", "2")))
    with time_machine.travel(NOON, tick=False):
        page = client.get(reverse("vouchers:deposit_file", args=[whole.pk])).content.decode()
    assert "取り込んでいない行" not in page


# --- Paying twice, paying early, being reminded -------------------------------------------------
@pytest.mark.req("VO-06")
def test_a_counter_takes_no_cash_for_what_a_slip_has_paid_but_nobody_has_settled_yet():
    sale = build_sale()
    person = sale.person()
    order = sale.order(person)
    take(sale, deposit_file(slip(order, "2025-08-20")))

    with pytest.raises(errors.AlreadyPaid):
        sale.pay(order)

    deposits.settle_waiting(at=NOON)
    assert sale.balance(person) == (5_000, 1_000)
    assert Receipt.objects.get().status == Receipt.Status.MATCHED


@pytest.mark.req("VO-01")
def test_a_winner_pays_at_the_counter_from_the_first_day_of_the_sale_on():
    lottery = build_lottery()
    lottery.confirmed()
    lottery.decided()
    order = Order.objects.get()
    facts = {"order_id": order.pk, "amount_yen": order.price_yen, "by": lottery.clerk}

    with pytest.raises(errors.NotOpenYet):
        payments.record_receipt(form_key=order.uuid, at=DECIDING, **facts)
    payments.record_receipt(form_key=order.uuid, at=PAY_STARTS, **facts)

    order.refresh_from_db()
    assert order.status == Order.Status.PAID


@pytest.mark.req("VO-05")
@pytest.mark.parametrize("is_settled", [False, True])
def test_whoever_paid_by_slip_is_not_reminded_while_the_money_is_looked_at(is_settled):
    lottery = build_lottery()
    resident = lottery.person(mail="sato@example.jp")
    lottery.confirmed(resident)
    lottery.confirmed()
    lottery.decided()
    order = Order.objects.get(resident=resident)
    at = PAY_STARTS + timedelta(days=12)
    if is_settled:
        # The balance cannot be filled: the wallet is frozen, and somebody looks at it.
        from ledger import services as ledger
        from ledger.models import Wallet

        wallet = ledger.open_wallet(
            program_id=lottery.program.pk, resident_id=resident.pk, at=PAY_STARTS
        )
        Wallet.objects.filter(pk=wallet).update(status="FROZEN")
    deposits.import_deposits(
        program_id=lottery.program.pk,
        content=deposit_file(slip(order, "2025-08-02")),
        file_name="a.csv",
        by=lottery.clerk,
        at=at,
    )
    if is_settled:
        deposits.settle_waiting(at=at)
        assert Receipt.objects.get().problem == "NOT_GRANTED"

    assert noticing.remind(at=at) == 1, "the other winner only"


# --- The price of a set -------------------------------------------------------------------------
@pytest.mark.req("VO-01")
def test_the_database_keeps_the_terms_of_a_sale_that_was_opened():
    sale = build_campaign()
    rows = Campaign.objects.filter(pk=sale.campaign.pk)
    # The negative control: until a round is opened they may change.
    rows.update(set_price_yen=PRICE - 1)
    rows.update(set_price_yen=PRICE)
    add_first_come(sale, sets=5)

    for change in (
        {"set_price_yen": 1},
        {"set_value_points": 9_000},
        {"limit_sets_per_person": 99},
    ):
        with pytest.raises(IntegrityError, match="terms"), transaction.atomic():
            rows.update(**change)
    rows.update(pay_within_days=9)


@pytest.mark.req("VO-01", "VO-09")
@pytest.mark.django_db(transaction=True)
def test_a_price_that_is_being_changed_and_a_sale_that_opens_wait_for_each_other():
    sale = build_campaign()
    made = add_first_come(sale, sets=5, opened=False)
    changed, may_commit = Event(), Event()

    def change() -> None:
        try:
            with transaction.atomic():
                campaigns.change_campaign(
                    campaign_id=sale.campaign.pk, terms=CHEAPER, by=sale.clerk, at=OPENING
                )
                changed.set()
                may_commit.wait(20)
        finally:
            changed.set()
            connection.close()

    def start() -> None:
        try:
            campaigns.start_selling(sale_round_id=made.pk, by=sale.clerk, at=OPENING)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(change)
        changed.wait(20)
        starting = pool.submit(start)
        with pytest.raises(TimeoutError):
            starting.result(timeout=1)
        may_commit.set()
        running.result(20)
        starting.result(20)

    round_now = sale.round_number(made.number)
    assert round_now.campaign.set_price_yen == CHEAPER.set_price_yen
    assert round_now.principal_round.reserved_points == 5 * CHEAPER.set_price_yen


# --- Pictures -----------------------------------------------------------------------------------
@pytest.mark.req("VO-02")
def test_a_progressive_picture_of_very_many_pixels_is_refused_before_it_is_unpacked():
    """All its coefficients come into memory at once: 380 MB for a file of less than one."""

    def made(side: int, *, progressive: bool) -> bytes:
        out = io.BytesIO()
        picture = Image.new("RGB", (side, side), "lightblue")
        picture.save(out, "JPEG", quality=20, progressive=progressive)
        return out.getvalue()

    with pytest.raises(errors.PictureTooManyPixels):
        pictures.re_encode(made(6_000, progressive=True))
    assert pictures.re_encode(made(6_000, progressive=False))
    assert pictures.re_encode(made(3_000, progressive=True))
