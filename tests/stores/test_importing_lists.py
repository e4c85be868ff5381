import io
import json

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsys.common.tabular import TableRefused
from stores.importing.columns import Field, recognise
from stores.importing.readers import area_finding, read_store_list
from stores.importing.rows import RowError
from tests.vectors import file_params, vector_files

NO_STORE_LISTS = ("japan_standard_industry_codes", "open_eats_japan")


def csv_of(header, *lines, encoding="utf-8"):
    return "\n".join([header, *lines]).encode(encoding)


def only_row(content):
    store_list = read_store_list(content)
    assert store_list.errors == ()
    [row] = store_list.rows
    return row


def row_from(**columns):
    return only_row(
        json.dumps([{"店名": "みなと商店", "住所": "宮城県石巻市立町1-1"} | columns]).encode()
    )


def codes(row):
    return [finding.code for finding in row.findings]


# --- Columns ----------------------------------------------------------------------------------
@pytest.mark.req("ST-02")
@pytest.mark.parametrize(
    "header",
    [
        "店舗名,住所,電話番号,業種,郵便番号,カナ",
        "店舗名称,店舗所在地,店舗電話番号,ジャンル,店舗郵便番号,店舗名称（カナ）",
        "加盟店名,所在地,TEL,カテゴリー,〒,フリガナ",
        "屋号,住所（所在地）,電話,業態,郵便番号（7桁）,ふりがな",
        "【必須】店名,【必須】住所,電話番号（ハイフンあり）,業種※,郵便 番号,店名ﾌﾘｶﾞﾅ",
        "shop_name,address,phone_number,category,postal_code,name_kana",
        "Name,Address,Tel,Type,Zip,Kana",
        "施設名称,施設所在地,お問い合わせ先,種別,ZIPコード,よみがな",
        "店舗_名称,店舗_所在地,店舗_電話番号,店舗_業種,店舗_郵便番号,店舗_名称_カナ",
    ],
)
def test_the_columns_of_a_list_are_known_by_many_words(header):
    line = "みなと商店,宮城県石巻市立町1-1,0225-11-2222,鮮魚店,986-0824,ミナトショウテン"

    row = only_row(csv_of(header, line))

    found = (row.name, row.address, row.phone, row.industry, row.postal_code, row.name_kana)
    assert found == (
        "みなと商店", "宮城県石巻市立町1-1", "0225-11-2222", "鮮魚店", "9860824",
        "ミナトショウテン",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "field", "chosen"),
    [
        (["会社名", "店舗名", "住所"], Field.NAME, "店舗名"),
        (["本社住所", "店舗住所", "店名"], Field.ADDRESS, "店舗住所"),
        (["FAX番号", "電話番号", "店名"], Field.PHONE, "電話番号"),
        (["担当者名", "店名", "住所"], Field.NAME, "店名"),
        (["産業分類コード", "業種"], Field.INDUSTRY, "業種"),
        (["メールアドレス", "住所"], Field.ADDRESS, "住所"),
        (["市区町村カナ", "店名カナ"], Field.NAME_KANA, "店名カナ"),
    ],
)
def test_the_surer_of_two_columns_is_taken(headers, field, chosen):
    assert recognise(headers).by_field[field] == chosen


def test_an_address_is_put_together_from_the_columns_it_is_spread_over():
    content = csv_of(
        "店舗名,都道府県,市区町村,町名,番地,建物名",
        "みなと商店,宮城県,石巻市,立町,1-1,みなとビル2F",
    )

    assert only_row(content).address == "宮城県石巻市立町1-1 みなとビル2F"


def test_what_an_address_says_already_is_not_said_twice():
    content = csv_of("店舗名,都道府県,市区町村,住所", "みなと商店,宮城県,石巻市,石巻市立町1-1")

    assert only_row(content).address == "宮城県石巻市立町1-1"


def test_the_area_names_the_municipality_where_the_address_does_not():
    content = csv_of("店舗名,エリア,住所", "みなと商店,石巻市のお店,立町1-1")

    row = only_row(content)

    assert (row.address, row.municipality_code) == ("石巻市立町1-1", "04202")


