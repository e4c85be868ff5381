import json
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsys.audit.models import AuditEvent
from pointsys.common import sealing
from pointsys.common.tabular import TableRefused, xlsx_bytes
from pointsys.residents import importing, services
from pointsys.residents.models import Resident
from pointsys.users.models import User
from tests.factories import NOON, OrganizationFactory, ProgramFactory, ResidentFactory, UserFactory

pytestmark = pytest.mark.req("LG-13")
HEADER = "外部ID,氏名,氏名カナ,メール,市区町村コード,生年,性別,ミニアプリ"
HANA = "app-1,湊 花子,ミナト ハナコ,Hana@example.jp,042021,昭和55年,女性,防災、くらし"
TARO = "app-2,大和 太郎,ﾔﾏﾄ ﾀﾛｳ,,04101,1990/4/1,男,"


def content_of(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


def read(*lines, header=HEADER):
    return importing.read_resident_list(content_of(*lines, header=header), this_year=2025)


def opened_contact(resident):
    context = f"residents.resident:{resident.uuid}"
    return sealing.unseal_json(bytes(resident.contact_sealed), context=context)


def take(client, *lines, header=HEADER, **changes):
    facts = {"content": content_of(*lines, header=header), "file_name": "list.csv", "by": None}
    return services.import_residents(client=client, at=NOON, **facts | changes)


# --- Rows -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("外部ID,氏名,市区町村コード,生年月日,性別", "app-1,湊 花子,04202,1980-05-01,2"),
        ("アプリID,お名前,市町村,生まれ年,性別", "app-1,湊　花子,石巻市,1980,女"),
        ("会員番号,姓,名,住所,生年,性別", "app-1,湊,花子,宮城県石巻市立町1-1,S55.5.1,女性"),
        ("external_id,name,municipality,birth_year,gender", "app-1,湊 花子,04202,1980,F"),
        ("ユーザーID,名前,団体コード,誕生年,性別", "ａｐｐ－１,湊 花子,42021,19800501,Female"),
    ],
)
def test_a_list_is_read_by_many_words(header, line):
    [row] = read(line, header=header).rows

    assert (row.external_id, row.name, row.municipality_code) == ("app-1", "湊 花子", "04202")
    assert (row.birth_year, row.sex) == (1980, "FEMALE")


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (",湊,,,04202,,,", "外部ID", "アプリのIDがありません"),
        ("1.23E+15,湊,,,04202,,,", "外部ID", "Excel で末尾の数字が失われたID"),
        ("x" * 65 + ",湊,,,04202,,,", "外部ID", "64 文字を超えています"),
        ("a," + "湊" * 101 + ",,,04202,,,", "氏名", "100 文字を超えています"),
        ("a,湊,,hana@,04202,,,", "メール", "形が正しくありません"),
        ("a,湊,,,,,,", "市区町村コード", "市区町村がありません"),
        ("a,湊,,,042029,,,", "市区町村コード", "検査数字"),
        ("a,湊,,,99999,,,", "市区町村コード", "都道府県ではありません"),
        ("a,湊,,,石巻,,,", "市区町村コード", "数字5けたか6けた"),
        ("a,湊,,,04202,1880,,", "生年", "1900から2025まで"),
        ("a,湊,,,04202,2026,,", "生年", "1900から2025まで"),
        ("a,湊,,,04202,若い,,", "生年", "西暦で書いてください"),
        ("a,湊,,,04202,,?,", "性別", "女性・男性・回答なし"),
        ("a,湊,,,04202,,,,余り", "外部ID", "見出しより列が多い"),
    ],
)
def test_a_wrong_row_is_reported_with_row_field_and_reason(line, field, reason):
    found = read(TARO, line)

    [error] = found.errors
    assert (error.row_number, error.field) == (3, field)
    assert reason in error.reason
    assert [row.external_id for row in found.rows] == ["app-2"]


def test_the_second_row_of_one_id_is_an_error_that_names_the_first():
    found = read(HANA, TARO, HANA)

    assert [(error.row_number, error.reason) for error in found.errors] == [
        (4, "同じIDが2行目にもあります")
    ]


def test_an_unknown_municipality_name_asks_for_the_code():
    found = read("a,奈良市", header="外部ID,市区町村")

    [error] = found.errors
    assert "市区町村コード（5けた）" in error.reason


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", "店名,住所\na,b\n".encode(), HEADER.encode()]
)
def test_a_wrong_file_is_refused(content):
    with pytest.raises(TableRefused):
        importing.read_resident_list(content, this_year=2025)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=8, max_size=8), min_size=1, max_size=4))
def test_any_values_are_rows_or_reasons(lines):
    content = json.dumps([HEADER.split(","), *lines]).encode("utf-8", "surrogatepass")

    try:
        found = importing.read_resident_list(content, this_year=2025)
    except TableRefused:
        return

    assert len(found.rows) + len(found.errors) == found.row_count


# --- The service ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_row_becomes_a_resident_who_can_sign_in_by_mail():
    client, clerk = OrganizationFactory(), UserFactory()

    report = take(client, HANA, TARO, by=clerk)

    hana = Resident.objects.select_related("user").get(external_id="app-1")
    assert (report.created_count, report.sign_in_count) == (2, 1)
    assert (hana.client, hana.name, hana.name_kana) == (client, "湊 花子", "ミナト ハナコ")
    assert (hana.municipality_code, hana.birth_year, hana.sex) == ("04202", 1980, "FEMALE")
    assert hana.mini_apps == ["防災", "くらし"]
    assert (hana.user.email, hana.user.has_usable_password()) == ("hana@example.jp", False)
    taro = Resident.objects.get(external_id="app-2")
    assert (taro.user, taro.name_kana, taro.birth_year, taro.sex) == (
        None,
        "ヤマト タロウ",
        1990,
        "MALE",
    )
    event = AuditEvent.objects.get(code="residents.list.imported")
    assert (event.by, event.changes["created"], event.organization) == (clerk, 2, client)


