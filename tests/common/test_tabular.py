import codecs
import io
import json
import struct
import subprocess
import sys
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsys.common.tabular import (
    Form,
    Limits,
    TableRefused,
    csv_bytes,
    guarded,
    read_bounded,
    read_path,
    read_tables,
    unguarded,
    xlsx_bytes,
)

LIST = "店名,住所\nみなと商店,石巻市立町1-1\nやまと食堂,仙台市青葉区中央1-1\n"


def has_name(cells):
    return "店名" in [cell.strip() for cell in cells]


def rows_of(content, **limits):
    [table] = read_tables(content, is_header=has_name, limits=Limits(**limits))
    return [(record.number, list(record.values.values())) for record in table.records]


def refusal_of(content, **limits):
    with pytest.raises(TableRefused) as refused:
        read_tables(content, is_header=has_name, limits=Limits(**limits))
    return str(refused.value)


def workbook(*rows, sheets=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, state, sheet_rows in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in sheet_rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rezipped(content, **changes):
    """The workbook with parts replaced by name."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, changes.pop(entry.filename, old.read(entry)))
        for name, part in changes.items():
            new.writestr(name, part)
    return target.getvalue()


# --- Text -------------------------------------------------------------------------------------
@pytest.mark.req("ST-02")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_every_encoding_of_an_office(encoding, line_end):
    content = LIST.replace("\n", line_end).encode(encoding)

    rows = rows_of(content)

    assert rows == [
        (2, ["みなと商店", "石巻市立町1-1"]),
        (3, ["やまと食堂", "仙台市青葉区中央1-1"]),
    ]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_found(separator):
    rows = rows_of(LIST.replace(",", separator).encode())

    assert rows[0] == (2, ["みなと商店", "石巻市立町1-1"])


def test_rows_carry_the_number_that_excel_shows():
    content = '加盟店一覧\n\n店名,住所\n"みなと\n商店",石巻市\n\nやまと食堂,仙台市\n'.encode()

    rows = rows_of(content)

    assert rows == [(4, ["みなと\n商店", "石巻市"]), (6, ["やまと食堂", "仙台市"])]


def test_repeated_and_nameless_columns_keep_their_values():
    content = "店名,備考,備考,,\nみなと商店,一,二,三,\n".encode()

    [table] = read_tables(content, is_header=has_name)

    assert table.records[0].values == {
        "店名": "みなと商店", "備考": "一", "備考（2）": "二", "列4": "三",
    }  # fmt: skip


def test_a_short_row_is_filled_and_a_long_row_says_what_is_left_over():
    content = "店名,住所\nみなと商店\nやまと,食堂,仙台市\n".encode()

    [table] = read_tables(content, is_header=has_name)

    short, long = table.records
    assert short.values == {"店名": "みなと商店", "住所": ""}
    assert (long.surplus, long.original["見出しのない値"]) == (("仙台市",), ["仙台市"])


# --- JSON -------------------------------------------------------------------------------------
def test_json_objects_are_named_by_their_keys_and_kept_untouched():
    shop = {"店名": "みなと商店", "location": {"lat": 38.4, "lng": None}, "tags": ["魚", "肉"]}

    [table] = read_tables(json.dumps([shop]).encode(), is_header=has_name)

    assert table.form == Form.JSON
    assert table.records[0].original == shop
    assert table.records[0].values == {
        "店名": "みなと商店", "location.lat": "38.4", "location.lng": "", "tags": "魚、肉",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrapped",
    [
        {"names": ["みなと商店"], "data": [{"店名": "みなと商店"}]},
        {"result": {"count": 1, "shops": [{"店名": "みなと商店"}]}},
        [["店名"], ["みなと商店"]],
        {"a1": {"店名": "みなと商店"}, "a2": {"店名": "やまと食堂"}},
    ],
)
def test_the_list_is_found_inside_json(wrapped):
    [table] = read_tables(json.dumps(wrapped).encode(), is_header=has_name)

    assert table.records[0].values["店名"] == "みなと商店"


def test_a_repeated_key_in_json_loses_nothing():
    content = '[{"店名": "みなと", "電話": "1", "電話": "2"}]'.encode()

    [table] = read_tables(content, is_header=has_name)

    assert table.records[0].original == {"店名": "みなと", "電話": "1", "電話（2）": "2"}


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}',
        b"[1, 2, 3]",
        b"[]",
        b'[{"a": NaN}]',
        b'[{"a": 1e999}]',
        b'[{"a": "\\u0000"}]',
        b'[{"a": [{"b": "\\ud800"}]}]',
        b'[{"\\ud800": 1}]',
        b'[{"a": ' + b"9" * 5000 + b"}]",
        b"[" * 100_000,
        b'[{"a":' * 50 + b"1" + b"}]" * 50,
        b"[{" + b'"a":1,' * 10,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_json_that_cannot_be_a_list_or_be_stored_is_refused(content):
    assert "JSON" in refusal_of(content) or "文字" in refusal_of(content)


# --- Excel ------------------------------------------------------------------------------------
@pytest.mark.req("ST-02")
def test_excel_values_are_read_as_excel_shows_them():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["店名", "郵便番号", "開店", "席", "割合", "済", "電話", "誤り", "改行"])
    sheet.append(["みなと", 600001, date(2025, 8, 1), 12.0, 0.5, True, "0229", "#N/A", "あ\nい"])
    sheet["B2"].number_format = r"[<=999]000;[<=9999]000\-00;000\-0000"
    content = saved(book)

    [table] = read_tables(content, is_header=has_name)

    assert list(table.records[0].values.values()) == [
        "みなと", "0600001", "2025-08-01", "12", "0.5", "TRUE", "0229", "#N/A", "あ\nい",
    ]  # fmt: skip
    assert table.records[0].number == 2


def test_rows_of_a_sheet_keep_their_numbers_over_gaps():
    book = openpyxl.Workbook()
    book.active["A3"], book.active["B3"] = "店名", "住所"
    book.active["A7"], book.active["B7"] = "みなと商店", "石巻市"

    assert rows_of(saved(book)) == [(7, ["みなと商店", "石巻市"])]


def test_hidden_sheets_are_left_out_and_every_visible_one_is_a_table():
    content = workbook(
        ["店名"], ["みなと"],
        sheets=[("二枚目", "visible", [["店名"], ["やまと"]]), ("控え", "hidden", [["店名"]])],
    )  # fmt: skip

    tables = read_tables(content, is_header=has_name)

    assert [table.label for table in tables] == ["Sheet", "二枚目"]


def test_the_reading_that_excel_keeps_beside_a_name_is_no_part_of_it():
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><t>店名</t></si><si><r><t>湊</t></r><r><t>商店_x000D_</t></r>"
        '<rPh sb="0" eb="1"><t>ミナト</t></rPh></si></sst>'
    )
    sheet = (
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>1</v></c></row></sheetData></worksheet>'
    )
    parts = {"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": sheet}
    content = rezipped(workbook(["店名"]), **parts)

    assert rows_of(content) == [(2, ["湊商店\r"])]


def test_a_formula_without_a_saved_result_is_refused_by_row():
    content = workbook(["店名", "住所"], ["みなと", "=A2"])

    assert refusal_of(content).startswith("2行目に、計算結果の保存されていない数式")


# --- Wrong files ------------------------------------------------------------------------------
def zip_bomb(megabytes=200):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as entry:
            for _ in range(megabytes):
                entry.write(b"0" * 1024 * 1024)
    return target.getvalue()


def lying_zip_bomb():
    """A bomb that states a small size for itself in both places where a zip file says it."""
    content = bytearray(zip_bomb())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = content.rfind(signature)
        struct.pack_into("<L", content, start + offset, 1_000)
    return bytes(content)


def many_entries():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/{number}.xml", "")
    return target.getvalue()


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "店"><!ENTITY b "&a;&a;&a;">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)
WRONG = {
    "empty": b"",
    "blank": b" \r\n\n\t",
    "mark only": codecs.BOM_UTF8,
    "binary": bytes(range(256)) * 40,
    "NUL": b"a,b\n1,\x00\n",
    "no encoding": "店名,住所\n".encode() + b"\xff\xfe\xfa\n" + "みなと".encode(),
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 500,
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "picture": b"\x89PNG\r\n\x1a\n" + b"0" * 50,
    "web page": b"<html><table><tr><td>a</td></tr></table>",
    "open quote": ('店名,住所\n"みなと' + "\n商店,石巻市" * 3).encode(),
    "open quote, long": ('店名,住所\n"みなと' + "\n商店,石巻市" * 3_000).encode(),
    "quote inside": '店名,住所\n"みなと"商店,石巻市\n'.encode(),
    "wide": b"," * 1_000_000,
    "long cell": ("店名\n" + "あ" * 40_000).encode(),
    "zip of nothing": b"PK\x05\x06" + b"\x00" * 18,
    "zip cut off": b"PK\x03\x04" + b"\x00" * 100,
    "zip of another kind": rezipped(b"PK\x05\x06" + b"\x00" * 18, **{"word/document.xml": "<w/>"}),
    "zip bomb": zip_bomb(),
    "lying zip bomb": lying_zip_bomb(),
    "many entries": many_entries(),
    "entities": rezipped(workbook(["店名"], ["x"]), **{"xl/sharedStrings.xml": ENTITIES}),
    "broken XML": rezipped(workbook(["店名"]), **{"xl/worksheets/sheet1.xml": "<worksheet><a>"}),
    "rows backwards": rezipped(
        workbook(["店名"]),
        **{"xl/worksheets/sheet1.xml": '<worksheet><row r="2"/><row r="1"/></worksheet>'},
    ),
}


@pytest.mark.req("ST-02")
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_refused_with_one_japanese_message(kind):
    message = refusal_of(WRONG[kind])

    assert message.endswith("。")
    assert len(message) < 200


def test_a_file_above_the_size_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as target:
        target.truncate(200 * 1024 * 1024)

    with pytest.raises(TableRefused, match="200 MB、上限 30 MB"):
        read_path(path)


def test_a_stream_is_read_no_further_than_the_limit():
    source = io.BytesIO(b"x" * 1_000)

    with pytest.raises(TableRefused, match="大きすぎます"):
        read_bounded(source, limits=Limits(file_bytes=100))

    assert source.tell() == 101


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(TableRefused, match="開けません"):
        read_path(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "content", [LIST.encode(), workbook(["店名"], ["a"], ["b"])], ids=["csv", "xlsx"]
)
def test_too_many_rows_are_refused(content):
    assert "行が多すぎます" in refusal_of(content, rows=1)
    assert len(rows_of(content, rows=2)) == 2


def test_a_zip_bomb_is_refused_in_one_second_and_64_megabytes(tmp_path):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(zip_bomb())
    script = (
        "import resource, sys, time\n"
        "from pathlib import Path\n"
        "from pointsys.common.tabular import TableRefused, read_path, read_tables\n"
        "content = read_path(Path(sys.argv[1]))\n"
        "before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()\n"
        "try:\n"
        "    read_tables(content, is_header=lambda cells: True)\n"
        "except TableRefused:\n"
        "    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "    print(used if sys.platform != 'darwin' else used // 1024, time.monotonic() - start)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )

    kilobytes, seconds = map(float, ran.stdout.split())
    assert kilobytes <= 64 * 1024
    assert seconds <= 1


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text(alphabet='",\n\r\t;店名{}[]:1', max_size=200).map(str.encode),
        st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail),
    )
)
def test_any_bytes_are_tables_or_one_refusal(content):
    try:
        tables = read_tables(content, is_header=has_name)
    except TableRefused:
        return

    assert tables


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_tables_or_one_refusal(data):
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        tables = read_tables(bytes(content), is_header=has_name)
    except TableRefused:
        return

    assert tables


WORKBOOK = workbook(["店名", "住所"], ["みなと商店", "石巻市"], ["やまと食堂", 5])


# --- Writing ----------------------------------------------------------------------------------
SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", '"=', "'=", ",=", ";=", " ="]


@pytest.mark.req("AD-07")
@pytest.mark.parametrize("sign", SIGNS)
def test_no_text_of_ours_starts_a_formula_in_csv(sign):
    value = f'{sign}HYPERLINK("http://example.jp")'

    written = guarded(value)

    assert written == f"'{value}"
    assert unguarded(written) == value


@pytest.mark.parametrize("value", ["みなと商店", "022-796-2582", "", "'みなと'", 5, -5])
def test_harmless_values_are_written_as_they_are(value):
    assert guarded(value) == value


@pytest.mark.req("AD-07")
@pytest.mark.parametrize(("write", "read_cell"), [(csv_bytes, unguarded), (xlsx_bytes, str)])
def test_what_is_written_reads_back_the_same(write, read_cell):
    values = [*(f"{sign}1" for sign in SIGNS if sign.strip()), "0229", "あ、い", 'か"き', 12, -3]

    content = write([f"列{n}" for n in range(len(values))], [values])

    [table] = read_tables(content, is_header=lambda cells: True)
    read = [read_cell(value) for value in table.records[0].values.values()]
    assert read == [str(value) for value in values]


def test_an_excel_file_of_ours_holds_no_formula():
    content = xlsx_bytes(["店名"], [[f"{sign}1+1"] for sign in SIGNS])

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active

    assert {cell.data_type for [cell] in sheet.iter_rows()} == {"s"}


def test_a_csv_of_ours_opens_in_excel_with_its_own_characters():
    content = csv_bytes(["店名"], [["髙橋"]])

    assert content.startswith(codecs.BOM_UTF8)
    assert content.endswith(b"\r\n")