# --- Rows -------------------------------------------------------------------------------------
@pytest.mark.req("ST-02")
def test_a_dirty_row_is_made_clean_and_kept_untouched():
    original = {
        "name": " 焼鳥\u3000ﾐﾅﾄ\u00a0本店 ",
        "type": "１５. うどん・そば・丼",
        "address": "〒980-0811\u00a0仙台市青葉区 一番町３ー８ー１\nラベルヴィビル",
        "tel": "０２２－７９６－２５８２",
        "lat": "38.26125685",
        "lng": "140.87275243",
    }

    row = only_row(json.dumps([original], ensure_ascii=False).encode())

    assert row.original == original
    assert (row.name, row.industry, row.phone) == (
        "焼鳥 ミナト 本店",
        "うどん・そば・丼",
        "022-796-2582",
    )
    assert (row.postal_code, row.municipality_code) == ("9800811", "04101")
    assert row.address == "仙台市青葉区 一番町３ー８ー１ ラベルヴィビル"
    assert (str(row.latitude), str(row.longitude)) == ("38.261257", "140.872752")
    assert codes(row) == []


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({}, "NO_PHONE"),
        ({"電話": "0183-52-523243"}, "ODD_PHONE"),
        ({"業種": ""}, "NO_INDUSTRY"),
        ({"郵便番号": "98-1"}, "ODD_POSTAL_CODE"),
        ({"住所": "石巻市立町"}, "NO_BLOCK_NUMBER"),
        ({"住所": "商店街の角"}, "NO_MUNICIPALITY"),
        ({"住所": "秋田市中通1-1"}, "NO_PREFECTURE"),
        ({"住所": "<!--石巻市立町1-1-->"}, "MARKUP"),
        ({"店名": "Ａ&amp;Ｂ"}, "MARKUP"),
        ({"店名": "\ue000商店"}, "PRIVATE_CHARACTER"),
        ({"URL": "javascript:alert(1)"}, "ODD_WEBSITE"),
        ({"URL": "www.example.jp"}, "WEBSITE_COMPLETED"),
        ({"緯度": "0", "経度": "0"}, "ODD_POSITION"),
        ({"郵便番号": "986-0824", "住所": "〒986-0825 石巻市立町1-1"}, "TWO_POSTAL_CODES"),
    ],
)
def test_what_is_odd_or_missing_is_a_finding_and_no_error(columns, code):
    assert code in codes(row_from(**columns))


def test_an_odd_telephone_number_is_kept_as_it_was_written():
    row = row_from(電話="0183-52-523243")

    assert (row.phone, row.phone_key) == ("0183-52-523243", "")


def test_an_address_that_is_no_web_address_never_becomes_a_link():
    assert row_from(URL="javascript:alert(1)").website == ""


@pytest.mark.parametrize(
    ("columns", "field", "reason"),
    [
        ({"店名": " 　"}, "店名", "店名がありません"),
        ({"店名": "－"}, "店名", "店名がありません"),
        ({"店名": "#N/A"}, "店名", "店名がありません"),
        ({"住所": None}, "住所", "所在地がありません"),
        (
            {"住所": "下記URLからご覧いただけます。"},
            "住所",
            "所在地に、住所ではない文が入っています",
        ),
        ({"住所": "みなと商店"}, "住所", "所在地に、住所ではなく店名が入っています"),
        ({"店名": "あ" * 121}, "店名", "店名が 120 文字を超えています"),
        ({"住所": "石巻市" + "あ" * 240}, "住所", "所在地が 240 文字を超えています"),
    ],
)
def test_a_row_without_name_or_address_is_an_error_with_row_field_and_reason(
    columns, field, reason
):
    shops = [
        {"店名": "やまと食堂", "住所": "石巻市立町1-2"},
        {"店名": "みなと商店", "住所": "石巻市立町1-1"} | columns,
    ]

    store_list = read_store_list(json.dumps(shops).encode())

    assert store_list.errors == (RowError(2, field, reason),)
    assert [row.name for row in store_list.rows] == ["やまと食堂"]


def test_a_row_with_more_cells_than_the_header_is_an_error():
    content = csv_of("店名,住所", "みなと,商店,石巻市立町1-1", "やまと食堂,石巻市立町1-2")

    store_list = read_store_list(content)

    assert [error.row_number for error in store_list.errors] == [2]
    assert [row.name for row in store_list.rows] == ["やまと食堂"]


def test_a_list_saved_by_excel_in_shift_jis_is_read():
    content = csv_of("店舗名,住所,電話番号", "①みなと㈱,石巻市立町1-1,225112222", encoding="cp932")

    row = only_row(content)

    assert (row.name, row.phone) == ("①みなと㈱", "0225112222")
    assert "ODD_PHONE" in codes(row)


def test_an_excel_list_with_a_title_above_the_header_is_read():
    book = openpyxl.Workbook()
    for line in (
        ["令和7年度 加盟店一覧"],
        [],
        ["№", "店舗名", "住所"],
        [1, "みなと商店", "石巻市立町1-1"],
    ):
        book.active.append(line)
    target = io.BytesIO()
    book.save(target)

    row = only_row(target.getvalue())

    assert (row.row_number, row.name) == (4, "みなと商店")


def test_a_workbook_with_two_store_lists_is_refused_by_their_names():
    book = openpyxl.Workbook()
    book.active.title = "青葉区"
    for sheet in (book.active, book.create_sheet("泉区")):
        sheet.append(["店舗名", "住所"])
        sheet.append(["みなと商店", "石巻市立町1-1"])
    target = io.BytesIO()
    book.save(target)

    with pytest.raises(TableRefused, match="「青葉区」、「泉区」"):
        read_store_list(target.getvalue())


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("氏名,住所,生年", "店名（.*）の列が"),
        ("店名,電話番号", "所在地（.*）の列が"),
        ("a,b", "店名（.*）と所在地（.*）の列が"),
    ],
)
def test_a_file_that_is_no_store_list_is_refused_by_what_was_looked_for(header, missing):
    with pytest.raises(TableRefused, match=missing) as refused:
        read_store_list(csv_of(header, *[",".join("x" * len(header.split(",")))] * 3))

    assert header.split(",")[0] in str(refused.value)


