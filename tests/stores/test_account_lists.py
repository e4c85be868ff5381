import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pointsys.common.tabular import TableRefused, xlsx_bytes
from pointsys.users.models import Role
from stores import errors, queries
from stores.models import BankAccount
from stores.services import account_lists
from stores.services.accounts import open_bank_account
from tests.factories import NOON, EnrolmentFactory, OrganizationFactory, StoreFactory, staff_of

pytestmark = pytest.mark.django_db

HEAD = "店舗コード,銀行コード,支店コード,預金種目,口座番号,口座名義カナ,記号,番号"


@pytest.fixture
def client_org():
    return OrganizationFactory()


@pytest.fixture
def clerk(client_org):
    return staff_of(client_org, Role.OFFICE_CLERK)


@pytest.fixture
def stores(client_org):
    return [StoreFactory(client=client_org, code=f"04-0000{n}") for n in (1, 2, 3)]


def read(client_org, by, *lines, dry_run=False, encoding="utf-8"):
    content = "\r\n".join([HEAD, *lines]).encode(encoding)
    return account_lists.import_account_list(
        client_id=client_org.pk, content=content, by=by, at=NOON, dry_run=dry_run
    )


GOOD = (
    "04-00001,0125,282,普通,0048509,カ）コモレビフーズ,,",
    "04-00002,,,,,アベ ハルカ,18140,20418351",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_registers_accounts_of_banks_and_of_yucho(client_org, clerk, stores, encoding):
    report = read(client_org, clerk, *GOOD, encoding=encoding)

    assert (report.registered_count, report.rejected) == (2, ())
    opened = open_bank_account(queries.current_account(stores[1].pk))
    assert (opened["bank_code"], opened["account_number"]) == ("9900", "2041835")


def test_looking_first_writes_nothing(client_org, clerk, stores):
    report = read(client_org, clerk, *GOOD, dry_run=True)

    assert report.registered_count == 2
    assert not BankAccount.objects.exists()


def test_reading_the_same_list_again_changes_nothing(client_org, clerk, stores):
    read(client_org, clerk, *GOOD)

    again = read(client_org, clerk, *GOOD)

    assert (again.registered_count, again.unchanged_count) == (0, 2)
    assert BankAccount.objects.count() == 2


def test_a_row_that_changes_an_account_waits_for_a_second_person(client_org, clerk, stores):
    read(client_org, clerk, *GOOD)
    changed = GOOD[0].replace("0048509", "7654321")

    without_a_person = read(client_org, None, changed)
    report = read(client_org, clerk, changed)
    again = read(client_org, clerk, changed)

    assert "--by" in without_a_person.rejected[0].reason
    assert report.change_count == 1
    assert queries.current_account(stores[0].pk).number_tail == "509"
    assert queries.pending_account_change(stores[0]) is not None
    assert "承認待ち" in again.rejected[0].reason


def test_each_row_that_is_not_taken_says_where_what_and_why(client_org, clerk, stores):
    StoreFactory(code="04-09999")
    report = read(
        client_org,
        clerk,
        "04-09999,0125,282,普通,1234567,アベ,,",
        "04-00001,9998,282,普通,1234567,アベ,,",
        "04-00002,0125,282,定期,1234567,アベ,,",
        "04-00003,0125,282,普通,1234567,カ）コモレビ・フーズ,,",
        "04-00003,0125,282,普通,1234567,アベ,,",
        ",,,,,,,",
        "04-00001,0125,282,普通,12345678,アベ,,",
    )

    assert report.accepted == ()
    found = [(row.place, row.field) for row in report.rejected]
    assert found == [
        ("2行目", "店舗コード"),
        ("3行目", "銀行コード"),
        ("4行目", "預金種目"),
        ("5行目", "口座名義カナ"),
        ("6行目", "店舗コード"),
        ("8行目", "店舗コード"),
    ]
    assert "7文字目の「・」（中黒）" in report.rejected[3].reason
    assert "1234567" not in json.dumps(report.as_json(), ensure_ascii=False)


def test_zeros_that_excel_dropped_are_put_back(client_org, clerk, stores):
    content = xlsx_bytes(HEAD.split(","), [["04-00001", 125, 282, "普通", 48509, "アベ", "", ""]])

    account_lists.import_account_list(client_id=client_org.pk, content=content, by=clerk, at=NOON)

    opened = open_bank_account(queries.current_account(stores[0].pk))
    assert (opened["bank_code"], opened["account_number"]) == ("0125", "0048509")


def test_stores_with_one_account_are_pointed_out(client_org, clerk, stores):
    read(client_org, clerk, GOOD[0])

    report = read(client_org, clerk, GOOD[0].replace("04-00001", "04-00003"))

    assert report.accepted[0].shared_with == ("04-00001",)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff" * 300, b"PK\x03\x04broken", "店名,住所\r\nあ,い".encode(), b"[1]"],
)
def test_a_wrong_file_is_refused_whole(client_org, clerk, stores, content):
    with pytest.raises((TableRefused, errors.NotAnAccountList)) as refusal:
        account_lists.import_account_list(
            client_id=client_org.pk, content=content, by=clerk, at=NOON
        )

    assert len(str(refusal.value)) > 10
    assert not BankAccount.objects.exists()


def test_the_command_tells_counts_and_reasons(tmp_path, client_org, clerk, stores):
    enrolment = EnrolmentFactory(store=stores[0], program__client=client_org)
    path = tmp_path / "口座.csv"
    path.write_text("\n".join([HEAD, *GOOD, "04-77777,0125,282,普通,1,アベ,,"]), encoding="cp932")
    told = StringIO()

    call_command(
        "import_bank_accounts", path, program=enrolment.program.code, dry_run=True, stdout=told
    )
    call_command("import_bank_accounts", path, client=client_org.code, json=True, stdout=told)

    first, reason, report = told.getvalue().strip().split("\n")
    assert "登録 2" in first
    assert "04-77777" in reason
    assert json.loads(report)["registered_count"] == 2
    with pytest.raises(CommandError, match="発注者はありません"):
        call_command("import_bank_accounts", path, client="nobody", stdout=told)
