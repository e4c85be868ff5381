"""What the 200-byte formats of banks share: sections per account, dates of the era, one reader.

Reading is lenient where banks differ (blank numbers, wider characters) and strict where money could
go wrong (record length, dates, amounts, trailer).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pointsys.common.zengin.errors import FieldRefused, FileRefused
from pointsys.common.zengin.records import ENCODING, Field, Layout, decode_record, split_records

RECORD_BYTES = 200
REIWA_OFFSET = 2018  # Reiwa 1 is 2019


def digits(name: str, length: int, label: str) -> Field:
    """Return a numeric field that a bank may leave blank."""
    return Field(name, length, label, numeric=True, blank_ok=True)


HEADER_START = (
    digits("record_type", 1, "データ区分"),
    digits("type_code", 2, "種別コード"),
    digits("code_kind", 1, "コード区分"),
    digits("created_date", 6, "作成日"),
    digits("from_date", 6, "勘定日（自）"),
    digits("to_date", 6, "勘定日（至）"),
    digits("bank_code", 4, "銀行コード"),
    Field("bank_name", 15, "銀行名"),
    digits("branch_code", 3, "支店コード"),
    Field("branch_name", 15, "支店名"),
)


@dataclass(frozen=True, kw_only=True)
class InboundAccount:
    """The account that a section is about, and the days it covers."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_type: str
    account_number: str
    account_name: str
    created_date: date
    from_date: date
    to_date: date


@dataclass(frozen=True)
class Section:
    """One account of a file: header, data and trailer, still as fields by name."""

    header: "Row"
    rows: tuple["Row", ...]
    trailer: "Row"

    def account(self) -> InboundAccount:
        """Return the account of the header."""
        names = (
            "bank_code",
            "bank_name",
            "branch_code",
            "branch_name",
            "account_type",
            "account_name",
        )
        return InboundAccount(
            # Type 03 gives ten digits where transfers have seven.
            account_number=self.header.code("account_number").zfill(7),
            created_date=self.header.date("created_date"),
            from_date=self.header.date("from_date"),
            to_date=self.header.date("to_date"),
            **{name: self.header.text(name) for name in names},
        )


@dataclass(frozen=True)
class Row:
    """The fields of one record, and where it stands so that refusals can say it."""

    place: str
    layout: Layout
    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a field as read."""
        return self.values[name]

    def number(self, name: str) -> int:
        """Return a number; blank is 0."""
        return int(self.values[name].strip() or 0)

    def code(self, name: str) -> str:
        """Return a free number without its fill of zeros, or text as it stands."""
        return self.values[name].strip().lstrip("0")

    def date(self, name: str) -> date:
        """Return a date of the era (YYMMDD, Reiwa)."""
        value = self.values[name]
        try:
            return date(REIWA_OFFSET + int(value[:2]), int(value[2:4]), int(value[4:]))
        except ValueError:
            raise self.refused(name, "日付（令和の年月日6けた）として読めません。") from None

    def is_blank(self, name: str) -> bool:
        """Tell whether a field is spaces or zeros."""
        return not self.code(name)

    def refused(self, name: str, reason: str) -> FileRefused:
        """Return the refusal of one field."""
        label = next(field.label for field in self.layout if field.name == name)
        return FileRefused(f"{self.place}の{label}：{reason}")


@dataclass(frozen=True)
class InboundFormat:
    """The layouts of one format; `title` is how messages call it."""

    type_code: str
    title: str
    header: Layout
    data: Layout
    trailer: Layout


def read_sections(data: bytes, file_format: InboundFormat) -> Iterator[Section]:
    """Yield the accounts of a file in order.

    Raises:
        FileRefused: another format or code, a broken record, or records out of order.
    """
    records, _ = split_records(data, RECORD_BYTES)
    kinds = "".join(chr(record[0]) for record in records)
    if not re.fullmatch("(12*8)+9", kinds):
        raise FileRefused(
            f"{file_format.title}のファイルではないか、途中で切れています。"
            "レコードが1（ヘッダー）、2（データ）、8（トレーラー）、9（エンド）の順に並んでいません。"
        )
    _refuse_other_format([r for r in records if r[:1] == b"1"], file_format)
    rows: list[Row] = []
    header: Row | None = None
    for number, record in enumerate(records[:-1], start=1):
        kind = chr(record[0])
        layout = {"1": file_format.header, "2": file_format.data, "8": file_format.trailer}[kind]
        row = _read(f"{number}件目のレコード", layout, record)
        if kind == "1":
            header, rows = row, []
        elif kind == "2":
            rows.append(row)
        else:
            assert header is not None
            yield Section(header=header, rows=tuple(rows), trailer=row)


def _read(place: str, layout: Layout, record: bytes) -> Row:
    try:
        return Row(place, layout, decode_record(layout, record))
    except FieldRefused as error:
        raise FileRefused(f"{place}の{error}") from error


def _refuse_other_format(headers: Sequence[bytes], file_format: InboundFormat) -> None:
    # Before any field: the fields of another format stand elsewhere and would be blamed instead.
    for header in headers:
        type_code = header[1:3].decode(ENCODING)
        if type_code != file_format.type_code:
            raise FileRefused(
                f"{file_format.title}（種別{file_format.type_code}）ではありません。"
                f"このファイルの種別コードは{type_code}です。"
            )
        if header[3:4] not in (b" ", b"0"):
            raise FileRefused("コード区分がJISではありません。JISのファイルだけを扱います。")
