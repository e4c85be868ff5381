"""One line of a store list made into a shop's facts, or into the reason why it cannot be one."""

import hashlib
import html
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pointsys.common import addresses, text
from pointsys.common.tabular import Record, unguarded
from stores.importing.columns import Columns, Field

NAME_MAX, KANA_MAX, ADDRESS_MAX = 120, 160, 240
PHONE_MAX, INDUSTRY_MAX, WEBSITE_MAX = 40, 80, 300
_EXCEL_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"}
)
# How a CSV keeps leading zeros from Excel: ="0229"
_EXCEL_TEXT: Final = re.compile(r'^="([^"]*)"$')
_CATEGORY_NUMBER: Final = re.compile(r"^[0-9０-９]{1,3}\s*[.．、:：)）]\s*")
_MARKUP: Final = re.compile(r"<!--|-->|</?[a-zA-Z][^<>]*>")
_ENTITY: Final = re.compile(r"&(?:#\d{2,6}|[a-zA-Z]{2,8});")
# Words of a notice that stands among the shops: 下記からご覧いただけます。
_SENTENCE: Final = re.compile(r"。|ください|下さい|ます|URL|http", re.IGNORECASE)
_WARD_OR_TOWN: Final = re.compile(r"^.{1,12}?(?:市.{1,4}区|[市区町村])")
_JAPAN: Final = {
    Field.LATITUDE: (Decimal(20), Decimal(46)),
    Field.LONGITUDE: (Decimal(122), Decimal(154)),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the screening should look at; no reason to refuse the row."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not taken, at which field, and where the row stands in the file."""

    row_number: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoreRow:
    """What one row says of a shop, in the form of the tables; `original` is the row untouched."""

    row_number: int
    source_key: str
    name: str
    name_kana: str
    industry: str
    postal_code: str
    prefecture: str
    municipality: str
    municipality_code: str
    address: str
    phone: str
    website: str
    latitude: Decimal | None
    longitude: Decimal | None
    name_key: str
    address_key: str
    phone_key: str
    is_shared_line: bool
    findings: tuple[Finding, ...]
    original: dict[str, Any]


class _Reader:
    """One row while it is read: values by meaning, and the findings so far."""

    def __init__(self, record: Record, columns: Columns) -> None:
        self._record, self._columns = record, columns
        self.findings: list[Finding] = []

    def raw(self, field: Field) -> str:
        column = self._columns.by_field.get(field)
        value = "" if column is None else self._record.values.get(column, "").strip()
        value = _EXCEL_TEXT.sub(r"\1", unguarded(value))
        return "" if value in _EXCEL_ERRORS else value

    def line(self, field: Field) -> str:
        value = self.raw(field)
        if _MARKUP.search(value) or _ENTITY.search(value):
            self.note(
                "MARKUP", field, "ウェブページの記号を取り除きました。元の表示を確認してください"
            )
            value = html.unescape(_MARKUP.sub(" ", value))
        return text.single_line(value)

    def note(self, code: str, field: Field, message: str) -> None:
        finding = Finding(code, self._columns.column(field), message)
        if finding not in self.findings:
            self.findings.append(finding)

    def error(self, field: Field, reason: str) -> RowError:
        return RowError(self._record.number, self._columns.column(field), reason)


def read_row(record: Record, columns: Columns) -> StoreRow | RowError:
    """Return the shop of a row, or why there is none: only name and address are indispensable."""
    reader = _Reader(record, columns)
    name, address_text = _name(reader), _address_text(reader)
    address = addresses.read_address(address_text)
    error = _indispensable(record, reader, name, address)
    if error is not None:
        return error
    phone = _phone(reader)
    if text.has_unknown_characters(name + address_text):
        reader.note(
            "PRIVATE_CHARACTER",
            Field.NAME,
            "外字が含まれています。元の字を確認してください",
        )
    _note_address(reader, address)
    latitude, longitude = _position(reader)
    name_key = text.name_key(name)[:KANA_MAX]
    address_key = address.key[:ADDRESS_MAX]
    return StoreRow(
        row_number=record.number,
        source_key=_source_key(reader, name_key, address_key),
        name=name,
        name_kana=_kana(reader),
        industry=_industry(reader),
        postal_code=_postal_code(reader, address),
        prefecture=address.prefecture,
        municipality=address.municipality,
        municipality_code=address.municipality_code,
        address=address.line,
        phone=phone.number,
        website=_website(reader),
        latitude=latitude,
        longitude=longitude,
        name_key=name_key,
        address_key=address_key,
        phone_key=phone.digits,
        is_shared_line=phone.is_shared_line,
        findings=tuple(reader.findings),
        original=record.original,
    )


def _indispensable(
    record: Record, reader: _Reader, name: str, address: addresses.Address
) -> RowError | None:
    if record.surplus:
        return reader.error(
            Field.NAME, "見出しより列が多い行です。値の中の区切り文字を引用符で囲んでください"
        )
    if reason := _name_reason(name):
        return reader.error(Field.NAME, reason)
    if reason := _address_reason(name, address):
        return reader.error(Field.ADDRESS, reason)
    return None


def _name_reason(name: str) -> str:
    if not name.strip(text.HYPHENS):
        return "店名がありません"
    return f"店名が {NAME_MAX} 文字を超えています" if len(name) > NAME_MAX else ""


def _address_reason(name: str, address: addresses.Address) -> str:
    if not address.line.strip(text.HYPHENS):
        return "所在地がありません"
    if len(address.line) > ADDRESS_MAX:
        return f"所在地が {ADDRESS_MAX} 文字を超えています"
    if address.municipality:
        return ""
    if _SENTENCE.search(address.line):
        return "所在地に、住所ではない文が入っています"
    if text.name_key(address.line) == text.name_key(name):
        return "所在地に、住所ではなく店名が入っています"
    return ""


def _name(reader: _Reader) -> str:
    name, branch = reader.line(Field.NAME), reader.line(Field.BRANCH)
    return f"{name} {branch}" if name and branch and branch not in name else name


def _address_text(reader: _Reader) -> str:
    """Return the address on one line, put together from the columns the list spreads it over."""
    place = reader.line(Field.ADDRESS)
    if not place:
        place = "".join(reader.line(field) for field in (Field.TOWN, Field.BLOCK))
    if not place:
        return ""
    read = addresses.read_address(place)
    city = reader.line(Field.CITY)
    if read.is_municipality_guessed and not city:
        city = _municipality_of_area(reader.line(Field.AREA))
    if city and not _holds(read.line, city):
        place = city + place
    prefecture = reader.line(Field.PREFECTURE)
    if prefecture and not addresses.names_prefecture(place):
        place = prefecture + place
    building = reader.line(Field.BUILDING)
    return f"{place} {building}" if building and building not in place else place


def _holds(place: str, part: str) -> bool:
    return text.plain(part).replace(" ", "") in text.plain(place).replace(" ", "")


def _municipality_of_area(area: str) -> str:
    found = _WARD_OR_TOWN.match(area)
    return found[0] if found else ""


def _note_address(reader: _Reader, address: addresses.Address) -> None:
    if not address.municipality:
        reader.note("NO_MUNICIPALITY", Field.ADDRESS, "市区町村を読み取れませんでした")
    elif not address.prefecture:
        reader.note("NO_PREFECTURE", Field.ADDRESS, "都道府県が書かれていません")
    if address.municipality and not re.search(r"[0-9〇一二三四五六七八九十]", address.rest):
        reader.note("NO_BLOCK_NUMBER", Field.ADDRESS, "番地がありません")


def _phone(reader: _Reader) -> text.Phone:
    phone = text.read_phone(reader.raw(Field.PHONE))
    if phone.problem:
        reader.note(
            "ODD_PHONE", Field.PHONE, f"{phone.problem}。元の値: {reader.line(Field.PHONE)[:80]}"
        )
    elif not phone.number:
        reader.note("NO_PHONE", Field.PHONE, "電話番号がありません")
    if len(phone.number) > PHONE_MAX:
        return text.NO_PHONE  # the finding and the original row keep what was written
    return phone


def _postal_code(reader: _Reader, address: addresses.Address) -> str:
    postal = text.read_postal_code(reader.raw(Field.POSTAL_CODE))
    if postal.problem:
        written = reader.line(Field.POSTAL_CODE)[:40]
        reader.note("ODD_POSTAL_CODE", Field.POSTAL_CODE, f"{postal.problem}。元の値: {written}")
    if postal.digits and address.postal_code and postal.digits != address.postal_code:
        reader.note(
            "TWO_POSTAL_CODES", Field.POSTAL_CODE, "郵便番号の列と所在地の中の郵便番号が違います"
        )
    return postal.digits or address.postal_code


def _kana(reader: _Reader) -> str:
    kana = text.katakana(reader.raw(Field.NAME_KANA))
    if len(kana) <= KANA_MAX:
        return kana
    reader.note("LONG_KANA", Field.NAME_KANA, f"カナが {KANA_MAX} 文字を超えるため空にしました")
    return ""


def _industry(reader: _Reader) -> str:
    industry = _CATEGORY_NUMBER.sub("", reader.line(Field.INDUSTRY))
    if not industry:
        reader.note("NO_INDUSTRY", Field.INDUSTRY, "業種がありません")
    elif len(industry) > INDUSTRY_MAX:
        reader.note(
            "LONG_INDUSTRY", Field.INDUSTRY, f"業種が {INDUSTRY_MAX} 文字を超えるため縮めました"
        )
    return industry[:INDUSTRY_MAX]


def _website(reader: _Reader) -> str:
    website = reader.line(Field.WEBSITE)
    if not website or website.strip("-－ー") == "" or website in {"なし", "無し"}:
        return ""
    if website.startswith("www."):
        reader.note("WEBSITE_COMPLETED", Field.WEBSITE, "URL の先頭に http:// を補いました")
        website = f"http://{website}"
    if len(website) > WEBSITE_MAX:
        reader.note(
            "ODD_WEBSITE", Field.WEBSITE, f"URL が {WEBSITE_MAX} 文字を超えるため空にしました"
        )
        return ""
    # Anything else could run as a script once it is a link.
    if website.startswith(("http://", "https://")):
        return website
    reader.note("ODD_WEBSITE", Field.WEBSITE, "http で始まる URL ではないため空にしました")
    return ""


def _position(reader: _Reader) -> tuple[Decimal | None, Decimal | None]:
    """Return both degrees or neither: half a position is none."""
    written = [reader.line(field) for field in _JAPAN]
    if not any(written):
        return None, None
    latitude, longitude = (
        _degrees(value, *limits) for value, limits in zip(written, _JAPAN.values(), strict=True)
    )
    if latitude is None or longitude is None:
        reader.note(
            "ODD_POSITION", Field.LATITUDE, "緯度・経度が日本の中を指していないため空にしました"
        )
        return None, None
    return latitude, longitude


def _degrees(written: str, low: Decimal, high: Decimal) -> Decimal | None:
    try:
        degrees = Decimal(text.plain(written))
        return degrees.quantize(Decimal("0.000001")) if low <= degrees <= high else None
    except InvalidOperation:
        return None


def _source_key(reader: _Reader, name_key: str, address_key: str) -> str:
    own = reader.line(Field.KEY)
    if own and len(own) <= 48:
        return f"id:{own}"
    return "row:" + hashlib.sha256(f"{name_key}\n{address_key}".encode()).hexdigest()[:32]
