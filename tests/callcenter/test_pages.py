import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from callcenter import services
from callcenter.models import Hint, Ticket, TicketNumber
from ledger import services as ledger
from ledger.models import GrantRound
from ledger.models.wallets import Source
from pointsys.audit.models import AccessRecord
from pointsys.common import text
from pointsys.users.models import Role
from tests.callcenter.factories import TUESDAY, add_resident, build_scene
from tests.factories import EnrolmentFactory, StoreFactory, WalletFactory, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-02")]
HOME = "callcenter:home"


@pytest.fixture(autouse=True)
def _on_tuesday():
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def desk(scene, client):
    client.force_login(scene.operator)
    return client


def key_of(page):
    return re.search(r'name="request_key" value="([^"]+)"', page)[1]


def call(**changes):
    given = {
        "act": "finish",
        "lookup": "090-1234-5678",
        "caller": "",
        "channel": "PHONE",
        "top": "1",
        "sub": "11",
        "subject": "",
        "body": "登録ができない",
        "reply": "案内した",
        "outcome": "DONE",
        "question": "",
    }
    return given | changes


def test_a_call_is_taken_from_the_number_to_the_next_call(scene, desk):
    resident = add_resident(scene.client)
    WalletFactory(program=scene.program, resident=resident)
    page = desk.get(reverse(HOME)).text
    key = key_of(page)

    found = desk.post(reverse("callcenter:lookup"), {"lookup": "09012345678"}).text
    assert "湊 ●● 様" in found
    assert "花子" not in found
    panel = desk.post(
        reverse("callcenter:caller"), {"caller": f"R{resident.pk}", "request_key": key}
    ).text
    done = desk.post(
        reverse(HOME), call(caller=f"R{resident.pk}", request_key=key), follow=True
    ).text

    ticket = Ticket.objects.get()
    assert "湊 花子 様" in panel
    assert "T-000001 として閲覧を記録しました" in panel
    assert "T-000001 を記録しました" in done
    assert key_of(done) != key
    assert (ticket.resident, ticket.category.code, ticket.status) == (resident, "11", "DONE")
    record = AccessRecord.objects.get()
    assert (record.purpose, record.by) == ("問合せ T-000001", scene.operator)
    assert record.subject_id == str(resident.pk)


def test_the_page_works_as_a_plain_form_and_loses_nothing(scene, desk):
    resident = add_resident(scene.client)
    Hint.objects.create(client=scene.client, kind="ANSWER", title="定", text="足した文")
    hint = Hint.objects.get()
    key = key_of(desk.get(reverse(HOME)).text)
    typed = call(body="長い話", top="4", sub="", request_key=key, is_privacy="on")

    searched = desk.post(reverse(HOME), typed | {"act": "lookup"}).text
    shown = desk.post(reverse(HOME), typed | {"act": "show", "caller": f"R{resident.pk}"}).text
    added = desk.post(reverse(HOME), typed | {"act": f"insert:{hint.pk}"}).text

    for page in (searched, shown, added):
        assert "長い話" in page
        assert 'data-key="4" checked' in " ".join(page.split())
        assert key_of(page) == key
        assert "エラー" not in page
    assert "湊 花子 様" in shown
    assert "案内した\n足した文" in added
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"top": ""}, "区分をえらんでください"),
        ({"body": ""}, "問合せの内容を入力してください"),
        ({"body": "nul\x00"}, "問合せの内容に使えない文字があります"),
        ({"outcome": ""}, "結果をえらんでください"),
        ({"outcome": "ESCALATE"}, "上申では、県に確かめたいことを入力してください"),
        ({"outcome": "CALLBACK", "lookup": "湊"}, "折り返しでは、かけ直す電話番号を"),
        ({"top": "4", "sub": "11"}, "小分類を、「精算・振込」の中からえらんでください"),
        ({"caller": "X1"}, "発信者をえらび直してください"),
        ({"caller": "R99999999999999999"}, "えらんだ発信者が見つかりません"),
        ({"caller": "R" + "9" * 30}, "発信者を"),
        ({"caller": "R１"}, "発信者をえらび直してください"),
        ({"channel": "EVENT"}, "受付を、選択肢から"),
        ({"subject": "あ" * 81}, "件名は、80文字まで"),
    ],
)
def test_each_mistake_is_named_and_what_was_typed_stays(scene, desk, changes, words):
    page = desk.post(reverse(HOME), call(reply="残る言葉") | changes).text

    assert words in page
    assert "<title>エラー：" in page
    assert "残る言葉" in page
    assert not Ticket.objects.exists()


