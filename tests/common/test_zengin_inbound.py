"""What banks send: 振込入金通知 (01) and 入出金取引明細 (03)."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.zengin.deposits import DEPOSIT_NOTICE, Deposit, read_deposit_notices
from pointsys.common.zengin.errors import FileRefused
from pointsys.common.zengin.inbound import HEADER_START, InboundAccount, InboundFormat
from pointsys.common.zengin.kana import FieldClass, narrow
from pointsys.common.zengin.records import Layout, record_length
from pointsys.common.zengin.statements import STATEMENT, Movement, read_statements
from tests.vectors import document_params

END = "9" + " " * 199
DAYS = {"created_date": "070515", "from_date": "070515", "to_date": "070515"}
ACCOUNT = {"bank_code": "0166", "branch_code": "150", "account_type": "1"}
DATES = {"posted_date": "070515", "value_date": "070514"}


def is_inbound(document: dict[str, Any], type_code: str) -> bool:
    records = document.get("expected", {}).get("records") or [""]
    return document.get("record_length") == 200 and records[0][1:3] == type_code


@pytest.mark.vectors
@pytest.mark.parametrize(
    "vector", document_params(lambda d: is_inbound(d, "01"), "振込入金通知 files")
)
def test_deposit_notices_agree_with_the_vectors(vector: tuple[Path, dict[str, Any]]) -> None:
    path, document = vector

    (notice,) = read_deposit_notices(path.with_suffix(".txt").read_bytes())

    summary = document["expected"]["summary"]
    assert notice.count == summary["count"]
    assert notice.total_yen == summary["total"]
    assert notice.cancelled_count == summary["cancel_count"]
    assert notice.cancelled_total_yen == summary["cancel_total"]
    assert_account(notice.account, document["header"])
    assert len(notice.deposits) == len(document["rows"])
    for deposit, row in zip(notice.deposits, document["rows"], strict=True):
        assert_row(deposit, row, row.get("remitter_name", ""))
        assert deposit.edi == narrow(row.get("edi", ""), FieldClass.EDI)


@pytest.mark.vectors
@pytest.mark.parametrize(
    "vector", document_params(lambda d: is_inbound(d, "03"), "入出金取引明細 files")
)
def test_statements_agree_with_the_vectors(vector: tuple[Path, dict[str, Any]]) -> None:
    path, document = vector

    (statement,) = read_statements(path.with_suffix(".txt").read_bytes())

    summary = document["expected"]["summary"]
    assert statement.incoming_count == summary["in_count"]
    assert statement.incoming_total_yen == summary["in_total"]
    assert statement.outgoing_count == summary["out_count"]
    assert statement.outgoing_total_yen == summary["out_total"]
    assert statement.closing_balance_yen == summary["closing_balance"]
    assert statement.opening_balance_yen == document["header"]["opening_balance"]
    assert statement.balances_agree
    assert_account(statement.account, document["header"])
    assert len(statement.movements) == summary["data_records"]
    for movement, row in zip(statement.movements, document["rows"], strict=True):
        assert_row(movement, row, row.get("name", ""))
        assert movement.is_incoming == (row["in_out"] == "1")
        assert movement.kind == row["kind"]
        assert movement.summary == narrow(row.get("summary", ""), FieldClass.EDI)


def assert_account(account: InboundAccount, told: dict[str, Any]) -> None:
    assert account.bank_code == told["bank_code"]
    assert account.branch_code == told["branch_code"]
    assert account.account_number == told["account_number"].zfill(7)
    assert account.account_name == narrow(told["account_name"], FieldClass.PARTY)
    assert account.created_date.isoformat() == told["created"]
    assert account.from_date.isoformat() == told["from"]
    assert account.to_date.isoformat() == told["to"]


def assert_row(read: Deposit | Movement, row: dict[str, Any], name: str) -> None:
    assert read.inquiry_number == row["inquiry_no"]
    assert read.posted_date.isoformat() == row["posted"]
    assert read.value_date.isoformat() == row["value_date"]
    assert read.amount_yen == row["amount"]
    assert read.remitter_code == row.get("remitter_code", "")
    assert read.remitter_name == narrow(name, FieldClass.PARTY)
    assert read.from_bank == narrow(row.get("from_bank", ""), FieldClass.BANK)
    assert read.from_branch == narrow(row.get("from_branch", ""), FieldClass.BANK)


@pytest.mark.parametrize("file_format", [DEPOSIT_NOTICE, STATEMENT])
def test_every_inbound_record_has_200_bytes(file_format: InboundFormat) -> None:
    for layout in (file_format.header, file_format.data, file_format.trailer):
        assert record_length(layout) == 200


def record(layout: Layout, **values: str) -> str:
    """Write a record the way banks do, numbers without value blank."""
    return "".join(
        values.get(f.name, "").rjust(f.length, "0" if values.get(f.name) else " ")
        if f.numeric
        else values.get(f.name, "").ljust(f.length)
        for f in layout
    )


def section(
    file_format: InboundFormat, rows: Iterable[dict[str, str]], **trailer: str
) -> list[str]:
    header = {"record_type": "1", "type_code": file_format.type_code, "code_kind": "0"}
    return [
        record(file_format.header, **header, **DAYS, **ACCOUNT, account_number="9000500"),
        *(record(file_format.data, record_type="2", **(DATES | row)) for row in rows),
        record(file_format.trailer, record_type="8", **trailer),
    ]


def file_of(*records: str) -> bytes:
    return "".join(r + "\r\n" for r in [*records, END]).encode("cp932")


RECEIVED = {"amount_yen": "5000", "remitter_name": "ｵｶﾓﾄ ｹﾝ", "cancellation": " "}
TAKEN_BACK = RECEIVED | {"cancellation": "1"}


@pytest.mark.parametrize(
    "trailer",
    [
        {"count": "1", "total_yen": "5000", "cancelled_count": "000001"}
        | {"cancelled_total_yen": "000000005000"},
        {"count": "1", "total_yen": "5000", "cancelled_count": "000001"}
        | {"cancelled_total_yen": "0000005000  "},
        {"count": "2", "total_yen": "10000", "cancelled_count": "      "},
    ],
)
def test_a_cancelled_deposit_is_read_whatever_the_bank_counts(trailer: dict[str, str]) -> None:
    data = file_of(*section(DEPOSIT_NOTICE, [RECEIVED, TAKEN_BACK], **trailer))

    (notice,) = read_deposit_notices(data)

    assert [d.is_cancelled for d in notice.deposits] == [False, True]


@pytest.mark.parametrize(
    ("trailer", "problem"),
    [
        ({"count": "2", "total_yen": "5000"}, "合計が明細と合いません"),
        ({"count": "1", "total_yen": "5001"}, "合計が明細と合いません"),
        ({"count": "1", "total_yen": "5000", "cancelled_count": "000009"}, "取消の合計"),
        ({"count": "1", "total_yen": "5000", "cancelled_count": "x"}, "取消合計件数"),
    ],
)
def test_a_notice_whose_trailer_disagrees_is_refused(trailer: dict[str, str], problem: str) -> None:
    data = file_of(*section(DEPOSIT_NOTICE, [RECEIVED], **trailer))

    with pytest.raises(FileRefused, match=problem):
        read_deposit_notices(data)


def test_a_file_may_hold_several_accounts() -> None:
    one = section(DEPOSIT_NOTICE, [RECEIVED], count="1", total_yen="5000")
    none = section(DEPOSIT_NOTICE, [], count="0", total_yen="0")

    notices = read_deposit_notices(file_of(*one, *none))

    assert [notice.count for notice in notices] == [1, 0]


def test_names_that_only_banks_write_are_read() -> None:
    row = RECEIVED | {"remitter_name": "ｵｶﾓﾄ,ｹﾝ*ｬ｡/", "remitter_code": "0000012345"}

    (notice,) = read_deposit_notices(
        file_of(*section(DEPOSIT_NOTICE, [row], count="1", total_yen="5000"))
    )

    assert notice.deposits[0].remitter_name == "ｵｶﾓﾄ,ｹﾝ*ｬ｡/"
    assert notice.deposits[0].remitter_code == "12345"


def test_a_blank_value_date_is_the_posting_date() -> None:
    row = RECEIVED | {"value_date": "      "}

    (notice,) = read_deposit_notices(
        file_of(*section(DEPOSIT_NOTICE, [row], count="1", total_yen="5000"))
    )

    assert notice.deposits[0].value_date == date(2025, 5, 15)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"posted_date": "071332"}, "2件目のレコードの勘定日：日付"),
        ({"posted_date": ""}, "2件目のレコードの勘定日：日付"),
        ({"amount_yen": "   50x0000"}, "2件目のレコードの金額：数字ではない"),
    ],
)
def test_a_row_that_cannot_be_understood_is_named(row: dict[str, str], problem: str) -> None:
    data = file_of(*section(DEPOSIT_NOTICE, [RECEIVED | row], count="1", total_yen="5000"))

    with pytest.raises(FileRefused, match=problem):
        read_deposit_notices(data)


OUT = {"direction": "2", "kind": "14", "amount_yen": "300"}
IN = {"direction": "1", "kind": "11", "amount_yen": "100"}
TOTALS = {"incoming_count": "1", "incoming_total_yen": "100", "outgoing_count": "1"}
TOTALS |= {"outgoing_total_yen": "300"}


def test_an_overdrawn_balance_is_negative() -> None:
    totals = TOTALS | {"overdraft": "2", "closing_balance_yen": "200", "row_count": "2"}

    (statement,) = read_statements(file_of(*section(STATEMENT, [IN, OUT], **totals)))

    assert statement.closing_balance_yen == -200
    assert statement.balances_agree


def test_balances_that_do_not_follow_are_told() -> None:
    totals = TOTALS | {"overdraft": "1", "closing_balance_yen": "200"}

    (statement,) = read_statements(file_of(*section(STATEMENT, [IN, OUT], **totals)))

    assert not statement.balances_agree


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"incoming_total_yen": "101"}, "入金の合計"),
        ({"outgoing_count": "2"}, "出金の合計"),
        ({"row_count": "3"}, "データレコード件数：明細は2件"),
    ],
)
def test_a_statement_whose_trailer_disagrees_is_refused(
    changes: dict[str, str], problem: str
) -> None:
    with pytest.raises(FileRefused, match=problem):
        read_statements(file_of(*section(STATEMENT, [IN, OUT], **(TOTALS | changes))))


def test_a_direction_that_is_neither_in_nor_out_is_refused() -> None:
    data = file_of(*section(STATEMENT, [IN | {"direction": "3"}], **TOTALS))

    with pytest.raises(FileRefused, match="入払区分"):
        read_statements(data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (file_of(*section(STATEMENT, [], **TOTALS)), "種別コードは03です"),
        (file_of(), "途中で切れています"),
        (b"1" * 120, "200バイトのはず"),
        ("港".encode() * 100, "使わない文字"),
    ],
)
def test_a_file_of_another_kind_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(FileRefused, match=problem):
        read_deposit_notices(data)


def test_a_file_in_another_code_is_refused() -> None:
    records = section(DEPOSIT_NOTICE, [RECEIVED], count="1", total_yen="5000")
    offset = record_length(HEADER_START[:2])
    records[0] = records[0][:offset] + "1" + records[0][offset + 1 :]

    with pytest.raises(FileRefused, match="JIS"):
        read_deposit_notices(file_of(*records))


@given(
    st.binary(max_size=700) | st.text(st.sampled_from("1289 0ｱ\r\n"), max_size=900).map(str.encode)
)
def test_bytes_of_any_kind_never_crash_the_readers(data: bytes) -> None:
    for read in (read_deposit_notices, read_statements):
        with pytest.raises(FileRefused):
            read(data)
