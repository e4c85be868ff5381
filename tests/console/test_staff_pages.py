import csv
import io
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.models import GrantRound, Lot
from ledger.services import granting
from pointsys.audit.models import AuditEvent
from pointsys.residents.models import Resident
from pointsys.users.models import Role
from tests.factories import EnrolmentFactory, StoreFactory, TillFactory
from tests.programs.factories import NOON, make_client, make_program, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def program():
    return make_program(issuance_ceiling_points=100_000)


def sign_in(client, program, *roles):
    user = make_staff(program.client, *roles)
    client.force_login(user)
    return user


def add_residents(program, number):
    return Resident.objects.bulk_create(
        Resident(
            client=program.client,
            external_id=f"app-{n:04d}",
            name=f"佐藤 {n}子",
            name_kana="サトウ ハナコ",
            municipality_code="04101",
            imported_at=NOON,
        )
        for n in range(1, number + 1)
    )


def paid(program, points=1_200):
    add_residents(program, 1)
    plan = granting.plan_for_all(program_id=program.pk, name="第1回", points_each=5_000)
    granting.carry_out(plan=plan, by=None, at=NOON)
    store = StoreFactory(client=program.client, name="菓子工房こもれび")
    EnrolmentFactory(program=program, store=store)
    till = TillFactory(program=program, store=store)
    [wallet_id] = ledger_queries.wallet_ids_of(program.pk)
    return ledger.pay(
        till_id=till.pk, wallet_id=wallet_id, points=points, request_key=uuid4(), at=NOON
    )


def carried(page):
    """Return the hidden fields of the preview, as the button would send them."""
    form = page.context["carried"]
    return {name: "" if form[name].value() is None else form[name].value() for name in form.fields}


# --- Granting ----------------------------------------------------------------------------------
@pytest.mark.req("LG-02")
def test_granting_to_all_shows_the_sum_first_and_then_does_it_once(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 3)

    preview = client.post(
        reverse("grants:new"), {"name": "第1回", "method": "ALL", "points_each": "１，０００"}
    )
    before = Lot.objects.count()
    client.post(reverse("grants:confirm"), carried(preview))
    again = client.post(reverse("grants:confirm"), carried(preview), follow=True)

    assert "3人に3,000ポイントを付与する" in preview.content.decode()
    assert before == 0
    assert Lot.objects.count() == 3
    assert "付与済みの3人には、重ねて付与していません" in again.content.decode()


@pytest.mark.req("AD-07")
def test_granting_to_a_list_names_each_wrong_row_before_anything_is_written(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 2)
    file = SimpleUploadedFile(
        "名簿.csv", "アプリのID,ポイント\napp-0001,500\nnobody,100\n".encode("cp932")
    )

    preview = client.post(reverse("grants:new"), {"name": "名簿", "method": "LIST", "file": file})
    done = client.post(reverse("grants:confirm"), carried(preview), follow=True)

    page = preview.content.decode()
    assert "3行目" in page
    assert "このIDの利用者は登録されていません" in page
    assert "1人に、合計500ポイントを付与しました" in done.content.decode()
    assert GrantRound.objects.get().granted_points == 500


@pytest.mark.req("AD-07")
def test_the_preview_of_a_list_shows_what_would_be_granted_to_whom(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 3)
    text = 'アプリのID,ポイント\napp-0001,"1,500"\napp-0002,20\napp-0003,1,000\n'
    file = SimpleUploadedFile("名簿.csv", text.encode())

    preview = client.post(reverse("grants:new"), {"name": "名簿", "method": "LIST", "file": file})

    page = preview.content.decode()
    assert "いちばん少ない人" in page
    assert "いちばん多い人" in page
    assert '<th scope="row">app-0001</th><td class="is-num">1,500</td>' in page
    assert '<th scope="row">app-0002</th><td class="is-num">20</td>' in page
    assert '<th scope="row">app-0003</th>' not in page
    assert "列が見出しより多くあります" in page


def test_a_round_above_the_ceiling_has_no_button(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 2)

    page = client.post(
        reverse("grants:new"), {"name": "多い", "method": "ALL", "points_each": "50001"}
    ).content.decode()

    assert "発行予定数を超えます" in page
    assert "ポイントを付与する</span>" not in page


