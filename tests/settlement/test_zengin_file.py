"""The transfer file: bytes out, bytes in, and what it refuses."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.zengin.records import Framing, Overflow, Separator, record_length
from settlement.zengin import (
    FileProfile,
    MonthDay,
    TransferRefused,
    TransferRow,
    decode_transfer_file,
    encode_transfer_file,
)
from settlement.zengin_json import transfer_from_json, transfer_to_json
from settlement.zengin_layout import (
    DATA,
    DATA_WITH_EDI,
    DATA_WITH_TEXT_CODES,
    END,
    HEADER,
    IDENTIFICATION_OFFSET,
    TRAILER,
)
from tests.settlement.transfers import HEADER as SAMPLE_HEADER
from tests.settlement.transfers import ROW, header, row
from tests.vectors import document_params

NO_SEPARATOR = Framing(Separator.NONE, after_last=False)


def is_transfer(document: dict[str, Any]) -> bool:
    return {"options", "header", "rows", "expected"} <= document.keys()


def test_accounts_and_payees_stay_out_of_what_is_logged() -> None:
    assert ROW.account_number not in repr(ROW)
    assert ROW.payee_name not in repr(ROW)


TRANSFERS = document_params(is_transfer, "総合振込 files")


@pytest.mark.vectors
@pytest.mark.req("SE-03")
@pytest.mark.parametrize("vector", TRANSFERS)
def test_bytes_written_equal_the_vectors(vector: tuple[Path, dict[str, Any]]) -> None:
    path, document = vector
    expected = document["expected"]
    asked = transfer_from_json(path.read_text(encoding="utf-8"))

    written = encode_transfer_file(asked.header, asked.rows, asked.profile)

    assert written == (path.parent / expected["file"]).read_bytes()
    assert hashlib.sha256(written).hexdigest() == expected["sha256"]
    assert len(written) == expected["byte_length"]


@pytest.mark.vectors
@pytest.mark.req("SE-03")
@pytest.mark.parametrize("vector", TRANSFERS)
def test_what_is_read_from_the_vectors_is_what_they_say(
    vector: tuple[Path, dict[str, Any]],
) -> None:
    path, document = vector
    data = (path.parent / document["expected"]["file"]).read_bytes()

    transfer = decode_transfer_file(data)

    told = transfer_to_json(transfer, data, file_name=document["expected"]["file"])
    assert {key: told["expected"].get(key) for key in document["expected"]} == document["expected"]
    assert encode_transfer_file(transfer.header, transfer.rows, transfer.profile) == data
    again = transfer_from_json(json.dumps(told))
    assert encode_transfer_file(again.header, again.rows, again.profile) == data


@pytest.mark.parametrize(
    "layout", [HEADER, DATA, DATA_WITH_EDI, DATA_WITH_TEXT_CODES, TRAILER, END]
)
def test_every_record_of_the_layout_has_120_bytes(layout: Any) -> None:
    assert record_length(layout) == 120


def test_the_mark_of_edi_stands_where_the_reader_looks() -> None:
    names = [field.name for field in DATA]

    before = DATA[: names.index("identification")]

    assert record_length(before) == IDENTIFICATION_OFFSET


def test_a_payment_is_written_field_by_field() -> None:
    written = encode_transfer_file(SAMPLE_HEADER, [ROW]).decode("cp932").split("\r\n")

    assert written == [
        "12109900000001ｶ)ｻﾝﾌﾟﾙｼﾞﾑｷﾖｸ                           0620"
        "0125ｼﾁｼﾞﾕｳｼﾁ       100ﾎﾝﾃﾝ           19000001" + " " * 17,
        "20125ｼﾁｼﾞﾕｳｼﾁ       404ｲｼﾉﾏｷ          0000" + "19876501"
        "ｶ)ﾐﾅﾄｼﾖｳﾃﾝ                    " + "0000152300" + "0" + "0000001001" + "0000202505" + "7"
        " " + " " * 7,
        "8000001000000152300" + " " * 101,
        "9" + " " * 119,
        "",
    ]


@pytest.mark.req("SE-03")
def test_the_trailer_counts_and_sums_the_payments_only() -> None:
    rows = [row(amount_yen=1), row(amount_yen=0, payee_name="漢字"), row(amount_yen=9_999_999_999)]

    transfer = decode_transfer_file(encode_transfer_file(SAMPLE_HEADER, rows))

    assert (transfer.payment_count, transfer.total_yen) == (2, 10_000_000_000)
    assert [r.amount_yen for r in transfer.rows] == [1, 9_999_999_999]


@pytest.mark.parametrize("separator", Separator)
@pytest.mark.parametrize("after_last", [True, False])
@pytest.mark.parametrize("eof", [True, False])
def test_every_framing_is_read_back_as_written(
    separator: Separator, after_last: bool, eof: bool
) -> None:
    framing = Framing(separator, after_last and separator is not Separator.NONE, eof)

    written = encode_transfer_file(SAMPLE_HEADER, [ROW], FileProfile(framing=framing))

    assert decode_transfer_file(written).profile.framing == framing
    assert written.endswith(b"\x1a") == eof


@pytest.mark.parametrize(
    "profile",
    [
        FileProfile(clearing_house="", transfer_category=""),
        FileProfile(clearing_house="    ", transfer_category=" "),
        FileProfile(clearing_house="1234", transfer_category="8", new_code="1"),
        FileProfile(customer_codes_as_text=True),
        FileProfile(writes_bank_names=False),
    ],
)
def test_what_differs_between_banks_survives_reading(profile: FileProfile) -> None:
    rows = [ROW, row(new_code="2"), row(customer_code_1="", customer_code_2="")]
    written = encode_transfer_file(SAMPLE_HEADER, rows, profile)

    read = decode_transfer_file(written)

    assert encode_transfer_file(read.header, read.rows, read.profile) == written


def test_customer_codes_may_be_text_where_the_bank_says_so() -> None:
    rows = [row(customer_code_1="a-100", customer_code_2="")]

    written = encode_transfer_file(SAMPLE_HEADER, rows, FileProfile(customer_codes_as_text=True))

    assert written[122 + 91 : 122 + 111] == b"A-100               "
    assert decode_transfer_file(written).rows[0].customer_code_1 == "A-100"


def test_edi_text_takes_the_place_of_both_codes() -> None:
    rows = [row(customer_code_1="", customer_code_2="", edi="ポイント/2025-08")]

    written = encode_transfer_file(SAMPLE_HEADER, rows)

    assert written[122 + 91 : 122 + 113].decode("cp932") == "ﾎﾟｲﾝﾄ/2025-08       7Y"


def test_truncation_on_request_never_parts_a_kana_from_its_mark() -> None:
    rows = [row(payee_name="ア" * 29 + "ガ", branch_name="ア" * 14 + "パ")]

    written = encode_transfer_file(SAMPLE_HEADER, rows, FileProfile(on_overflow=Overflow.TRUNCATE))

    payment = decode_transfer_file(written).rows[0]
    assert payment.payee_name == "ｱ" * 29
    assert payment.branch_name == "ｱ" * 14


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"payee_name": "ヤマダ・ハナコ"}, "2行目の受取人名：4文字目の「・」（中黒）は"),
        ({"payee_name": "ア" * 31}, "2行目の受取人名：31文字あります。"),
        ({"payee_name": "　"}, "2行目の受取人名：空です"),
        ({"bank_name": "（カ）"}, "2行目の被仕向銀行名：1文字目の「（」は"),
        ({"bank_code": "12345"}, "2行目の被仕向銀行番号：けた数が多すぎます"),
        ({"branch_code": ""}, "2行目の被仕向支店番号：数字3けた以内"),
        ({"account_number": "12345678"}, "2行目の口座番号：けた数が多すぎます"),
        ({"account_number": "123-456"}, "2行目の口座番号：数字7けた以内"),
        ({"account_number": "１２３"}, "2行目の口座番号：数字7けた以内"),
        ({"account_type": "3"}, "2行目の預金種目：1（普通）、2（当座）、4（貯蓄）、9（その他）"),
        ({"amount_yen": -1}, "2行目の振込金額：1円から9,999,999,999円までです"),
        ({"amount_yen": 10_000_000_000}, "2行目の振込金額：1円から9,999,999,999円までです"),
        ({"new_code": "3"}, "2行目の新規コード："),
        ({"transfer_category": "9"}, "2行目の振込指定区分："),
        ({"customer_code_1": "A1"}, "2行目の顧客コード1：数字10けた以内"),
        ({"customer_code_2": "12345678901"}, "2行目の顧客コード2：けた数が多すぎます"),
        ({"edi": "ABC"}, "2行目のEDI情報：顧客コードと同時には書けません"),
        ({"edi": "A,B", "customer_code_1": "", "customer_code_2": ""}, "2行目のEDI情報：2文字目"),
        ({"edi": "A" * 21, "customer_code_1": "", "customer_code_2": ""}, "2行目のEDI情報：21文字"),
    ],
)
def test_a_refused_row_is_named_with_its_field(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(TransferRefused) as refusal:
        encode_transfer_file(SAMPLE_HEADER, [ROW, row(**changes)])

    assert str(refusal.value).startswith(problem)
    assert refusal.value.problems[0].row == 2
    assert ROW.account_number not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"transfer_date": date(2025, 7, 20)}, "振込指定日：2025-07-20（日）は銀行の休業日です"),
        ({"transfer_date": date(2026, 1, 2)}, "振込指定日：2026-01-02（金）は銀行の休業日です"),
        ({"consignor_name": ""}, "委託者名：空です"),
        ({"consignor_name": "ア" * 41}, "委託者名：41文字あります"),
        ({"consignor_code": "12345678901"}, "委託者コード：けた数が多すぎます"),
        ({"account_type": "4"}, "預金種目：1（普通）、2（当座）、9（その他）"),
        ({"account_number": ""}, "口座番号：数字7けた以内"),
    ],
)
def test_a_refused_header_names_its_field(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(TransferRefused) as refusal:
        encode_transfer_file(header(**changes), [ROW])

    assert str(refusal.value).startswith(problem)


def test_a_bank_holiday_is_written_only_when_asked_for() -> None:
    sunday = header(transfer_date=date(2025, 7, 20))

    written = encode_transfer_file(sunday, [ROW], FileProfile(requires_bank_day=False))

    assert decode_transfer_file(written).header.transfer_date == MonthDay(7, 20)


def test_every_problem_is_listed_at_once() -> None:
    rows = [row(payee_name="漢字"), ROW, row(account_type="7")]

    with pytest.raises(TransferRefused) as refusal:
        encode_transfer_file(header(consignor_name=""), rows)

    assert [(p.row, p.label) for p in refusal.value.problems] == [
        (None, "委託者名"),
        (1, "受取人名"),
        (3, "預金種目"),
    ]
    assert str(refusal.value).endswith("（ほか2件）")


@pytest.mark.parametrize("rows", [[], [row(amount_yen=0)]])
def test_a_file_without_a_payment_is_refused(rows: list[TransferRow]) -> None:
    with pytest.raises(TransferRefused, match="1件もありません"):
        encode_transfer_file(SAMPLE_HEADER, rows)


def test_a_total_beyond_twelve_digits_is_refused() -> None:
    most = row(amount_yen=9_999_999_999)
    fits = [most] * 100 + [row(amount_yen=99)]

    assert decode_transfer_file(encode_transfer_file(SAMPLE_HEADER, fits)).total_yen == 10**12 - 1
    with pytest.raises(TransferRefused, match="合計金額：1,000,000,000,000円"):
        encode_transfer_file(SAMPLE_HEADER, [*fits, row(amount_yen=1)])


def test_a_bank_may_take_fewer_records() -> None:
    with pytest.raises(TransferRefused, match="3件あります。2件までです"):
        encode_transfer_file(SAMPLE_HEADER, [ROW] * 3, FileProfile(max_payments=2))


def test_the_year_is_the_nearest_one() -> None:
    january = encode_transfer_file(header(transfer_date=date(2026, 1, 20)), [ROW])
    leap_day = encode_transfer_file(header(transfer_date=date(2028, 2, 29)), [ROW])

    assert decode_transfer_file(january).header.transfer_date == MonthDay(1, 20)
    read = decode_transfer_file(january, near=date(2025, 12, 26))
    assert read.header.transfer_date == date(2026, 1, 20)
    read = decode_transfer_file(leap_day, near=date(2027, 12, 31))
    assert read.header.transfer_date == date(2028, 2, 29)
    read = decode_transfer_file(leap_day, near=date(2030, 1, 1))
    assert read.header.transfer_date == date(2028, 2, 29)


FILE = encode_transfer_file(SAMPLE_HEADER, [ROW, ROW])
BARE = encode_transfer_file(SAMPLE_HEADER, [ROW, ROW], FileProfile(framing=NO_SEPARATOR))


def with_bytes(offset: int, replacement: bytes) -> bytes:
    return BARE[:offset] + replacement + BARE[offset + len(replacement) :]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "ファイルが空です"),
        (b"\r\n", "ファイルが空です"),
        (b"\xef\xbb\xbf" + FILE, "全銀形式では使わない文字"),
        (FILE.decode("cp932").encode(), "全銀形式では使わない文字"),
        (FILE.decode("cp932").encode("utf-16"), "全銀形式では使わない文字"),
        (b"PK\x03\x04" + bytes(1000), "全銀形式では使わない文字"),
        (b"\xf1" + FILE[1:], "EBCDIC"),
        (FILE.replace(b"\r\n", b"\r"), "CRだけ"),
        (FILE[:-10], "112バイト"),
        (BARE[:-1], "119バイト"),
        (BARE[:-120], "順に並んでいません"),
        (BARE[:120] + BARE[240:], "トレーラーは2件、明細は1件"),
        (BARE[:360] + BARE[:360] + BARE[360:], "順に並んでいません"),
        (BARE + BARE[-120:], "順に並んでいません"),
        (with_bytes(1, b"11"), "種別コード：11です"),
        (with_bytes(3, b"1"), "コード区分：1です"),
        (with_bytes(54, b"0231"), "振込指定日：月日として正しくありません"),
        (with_bytes(54, b"0000"), "振込指定日：月日として正しくありません"),
        (with_bytes(119, b"x"), "ダミー：空白のはず"),
        (with_bytes(120 + 50, b" "), "1行目の受取人名：左詰めになっていません"),
        (with_bytes(120 + 51, b"\xb0"), "1行目の受取人名：銀行の振込データで使えない文字"),
        (with_bytes(120 + 50, b" " * 30), "1行目の受取人名：空です"),
        (with_bytes(120 + 80, b"0000000000"), "1行目の振込金額：0円です"),
        (with_bytes(120 + 80, b"    152300"), "1行目の振込金額：数字ではない文字"),
        (with_bytes(120 + 112, b"X"), "1行目の識別表示：Yか空白"),
        (with_bytes(240 + 42, b"3"), "2行目の預金種目："),
        (with_bytes(360 + 18, b"1"), "合計金額：トレーラーは304,601円、明細は304,600円です"),
    ],
)
def test_a_file_that_is_not_sound_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(TransferRefused) as refusal:
        decode_transfer_file(data)

    assert problem in str(refusal.value)


KANA = st.text(st.sampled_from("アイカガサザパヴャッーンｽﾞａＺ9 （）．－"), min_size=1, max_size=14)
ROWS = st.builds(
    TransferRow,
    bank_code=st.integers(0, 9999).map(str),
    bank_name=st.just("") | st.text(st.sampled_from("アガパーＵ"), max_size=7),
    branch_code=st.integers(0, 999).map(str),
    branch_name=st.text(st.sampled_from("アガパーＵ"), max_size=7),
    account_type=st.sampled_from("1249"),
    account_number=st.integers(0, 9_999_999).map(str),
    payee_name=KANA.filter(str.strip),
    amount_yen=st.integers(0, 9_999_999_999),
    customer_code_1=st.integers(0, 10**10 - 1).map(str),
    new_code=st.sampled_from([None, "0", "1", "2"]),
    clearing_house=st.sampled_from([None, "0000", "", "0101"]),
    transfer_category=st.sampled_from([None, "7", "8", "0", ""]),
)
FRAMINGS = st.sampled_from(
    [Framing(), NO_SEPARATOR, Framing(after_last=False), Framing(Separator.LF, True, True)]
)


@given(st.lists(ROWS, max_size=5), FRAMINGS)
def test_any_transfer_reads_back_as_it_was_meant(rows: list[TransferRow], framing: Framing) -> None:
    try:
        written = encode_transfer_file(SAMPLE_HEADER, rows, FileProfile(framing=framing))
    except TransferRefused:  # a mark that happens to follow a kana it cannot voice, or no payment
        return

    read = decode_transfer_file(written)

    paid = [r for r in rows if r.amount_yen]
    assert [int(r.account_number) for r in read.rows] == [int(r.account_number) for r in paid]
    assert [r.amount_yen for r in read.rows] == [r.amount_yen for r in paid]
    assert (read.payment_count, read.total_yen) == (len(paid), sum(r.amount_yen for r in paid))
    assert {len(record) for record in read.records} == {120}
    assert encode_transfer_file(read.header, read.rows, read.profile) == written
    told = transfer_from_json(json.dumps(transfer_to_json(read, written, file_name="x.txt")))
    assert encode_transfer_file(told.header, told.rows, told.profile) == written


@given(st.data())
def test_a_file_with_a_changed_byte_is_refused_or_means_just_that(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([FILE, BARE]))
    offset = data.draw(st.integers(0, len(source) - 1))
    changed = source[:offset] + bytes([data.draw(st.integers(0, 255))]) + source[offset + 1 :]

    try:
        read = decode_transfer_file(changed)
    except TransferRefused:
        return

    assert encode_transfer_file(read.header, read.rows, read.profile) == changed


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_never_crash_the_reader(data: bytes) -> None:
    with pytest.raises(TransferRefused):
        decode_transfer_file(data)
