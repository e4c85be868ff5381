"""Stores from a terminal: approving a list, issuing first QRs with their stands."""

import json
from io import StringIO

import pypdf
import pytest
import time_machine
import zxingcpp
from django.core.management import CommandError, call_command

from pointsys.audit.models import AuditEvent
from pointsys.users.models import Role
from stores import services
from stores.models import Enrolment, MergeProposal, Store, StoreApplication, Till
from stores.till_codes import grouped_code, till_url
from tests.factories import NOON, EnrolmentFactory, ProgramFactory, staff_of
from tests.stores.factories import ApplicationFactory, ProposalFactory, account
from tests.stores.test_stand import printed

pytestmark = pytest.mark.django_db
REASON = "県の一覧にある店のため"


@pytest.fixture
def program():
    return ProgramFactory()


@pytest.fixture
def clerk(program):
    return staff_of(program.client, Role.OFFICE_CLERK)


def run(command, program, *words, by):
    out = StringIO()
    named = ["--program", program.code, "--by", by.username]
    with time_machine.travel(NOON, tick=False):
        call_command(command, *named, *map(str, words), stdout=out)
    return out.getvalue()


def approve(program, *words, by, reason=REASON):
    return run("approve_stores", program, "--reason", reason, *words, by=by)


# --- approve_stores ---------------------------------------------------------------------------
@pytest.mark.req("ST-02")
@pytest.mark.req("ST-03")
def test_a_whole_list_is_approved_and_what_needs_a_closer_look_is_left(program, clerk):
    good = ApplicationFactory(program=program)
    outside = ApplicationFactory(program=program, outside=True)
    doubtful = ProposalFactory(
        application=ApplicationFactory(program=program), other_application=good
    ).application

    facts = json.loads(approve(program, "--all", "--json", by=clerk))
    again = approve(program, "--all", by=clerk)

    assert facts["approved"] == [{"application": good.pk, "name": good.name, "store": "04-00001"}]
    reasons = {row["application"]: row["reason"] for row in facts["refused"]}
    assert "対象地域の外" in reasons[outside.pk]
    assert "同じ店かもしれない" in reasons[doubtful.pk]
    good.refresh_from_db()
    assert (good.decided_by, good.decision_reason) == (clerk, REASON)
    assert again.startswith("承認 0件、同じ店のため統合 0件、承認していない申込 2件\n")
    assert f"  申込 {outside.pk}: " in again
    assert Store.objects.count() == 1


@pytest.mark.req("ST-03")
def test_addresses_that_were_seen_are_approved_outside_the_area_too(program, clerk):
    outside = ApplicationFactory(program=program, outside=True)

    facts = json.loads(approve(program, "--all", "--accept-outside-area", "--json", by=clerk))

    assert [row["application"] for row in facts["approved"]] == [outside.pk]
    assert facts["refused"] == []


def test_only_the_named_list_or_the_named_applications_are_approved(program, clerk):
    here = ApplicationFactory(program=program, source="飲食店一覧")
    there = ApplicationFactory(program=program, source="郵便局一覧")
    last = ApplicationFactory(program=program, source="郵便局一覧")

    by_list = json.loads(approve(program, "--source", "飲食店一覧", "--json", by=clerk))
    by_number = json.loads(approve(program, "--application", there.pk, "--json", by=clerk))

    assert [row["application"] for row in by_list["approved"]] == [here.pk]
    assert [row["application"] for row in by_number["approved"]] == [there.pk]
    last.refresh_from_db()
    assert last.status == StoreApplication.Status.SUBMITTED


def test_an_application_that_was_judged_the_same_shop_is_told_as_merged(program, clerk):
    first = ApplicationFactory(program=program)
    second = ProposalFactory(
        application=ApplicationFactory(program=program),
        other_application=first,
        status=MergeProposal.Status.SAME,
        decided_at=NOON,
        decided_by=clerk,
    ).application

    facts = json.loads(approve(program, "--all", "--json", by=clerk))

    assert [row["application"] for row in facts["approved"]] == [first.pk]
    assert facts["merged"] == [{"application": second.pk, "name": second.name, "store": "04-00001"}]
    assert facts["refused"] == []