def test_pressing_the_button_twice_writes_one_ticket(scene, desk):
    key = key_of(desk.get(reverse(HOME)).text)

    for _ in range(2):
        desk.post(reverse(HOME), call(request_key=key, outcome="ESCALATE", question="聞く"))

    ticket = Ticket.objects.get()
    assert ticket.escalations.count() == 1


def test_a_pop_up_of_the_telephone_system_fills_in_the_number_and_leaves_no_trace(scene, desk):
    store = StoreFactory(client=scene.client, phone="022-000-1234", phone_key="0220001234")
    answer = desk.get(reverse(HOME), {"tel": "0220001234"})

    page = desk.get(answer.url).text

    assert answer.url == reverse(HOME)
    assert store.name in page
    assert 'value="0220001234"' in page


def test_the_search_box_opens_a_ticket_by_its_number_and_looks_up_anything_else(scene, desk):
    ticket = scene.open()
    store = StoreFactory(
        client=scene.client, name="みなと商店", name_key=text.name_key("みなと商店")
    )

    by_number = desk.get(reverse("callcenter:search"), {"q": "ｔ－1"})
    by_name = desk.get(reverse("callcenter:search"), {"q": "みなと"}, follow=True)

    assert by_number.url == reverse("callcenter:ticket", args=[ticket.pk])
    assert store.name in by_name.text


@pytest.mark.parametrize("words", ["\x00", "0" * 500, "T-999999999999", "%", "　", "９" * 40])
def test_odd_words_find_nobody_and_break_nothing(scene, desk, words):
    for answer in (
        desk.post(reverse("callcenter:lookup"), {"lookup": words}),
        desk.get(reverse("callcenter:search"), {"q": words}, follow=True),
        desk.post(reverse("callcenter:caller"), {"caller": words, "request_key": words}),
    ):
        assert answer.status_code == 200
        assert "花子" not in answer.text


@pytest.mark.req("SP-02")
def test_another_clients_people_are_not_found_and_not_shown(scene, desk):
    other = build_scene()
    stranger = add_resident(other.client)
    foreign = other.open(is_complaint=True)

    found = desk.post(reverse("callcenter:lookup"), {"lookup": "09012345678"}).text
    panel = desk.post(reverse("callcenter:caller"), {"caller": f"R{stranger.pk}"}).text
    page = desk.get(reverse("callcenter:ticket", args=[foreign.pk]))

    assert "湊" not in found + panel
    assert page.status_code == 404
    assert not AccessRecord.objects.exists()
    assert not TicketNumber.objects.filter(client=scene.client).exists()


@pytest.mark.req("CC-08")
def test_a_balance_of_vouchers_is_told_in_the_words_of_the_resident(scene, desk):
    resident = add_resident(scene.client)
    wallet = WalletFactory(program=scene.program, resident=resident)
    for source, points in ((Source.VOUCHER_PRINCIPAL, 7_500), (Source.VOUCHER_PREMIUM, 2_000)):
        bought = ledger.create_round(
            program_id=scene.program.pk, name=source.label, method=GrantRound.Method.ACTIVITY,
            reserved_points=10_000, source=source, by=None, at=TUESDAY,
        )  # fmt: skip
        ledger.grant_one(
            round_id=bought.pk, wallet_id=wallet.pk, points=points, occasion="購入", by=None,
            at=TUESDAY,
        )  # fmt: skip

    page = desk.post(reverse("callcenter:caller"), {"caller": f"R{resident.pk}"}).text

    panel = re.sub(r"<[^>]+>", "", page)
    assert "9,500円分" in panel
    assert "（購入分 7,500・上乗せ分 2,000）" in panel
    assert "9,500ポイント" not in panel