def test_a_header_without_rows_is_refused():
    with pytest.raises(TableRefused, match="店舗の行がありません"):
        read_store_list(csv_of("店名,住所"))


# --- Keys -------------------------------------------------------------------------------------
def test_a_row_keeps_its_key_when_spelling_telephone_and_order_change():
    one = csv_of(
        "店名,住所,電話", "みなと商店,石巻市立町1-1,0225-11-2222", "やまと食堂,石巻市立町1-2,"
    )
    other = csv_of(
        "店名,住所,電話", "やまと食堂,石巻市立町1-2,", "みなと　商店,石巻市立町１丁目１番,022-1"
    )

    keys = {row.name_key: row.source_key for row in read_store_list(one).rows}

    assert {row.name_key: row.source_key for row in read_store_list(other).rows} == keys


def test_rows_that_look_the_same_have_keys_of_their_own():
    content = csv_of("店名,住所", *["みなと商店,石巻市立町1-1"] * 3)

    rows = read_store_list(content).rows

    assert len({row.source_key for row in rows}) == 3
    assert [row.source_key for row in read_store_list(content).rows] == [
        row.source_key for row in rows
    ]


def test_the_lists_own_id_is_the_key():
    content = csv_of("店舗ID,店名,住所", "A-1,みなと商店,石巻市立町1-1")

    assert only_row(content).source_key == "id:A-1"


# --- Area -------------------------------------------------------------------------------------
@pytest.mark.req("ST-03")
@pytest.mark.parametrize(
    ("address", "area_codes", "code"),
    [
        ("石巻市立町1-1", ["04"], None),
        ("宮城県石巻市立町1-1", ["04202"], None),
        ("宮城県仙台市青葉区中央1-1", ["04100", "04101"], None),
        ("宮城県仙台市青葉区中央1-1", ["04202"], "OUTSIDE_AREA"),
        ("奈良県奈良市学園北2-5-9", ["04"], "OUTSIDE_AREA"),
        ("奈良県奈良市学園北2-5-9", ["29"], None),
        ("大阪府枚方市新町1-1", ["27210"], "AREA_UNKNOWN"),
        ("秋田市中通1-1", ["04"], "AREA_UNKNOWN"),
        ("立町商店街", ["04"], "AREA_UNKNOWN"),
        ("奈良県奈良市学園北2-5-9", [], None),
    ],
)
def test_a_shop_that_is_not_surely_in_the_area_is_a_finding(address, area_codes, code):
    finding = area_finding(row_from(住所=address), area_codes=area_codes, area_name="対象")

    assert (finding and finding.code) == code


# --- Any file ---------------------------------------------------------------------------------
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["店名", "住所", "tel", "業種", "〒", "url", "lat", "lng", "id", "area"]
            ),
            st.one_of(st.text(max_size=30), st.integers(), st.none(), st.floats(allow_nan=False)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_values_are_rows_or_reasons(shops):
    content = json.dumps([{"店名": "", "住所": ""}, *shops]).encode("utf-8", "surrogatepass")

    try:
        store_list = read_store_list(content)
    except TableRefused:
        return

    assert len(store_list.rows) + len(store_list.errors) == len(shops) + 1
    assert all(error.row_number and error.field and error.reason for error in store_list.errors)


# --- Real lists -------------------------------------------------------------------------------
def store_files():
    return [path for path in vector_files("**/stores/*") if path.is_file() and path.suffix != ".md"]


def is_store_file(path):
    return not path.name.startswith(NO_STORE_LISTS)


@pytest.mark.req("ST-02")
@pytest.mark.vectors
@pytest.mark.parametrize("path", file_params(filter(is_store_file, store_files()), "store lists"))
def test_a_real_store_list_is_read_and_every_other_row_has_a_reason(path):
    store_list = read_store_list(path.read_bytes())

    assert len(store_list.rows) + len(store_list.errors) == store_list.row_count
    assert len(store_list.rows) >= 0.95 * store_list.row_count
    assert all(error.row_number and error.field and error.reason for error in store_list.errors)
    assert all(row.name and row.address and row.original for row in store_list.rows)


@pytest.mark.req("ST-02")
@pytest.mark.vectors
@pytest.mark.parametrize(
    "path",
    file_params([path for path in store_files() if not is_store_file(path)], "other files"),
)
def test_a_real_file_that_is_no_store_list_is_refused_with_one_message(path):
    with pytest.raises(TableRefused, match="店舗の一覧として読めません"):
        read_store_list(path.read_bytes())


@pytest.mark.vectors
@pytest.mark.parametrize(
    "path",
    file_params(
        [path for path in vector_files("**/*.csv", "**/*.json") if path.parent.name != "stores"],
        "other data",
    ),
)
def test_other_public_data_are_no_store_lists(path):
    with pytest.raises(TableRefused):
        read_store_list(path.read_bytes())
