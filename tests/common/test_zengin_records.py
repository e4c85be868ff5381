"""The engine of fixed-length records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.zengin.errors import FieldRefused, FileRefused
from pointsys.common.zengin.kana import FieldClass
from pointsys.common.zengin.records import (
    Field,
    Framing,
    Overflow,
    Separator,
    decode_record,
    encode_record,
    join_records,
    split_records,
)

LAYOUT = (
    Field("number", 4, "番号", numeric=True),
    Field("choice", 2, "区分", numeric=True, blank_ok=True),
    Field("name", 5, "名前", field_class=FieldClass.PARTY),
    Field("filler", 3, "ダミー"),
)


def test_numbers_are_right_aligned_and_text_is_left_aligned() -> None:
    assert (
        encode_record(LAYOUT, {"number": 7, "choice": "", "name": "ガ"}) == b"0007  \xb6\xde      "
    )


def test_a_record_reads_back() -> None:
    record = encode_record(LAYOUT, {"number": "12", "choice": "3", "name": "ＡＢ"})

    read = decode_record(LAYOUT, record)

    assert read == {"number": "0012", "choice": "03", "name": "AB", "filler": ""}


@pytest.mark.parametrize("value", ["12345", "１", "-1", "1.5", "", " 1", True])
def test_a_number_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(FieldRefused, match="番号"):
        encode_record(LAYOUT, {"number": value, "name": "A"}, Overflow.TRUNCATE)


@given(st.integers(0, 10**6), st.text(st.sampled_from("アガパ A"), max_size=8))
def test_a_value_never_spills_into_its_neighbour(number: int, name: str) -> None:
    try:
        record = encode_record(LAYOUT, {"number": number, "name": name})
    except FieldRefused:
        return

    assert len(record) == 14
    assert int(record[:4]) == number
    assert record[11:] == b"   "


@pytest.mark.parametrize(
    "framing",
    [
        Framing(),
        Framing(after_last=False),
        Framing(Separator.LF),
        Framing(Separator.NONE, after_last=False),
        Framing(eof=True),
    ],
)
def test_records_are_told_apart_again(framing: Framing) -> None:
    records = [b"0001", b"0002", b"0003"]

    assert split_records(join_records(records, framing), 4) == (records, framing)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "空です"),
        (b"\x1a", "空です"),
        (b"0001\r0002\r", "CRだけ"),
        (b"0001\r\n00002\r\n", "2件目のレコードが5バイト"),
        (b"0001\r\n\r\n0002\r\n", "2件目のレコードが0バイト"),
        (b"0001\r\n00\n2\r\n", "2件目のレコードの途中に改行"),
        (b"00010002000", "3件目のレコードが3バイト"),
        ("0001東".encode(), "使わない文字"),
    ],
)
def test_a_file_that_is_not_of_such_records_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(FileRefused, match=problem):
        split_records(data, 4)
