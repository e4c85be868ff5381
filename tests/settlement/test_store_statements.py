from datetime import datetime
from io import BytesIO

import pypdf
import pytest
import time_machine
from django.urls import reverse

from pointsys.common.clock import JST
from settlement import queries, statement_pdf
from tests.factories import StoreStaffFactory, UserFactory
from tests.settlement.builders import OCTOBER_STARTS, PREPARING, SEPTEMBER

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid_month(busy_month):
    busy_month.close()
    busy_month.settle()
    return busy_month


def staff_at(scene, code):
    return StoreStaffFactory(store=scene.tills[code].store).user


def printed(statement, at=PREPARING):
    pages = pypdf.PdfReader(
        BytesIO(statement_pdf.statement_pdf(queries.statement_sheet(statement, at)))
    ).pages
    assert len(pages) == 1
    return pages[0].extract_text().replace("\n", "")


@pytest.mark.req("SE-05")
@pytest.mark.req("ST-11")
def test_a_store_sees_its_statements_with_the_day_and_why(busy_month, client):
    busy_month.close()
    busy_month.prepare()
    client.force_login(staff_at(busy_month, "04-00001"))
    statement = busy_month.statement("04-00001")

    with time_machine.travel(PREPARING, tick=False):
        listed = client.get(reverse("settlement:store_statements")).text
        page = client.get(reverse("settlement:store_statement", args=[statement.pk])).text

    assert "1,500円" in listed
    assert "2025年9月19日（金）" in page
    assert "20日が土曜日のため前の銀行営業日にお支払いします" in page
    assert "●●●●011" in page
    assert "9000011" not in page
    assert "承認待ち" in page
    assert "お店の負担はありません" in page


def test_a_store_never_sees_another_stores_statement(paid_month, client):
    client.force_login(staff_at(paid_month, "04-00001"))
    other = paid_month.statement("04-00002")

    addresses = [
        reverse(f"settlement:{name}", args=[other.pk])
        for name in ("store_statement", "store_statement_pdf", "store_statement_lines")
    ]

    assert {client.get(address).status_code for address in addresses} == {404}
    assert client.get(reverse("settlement:statement", args=[other.pk])).status_code == 403


def test_the_portal_is_for_store_staff(paid_month, client):
    client.force_login(UserFactory())

    assert client.get(reverse("settlement:store_statements")).status_code == 403


@pytest.mark.req("SE-05")
def test_the_list_of_payments_adds_up_to_the_statement(paid_month, client):
    client.force_login(staff_at(paid_month, "04-00004"))
    statement = paid_month.statement("04-00004")

    answer = client.get(reverse("settlement:store_statement_lines", args=[statement.pk]))

    rows = b"".join(answer).decode("utf-8-sig").splitlines()[1:]
    assert [row.rsplit(",", 2)[1:] for row in rows] == [
        ['"支払"', "450"],
        ['"取消・返金"', "-450"],
    ]


@pytest.mark.req("SE-05")
def test_the_printed_statement_says_everything_a_store_asks(paid_month):
    text = printed(paid_month.statement("04-00001"))

    for fact in (
        "支払明細書",
        "2025年8月分（8月1日〜8月31日の利用）",
        "明細番号 2508-04-00001",
        "発行日 2025年9月1日（月）",
        "みなと商店 04-00001 御中",
        "店舗コード 04-00001",
        "1,500 円",
        "2件",
        "お店の負担はありません",
        "2025年9月19日（金）",
        "20日が土曜日のため前の銀行営業日にお支払いします。",
        "●●●●011",
        "ミヤギケンポイントジムキヨク",
        "適格請求書（インボイス）ではありません",
        "0120-000-000",
        "振込済",
    ):
        assert fact in text, fact
    assert "9000011" not in text


def test_a_statement_without_account_says_so(paid_month):
    text = printed(paid_month.statement("04-00003"))

    assert "振込口座が登録されていません" in text
    assert "保留 口座未登録" in text
    assert "お支払い日" not in text


def test_a_negative_statement_is_printed_with_a_true_minus(scene):
    scene.open_store("04-00001")
    payment = scene.pay("04-00001", 900)
    scene.close()
    scene.refund(payment, 800, at=datetime(2025, 9, 20, 12, 0, tzinfo=JST))
    scene.close(SEPTEMBER, at=OCTOBER_STARTS)

    text = printed(scene.statement("04-00001", SEPTEMBER), OCTOBER_STARTS)

    assert "−800 円" in text
    assert "翌月へ繰越" in text
    assert "翌月分のお支払い額から差し引きます" in text


def test_the_same_statement_gives_the_same_paper(paid_month):
    sheet = queries.statement_sheet(paid_month.statement("04-00001"), PREPARING)

    assert statement_pdf.statement_pdf(sheet) == statement_pdf.statement_pdf(sheet)


def test_a_very_long_store_name_stays_on_the_paper(scene):
    scene.open_store("04-00001", name="株式会社とても長い名前の菓子工房こもれび" * 5)
    scene.pay("04-00001", 100)
    scene.close()

    assert "株式会社とても長い名前" in printed(scene.statement("04-00001"))


def test_a_store_that_has_registered_its_account_is_told_when_it_is_paid(paid_month, client):
    address = reverse("settlement:store_statement", args=[paid_month.statement("04-00003").pk])
    client.force_login(staff_at(paid_month, "04-00003"))
    before = client.get(address).text
    paid_month.give_account("04-00003")

    after = client.get(address).text

    assert "口座が登録されていないため、お支払いを待っています" in before
    assert "口座を登録しました。次の振込でお支払いします" in after


@pytest.mark.parametrize("code", ["04-00001", "04-00003", "04-00004", "04-00005"])
def test_each_kind_of_statement_has_its_page(paid_month, client, code):
    client.force_login(staff_at(paid_month, code))

    answer = client.get(reverse("settlement:store_statement", args=[paid_month.statement(code).pk]))

    assert answer.status_code == 200
    pdf = client.get(
        reverse("settlement:store_statement_pdf", args=[paid_month.statement(code).pk])
    )
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Cache-Control"] == "no-store"