def test_a_stores_panel_shows_its_part_and_says_so_where_there_is_no_statement(scene, desk):
    store = StoreFactory(client=scene.client)
    EnrolmentFactory(program=scene.program, store=store)

    panel = desk.post(reverse("callcenter:caller"), {"caller": f"S{store.pk}"}).text

    assert store.name in panel
    assert "参加中" in panel
    assert "支払明細は、まだありません" in panel
    assert AccessRecord.objects.get().subject_id == str(store.pk)


def test_hints_follow_the_category(scene, desk):
    Hint.objects.create(
        client=scene.client,
        category=scene.category("41"),
        kind="FAQ",
        title="振込日が動く",
        text="前の営業日",
    )

    near = desk.post(reverse("callcenter:hints"), {"top": "4"}).text
    far = desk.post(reverse("callcenter:hints"), {"top": "1"}).text

    assert "振込日が動く" in near
    assert 'value="41"' in near
    assert "振込日が動く" not in far
    assert 'value="41"' not in far


# --- Lists and tickets --------------------------------------------------------------------
@pytest.mark.req("CC-03")
def test_what_is_overdue_says_so_in_words(scene, desk):
    ticket = scene.open(at=TUESDAY - timedelta(days=1))
    services.escalate(
        ticket_id=ticket.pk, reason="聞く", by=scene.operator, at=TUESDAY - timedelta(days=1)
    )
    scene.open()

    page = desk.get(reverse("callcenter:tickets"), {"view": "overdue"}).text

    assert "期限超過" in page
    assert "T-000001" in page
    assert "T-000002" not in page


def test_the_tabs_narrow_the_list(scene, desk):
    scene.open(subject="苦情の件", is_complaint=True)
    scene.open(subject="折り返す件", needs_callback=True, caller_phone="0220001234")

    def subjects(**given):
        page = desk.get(reverse("callcenter:tickets"), given).text
        return {words for words in ("苦情の件", "折り返す件") if words in page}

    assert subjects() == {"苦情の件", "折り返す件"}
    assert subjects(view="complaints") == {"苦情の件"}
    assert subjects(view="callback") == {"折り返す件"}
    assert subjects(view="done") == set()
    assert subjects(q="T-2") == {"折り返す件"}
    assert subjects(view="nothing-like-it") == {"苦情の件", "折り返す件"}


@pytest.mark.req("CC-03")
def test_the_client_sees_and_answers_what_was_escalated_and_nothing_else(scene, client):
    resident = add_resident(scene.client)
    asked = scene.open(resident_id=resident.pk, caller_phone="090-1234-5678")
    services.escalate(ticket_id=asked.pk, reason="聞く", by=scene.operator, at=TUESDAY)
    other = scene.open(subject="県に関係しない件")
    client.force_login(scene.approver)

    listed = client.get(reverse("callcenter:tickets")).text
    page = client.get(reverse("callcenter:ticket", args=[asked.pk])).text
    wrong = client.post(
        reverse("callcenter:ticket", args=[asked.pk]), {"act": "answer", "answer": " "}
    ).text
    done = client.post(
        reverse("callcenter:ticket", args=[asked.pk]),
        {"act": "answer", "answer": "そのとおりです"},
        follow=True,
    ).text

    assert "県に関係しない件" not in listed
    assert client.get(reverse("callcenter:ticket", args=[other.pk])).status_code == 404
    assert "上申に回答する" in page
    assert "090-1234-5678" not in page
    assert "湊 花子" not in page
    assert "回答を入力してください" in wrong
    assert "回答しました" in done
    assert AccessRecord.objects.filter(by=scene.approver).exists()


@pytest.mark.parametrize("act", ["note", "close", "category", "complaint", "escalate"])
def test_the_client_does_none_of_the_desks_acts(scene, client, act):
    ticket = scene.open(is_complaint=True)
    client.force_login(scene.viewer)

    answer = client.post(
        reverse("callcenter:ticket", args=[ticket.pk]),
        {"act": act, "note": "x", "question": "x", "category": scene.category("9").pk},
    )

    assert answer.status_code == 403