@pytest.mark.django_db
def test_reading_a_list_twice_changes_nothing():
    client = OrganizationFactory()
    take(client, HANA, TARO)
    before = list(Resident.objects.order_by("pk").values()), list(User.objects.values())

    report = take(client, HANA, TARO)

    assert (report.created_count, report.updated_count, report.unchanged_count) == (0, 0, 2)
    assert (list(Resident.objects.order_by("pk").values()), list(User.objects.values())) == before


@pytest.mark.django_db
def test_a_changed_row_renews_its_resident_and_an_empty_value_erases_nothing():
    client = OrganizationFactory()
    take(client, HANA)

    report = take(client, "app-1,湊 花,,,04101,,,防災")

    resident = Resident.objects.select_related("user").get()
    assert (report.updated_count, resident.name, resident.user.name) == (1, "湊 花", "湊 花")
    assert (resident.municipality_code, resident.birth_year, resident.sex) == (
        "04101",
        1980,
        "FEMALE",
    )
    assert (resident.mini_apps, resident.user.email) == (["防災"], "hana@example.jp")


@pytest.mark.django_db
def test_a_mail_address_that_arrives_later_becomes_the_sign_in():
    client = OrganizationFactory()
    take(client, TARO)

    report = take(client, TARO.replace(",,04101", ",taro@example.jp,04101"))

    assert (report.updated_count, report.sign_in_count) == (1, 1)
    assert Resident.objects.select_related("user").get().user.email == "taro@example.jp"


@pytest.mark.django_db
def test_an_address_that_somebody_else_uses_is_kept_sealed_and_said():
    client = OrganizationFactory()
    UserFactory(email="Hana@Example.jp")

    report = take(client, HANA, HANA.replace("app-1", "app-9"))

    assert (report.created_count, report.sign_in_count, len(report.findings)) == (2, 0, 2)
    for resident in Resident.objects.all():
        assert opened_contact(resident) == {"email": "hana@example.jp"}


@pytest.mark.django_db
def test_a_sign_in_address_in_use_is_never_replaced():
    client = OrganizationFactory()
    take(client, HANA)

    report = take(client, HANA.replace("Hana@", "thief@"))

    assert User.objects.get(resident__external_id="app-1").email == "hana@example.jp"
    assert [finding.row_number for finding in report.findings] == [2]


@pytest.mark.django_db
def test_contact_data_are_sealed():
    client = OrganizationFactory()

    take(
        client,
        "a,04202,0225-11-2222,986-0824,石巻市立町1-1",
        header="外部ID,市区町村コード,電話,〒,住所",
    )

    resident = Resident.objects.get()
    assert b"0225" not in bytes(resident.contact_sealed or b"")
    assert opened_contact(resident) == {
        "phone": "0225-11-2222",
        "postal_code": "9860824",
        "address": "石巻市立町1-1",
    }


@pytest.mark.django_db
def test_the_same_id_under_another_client_is_another_resident():
    ResidentFactory(external_id="app-1", name="他県 花")

    take(OrganizationFactory(), HANA)

    assert Resident.objects.filter(external_id="app-1").count() == 2
    assert Resident.objects.filter(name="他県 花").exists()


@pytest.mark.django_db
def test_a_dry_run_writes_nothing():
    report = take(OrganizationFactory(), HANA, dry_run=True)

    assert (report.created_count, report.sign_in_count) == (1, 1)
    assert not Resident.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_ten_thousand_rows_take_seconds_and_few_queries(django_assert_max_num_queries):
    lines = [
        f"app-{n},住民 {n},ジュウミン,r{n}@example.jp,04202,1980,女,防災" for n in range(10_000)
    ]
    client = OrganizationFactory()

    start = time.monotonic()
    with django_assert_max_num_queries(80):
        report = take(client, *lines)
    seconds = time.monotonic() - start

    assert (report.created_count, report.sign_in_count) == (10_000, 10_000)
    assert seconds < 20


# --- The command ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_command_reads_an_excel_list_for_the_client_of_a_program(tmp_path):
    program = ProgramFactory()
    path = tmp_path / "list.xlsx"
    path.write_bytes(xlsx_bytes(HEADER.split(","), [HANA.split(","), TARO.split(",")]))
    out, again = StringIO(), StringIO()

    call_command("import_residents", str(path), "--program", program.code, "--json", stdout=out)
    call_command("import_residents", str(path), "--client", program.client.code, stdout=again)

    assert json.loads(out.getvalue())["created_count"] == 2
    assert "新規 0、更新 0、変更なし 2" in again.getvalue()
    assert set(Resident.objects.values_list("client", flat=True)) == {program.client_id}


@pytest.mark.django_db
def test_the_command_refuses_in_one_sentence(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"%PDF-1.7")

    with pytest.raises(CommandError, match="PDF ファイルです"):
        call_command("import_residents", str(path), "--program", ProgramFactory().code)
    with pytest.raises(CommandError, match="発注者コード「none」の発注者はありません"):
        call_command("import_residents", str(path), "--client", "none")
