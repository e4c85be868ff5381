"""The demo is made by the services themselves, so it must add up on any day of the year."""

import io
from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from ledger import queries as ledger
from ledger.models import Payment, Period, Transfer, Wallet
from pointsys.approvals.models import Approval
from pointsys.common.clock import JST
from pointsys.console.demo import loading, setting
from pointsys.console.demo.plan import Days, planned_payments
from pointsys.console.demo.sign_ins import sign_ins
from pointsys.programs.models import Program
from pointsys.users.models import Role, User
from settlement import perms
from settlement import queries as settlement_queries
from settlement import services as settlement
from settlement.models import BankFileProfile, PayoutBatch, Statement
from stores.models import Enrolment, MergeProposal, Store, StoreApplication

pytestmark = pytest.mark.django_db
DAYS = {
    "mid-month": datetime(2026, 11, 21, 12, tzinfo=JST),
    "first instant of a month": datetime(2026, 5, 1, 0, 0, 30, tzinfo=JST),
    "new year": datetime(2027, 1, 1, 9, tzinfo=JST),
    "leap day": datetime(2028, 2, 29, 23, 59, tzinfo=JST),
    "last day of a month": datetime(2026, 3, 31, 20, tzinfo=JST),
}


def load(now):
    with time_machine.travel(now, tick=False):
        return loading.load(now=now, people=40, scale=0.06, out=io.StringIO())


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_on_any_day_it_loads_and_adds_up(now):
    paid = load(now)

    program = Program.objects.get(code=setting.MIYAGI_CODE)
    totals = ledger.program_totals(program_id=program.pk, at=now)
    # The demo of the cards pays by card, that of the vouchers in a program of its own.
    own = Payment.objects.filter(
        transfer__program__code__in=[setting.MIYAGI_CODE, setting.OSAKI_CODE]
    )
    assert paid == own.exclude(channel=Payment.Channel.CARD).count() > 100
    assert totals.issued == totals.usable + totals.spent
    assert not Transfer.objects.filter(occurred_at__gt=now).exists()
    assert Period.objects.get(status="CLOSED").program == program
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_wallet w WHERE w.balance <> coalesce("
            "(SELECT sum(remaining) FROM ledger_lot l WHERE l.wallet_id = w.id), 0)"
        )
        assert cursor.fetchone() == (0,)
    batch = PayoutBatch.objects.get(program=program)
    is_due = now >= datetime.combine(batch.payment_date, datetime.min.time(), JST).replace(hour=10)
    assert (batch.status == "PAID") is is_due
    assert batch.approved_by != batch.prepared_by


def test_a_month_of_the_second_program_waits_to_be_closed_paid_and_approved():
    now = DAYS["mid-month"]
    load(now)
    program = Program.objects.get(code=setting.OSAKI_CODE)
    month = Days(now).last_month
    profile = BankFileProfile.objects.get(client=program.client, is_active=True)
    preparer = User.objects.get(username="keiri-sakusei")
    approver = User.objects.get(username="keiri-shonin")
    overview = settlement_queries.month_overview(program, month, now)
    assert overview is not None
    assert overview.state.text == "締め待ち"
    assert perms.can_prepare(preparer, program)
    assert perms.can_approve(approver, program)

    settlement.close_period(program_id=program.pk, month=month, by=preparer, at=now)
    batch = settlement.prepare_batch(
        program_id=program.pk, month=month, profile_id=profile.pk, by=preparer, at=now
    )
    settlement.approve_batch(
        batch_id=batch.pk,
        typed_count=batch.payout_count,
        typed_total_yen=batch.total_yen,
        by=approver,
        at=now,
    )

    batch.refresh_from_db()
    assert batch.status == "APPROVED"
    assert batch.payout_count > 0


def test_it_shows_what_the_office_has_to_deal_with():
    load(DAYS["mid-month"])

    program = Program.objects.get(code=setting.MIYAGI_CODE)
    stores = Store.objects.filter(enrolments__program=program)
    assert len(set(stores.values_list("municipality_code", flat=True))) == 39
    assert stores.count() == 61
    assert Enrolment.objects.filter(program=program, status="SUSPENDED").count() == 1
    assert StoreApplication.objects.filter(program=program, status="SUBMITTED").count() == 7
    assert MergeProposal.objects.filter(status="PENDING").exists()
    assert Approval.objects.filter(kind="stores.account_change", status="PENDING").count() == 1
    assert Statement.objects.filter(program=program, hold="NO_ACCOUNT").exists()
    assert Transfer.objects.filter(kind="REFUND").exists()


def test_the_two_programs_share_nothing():
    load(DAYS["mid-month"])

    # A card without a name has a wallet without a resident.
    clients = Wallet.objects.exclude(resident=None).values_list(
        "program__client__code", "resident__client__code"
    )

    assert set(clients) == {("miyagi", "miyagi"), ("osaki", "osaki")}


def test_everybody_can_sign_in():
    load(DAYS["mid-month"])

    rows = sign_ins()

    assert {row.role for row in rows} >= {str(role.label) for role in Role} | {
        "店主",
        "店員",
        "住民",
    }
    assert all(row.url.startswith("http") for row in rows)


def test_the_plan_is_the_same_every_time_and_never_ahead_of_now():
    days = Days(DAYS["mid-month"])

    first = planned_payments(days=days, shop_weights=[5, 1], people=10)
    second = planned_payments(days=days, shop_weights=[5, 1], people=10)

    assert first == second
    assert all(days.start <= visit.at < days.now for visit in first)
    assert [visit.at for visit in first] == sorted(visit.at for visit in first)


@override_settings(DEMO=True)
def test_a_second_run_finds_everything_there():
    load(DAYS["mid-month"])
    before = Transfer.objects.count()
    said = io.StringIO()

    call_command("load_demo", stdout=said)

    assert "すでにあります" in said.getvalue()
    assert Transfer.objects.count() == before


@override_settings(DEMO=True)
def test_a_run_that_died_halfway_is_named():
    with time_machine.travel(DAYS["mid-month"], tick=False):
        days = Days(DAYS["mid-month"])
        setting.make_programs(days, setting.make_staff(days))

    with pytest.raises(CommandError, match="途中で終わっています"):
        call_command("load_demo")


def test_outside_the_demo_nothing_is_loaded():
    with pytest.raises(CommandError, match="デモの設定"):
        call_command("load_demo")