def test_a_trial_tells_the_same_and_keeps_nothing(program, clerk):
    ApplicationFactory(program=program)
    ApplicationFactory(program=program, outside=True)

    trial = json.loads(approve(program, "--all", "--dry-run", "--json", by=clerk))
    words = approve(program, "--all", "--dry-run", by=clerk)

    assert (len(trial["approved"]), len(trial["refused"]), trial["is_dry_run"]) == (1, 1, True)
    assert words.startswith("（書き込みなし）承認 1件")
    assert not Store.objects.exists()
    assert not AuditEvent.objects.exists()
    assert (
        json.loads(approve(program, "--all", "--json", by=clerk))["approved"] == (trial["approved"])
    )


def test_an_approval_is_refused_in_one_sentence_and_changes_nothing(program, clerk):
    application = ApplicationFactory(program=program)
    elsewhere = ApplicationFactory()
    viewer = staff_of(program.client, Role.CLIENT_VIEWER)
    stranger = staff_of(elsewhere.program.client, Role.OFFICE_CLERK)

    with pytest.raises(CommandError, match="役割がありません"):
        approve(program, "--all", by=viewer)
    with pytest.raises(CommandError, match="役割がありません"):
        approve(program, "--all", by=stranger)
    with pytest.raises(CommandError, match=f"申込 {elsewhere.pk} は、この事業にありません"):
        approve(program, "--application", application.pk, elsewhere.pk, by=clerk)
    with pytest.raises(CommandError, match="一覧「知らない一覧」の申込はありません（飲食店一覧）"):
        approve(program, "--source", "知らない一覧", by=clerk)
    with pytest.raises(CommandError, match="--reason: "):
        approve(program, "--all", by=clerk, reason="  ")
    with pytest.raises(CommandError, match="--reason: "):
        approve(program, "--all", by=clerk, reason="長" * 501)

    application.refresh_from_db()
    assert application.status == StoreApplication.Status.SUBMITTED


def test_a_decided_application_that_is_named_says_so(program, clerk):
    application = ApplicationFactory(program=program)
    approve(program, "--application", application.pk, by=clerk)

    with time_machine.travel(NOON):
        told = approve(program, "--application", application.pk, by=clerk)

    assert told.startswith("承認 0件")
    assert "すでに決定されています" in told
    assert Enrolment.objects.count() == 1


# --- issue_tills ------------------------------------------------------------------------------
@pytest.mark.req("ST-08")
def test_each_store_without_a_qr_gets_its_first_one_with_a_stand(program, clerk, tmp_path):
    enrolments = EnrolmentFactory.create_batch(2, program=program)
    EnrolmentFactory(program=program, status=Enrolment.Status.SUSPENDED, reason="違反")
    EnrolmentFactory()
    target = tmp_path / "stands.pdf"

    told = run("issue_tills", program, "--pdf", target, by=clerk)

    tills = [enrolment.store.tills.get() for enrolment in enrolments]
    assert Till.objects.count() == 2
    assert told.splitlines() == [
        "QRを 2件発行しました。",
        *(f"  {t.store.code}　{grouped_code(t.code)}　{till_url(t)}" for t in tills),
    ]
    content = target.read_bytes()
    assert len(pypdf.PdfReader(target).pages) == 2
    for number, till in enumerate(tills):
        [found] = zxingcpp.read_barcodes(printed(content, page=number))
        assert found.text == till_url(till)


def test_a_second_run_issues_nothing_and_writes_no_file(program, clerk, tmp_path):
    EnrolmentFactory(program=program)
    run("issue_tills", program, by=clerk)
    target = tmp_path / "stands.pdf"

    again = json.loads(run("issue_tills", program, "--json", "--pdf", target, by=clerk))

    assert again == {"issued_count": 0, "tills": [], "skipped": []}
    assert Till.objects.count() == 1
    assert not target.exists()


