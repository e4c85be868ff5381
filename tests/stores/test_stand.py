from datetime import date
from io import BytesIO

import pypdf
import pypdfium2
import pytest
import zxingcpp

from stores import till_codes
from stores.stand import QR_SIDE, QUIET_MODULES, Stand, stands_pdf

MM = 72 / 25.4
GOODS = (
    "有価証券", "商品券", "ビール券", "図書券", "官製はがき", "印紙", "プリペイドカード",
    "そのほか換金性の高いもの", "風営法第2条第5項の営業に係る支払い",
    "反社会的勢力と関係がある施設での支払い",
    "事業の趣旨と目的から適切ではないと県が判断したもの",
    "たばこ（たばこ事業法第36条の定価外販売に当たるため）",
)  # fmt: skip


class Till:
    code = "UD2U2Z4N"
    key_id = "1"


def stand(**changes):
    values = {
        "program_name": "みやぎ地域ポイント",
        "theme": "green",
        "store_name": "𠮷野食堂 髙橋 一番町本店",
        "store_code": "04-01182",
        "till_number": 2,
        "typed_code": till_codes.grouped_code(Till.code),
        "url": till_codes.till_url(Till),
        "prohibited_goods": GOODS,
        "usable_period": "2025年5月28日（水）から2026年2月28日（土）午後11時59分まで",
        "desk_name": "みやぎ地域ポイント コールセンター",
        "desk_phone": "0120-000-000",
        "desk_hours": "午前9時から午後5時30分まで",
        "printed_on": date(2025, 9, 16),
    }
    return Stand(**{**values, **changes})


def printed(content: bytes, page: int = 0, dpi: int = 200):
    document = pypdfium2.PdfDocument(content)
    image = document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    document.close()
    return image


def text_of(content: bytes, page: int = 0) -> str:
    return pypdf.PdfReader(BytesIO(content)).pages[page].extract_text().replace("\n", "")


@pytest.mark.req("ST-08")
def test_the_printed_qr_leads_to_the_till():
    [found] = zxingcpp.read_barcodes(printed(stands_pdf([stand()])))

    assert found.text == till_codes.till_url(Till)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == "Q"


def test_the_qr_is_large_enough_and_stands_free():
    dpi = 300
    image = printed(stands_pdf([stand()]), dpi=dpi).convert("L")
    [found] = zxingcpp.read_barcodes(image)

    corners = [found.position.top_left, found.position.top_right, found.position.bottom_left]
    side_mm = (corners[1].x - corners[0].x) / dpi * 25.4
    modules = 37
    module = round((corners[1].x - corners[0].x) / modules)
    assert side_mm >= 40
    assert side_mm == pytest.approx(QR_SIDE / MM, abs=1)
    top, left, bottom, right = corners[0].y, corners[0].x, corners[2].y, corners[1].x
    quiet = (QUIET_MODULES - 1) * module
    for strip in (
        (left, top - quiet, right, top - module),
        (left, bottom + module, right, bottom + quiet),
        (left - quiet, top, left - module, bottom),
        (right + module, top, right + quiet, bottom),
    ):
        darkest, _ = image.crop(strip).getextrema()
        assert darkest > 250


@pytest.mark.req("ST-08")
def test_a_stand_says_everything_a_till_needs():
    text = text_of(stands_pdf([stand()]))

    for words in (
        "みやぎ地域ポイント", "𠮷野食堂", "髙橋", "04-01182", "レジ 2", "UD2U-2Z4N",
        "1ポイント＝1円", "お店の人に", "支払完了の画面を", "使えないもの", "有価証券", "たばこ",
        "2026年2月28日（土）", "0120-000-000", "午前9時から", "第1版", "2025年9月16日",
        "書きかえたり", "はったりしないでください",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    "store_name",
    [
        "あ",
        "合同会社 蔵王のめぐみ 遠刈田直売所（冬季休業あり）",
        "Ａｔｅｌｉｅｒ 蔵 " * 12,
        "W" * 120,
        "外字\ue000の店",
    ],
)
def test_any_store_name_stays_within_the_page(store_name):
    content = stands_pdf([stand(store_name=store_name)])

    image = printed(content, dpi=100).convert("L")
    below_head = round(28 * MM * 100 / 72)
    for left in (0, image.width - 8):
        darkest, _ = image.crop((left, below_head, left + 8, image.height)).getextrema()
        assert darkest > 250
    [found] = zxingcpp.read_barcodes(printed(content))
    assert found.text == till_codes.till_url(Till)


def test_many_stands_are_one_file_with_a_page_each():
    stands = [stand(till_number=number, store_name=f"みなと商店 {number}") for number in (1, 2, 3)]

    content = stands_pdf(stands)

    assert len(pypdf.PdfReader(BytesIO(content)).pages) == 3
    assert "みなと商店 3" in text_of(content, page=2)
    assert content == stands_pdf(stands)


def test_a_program_without_prohibited_goods_and_with_a_long_name_still_fits():
    content = stands_pdf([stand(prohibited_goods=(), program_name="くらし応援ポイント" * 6)])

    assert "ありません" in text_of(content)
