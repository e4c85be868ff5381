"""Reading files of slip payments: headings, dates, amounts, and the key of each deposit."""

from datetime import date

import pytest

from pointsys.common.tabular import TableRefused, xlsx_bytes
from tests.vouchers.sales import deposit_file
from vouchers.deposits import read_deposits
from vouchers.errors import NotADepositFile

TODAY = date(2025, 8, 20)
SLIP = "572100000004"


def read(content: bytes):
    return read_deposits(content, today=TODAY)


@pytest.mark.req("VO-06")
@pytest.mark.parametrize(
    "columns",
    [
        ("払込番号", "金額", "入金日"),
        ("お客様番号", "払込金額（円）", "収納日"),
        ("収納番号", "入金額", "払込日"),
        ("払込票番号 ※", "収納金額", "取扱日"),
    ],
)
def test_agents_call_their_columns_differently(columns):
    listing = read(deposit_file((SLIP, "5000", "2025-08-19"), columns=columns))

    (deposit,) = listing.deposits
    assert (deposit.slip_number, deposit.amount_yen) == (SLIP, 5_000)
    assert deposit.received_date == date(2025, 8, 19)


@pytest.mark.parametrize(
    "written",
    [
        "2025-08-19",
        "2025/8/19",
        "2025年8月19日",
        "20250819",
        "令和7年8月19日",
        "R7.8.19",
        "45888",
        "２０２５／０８／１９",
        "2025-08-19 23:59:00",
        "2025-08-19T00:00:00",
    ],
)
def test_days_are_understood_as_they_are_written(written):
    (deposit,) = read(deposit_file((SLIP, "5000", written, "1"))).deposits

    assert deposit.received_date == date(2025, 8, 19)


@pytest.mark.parametrize("written", ["5000", "5,000", "５，０００", "¥5,000", "5000円"])
def test_amounts_are_understood_as_they_are_written(written):
    assert read(deposit_file((SLIP, written, "2025-08-19", "1"))).deposits[0].amount_yen == 5_000


def test_slip_numbers_keep_their_digits_with_hyphens_and_full_width():
    listing = read(deposit_file(("５７２１-0000-0004", "5000", "2025-08-19", "1")))

    assert listing.deposits[0].slip_number == SLIP


def test_an_excel_file_is_read_too():
    content = xlsx_bytes(("払込番号", "金額", "入金日"), [(SLIP, 5_000, "2025-08-19")])

    assert read(content).deposits[0].amount_yen == 5_000


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("abc", "5000", "2025-08-19", "1"), "払込番号"),
        (("", "5000", "2025-08-19", "1"), "払込番号"),
        ((SLIP * 3, "5000", "2025-08-19", "1"), "払込番号"),
        ((SLIP, "", "2025-08-19", "1"), "金額"),
        ((SLIP, "0", "2025-08-19", "1"), "金額"),
        ((SLIP, "-5000", "2025-08-19", "1"), "金額"),
        ((SLIP, "1.5", "2025-08-19", "1"), "金額"),
        ((SLIP, "99999999999999999999", "2025-08-19", "1"), "金額"),
        ((SLIP, "5000", "", "1"), "入金日"),
        ((SLIP, "5000", "2025-02-30", "1"), "入金日"),
        ((SLIP, "5000", "2025-08-21", "1"), "入金日"),
        ((SLIP, "5000", "99999", "1"), "入金日"),
    ],
)
def test_a_row_that_is_no_deposit_says_where_and_why(row, field):
    listing = read(deposit_file(row, (SLIP, "5000", "2025-08-19", "2")))

    (rejected,) = listing.rejected
    assert (rejected.place, rejected.field) == ("2行目", field)
    assert len(listing.deposits) == 1
    assert listing.row_count == 2


def test_an_amount_that_its_comma_cut_in_two_is_refused():
    listing = read("払込番号,金額,入金日\n572100000004,5,000,2025-08-19\n".encode())

    assert not listing.deposits
    assert "囲んでください" in listing.rejected[0].reason


@pytest.mark.parametrize("content", [b"", b"\x00\x00", b"name,points\na,1\n", b"PK\x03\x04broken"])
def test_a_file_of_something_else_is_refused(content):
    with pytest.raises((NotADepositFile, TableRefused)):
        read(content)


@pytest.mark.req("VO-06")
def test_the_same_money_has_the_same_key_in_another_file():
    first = read(
        deposit_file((SLIP, "5000", "2025-08-18", "A1"), (SLIP, "5000", "2025-08-19", "A2"))
    )
    second = read(
        deposit_file(("11", "6000", "2025-08-19", "A3"), (SLIP, "5,000", "2025/8/19", "A2"))
    )

    assert first.deposits[1].row_key == second.deposits[1].row_key
    assert len({d.row_key for d in (*first.deposits, *second.deposits)}) == 3
    assert first.sha256 != second.sha256


def test_two_equal_rows_without_a_serial_are_two_payments():
    columns = ("払込番号", "金額", "入金日")
    row = (SLIP, "5000", "2025-08-19")

    twice = read(deposit_file(row, row, columns=columns)).deposits
    once = read(deposit_file(row, columns=columns)).deposits

    assert len({deposit.row_key for deposit in twice}) == 2
    assert once[0].row_key == twice[0].row_key


def test_a_serial_that_stands_twice_is_one_payment():
    row = (SLIP, "5000", "2025-08-19", "A1")

    assert len(read(deposit_file(row, row)).deposits) == 1


@pytest.mark.req("VO-06")
def test_rows_that_repeat_in_a_file_are_named_and_the_rest_keep_their_order():
    other = "572100000012"
    day = "2025-08-19"
    listing = read(
        deposit_file(
            (SLIP, "5000", day, "1"),
            (other, "5000", day, "2"),
            (SLIP, "5000", day, "1"),
            (SLIP, "5000", day, "3"),
            columns=("払込番号", "金額", "入金日", "整理番号"),
        )
    )

    assert [deposit.place for deposit in listing.deposits] == ["2行目", "3行目", "5行目"]
    (row,) = listing.repeated
    assert (row.place, row.first_place, row.is_counted) == ("4行目", "2行目", False)


def test_equal_rows_without_a_serial_are_named_as_payments_of_their_own():
    listing = read(
        deposit_file(
            (SLIP, "5000", "2025-08-19"),
            (SLIP, "5000", "2025-08-19"),
            columns=("払込番号", "金額", "入金日"),
        )
    )

    assert len(listing.deposits) == 2
    (row,) = listing.repeated
    assert (row.place, row.first_place, row.is_counted) == ("3行目", "2行目", True)


def test_a_row_with_two_mistakes_tells_both():
    (row,) = read(deposit_file(("?", "-5", "2025-08-19", "1"))).rejected

    assert row.field == "払込番号・金額"
    assert "払込番号を" in row.reason
    assert "金額を" in row.reason