def test_what_changed_after_the_preview_is_shown_again(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 1)
    preview = client.post(
        reverse("grants:new"), {"name": "第1回", "method": "ALL", "points_each": "100"}
    )
    Resident.objects.create(
        client=program.client, external_id="new", municipality_code="04101", imported_at=NOON
    )

    page = client.post(reverse("grants:confirm"), carried(preview)).content.decode()

    assert "対象の人かポイントが変わりました" in page
    assert not Lot.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "名簿のファイルが空です"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "ファイル"),
        ("氏名,住所\n佐藤,仙台\n".encode(), "見出しが見つかりません"),
    ],
)
def test_a_wrong_file_is_refused_at_its_field_and_the_name_stays(
    client, program, content, sentence
):
    sign_in(client, program, Role.OFFICE_CLERK)
    file = SimpleUploadedFile("x.csv", content)

    page = client.post(
        reverse("grants:new"), {"name": "わたしの名簿", "method": "LIST", "file": file}
    ).content.decode()

    assert sentence in page
    assert 'value="わたしの名簿"' in page
    assert not GrantRound.objects.exists()


# --- Residents ---------------------------------------------------------------------------------
@pytest.mark.req("LG-13")
def test_a_list_of_residents_is_previewed_and_then_taken(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    text = "アプリのID,氏名,市区町村コード\nx-1,髙橋 湊,04101\n,名なし,04101\n"
    file = SimpleUploadedFile("riyosha.csv", text.encode("utf-8-sig"))

    preview = client.post(reverse("residents:import"), {"file": file})
    before = Resident.objects.count()
    done = client.post(
        reverse("residents:import_confirm"), {"token": preview.context["token"]}, follow=True
    )

    assert "アプリのIDがありません" in preview.content.decode()
    assert before == 0
    assert Resident.objects.get().external_id == "x-1"
    assert "新しい利用者1人を登録し" in done.content.decode()


def test_a_held_list_of_somebody_else_is_not_taken(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    file = SimpleUploadedFile("a.csv", "アプリのID,市区町村コード\nx-1,04101\n".encode())
    token = client.post(reverse("residents:import"), {"file": file}).context["token"]
    sign_in(client, program, Role.OFFICE_CLERK)

    page = client.post(reverse("residents:import_confirm"), {"token": token}, follow=True)

    assert "預かり時間" in page.content.decode()
    assert not Resident.objects.exists()


def test_residents_are_found_by_kana_without_their_name_in_the_address(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    add_residents(program, 2)
    Resident.objects.filter(external_id="app-0002").update(name="別人", name_kana="ベツジン")

    page = client.post(reverse("residents:list"), {"words": "さとう"}).content.decode()

    assert "app-0001" in page
    assert "app-0002" not in page


# --- Home, payments, audit -----------------------------------------------------------------------
@pytest.mark.req("AD-01")
def test_the_home_page_shows_the_programs_own_figures(client, program):
    paid(program)
    sign_in(client, program, Role.CLIENT_VIEWER)

    page = client.get(reverse("console:home")).content.decode()

    for words in ("5,000", "1,200", "3,800", "5.0％", "9月分の支払日", "20日が"):
        assert words in page, words


def test_a_client_without_a_program_gets_an_empty_home(client):
    client.force_login(make_staff(make_client(), Role.CLIENT_VIEWER))

    page = client.get(reverse("console:home"))

    assert "事業は、まだありません" in page.content.decode()


@pytest.mark.req("AD-09")
def test_a_receipt_number_leads_to_the_lots_behind_the_payment(client, program):
    payment = paid(program)
    sign_in(client, program, Role.AUDITOR)
    typed = f"{payment.receipt_number[:4].lower()}-{payment.receipt_number[4:]}"

    page = client.get(reverse("console:search"), {"q": typed}, follow=True).content.decode()

    assert "第1回" in page
    assert "加盟店への未払い" in page
    assert "佐藤" not in page


@pytest.mark.req("AD-07")
def test_the_audit_list_is_filtered_and_its_export_recorded(client, program):
    user = sign_in(client, program, Role.AUDITOR)
    paid(program)

    page = client.get(reverse("console:audit"), {"area": "programs"}).content.decode()
    sent = b"".join(client.get(reverse("console:audit_export")).streaming_content)

    assert "事業を作った" in page
    assert "付与回を終えた" not in page
    rows = list(csv.reader(io.StringIO(sent.decode("utf-8-sig"))))
    assert rows[0][:3] == ["日時", "行為", "コード"]
    assert {row[2] for row in rows[1:]} >= {"programs.created", "ledger.round.done"}
    assert AuditEvent.objects.get(code="audit.events.exported").by == user


@pytest.mark.parametrize("query", ["since=abc", "page=999", "area=nothing", "until=2025-13-40"])
@pytest.mark.parametrize("page", ["console:audit", "console:payments"])
def test_a_wrong_filter_is_no_failure(client, program, page, query):
    sign_in(client, program, Role.AUDITOR)

    assert client.get(f"{reverse(page)}?{query}").status_code == 200