def test_the_desk_does_its_acts_and_hears_refusals_in_words(scene, desk):
    ticket = scene.open()
    address = reverse("callcenter:ticket", args=[ticket.pk])

    def act(name, **given):
        return desk.post(address, {"act": name, **given}, follow=True).text

    assert "メモを入力してください" in act("note", note="")
    assert "メモを書き足しました" in act("note", note="折り返した")
    assert "区分を直しました" in act("category", category=scene.category("41").pk)
    assert "選択肢から" in act("category", category=build_scene().category("1").pk)
    assert "上申しました" in act("escalate", question="確かめたい")
    assert "上申の回答を待っています" in act("close")
    assert "苦情として県に知らせました" in act("complaint")
    services.answer(ticket_id=ticket.pk, answer="はい", by=scene.viewer, at=TUESDAY)
    assert "完了にしました" in act("close")
    assert "すでに完了しています" in act("close")
    assert desk.post(address, {"act": "no-such-act"}).status_code == 200


def test_nobody_else_opens_the_desk(scene, client):
    for role in (Role.OFFICE_CLERK, Role.EVENT_STAFF, Role.FINANCE_APPROVER, Role.AUDITOR):
        client.force_login(staff_of(scene.client, role))
        assert client.get(reverse(HOME)).status_code == 403
        assert client.get(reverse("callcenter:tickets")).status_code == 403
    client.force_login(scene.viewer)
    assert client.get(reverse(HOME)).status_code == 403


# --- Reports -------------------------------------------------------------------------------
@pytest.mark.req("CC-04")
def test_a_report_is_read_taken_out_and_corrected(scene, client):
    ticket = scene.open(code="11")
    report = services.make_report(
        client_id=scene.client.pk, day=TUESDAY.date(), at=TUESDAY + timedelta(days=1)
    )
    address = reverse("callcenter:report", args=[report.pk])
    client.force_login(scene.supervisor)
    assert "訂正を送る" not in client.get(address).text
    services.change_category(
        ticket_id=ticket.pk, category_id=scene.category("9").pk, by=scene.operator, at=TUESDAY
    )

    page = client.get(address).text
    wrong = client.post(address, {"reason": ""}).text
    new = client.post(address, {"reason": "聞き直した"}, follow=True).text
    file = client.get(reverse("callcenter:report_xlsx", args=[report.pk]))

    assert "件数が変わりました" in page
    assert "訂正の理由を入力してください" in wrong
    assert "第2版を作り、送りました" in new
    assert "<del>" in new
    assert file["Content-Disposition"].endswith('20250916-v1.xlsx"')
    assert file.content[:2] == b"PK"


@pytest.mark.req("CC-04")
def test_only_the_supervisor_corrects_and_other_clients_see_nothing(scene, client):
    report = services.make_report(
        client_id=scene.client.pk, day=TUESDAY.date(), at=TUESDAY + timedelta(days=1)
    )
    address = reverse("callcenter:report", args=[report.pk])

    client.force_login(scene.operator)
    assert client.post(address, {"reason": "x"}).status_code == 403
    client.force_login(build_scene().supervisor)
    assert client.get(address).status_code == 404
    assert client.get(reverse("callcenter:report_xlsx", args=[report.pk])).status_code == 404


@pytest.mark.req("CC-04")
def test_the_list_of_reports_is_chosen_by_day(scene, client):
    services.make_report(
        client_id=scene.client.pk, day=TUESDAY.date(), at=TUESDAY + timedelta(days=1)
    )
    client.force_login(scene.viewer)

    now = client.get(reverse("callcenter:reports")).text
    before = client.get(reverse("callcenter:reports"), {"day": "2025-09-10"}).text
    odd = client.get(reverse("callcenter:reports"), {"day": "きょう"})

    assert "作成済" in now
    assert "期限超過" in now
    assert "9月16日（火）" not in before
    assert odd.status_code == 200


def test_the_page_of_calls_asks_the_database_little(scene, desk, django_assert_max_num_queries):
    resident = add_resident(scene.client)
    WalletFactory(program=scene.program, resident=resident)
    given = call(act="show", caller=f"R{resident.pk}")
    desk.post(reverse(HOME), given)

    with django_assert_max_num_queries(55):
        desk.post(reverse(HOME), given)
