"""Which column of a list means what: words that offices use, in Japanese and English.

A known word wins over a pattern, an earlier word over a later one: 店舗名 is the shop's name also
where 会社名 stands beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pointsys.common.tabular import headers as tabular_headers


class Field(StrEnum):
    """What a store list can say of a shop; the value is the word shown to the office."""

    NAME = "店名"
    BRANCH = "支店名"
    NAME_KANA = "店名カナ"
    ADDRESS = "所在地"
    POSTAL_CODE = "郵便番号"
    PREFECTURE = "都道府県"
    CITY = "市区町村"
    TOWN = "町名"
    BLOCK = "番地"
    BUILDING = "建物名"
    AREA = "地区"
    PHONE = "電話番号"
    INDUSTRY = "業種"
    WEBSITE = "ウェブサイト"
    LATITUDE = "緯度"
    LONGITUDE = "経度"
    KEY = "店舗ID"


# Earlier words are surer.
_WORDS: Final[dict[Field, str]] = {
    Field.KEY: (
        "id 店舗id 店舗コード 加盟店id 加盟店コード 加盟店番号 店舗番号 店舗管理番号 管理番号 "
        "登録番号 shopid storeid merchantid shopcode storecode"
    ),
    Field.NAME_KANA: (
        "店舗名カナ 店名カナ 店舗名フリガナ 店名フリガナ 店舗名ふりがな 店名ふりがな "
        "店舗名称カナ 店舗名称フリガナ 加盟店名カナ 加盟店名フリガナ 屋号カナ 屋号フリガナ "
        "施設名カナ 名称カナ 事業所名カナ フリガナ ふりがな カナ かな カナ名 名称フリガナ "
        "よみ ヨミ よみがな 読み 読み仮名 店舗名ヨミ 店舗名よみ namekana shopnamekana "
        "storenamekana kananame kana furigana yomi"
    ),
    Field.NAME: (
        "店舗名 店名 店舗名称 加盟店名 加盟店名称 加盟店舗名 取扱店名 取扱店舗名 取扱店 "
        "参加店舗名 参加店名 参加店舗 利用店舗名 利用可能店舗 利用可能店舗名 登録店舗名 "
        "対象店舗名 店舗等名称 店舗施設名 店舗名屋号 屋号店舗名 お店の名前 お店 店舗 加盟店 "
        "ショップ名 屋号 屋号名 施設名 施設名称 事業所名 事業所名称 名称 店舗表示名 shopname "
        "storename merchantname facilityname shop store merchant name title 商号 商号又は名称 "
        "商号名称 企業名 会社名 法人名 法人名称 事業者名 事業者名称 companyname company"
    ),
    Field.BRANCH: "支店名 支店 branch branchname",
    Field.ADDRESS: (
        "所在地 住所 店舗所在地 店舗住所 加盟店住所 加盟店所在地 施設所在地 施設住所 "
        "事業所所在地 事業所住所 所在地住所 住所所在地 住所1 所在地1 所在 場所 設置場所 "
        "fulladdress formattedaddress address shopaddress storeaddress streetaddress address1 "
        "addr location"
    ),
    Field.POSTAL_CODE: "郵便番号 店舗郵便番号 〒 郵便 postalcode postcode zipcode zip postal",
    Field.PREFECTURE: "都道府県 都道府県名 県 県名 所在地都道府県 prefecture pref",
    Field.CITY: (
        "市区町村 市区町村名 市町村 市町村名 区市町村 市区郡町村 市区 市郡 自治体 自治体名 "
        "所在地市区町村 city municipality cityname"
    ),
    Field.TOWN: (
        "町域 町域名 町名 町字 町丁目 町丁 大字 大字町丁目 町名番地 町域番地 所在地町字 "
        "neighborhood neighbourhood town street"
    ),
    Field.BLOCK: (
        "番地 番地等 番地以下 番地号 丁目番地 丁目番地号 地番 以降の住所 それ以降の住所 "
        "その他住所 町名以下 町域以下 市区町村以降 市区町村以下 所在地番地以下 banchi block "
        "housenumber"
    ),
    Field.BUILDING: (
        "建物名 建物 建物名等 建物名部屋番号 建物名階数 建物名階 ビル名 ビル名等 "
        "ビルマンション名 方書 住所2 所在地2 address2 building buildingname"
    ),
    Field.AREA: "エリア エリア名 地区 地区名 地域 地域名 区域 area areaname district region",
    Field.PHONE: (
        "電話番号 店舗電話番号 加盟店電話番号 電話 tel 電話番号1 tel番号 店舗tel 店舗電話 "
        "代表電話 代表電話番号 連絡先電話番号 phone phonenumber telephone telephonenumber "
        "telno 連絡先 問い合わせ先 お問い合わせ先 問合せ先 問合先 携帯電話 携帯電話番号 "
        "mobile"
    ),
    Field.INDUSTRY: (
        "業種 業種名 店舗業種 業種分類 業種区分 業種大分類 ジャンル ジャンル名 店舗ジャンル "
        "カテゴリ カテゴリー カテゴリ名 カテゴリー名 業態 業種業態 種別 店舗種別 分類 分類名 "
        "種類 店舗分類 事業内容 取扱品目 category categoryname genre industry type kind"
    ),
    Field.WEBSITE: (
        "ホームページ ホームページurl ホームページアドレス hp url website webサイト "
        "ウェブサイト 公式サイト 公式ホームページ サイトurl サイト 店舗url 店舗hp web webpage "
        "homepage siteurl link"
    ),
    Field.LATITUDE: "緯度 lat latitude 緯度世界測地系 北緯",
    Field.LONGITUDE: "経度 lng lon long longitude 経度世界測地系 東経",
}
_KANA_WORDS: Final = "カナ|フリガナ|ふりがな|よみがな|kana|furigana"
_OTHER_PARTY: Final = "代表者|担当|口座|名義|氏名|責任者|本社|本部|法人|送付|申請"
# For headers nobody foresaw: (what it must hold, what it must not hold).
_PATTERNS: Final[dict[Field, tuple[str, str]]] = {
    Field.NAME_KANA: (
        _KANA_WORDS,
        rf"住所|所在地|都道府県|市区町村|address|city|pref|{_OTHER_PARTY}",
    ),
    Field.NAME: (
        r"(店舗?|加盟店|取扱店|ショップ|施設|事業所|屋号).{0,6}(名|名称)$|^(shop|store|merchant).*name",
        rf"{_KANA_WORDS}|支店|建物|{_OTHER_PARTY}",
    ),
    Field.ADDRESS: (
        r"(住所|所在地)$|^(住所|所在地)|address",
        rf"{_KANA_WORDS}|メール|mail|url|緯度|経度|コード|都道府県|市区町村|番地|建物|{_OTHER_PARTY}",
    ),
    Field.POSTAL_CODE: (r"郵便番号|postal|zip", rf"{_OTHER_PARTY}"),
    Field.PHONE: (r"電話|tel(?!l)|phone", rf"fax|ファックス|有無|時間|{_OTHER_PARTY}"),
    Field.INDUSTRY: (r"業種|ジャンル|カテゴリ|業態|category|genre", r"コード|code|id$|番号"),
    Field.WEBSITE: (
        r"url|ホームページ|website|homepage|公式サイト",
        r"画像|image|地図|map|photo|logo",
    ),
    Field.LATITUDE: (r"緯度|latitude", ""),
    Field.LONGITUDE: (r"経度|longitude", ""),
}
# A postal list of large offices says "office" or "box" under `type`: how mail arrives, no industry.
_POSTAL_LIST_MARK: Final = "postoffice"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one list by their meaning."""

    by_field: dict[Field, str]

    def column(self, field: Field) -> str:
        """Return the file's own word for a field, or ours where the file has no such column."""
        return self.by_field.get(field, field.value)

    @property
    def missing(self) -> tuple[Field, ...]:
        """The fields without which a list is no store list."""
        parts = {Field.TOWN, Field.BLOCK} & self.by_field.keys()
        has_address = Field.ADDRESS in self.by_field or (Field.CITY in self.by_field and parts)
        absent = [] if Field.NAME in self.by_field else [Field.NAME]
        return tuple(absent if has_address else [*absent, Field.ADDRESS])


def recognise(headers: Sequence[str]) -> Columns:
    """Say which column means what; each column is used once, unknown columns are left alone."""
    found = tabular_headers.match_words(headers, _WORDS)
    used = set(found.values())
    left = {
        header: tabular_headers.spellings(header)[0]
        for header in headers
        if header.strip() and header not in used
    }
    for field in _PATTERNS:
        header = None if field in found else _by_pattern(field, left)
        if header is not None:
            found[field] = header
            del left[header]
    if any(_POSTAL_LIST_MARK in tabular_headers.spellings(header) for header in headers):
        found.pop(Field.INDUSTRY, None)
    return Columns(found)


def is_store_list(headers: Sequence[str]) -> bool:
    """Say whether a line of cells can be the header of a store list."""
    return not recognise(headers).missing


def _by_pattern(field: Field, headers: dict[str, str]) -> str | None:
    wanted, unwanted = _PATTERNS[field]
    for header, whole in headers.items():
        if re.search(wanted, whole) and not (unwanted and re.search(unwanted, whole)):
            return header
    return None
