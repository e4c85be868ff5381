import pytest
import time_machine
from django.urls import reverse

from pointsys.users.models import Role
from settlement import services
from settlement.models import BankFileDownload, BankFileProfile, PayoutBatch, StatementRun
from settlement.services.files import open_file
from tests.factories import OrganizationFactory, ProgramFactory, staff_of
from tests.settlement.builders import (
    APPROVING,
    AUGUST,
    CLOSING,
    PAYMENT_DAY,
    PREPARING,
    build_scene,
)

pytestmark = pytest.mark.django_db
HELD = '<span class="status status--stop">保留　口座未登録</span>'


@pytest.fixture(autouse=True)
def _second_factor_is_shown_elsewhere(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def clock():
    """Stand at a moment of the month's work."""
    travellers = []

    def stand_at(moment):
        for traveller in travellers:
            traveller.stop()
        travellers[:] = [time_machine.travel(moment, tick=False)]
        travellers[0].start()

    yield stand_at
    for traveller in travellers:
        traveller.stop()


def month_address(name, scene, month=AUGUST):
    return reverse(f"settlement:{name}", args=[scene.program.code, month])


@pytest.mark.req("SE-01")
@pytest.mark.req("SE-03")
def test_a_month_goes_from_close_to_paid_by_screens(busy_month, client, clock):
    scene = busy_month
    clock(CLOSING)
    client.force_login(scene.preparer)
    assert "8月分の締めへ進む" in client.get(reverse("settlement:periods")).text
    assert "締めた月は、もう開けません" in client.get(month_address("close", scene)).text
    closed = client.post(month_address("close", scene), follow=True)
    assert "支払明細を5件作りました" in closed.text
    clock(PREPARING)
    client.logout()
    client.force_login(scene.preparer)
    prepared = client.post(
        month_address("prepare", scene), {"profile": scene.profile.pk}, follow=True
    )
    assert "4つの合計が一致" in prepared.text
    batch = PayoutBatch.objects.get()

    clock(APPROVING)
    client.force_login(scene.approver)
    page = client.get(reverse("settlement:batch", args=[batch.pk])).text
    assert "あなたの決定待ち" in page
    assert "20日が土曜日のため前の銀行営業日" in page
    client.post(
        reverse("settlement:batch_approve", args=[batch.pk]),
        {"typed_count": "２件", "typed_total_yen": "6,500円", "comment": ""},
    )
    file = client.post(reverse("settlement:batch_file", args=[batch.pk]))
    client.post(
        reverse("settlement:batch_submit", args=[batch.pk]),
        {"channel": "INTERNET", "bank_receipt_number": "R-0001"},
    )
    clock(PAYMENT_DAY)
    client.logout()
    client.force_login(scene.approver)
    paid = client.post(reverse("settlement:batch_paid", args=[batch.pk]), follow=True)

    assert file.content == open_file(batch.file)
    assert file["Content-Disposition"].endswith('_B-2508-01_no0001.txt"')
    assert "2件を、振込済にしました" in paid.text
    batch.refresh_from_db()
    assert batch.status == "PAID"


def test_wrong_figures_are_said_beside_their_boxes_and_kept(busy_month, client, clock):
    busy_month.close()
    batch = busy_month.prepare()
    clock(APPROVING)
    client.force_login(busy_month.approver)

    page = client.post(
        reverse("settlement:batch_approve", args=[batch.pk]),
        {"typed_count": "2", "typed_total_yen": "6680", "comment": "決裁 9月16日"},
    ).text

    assert "合計金額がデータと一致しません（入力 6,680円、差 180円）" in page
    assert 'value="6680"' in page
    assert "決裁 9月16日" in page


def test_a_rejection_asks_for_a_reason(busy_month, client, clock):
    busy_month.close()
    batch = busy_month.prepare()
    clock(APPROVING)
    client.force_login(busy_month.approver)
    address = reverse("settlement:batch_reject", args=[batch.pk])

    assert "理由を入力してください" in client.post(address, {"reason": ""}).text
    page = client.post(address, {"reason": "口座の確認が済んでいないため"}, follow=True).text

    assert "このデータは使えません（差戻し）" in page


def test_a_second_submission_is_refused_in_words(busy_month, client, clock):
    busy_month.close()
    batch = busy_month.submit(busy_month.approve(busy_month.prepare()))
    clock(APPROVING)
    client.force_login(busy_month.approver)

    page = client.post(
        reverse("settlement:batch_submit", args=[batch.pk]),
        {"channel": "INTERNET", "bank_receipt_number": "R-0002"},
        follow=True,
    ).text

    assert "同じデータをもう一度送ることはできません" in page


def test_the_register_tells_who_took_the_file(busy_month, client, clock):
    busy_month.close()
    batch = busy_month.submit(busy_month.approve(busy_month.prepare()))
    clock(APPROVING)
    client.force_login(busy_month.preparer)

    page = client.get(reverse("settlement:batch", args=[batch.pk])).text

    assert "1回" in page
    assert "伊藤 健一" in page
    assert "再送信は不可" in page


@pytest.mark.parametrize(
    "role",
    [
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.AUDITOR,
        Role.OFFICE_CLERK,
    ],
)
def test_who_may_close_and_who_may_approve(busy_month, client, clock, role):
    clock(PREPARING)
    busy_month.close()
    batch = busy_month.prepare()
    client.force_login(staff_of(busy_month.program.client, role))

    assert client.get(reverse("settlement:periods")).status_code == 200
    assert client.get(reverse("settlement:batch", args=[batch.pk])).status_code == 200
    assert client.get(month_address("close", busy_month)).status_code == (
        200 if role == Role.FINANCE_PREPARER else 403
    )
    answers = {
        client.post(reverse(f"settlement:{name}", args=[batch.pk])).status_code
        for name in ("batch_approve", "batch_reject", "batch_file", "batch_submit")
    }
    assert (403 not in answers) if role == Role.FINANCE_APPROVER else answers == {403}
    assert not BankFileDownload.objects.exists()


@pytest.mark.parametrize("role", [Role.DESK_OPERATOR, Role.EVENT_STAFF, Role.SYSTEM_ADMIN])
def test_other_staff_see_no_settlement(busy_month, client, role):
    client.force_login(staff_of(busy_month.program.client, role))

    assert client.get(reverse("settlement:periods")).status_code == 403


def test_another_client_does_not_exist(busy_month, client, clock):
    clock(PREPARING)
    busy_month.close()
    batch = busy_month.prepare()
    statement = busy_month.statement("04-00001")
    elsewhere = ProgramFactory(client=OrganizationFactory()).client
    client.force_login(staff_of(elsewhere, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER))

    reads = [
        month_address("month", busy_month),
        month_address("close", busy_month),
        month_address("statements_csv", busy_month),
        reverse("settlement:batch", args=[batch.pk]),
        reverse("settlement:statement", args=[statement.pk]),
        reverse("settlement:statement_pdf", args=[statement.pk]),
        reverse("settlement:profile_edit", args=[busy_month.profile.pk]),
    ]
    writes = [
        month_address("close", busy_month),
        month_address("prepare", busy_month),
        reverse("settlement:batch_approve", args=[batch.pk]),
        reverse("settlement:batch_file", args=[batch.pk]),
        reverse("settlement:statement_hold", args=[statement.pk]),
    ]

    assert {client.get(address).status_code for address in reads} == {404}
    assert {client.post(address).status_code for address in writes} == {404}


def test_strangers_are_sent_to_sign_in(busy_month, client):
    answer = client.get(reverse("settlement:periods"))

    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


@pytest.mark.req("SE-05")
def test_the_list_is_narrowed_and_taken_away_as_a_file(busy_month, client, clock):
    clock(PREPARING)
    busy_month.close()
    client.force_login(busy_month.preparer)

    page = client.get(month_address("month", busy_month), {"status": "NO_ACCOUNT"}).text
    csv = b"".join(client.get(month_address("statements_csv", busy_month))).decode("utf-8-sig")
    xlsx = client.get(month_address("statements_xlsx", busy_month), {"words": "04-00002"})

    assert "みなと商店 04-00003" in page
    assert "みなと商店 04-00001" not in page
    assert csv.splitlines()[1].startswith('"2508-04-00001","04-00001","みなと商店 04-00001",2,1500')
    assert len(csv.splitlines()) == 6
    assert xlsx.content[:2] == b"PK"


def test_a_statement_is_stopped_and_released_by_two_people(busy_month, client, clock):
    clock(PREPARING)
    busy_month.close()
    statement = busy_month.statement("04-00002")
    hold = reverse("settlement:statement_hold", args=[statement.pk])
    release = reverse("settlement:statement_release", args=[statement.pk])
    client.force_login(busy_month.preparer)
    assert "理由を入力してください" in client.post(hold, {"reason": " "}).text
    stopped = client.post(hold, {"reason": "県へ報告したため"}, follow=True).text
    refused = client.post(release, {"reason": "確認済み"}).status_code
    client.force_login(busy_month.approver)

    released = client.post(release, {"reason": "確認済み"}, follow=True).text

    assert "保留　支払停止" in stopped
    assert refused == 403
    assert "支払停止を解きました" in released


def test_a_profile_is_registered_and_changed_by_screen(busy_month, client):
    client.force_login(busy_month.preparer)
    values = {
        "name": "予備の口座",
        "consignor_code": "0004120009",
        "consignor_kana": "みやぎけん",
        "bank_code": "125",
        "branch_code": "100",
        "account_type": "1",
        "account_number": "",
        "separator": "CRLF",
        "clearing_house": "0000",
        "transfer_category": "7",
        "reference": "CODES",
        "max_payments": "9999",
        "is_active": "on",
    }
    without_number = client.post(reverse("settlement:profile_new"), values).text
    client.post(reverse("settlement:profile_new"), values | {"account_number": "1234567"})
    profile = BankFileProfile.objects.get(name="予備の口座")
    client.post(
        reverse("settlement:profile_edit", args=[profile.pk]), values | {"consignor_kana": "ミヤギ"}
    )

    sealed = bytes(profile.account_sealed)
    profile.refresh_from_db()
    assert "口座番号は、数字7けたで入力してください" in without_number
    assert (profile.bank_name, profile.number_tail) == ("七十七", "567")
    assert profile.consignor_kana == "ﾐﾔｷﾞ"
    assert bytes(profile.account_sealed) == sealed
    assert b"1234567" not in sealed


def test_a_wrong_profile_says_what_to_write(busy_month, client):
    client.force_login(busy_month.preparer)

    page = client.post(
        reverse("settlement:profile_new"),
        {"name": "x", "consignor_kana": "ミヤギ・ケン", "bank_code": "9999", "branch_code": "1"},
    ).text

    assert "銀行コード「9999」の銀行はありません" in page
    assert "中黒" in page
    assert "委託者コードを入力してください" in page


def test_pages_take_as_many_queries_for_many_stores_as_for_few(
    scene, client, clock, django_assert_max_num_queries
):
    for number in range(30):
        scene.open_store(f"04-{number:05}")
        scene.pay(f"04-{number:05}", 100)
    clock(PREPARING)
    scene.close()
    batch = scene.prepare()
    client.force_login(scene.approver)

    with django_assert_max_num_queries(22):
        assert client.get(month_address("month", scene)).status_code == 200
    with django_assert_max_num_queries(24):
        assert client.get(reverse("settlement:batch", args=[batch.pk])).status_code == 200
    with django_assert_max_num_queries(16):
        assert client.get(reverse("settlement:periods")).status_code == 200


def test_an_empty_program_has_its_pages(client, clock):
    scene = build_scene()
    clock(PREPARING)
    client.force_login(scene.preparer)

    assert "8月分を締められます" in client.get(reverse("settlement:periods")).text
    assert "支払明細はまだありません" in client.get(month_address("month", scene)).text
    assert client.get(month_address("month", scene, AUGUST.replace(year=2031))).status_code == 404
    assert not StatementRun.objects.exists()


@pytest.mark.req("SE-03")
def test_a_held_store_that_got_its_account_shows_as_what_the_button_pays(busy_month, client, clock):
    clock(PREPARING)
    busy_month.close()
    busy_month.settle()
    client.force_login(busy_month.preparer)
    month = month_address("month", busy_month)
    before = client.get(month).text
    busy_month.give_account("04-00003")

    after = client.get(month).text
    waiting = client.get(month, {"status": "WAITING"}).text
    held = client.get(month, {"status": "NO_ACCOUNT"}).text
    assert busy_month.statement("04-00003").hold == "NO_ACCOUNT"
    batch = busy_month.prepare(at=PREPARING)

    promise = "次の振込データに入ります</span><small>口座が登録されました"
    assert HELD in before
    assert "0件　0円" in before
    assert promise not in before
    assert promise in after
    assert HELD not in after
    assert "1件　700円" in after
    assert (batch.payout_count, batch.total_yen) == (1, 700)
    assert promise in waiting
    assert promise not in held


def test_a_store_that_lost_its_account_shows_as_held_before_the_file_is_made(
    busy_month, client, clock
):
    clock(PREPARING)
    busy_month.close()
    busy_month.tills["04-00001"].store.bank_accounts.update(is_current=False)
    client.force_login(busy_month.preparer)

    page = client.get(month_address("month", busy_month)).text

    assert page.count(HELD) == 2
    assert "1件　5,000円" in page
    assert busy_month.prepare().total_yen == 5_000


def test_a_stopped_statement_with_an_account_is_not_among_what_the_button_pays(
    busy_month, client, clock
):
    clock(PREPARING)
    busy_month.close()
    services.hold_statement(
        statement_id=busy_month.statement("04-00002").pk,
        reason="県へ照会中",
        by=busy_month.preparer,
        at=PREPARING,
    )
    client.force_login(busy_month.preparer)

    page = client.get(month_address("month", busy_month)).text

    assert "1件　1,500円" in page
    assert "2件　5,700円" in page


def test_a_profile_is_a_link_only_for_whoever_may_change_it(busy_month, client):
    address = reverse("settlement:profile_edit", args=[busy_month.profile.pk])
    for user, may_change in (
        (busy_month.preparer, True),
        (staff_of(busy_month.program.client, Role.AUDITOR), False),
    ):
        client.force_login(user)

        page = client.get(reverse("settlement:profiles")).text

        assert busy_month.profile.name in page
        assert (f'href="{address}"' in page) is may_change
        assert (client.get(address).status_code == 200) is may_change
