import csv

import pytest

from pointsys.common import municipalities
from pointsys.common.addresses import kanji_number, may_be_one_place, read_address


@pytest.mark.parametrize(
    ("written", "prefecture", "municipality", "code", "rest"),
    [
        (" 仙台市青葉区 一番町3-8-1", "宮城県", "仙台市青葉区", "04101", "一番町3-8-1"),
        ("宮城県仙台市　泉区　泉中央１－７", "宮城県", "仙台市泉区", "04105", "泉中央1-7"),
        ("宮城県刈田郡蔵王町遠刈田温泉", "宮城県", "蔵王町", "04301", "遠刈田温泉"),
        ("蔵王町大字円田字西浦上10", "宮城県", "蔵王町", "04301", "大字円田字西浦上10"),
        ("塩釜市海岸通3-5", "宮城県", "塩竈市", "04203", "海岸通3-5"),
        ("埼玉県児玉郡美里町木部323-1", "埼玉県", "美里町", "", "木部323-1"),
        ("秋田市中通２丁目 6-44 ", "", "秋田市", "", "中通2丁目 6-44"),
        ("大阪府大阪市北区梅田1-1", "大阪府", "大阪市北区", "", "梅田1-1"),
        ("東京都千代田区丸の内1-1", "東京都", "千代田区", "", "丸の内1-1"),
        ("三重県四日市市諏訪町1-5", "三重県", "四日市市", "", "諏訪町1-5"),
        ("福島県郡山市朝日1-23-7", "福島県", "郡山市", "", "朝日1-23-7"),
        ("群馬県佐波郡玉村町下新田201", "群馬県", "玉村町", "", "下新田201"),
        ("奈良県大和郡山市北郡山町248-4", "奈良県", "大和郡山市", "", "北郡山町248-4"),
        ("イオンモール内", "", "", "", "イオンモール内"),
        ("", "", "", "", ""),
    ],
)
def test_an_address_is_split_by_form(written, prefecture, municipality, code, rest):
    address = read_address(written)

    found = (address.prefecture, address.municipality, address.municipality_code, address.rest)
    assert found == (prefecture, municipality, code, rest)


@pytest.mark.parametrize(
    "written",
    [
        "〒182-0017\u00a0東京都調布市深大寺元町5-15-10",
        "〒１８２－００１７ 東京都調布市深大寺元町5-15-10",
        "1820017東京都調布市深大寺元町5-15-10",
        "東京都調布市深大寺元町5-15-10 〒182-0017",
    ],
)
def test_a_postal_code_is_taken_out_of_the_address(written):
    address = read_address(written)

    assert (address.postal_code, address.line) == ("1820017", "東京都調布市深大寺元町5-15-10")


@pytest.mark.parametrize(
    "spelling",
    [
        "宮城県仙台市青葉区一番町三丁目８番１号",
        "仙台市青葉区 一番町3-8-1ラベルヴィビルB１F",
        "仙台市 青葉区一番町３丁目８－１",
        "仙台市青葉区一番町３ー８ー１　２階",
        "仙台市青葉区一番町3の8の1",
        "仙台市青葉区一番町三丁目8番地1",
    ],
)
def test_spellings_of_one_place_share_a_key(spelling):
    assert read_address(spelling).key == "仙台市青葉区|一番町3-8-1"


@pytest.mark.parametrize("spelling", ["美田園9-4", "美田園九丁目4番地", "美田園九丁目四番地"])
def test_kanji_numerals_before_a_block_word_are_digits_in_the_key(spelling):
    assert read_address(f"名取市{spelling}").key == "名取市|美田園9-4"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("仙台市青葉区上杉", "仙台市青葉区上杉1-1", True),
        ("仙台市青葉区", "仙台市青葉区上杉1-1", True),
        ("仙台市青葉区上杉 まるみつビル", "仙台市青葉区上杉1-1", True),
        ("仙台市青葉区国分町", "仙台市青葉区上杉1-1", False),
        ("仙台市泉区", "仙台市青葉区上杉1-1", False),
        ("仙台市青葉区上杉1-1", "仙台市青葉区上杉1-2", False),
        ("仙台市青葉区上杉", "仙台市青葉区", False),
        ("", "1-1", False),
    ],
)
def test_an_address_without_its_block_may_be_the_one_with_it(one, other, expected):
    assert may_be_one_place(read_address(one).key, read_address(other).key) is expected


def test_places_in_different_blocks_have_different_keys():
    assert read_address("石巻市立町1-1").key != read_address("石巻市立町1-11").key


@pytest.mark.parametrize(
    ("written", "number"), [("三", 3), ("十", 10), ("二十一", 21), ("百五", 105), ("一〇", 10)]
)
def test_kanji_numbers_are_counted(written, number):
    assert kanji_number(written) == number


def test_miyagi_has_39_units_in_seven_regions():
    assert len(municipalities.MIYAGI_UNITS) == 39
    assert len({unit.region for unit in municipalities.MIYAGI_UNITS}) == 7


def test_a_municipality_is_found_by_its_code_with_or_without_check_digit():
    assert municipalities.check_digit("04101") == "7"
    assert municipalities.municipality("041017") == municipalities.municipality("04101")
    assert municipalities.municipality("13101") is None
    assert municipalities.prefecture_of("13101") == "東京都"
    assert municipalities.prefecture_of("99") == ""


@pytest.mark.vectors
def test_the_table_of_miyagi_agrees_with_the_public_list(vectors):
    with (vectors / "municipalities/miyagi_units.csv").open(encoding="utf-8") as source:
        public = {row["lgcode"]: row["unit"] for row in csv.DictReader(source)}

    own = {
        unit.code + municipalities.check_digit(unit.code): unit.name
        for unit in municipalities.MIYAGI
    }

    assert own == public


@pytest.mark.vectors
def test_every_municipality_of_japan_is_recognised_in_an_address(vectors):
    path = vectors / "municipalities/localgovjp-utf8.csv"
    with path.open(encoding="utf-8-sig") as source:
        places = [(row["pref"], row["city"].replace(" ", "")) for row in csv.DictReader(source)]

    read = [read_address(f"{prefecture}{name}本町1-2-3") for prefecture, name in places]

    assert [(address.prefecture, address.municipality) for address in read] == places


@pytest.mark.vectors
def test_public_facility_addresses_are_split_at_the_municipality(vectors):
    path = vectors / "text_vectors/geolonia_addresses_sample.csv"
    with path.open(encoding="utf-8-sig") as source:
        rows = list(csv.DictReader(source))

    read = [read_address(row["住所"]) for row in rows]

    expected = [(row["都道府県"], row["市区町村"]) for row in rows]
    assert [(a.prefecture, a.county + a.municipality) for a in read] == expected
