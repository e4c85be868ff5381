from datetime import date, datetime

import pytest
from django.db import connection

from pointsys.approvals.errors import ReasonRequired, SamePersonApproval
from pointsys.approvals.models import Approval
from pointsys.audit.models import AuditEvent
from pointsys.common import sealing
from pointsys.common.clock import JST
from pointsys.users.models import Membership, Role
from settlement import errors, queries, services, zengin
from settlement.models import BankFile, PayoutBatch, Statement
from settlement.queries.totals import ControlTotals
from settlement.services.files import open_file
from tests.factories import OrganizationFactory
from tests.settlement.builders import (
    APPROVING,
    AUGUST,
    CLOSING,
    OCTOBER_STARTS,
    PAYMENT_DAY,
    PREPARING,
    SEPTEMBER,
    build_profile,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_month(busy_month):
    busy_month.close()
    return busy_month


@pytest.mark.req("SE-03")
def test_a_batch_pays_every_statement_that_can_be_paid(closed_month):
    batch = closed_month.prepare()

    assert (batch.payout_count, batch.total_yen) == (2, 6_500)
    assert [(p.statement.store_code, p.amount_yen) for p in batch.payouts.order_by("position")] == [
        ("04-00001", 1_500),
        ("04-00002", 5_000),
    ]
    assert (batch.number, batch.file.sequence) == ("B-2508-01", 1)


@pytest.mark.req("SE-03")
def test_the_file_reads_back_as_exactly_the_payouts(closed_month):
    batch = closed_month.prepare()

    read = zengin.decode_transfer_file(open_file(batch.file), near=batch.payment_date)

    payouts = batch.payouts.order_by("position")
    accounts = [
        sealing.unseal_json(bytes(payout.account_sealed), context=payout.seal_context)
        for payout in payouts
    ]
    assert [
        (row.bank_code, row.branch_code, row.account_number, row.payee_name, row.amount_yen)
        for row in read.rows
    ] == [
        (
            account["bank_code"],
            account["branch_code"],
            account["account_number"],
            account["holder_kana"],
            payout.amount_yen,
        )
        for account, payout in zip(accounts, payouts, strict=True)
    ]
    assert (read.payment_count, read.total_yen) == (batch.payout_count, batch.total_yen)
    assert (read.header.transfer_date, read.header.account_number) == (
        date(2025, 9, 19),
        "9000001",
    )


def test_the_golden_file_of_a_small_month(closed_month):
    batch = closed_month.prepare()

    payer = "1" + "21" + "0" + "0004120001" + "ﾐﾔｷﾞｹﾝﾎﾟｲﾝﾄｼﾞﾑｷﾖｸ".ljust(40) + "0919"
    payer_account = "0125" + "ｼﾁｼﾞﾕｳｼﾁ".ljust(15) + "100" + "ﾎﾝﾃﾝ".ljust(15) + "1" + "9000001"
    bank = "2" + "0125" + "ｼﾁｼﾞﾕｳｼﾁ".ljust(15) + "404" + "ｲｼﾉﾏｷ".ljust(15) + "0000" + "1"
    rest = "0" + "{code_1}" + "0000202508" + "7" + " " * 8
    records = [
        payer + payer_account + " " * 17,
        bank
        + "9000011"
        + "ﾐﾅﾄ ｼﾖｳﾃﾝ 01".ljust(30)
        + "0000001500"
        + rest.format(code_1="0000400001"),
        bank
        + "9000021"
        + "ﾐﾅﾄ ｼﾖｳﾃﾝ 02".ljust(30)
        + "0000005000"
        + rest.format(code_1="0000400002"),
        "8" + "000002" + "000000006500" + " " * 101,
        "9" + " " * 119,
    ]
    assert open_file(batch.file) == "".join(f"{record}\r\n" for record in records).encode("cp932")
    assert {len(record) for record in records} == {120}


@pytest.mark.req("SE-06")
def test_the_payment_date_is_the_20th_or_the_bank_day_before_with_its_reason(closed_month):
    batch = closed_month.prepare()

    assert batch.payment_date == date(2025, 9, 19)
    assert batch.payment_date_reason == "20日が土曜日のため前の銀行営業日"
    assert batch.file_due_date == date(2025, 9, 17)


def test_a_file_made_too_late_pays_on_the_first_bank_day_there_is(closed_month):
    batch = closed_month.prepare(at=datetime(2025, 9, 18, 10, 0, tzinfo=JST))

    # 9/18 is a Thursday; two bank days on is Monday 22, before the holiday of Tuesday 23.
    assert batch.payment_date == date(2025, 9, 22)
    assert batch.file_due_date == date(2025, 9, 18)
    assert "9月17日）を過ぎたため" in batch.payment_date_reason


@pytest.mark.req("SE-11")
def test_ledger_statements_payouts_and_file_are_counted_and_agree(closed_month):
    totals = ControlTotals.from_json(closed_month.prepare().file.control_totals)

    assert totals.agree
    assert (totals.ledger.count, totals.ledger.yen) == (6, 7_200)
    assert (totals.statements.count, totals.statements.yen) == (5, 7_200)
    assert (totals.held_no_account.count, totals.held_no_account.yen) == (1, 700)
    assert (totals.zero.count, totals.payouts.yen, totals.trailer.yen) == (2, 6_500, 6_500)


def test_a_statement_without_account_is_taken_up_once_the_account_is_there(closed_month):
    closed_month.settle()
    closed_month.give_account("04-00003")

    batch = closed_month.prepare(at=datetime(2025, 9, 24, 10, 0, tzinfo=JST))

    assert [payout.statement.store_code for payout in batch.payouts.all()] == ["04-00003"]
    assert (batch.number, batch.file.sequence) == ("B-2508-02", 2)
    assert ControlTotals.from_json(batch.file.control_totals).elsewhere.count == 2


def test_a_held_statement_of_an_earlier_month_rides_with_the_next_month(closed_month):
    closed_month.settle()
    closed_month.pay("04-00001", 60, at=CLOSING)
    closed_month.close(SEPTEMBER, at=OCTOBER_STARTS)
    closed_month.give_account("04-00003")

    batch = closed_month.prepare(SEPTEMBER, at=OCTOBER_STARTS)

    assert (batch.payout_count, batch.total_yen) == (2, 760)
    totals = ControlTotals.from_json(batch.file.control_totals)
    assert totals.agree
    assert (totals.from_earlier_months.count, totals.from_earlier_months.yen) == (1, 700)


def test_a_store_that_lost_its_account_is_held_again(closed_month):
    closed_month.tills["04-00001"].store.bank_accounts.update(is_current=False)

    closed_month.prepare()

    statement = closed_month.statement("04-00001")
    assert (statement.status, statement.hold) == ("HELD", "NO_ACCOUNT")


@pytest.mark.req("ST-14")
def test_a_stopped_statement_stays_out_until_it_is_released(closed_month):
    services.hold_statement(
        statement_id=closed_month.statement("04-00002").pk,
        reason="営業時間外の支払いを県へ報告",
        by=closed_month.preparer,
        at=PREPARING,
    )
    without = closed_month.prepare()
    services.release_statement(
        statement_id=closed_month.statement("04-00002").pk,
        reason="県の確認が済んだため",
        by=closed_month.approver,
        at=PREPARING,
    )

    with_it = closed_month.prepare()

    assert (without.payout_count, with_it.payout_count) == (1, 2)
    stopped = ControlTotals.from_json(without.file.control_totals).held_stopped
    assert (stopped.count, stopped.yen) == (1, 5_000)
    assert AuditEvent.objects.filter(code="settlement.statement.released").count() == 1


def test_a_statement_in_a_file_cannot_be_stopped_before_the_file_is_sent_back(closed_month):
    closed_month.prepare()

    with pytest.raises(errors.StatementHasPayout, match="B-2508-01"):
        services.hold_statement(
            statement_id=closed_month.statement("04-00002").pk,
            reason="確認",
            by=closed_month.preparer,
            at=PREPARING,
        )


def test_preparing_again_without_a_change_gives_the_same_file(closed_month):
    first = closed_month.prepare()

    second = closed_month.prepare()

    assert second == first
    assert (BankFile.objects.count(), Approval.objects.count()) == (1, 1)


def test_preparing_again_after_a_change_replaces_the_file_and_withdraws_the_question(closed_month):
    first = closed_month.prepare()
    closed_month.give_account("04-00003")

    second = closed_month.prepare()

    first.refresh_from_db()
    assert (first.status, second.status) == ("SUPERSEDED", "PREPARED")
    assert set(first.payouts.values_list("status", flat=True)) == {"CANCELLED"}
    assert second.payout_count == 3
    assert list(Approval.objects.order_by("pk").values_list("status", flat=True)) == [
        "WITHDRAWN",
        "PENDING",
    ]


def test_an_approved_file_is_not_replaced_behind_the_approvers_back(closed_month):
    closed_month.approve(closed_month.prepare())
    closed_month.give_account("04-00003")

    with pytest.raises(errors.BatchInTheMaking, match="承認済"):
        closed_month.prepare()

    assert PayoutBatch.objects.count() == 1


def test_nothing_to_pay_and_an_open_month_are_refused(busy_month):
    with pytest.raises(errors.NotClosed):
        busy_month.prepare()
    busy_month.close()
    busy_month.settle()

    with pytest.raises(errors.NothingToPay):
        busy_month.prepare()


def test_an_account_of_another_client_or_out_of_use_does_not_pay(closed_month):
    other = build_profile(OrganizationFactory().pk, closed_month.preparer)
    closed_month.profile, own = other, closed_month.profile
    with pytest.raises(errors.ProfileOfAnotherClient):
        closed_month.prepare()
    own.is_active = False
    own.save()
    closed_month.profile = own

    with pytest.raises(errors.ProfileNotActive):
        closed_month.prepare()


def test_more_payouts_than_one_file_takes_are_refused(closed_month):
    closed_month.profile.max_payments = 1
    closed_month.profile.save()

    with pytest.raises(errors.TooManyPayouts, match="2件あります"):
        closed_month.prepare()


@pytest.mark.req("SE-03")
def test_a_file_is_approved_by_another_person(closed_month):
    batch = closed_month.prepare()
    Membership.objects.create(
        user=closed_month.preparer,
        organization=closed_month.program.client,
        role=Role.FINANCE_APPROVER,
    )

    with pytest.raises(SamePersonApproval):
        services.approve_batch(
            batch_id=batch.pk,
            typed_count=2,
            typed_total_yen=6_500,
            by=closed_month.preparer,
            at=APPROVING,
        )

    assert closed_month.approve(batch).status == "APPROVED"


@pytest.mark.parametrize(
    ("count", "total", "message"),
    [
        (3, 6_500, "件数がデータと一致しません（入力 3件、差 1件）"),
        (2, 6_680, "合計金額がデータと一致しません（入力 6,680円、差 180円）"),
    ],
)
def test_the_figures_on_paper_must_be_those_of_the_file(closed_month, count, total, message):
    batch = closed_month.prepare()

    with pytest.raises(errors.SettlementError) as refusal:
        services.approve_batch(
            batch_id=batch.pk,
            typed_count=count,
            typed_total_yen=total,
            by=closed_month.approver,
            at=APPROVING,
        )

    batch.refresh_from_db()
    assert message in str(refusal.value)
    assert batch.status == "PREPARED"
    assert Approval.objects.get().status == "PENDING"


def test_a_file_whose_totals_no_longer_agree_is_not_approved(closed_month):
    batch = closed_month.prepare()
    # A row that reached the table past the services, and that the ledger knows nothing of.
    Statement.objects.create(
        program=batch.program,
        period=batch.period,
        store=closed_month.open_store("04-00009").store,
        document_number="2508-04-00009",
        store_code="04-00009",
        store_name="後から足した店",
        payment_count=1,
        payment_points=10,
        refund_count=0,
        refund_points=0,
        amount_yen=10,
        status="PAYABLE",
        created_at=PREPARING,
    )

    with pytest.raises(errors.ControlTotalsDiffer):
        closed_month.approve(batch)


@pytest.mark.parametrize(
    "change", [{"number": "7654321"}, {"kana": "ベツノ メイギ"}], ids=["number", "holder"]
)
def test_a_file_that_pays_to_an_old_account_is_not_approved(closed_month, change):
    batch = closed_month.prepare()
    closed_month.give_account("04-00001", **change)

    with pytest.raises(errors.AccountsChanged, match="04-00001"):
        closed_month.approve(batch)

    batch.refresh_from_db()
    assert batch.status == "PREPARED"
    assert closed_month.approve(closed_month.prepare()).status == "APPROVED"


def test_an_approved_file_that_nobody_took_is_not_handed_out_for_an_old_account(closed_month):
    batch = closed_month.approve(closed_month.prepare())
    closed_month.give_account("04-00001", number="7654321")

    with pytest.raises(errors.AccountsChanged):
        services.download_file(batch_id=batch.pk, by=closed_month.approver, at=APPROVING)

    services.reject_batch(
        batch_id=batch.pk, reason="口座が変わった", by=closed_month.approver, at=APPROVING
    )
    assert closed_month.prepare().status == "PREPARED"


def test_a_file_whose_payment_date_has_come_is_neither_approved_nor_handed_out(closed_month):
    """A bank would take a past day for one of next year: the file carries no year."""
    approved_in_time = closed_month.approve(closed_month.prepare())
    with pytest.raises(errors.PaymentDatePassed):
        services.download_file(
            batch_id=approved_in_time.pk, by=closed_month.approver, at=PAYMENT_DAY
        )
    services.reject_batch(
        batch_id=approved_in_time.pk, reason="遅れた", by=closed_month.approver, at=PAYMENT_DAY
    )
    batch = closed_month.prepare()

    with pytest.raises(errors.PaymentDatePassed, match="2025年9月19日"):
        closed_month.approve(batch, at=PAYMENT_DAY)

    anew = closed_month.prepare(at=PAYMENT_DAY)
    assert anew.payment_date > batch.payment_date
    assert closed_month.approve(anew, at=PAYMENT_DAY).status == "APPROVED"


def test_bytes_that_do_not_have_the_approved_digest_leave_for_nobody(closed_month):
    batch = closed_month.approve(closed_month.prepare())
    other = sealing.seal(b"another file", context=batch.file.seal_context)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE settlement_bankfile SET content_sealed = %s", [other])
        cursor.execute("SET LOCAL session_replication_role = origin")

    with pytest.raises(errors.FileDiffers):
        services.download_file(batch_id=batch.pk, by=closed_month.approver, at=APPROVING)


def test_a_rejected_file_frees_its_statements(closed_month):
    batch = closed_month.prepare()
    with pytest.raises(ReasonRequired):
        services.reject_batch(batch_id=batch.pk, reason=" ", by=closed_month.approver, at=APPROVING)

    services.reject_batch(
        batch_id=batch.pk, reason="口座の確認", by=closed_month.approver, at=APPROVING
    )

    batch.refresh_from_db()
    assert (batch.status, batch.drop_reason) == ("REJECTED", "口座の確認")
    assert closed_month.prepare().number == "B-2508-02"


def test_the_maker_cannot_reject_either(closed_month):
    batch = closed_month.prepare()

    with pytest.raises(SamePersonApproval):
        services.reject_batch(
            batch_id=batch.pk, reason="やり直し", by=closed_month.preparer, at=APPROVING
        )


def test_an_approved_file_can_be_sent_back_until_somebody_takes_it(closed_month):
    batch = closed_month.approve(closed_month.prepare())
    services.reject_batch(
        batch_id=batch.pk, reason="差替え", by=closed_month.approver, at=APPROVING
    )
    taken = closed_month.approve(closed_month.prepare())
    services.download_file(batch_id=taken.pk, by=closed_month.approver, at=APPROVING)

    with pytest.raises(errors.AlreadyDownloaded):
        services.reject_batch(
            batch_id=taken.pk, reason="差替え", by=closed_month.approver, at=APPROVING
        )


def test_a_name_the_bank_cannot_carry_names_the_store(closed_month):
    account = closed_month.tills["04-00001"].store.bank_accounts.get(is_current=True)
    details = sealing.unseal_json(
        bytes(account.details_sealed), context=f"stores.bank_account:{account.uuid}"
    )
    account.details_sealed = sealing.seal_json(
        details | {"holder_kana": "ﾐﾅﾄ・ｼﾖｳﾃﾝ"}, context=f"stores.bank_account:{account.uuid}"
    )
    account.save()

    with pytest.raises(errors.PayeesRefused, match=r"04-00001.*受取人名"):
        closed_month.prepare()

    assert not PayoutBatch.objects.exists()


@pytest.mark.parametrize(
    ("rules", "shows"),
    [
        ({"separator": "NONE"}, lambda text: "\r\n" not in text and len(text) == 5 * 120),
        ({"writes_bank_names": False}, lambda text: "ｲｼﾉﾏｷ" not in text),
        ({"transfer_category": ""}, lambda text: text.split("\r\n")[1][111] == " "),
        ({"clearing_house": ""}, lambda text: text.split("\r\n")[1][38:42] == "    "),
        ({"reference": "EDI"}, lambda text: "2508-04-00001" in text),
        ({"ends_with_eof": True}, lambda text: text.endswith("\x1a")),
    ],
)
def test_what_differs_between_banks_is_a_field_of_the_profile(closed_month, rules, shows):
    closed_month.profile = services.save_profile(
        client_id=closed_month.program.client_id,
        profile_id=closed_month.profile.pk,
        name="別の銀行の形",
        consignor_code="0004120001",
        consignor_kana="ミヤギケン",
        account=None,
        rules=services.ProfileRules(**rules),
        by=closed_month.preparer,
        at=CLOSING,
    )

    batch = closed_month.prepare()

    assert shows(open_file(batch.file).decode("cp932"))


def test_a_profile_is_not_changed_under_a_file_in_the_making(closed_month):
    closed_month.prepare()

    with pytest.raises(errors.ProfileInUse, match="B-2508-01"):
        services.save_profile(
            client_id=closed_month.program.client_id,
            profile_id=closed_month.profile.pk,
            name="精算口座",
            consignor_code="0004120002",
            consignor_kana="ベツ",
            account=None,
            by=closed_month.preparer,
            at=CLOSING,
        )


def test_preparing_takes_the_same_few_queries_for_many_stores(scene, django_assert_max_num_queries):
    for number in range(25):
        scene.open_store(f"04-{number:05}")
        scene.pay(f"04-{number:05}", 100)
    scene.close()

    with django_assert_max_num_queries(32):
        scene.prepare()


def test_waiting_statements_are_those_without_a_live_payout(closed_month):
    closed_month.prepare()

    waiting = queries.waiting_statements(program_id=closed_month.program.pk, until_month=AUGUST)

    assert [statement.store_code for statement in waiting] == ["04-00003"]
