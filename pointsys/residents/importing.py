"""A list of residents from another application, made into rows of one form: pure functions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pointsys.common import addresses, municipalities, text
from pointsys.common.tabular import Limits, Record, Table, TableRefused, read_tables, unguarded
from pointsys.common.tabular.headers import match_words

LIMITS: Final = Limits(rows=500_000)
EXTERNAL_ID_MAX, NAME_MAX, EMAIL_MAX = 64, 100, 254
OLDEST_BIRTH_YEAR: Final = 1900


class Field(StrEnum):
    """What a list can say of a resident; the value is the word shown to the office."""

    EXTERNAL_ID = "アプリのID"
    NAME = "氏名"
    FAMILY_NAME = "姓"
    GIVEN_NAME = "名"
    NAME_KANA = "氏名カナ"
    FAMILY_KANA = "セイ"
    GIVEN_KANA = "メイ"
    EMAIL = "メールアドレス"
    MUNICIPALITY_CODE = "市区町村コード"
    MUNICIPALITY = "市区町村"
    BIRTH = "生年"
    SEX = "性別"
    MINI_APPS = "ミニアプリ"
    PHONE = "電話番号"
    POSTAL_CODE = "郵便番号"
    ADDRESS = "住所"


_WORDS: Final[dict[Field, str]] = {
    Field.EXTERNAL_ID: (
        "外部id アプリid アプリのid アプリ利用者id 利用者id 会員id 会員番号 ユーザーid ユーザid "
        "住民id 個人id 管理番号 id externalid userid memberid appid residentid uid"
    ),
    Field.NAME_KANA: (
        "氏名カナ 氏名フリガナ 氏名ふりがな 名前カナ フリガナ ふりがな カナ カナ氏名 namekana kana"
    ),
    Field.FAMILY_KANA: "セイ せい 姓カナ 姓フリガナ familynamekana lastnamekana",
    Field.GIVEN_KANA: "メイ めい 名カナ 名フリガナ givennamekana firstnamekana",
    Field.NAME: "氏名 名前 お名前 漢字氏名 利用者名 会員名 name fullname",
    Field.FAMILY_NAME: "姓 氏 familyname lastname",
    Field.GIVEN_NAME: "名 givenname firstname",
    Field.EMAIL: "メールアドレス メール eメール email emailaddress mail mailaddress",
    Field.MUNICIPALITY_CODE: (
        "市区町村コード 市町村コード 団体コード 自治体コード 全国地方公共団体コード "
        "municipalitycode lgcode citycode"
    ),
    Field.MUNICIPALITY: (
        "市区町村 市区町村名 市町村 市町村名 自治体 自治体名 居住市町村 居住地 お住まい "
        "municipality city"
    ),
    Field.BIRTH: "生年 生まれ年 誕生年 出生年 生年月日 誕生日 birthyear birthdate birthday",
    Field.SEX: "性別 sex gender",
    Field.MINI_APPS: "ミニアプリ 利用中のミニアプリ 利用ミニアプリ miniapps miniapp apps",
    Field.PHONE: "電話番号 電話 携帯電話 携帯電話番号 tel phone phonenumber",
    Field.POSTAL_CODE: "郵便番号 〒 postalcode zip zipcode",
    Field.ADDRESS: "住所 現住所 所在地 address",
}
_SEXES: Final = {
    "FEMALE": "女 女性 f female 2",
    "MALE": "男 男性 m male 1",
    "UNKNOWN": "その他 不明 回答なし 回答しない 無回答 未回答 答えない unknown other x 0 9",
}
_SEX_BY_WORD: Final = {word: sex for sex, words in _SEXES.items() for word in words.split()}
_ERAS: Final = {
    "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
    "m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018,
}  # fmt: skip
_ERA_YEAR: Final = re.compile(r"(明治|大正|昭和|平成|令和|[mtshr])\s*(元|\d{1,2})(?=\D|$)")
_WESTERN_YEAR: Final = re.compile(r"(\d{4})(?:年|[-/.]\d{1,2}[-/.]\d{1,2}|\d{4})?(?=\D|$)")
_EMAIL: Final = re.compile(r"[^@\s,;<>()\"]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
# What Excel makes of a long number: the last digits are lost.
_LOST_DIGITS: Final = re.compile(r"\d(?:\.\d+)?e\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResidentRowError:
    """Why a row was not taken, at which field, and where the row stands in the file."""

    row_number: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """What one row says of a resident; empty values say nothing."""

    row_number: int
    external_id: str
    name: str
    name_kana: str
    email: str
    municipality_code: str
    birth_year: int | None
    sex: str
    mini_apps: tuple[str, ...]
    phone: str
    postal_code: str
    address: str

    @property
    def contact(self) -> dict[str, str]:
        """What is sealed, as far as the row says it."""
        values = {"phone": self.phone, "postal_code": self.postal_code, "address": self.address}
        return {name: value for name, value in values.items() if value}


class _Wrong(Exception):
    """A value that cannot be taken, on its way to becoming a ResidentRowError."""

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class ResidentList:
    """A list as read: rows that can be residents, and every other row with its reason."""

    table: Table
    rows: tuple[ResidentRow, ...]
    errors: tuple[ResidentRowError, ...]

    @property
    def row_count(self) -> int:
        return len(self.table.records)


def is_resident_list(headers: Sequence[str]) -> bool:
    """Say whether a line of cells can be the header of a list of residents."""
    found = match_words(headers, _WORDS)
    has_place = {Field.MUNICIPALITY_CODE, Field.MUNICIPALITY, Field.ADDRESS} & found.keys()
    return Field.EXTERNAL_ID in found and bool(has_place)


def read_resident_list(content: bytes, *, this_year: int) -> ResidentList:
    """Read a list of residents in CSV, TSV, JSON or .xlsx.

    Raises:
        TableRefused: the file cannot be read as a table, or is no list of residents.
    """
    tables = read_tables(content, is_header=is_resident_list, limits=LIMITS)
    table = next((table for table in tables if is_resident_list(table.columns)), None)
    if table is None:
        shown = "、".join(name[:20] for name in tables[0].columns[:12])
        raise TableRefused(
            "住民の一覧として読めません。「アプリのID」（外部ID、会員ID など）と「市区町村コード」"
            f"（市区町村、住所 など）の列が必要です。ファイルにある列: {shown}。"
        )
    if not table.records:
        raise TableRefused("見出しだけで、住民の行がありません。")
    columns = match_words(table.columns, _WORDS)
    rows: list[ResidentRow] = []
    errors: list[ResidentRowError] = []
    place_by_id: dict[str, int] = {}
    for record in table.records:
        try:
            row = _Reader(record, columns).row(this_year=this_year)
            if row.external_id in place_by_id:
                place = table.place(place_by_id[row.external_id])
                raise _Wrong(Field.EXTERNAL_ID, f"同じIDが{place}にもあります")
        except _Wrong as wrong:
            column = columns.get(wrong.field, wrong.field.value)
            errors.append(ResidentRowError(record.number, column, wrong.reason))
        else:
            place_by_id[row.external_id] = record.number
            rows.append(row)
    return ResidentList(table, tuple(rows), tuple(errors))


class _Reader:
    """One row while it is read: values by meaning, in plain width."""

    def __init__(self, record: Record, columns: dict[Field, str]) -> None:
        self._record, self._columns = record, columns

    def plain(self, field: Field) -> str:
        return text.plain(self._raw(field))

    def line(self, field: Field) -> str:
        return text.single_line(self._raw(field))

    def _raw(self, field: Field) -> str:
        column = self._columns.get(field)
        return "" if column is None else unguarded(self._record.values.get(column, "").strip())

    def row(self, *, this_year: int) -> ResidentRow:
        """Return the resident; raises `_Wrong`."""
        if self._record.surplus:
            raise _Wrong(Field.EXTERNAL_ID, "見出しより列が多い行です")
        address = self.line(Field.ADDRESS)
        return ResidentRow(
            row_number=self._record.number,
            external_id=self._external_id(),
            name=self._name(Field.NAME, Field.FAMILY_NAME, Field.GIVEN_NAME),
            name_kana=text.katakana(
                self._name(Field.NAME_KANA, Field.FAMILY_KANA, Field.GIVEN_KANA)
            ),
            email=self._email(),
            municipality_code=self._municipality_code(address),
            birth_year=self._birth_year(this_year),
            sex=self._sex(),
            mini_apps=self._mini_apps(),
            phone=text.read_phone(self._raw(Field.PHONE)).number,
            postal_code=text.read_postal_code(self._raw(Field.POSTAL_CODE)).digits,
            address=address,
        )

    def _external_id(self) -> str:
        value = self.plain(Field.EXTERNAL_ID)
        if not value:
            raise _Wrong(Field.EXTERNAL_ID, "アプリのIDがありません")
        if _LOST_DIGITS.fullmatch(value):
            raise _Wrong(
                Field.EXTERNAL_ID,
                "Excel で末尾の数字が失われたIDです。文字列の書式で保存し直してください",
            )
        if len(value) > EXTERNAL_ID_MAX:
            raise _Wrong(Field.EXTERNAL_ID, f"アプリのIDが {EXTERNAL_ID_MAX} 文字を超えています")
        return value

    def _name(self, whole: Field, family: Field, given: Field) -> str:
        name = self.line(whole) or f"{self.line(family)} {self.line(given)}".strip()
        if len(name) > NAME_MAX:
            raise _Wrong(whole, f"{whole.value}が {NAME_MAX} 文字を超えています")
        return name

    def _mini_apps(self) -> tuple[str, ...]:
        names = re.split(r"[、,;|\n]", text.plain(self._raw(Field.MINI_APPS).replace("\n", ",")))
        return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))

    def _email(self) -> str:
        email = self.plain(Field.EMAIL).lower()
        if email and (len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email)):
            raise _Wrong(Field.EMAIL, "メールアドレスの形が正しくありません")
        return email

    def _municipality_code(self, address: str) -> str:
        written = self.plain(Field.MUNICIPALITY_CODE)
        if written:
            return _checked_code(written)
        name = self.line(Field.MUNICIPALITY)
        for place in (name, address):
            unit = addresses.read_address(place)
            if unit.municipality_code:
                return unit.municipality_code
        if name.isascii() and name:
            return _checked_code(name)
        if not name and not address:
            raise _Wrong(Field.MUNICIPALITY_CODE, "市区町村がありません")
        raise _Wrong(
            Field.MUNICIPALITY if name else Field.ADDRESS,
            "市区町村を見分けられません。市区町村コード（5けた）で書いてください",
        )

    def _birth_year(self, this_year: int) -> int | None:
        written = self.plain(Field.BIRTH).lower()
        if not written:
            return None
        year = read_birth_year(written)
        if year is None or not OLDEST_BIRTH_YEAR <= year <= this_year:
            raise _Wrong(
                Field.BIRTH, f"生年は、{OLDEST_BIRTH_YEAR}から{this_year}までの西暦で書いてください"
            )
        return year

    def _sex(self) -> str:
        written = self.plain(Field.SEX).lower()
        if written and written not in _SEX_BY_WORD:
            raise _Wrong(Field.SEX, "性別は、女性・男性・回答なし のどれかで書いてください")
        return _SEX_BY_WORD[written] if written else ""


def read_birth_year(written: str) -> int | None:
    """Return the western year of a year or a date, in western or Japanese counting."""
    if era := _ERA_YEAR.match(written):
        return _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
    western = _WESTERN_YEAR.match(written)
    return int(western[1]) if western else None


def _checked_code(written: str) -> str:
    """Return the five digits; a sixth is the check digit, a zero in front may be Excel's loss."""
    digits = written.zfill(5) if len(written) == 4 else written
    if len(digits) == 5 and digits.isdecimal() and not municipalities.municipality(digits):
        restored = f"0{digits}"
        if municipalities.municipality(restored) and _has_check_digit(restored):
            digits = restored
    if not (digits.isascii() and digits.isdecimal() and len(digits) in {5, 6}):
        raise _Wrong(Field.MUNICIPALITY_CODE, "市区町村コードは、数字5けたか6けたで書いてください")
    if len(digits) == 6 and not _has_check_digit(digits):
        raise _Wrong(Field.MUNICIPALITY_CODE, "市区町村コードの6けた目（検査数字）が合いません")
    if not municipalities.prefecture_of(digits):
        raise _Wrong(Field.MUNICIPALITY_CODE, "市区町村コードの最初の2けたが都道府県ではありません")
    return digits[:5]


def _has_check_digit(digits: str) -> bool:
    return digits.isdecimal() and municipalities.check_digit(digits[:5]) == digits[5]