def test_a_named_store_gets_its_stand_again_and_one_that_was_stopped_is_told(
    program, clerk, tmp_path
):
    old, new = EnrolmentFactory.create_batch(2, program=program)
    EnrolmentFactory(program=program)
    stopped = EnrolmentFactory(program=program, status=Enrolment.Status.SUSPENDED, reason="違反")
    till = services.issue_till(program_id=program.pk, store_id=old.store_id, by=clerk, at=NOON)
    codes = [each.store.code for each in (old, new, stopped)]
    target = tmp_path / "stands.pdf"

    facts = json.loads(
        run("issue_tills", program, "--store", *codes, "--pdf", target, "--json", by=clerk)
    )

    assert [(row["store"], row["is_new"]) for row in facts["tills"]] == [
        (old.store.code, False),
        (new.store.code, True),
    ]
    assert facts["tills"][0]["code"] == grouped_code(till.code)
    assert facts["skipped"] == [{"store": stopped.store.code, "status": "SUSPENDED"}]
    assert len(pypdf.PdfReader(target).pages) == 2


def test_qrs_are_refused_in_one_sentence_and_none_is_issued(program, clerk, tmp_path):
    EnrolmentFactory(program=program)
    elsewhere = EnrolmentFactory()
    viewer = staff_of(program.client, Role.FINANCE_APPROVER)
    taken = tmp_path / "stands.pdf"
    taken.write_text("別の台紙")

    with pytest.raises(CommandError, match="役割がありません"):
        run("issue_tills", program, by=viewer)
    with pytest.raises(CommandError, match=f"「{elsewhere.store.code}」の加盟店は、この事業に"):
        run("issue_tills", program, "--store", elsewhere.store.code, by=clerk)
    with pytest.raises(CommandError, match="すでにあります"):
        run("issue_tills", program, "--pdf", taken, by=clerk)
    with pytest.raises(CommandError, match="に書けません"):
        run("issue_tills", program, "--pdf", tmp_path / "none" / "stands.pdf", by=clerk)

    assert taken.read_text() == "別の台紙"
    assert not Till.objects.exists()


def test_without_a_signing_key_nothing_is_issued_and_no_file_is_left(
    program, clerk, tmp_path, settings
):
    EnrolmentFactory(program=program)
    settings.TILL_SIGNING_KEYS = []
    target = tmp_path / "stands.pdf"

    with pytest.raises(CommandError, match="鍵"):
        run("issue_tills", program, "--pdf", target, by=clerk)

    assert not Till.objects.exists()
    assert not target.exists()


# --- Who may read lists -----------------------------------------------------------------------
def test_lists_are_read_only_by_who_keeps_the_stores_or_by_nobody_in_particular(
    program, clerk, tmp_path
):
    viewer = staff_of(program.client, Role.CLIENT_VIEWER)
    shops = tmp_path / "shops.csv"
    shops.write_text("店名,所在地\nみなと食堂,宮城県石巻市立町1-1\n", encoding="utf-8")
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("店舗コード\n", encoding="utf-8")

    for command, path in (("import_stores", shops), ("import_bank_accounts", accounts)):
        with pytest.raises(CommandError, match="役割がありません"):
            run(command, program, path, by=viewer)
    run("import_stores", program, shops, by=clerk)
    call_command("import_stores", str(shops), "--program", program.code, stdout=StringIO())

    application = StoreApplication.objects.get()
    assert application.import_run.by == clerk


def test_a_changed_account_asks_who_wants_it_and_a_first_one_does_not(program, clerk, tmp_path):
    store = EnrolmentFactory(program=program).store
    path = tmp_path / "accounts.csv"
    head = "店舗コード,銀行コード,支店コード,預金種目,口座番号,口座名義カナ"

    def read(number, *words):
        path.write_text(f"{head}\n{store.code},0125,282,普通,{number},カ）コモレビフーズ\n")
        out = StringIO()
        call_command("import_bank_accounts", path, "--program", program.code, *words, stdout=out)
        return out.getvalue()

    first = read("0048509")
    nobody = read("0048510")
    somebody = read("0048510", "--by", clerk.username)

    assert "登録 1" in first
    assert "2人目の承認" in nobody
    assert "変更の承認待ち 1" in somebody
    assert store.bank_accounts.get(is_current=True).number_tail == account().account_number[-3:]
