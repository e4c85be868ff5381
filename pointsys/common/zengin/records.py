"""The engine of fixed-length records: a format is a table of fields, one byte per character."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pointsys.common.zengin.errors import FieldRefused, FileRefused, ZenginRefused
from pointsys.common.zengin.kana import FieldClass, is_narrow, narrow, truncate

# For single-byte characters CP932, Shift_JIS and JIS X 0201 give the same bytes.
ENCODING = "cp932"
EOF_BYTE = b"\x1a"
_FOREIGN_BYTES = re.compile(rb"[^\x20-\x7e\xa1-\xdf\r\n]")

Value = str | int


class Overflow(StrEnum):
    """What happens to a text longer than its field; a number that does not fit is refused."""

    ERROR = "error"
    TRUNCATE = "truncate"


class Separator(StrEnum):
    """What stands between records."""

    CRLF = "CRLF"
    LF = "LF"
    NONE = "NONE"

    @property
    def bytes(self) -> bytes:
        """The separator as written."""
        return {"CRLF": b"\r\n", "LF": b"\n", "NONE": b""}[self.value]


@dataclass(frozen=True)
class Framing:
    """How records are strung together into a file."""

    separator: Separator = Separator.CRLF
    after_last: bool = True
    eof: bool = False


@dataclass(frozen=True)
class Field:
    """One field of a record; it refuses a value that does not fit.

    `numeric`: digits, right-aligned, zero-filled; with `blank_ok` also all spaces for "not given".
    Otherwise text, left-aligned, space-filled, of `field_class`. A text field without a class is
    filler when written, and any single-byte text when read.
    """

    name: str
    length: int
    label: str = ""
    numeric: bool = False
    blank_ok: bool = False
    field_class: FieldClass | None = None

    def encode(self, value: Value, on_overflow: Overflow = Overflow.ERROR) -> bytes:
        """Return exactly `length` bytes."""
        text = self._number(value) if self.numeric else self._text(value, on_overflow)
        encoded = text.encode(ENCODING)
        assert len(encoded) == self.length, self.name
        return encoded

    def decode(self, raw: bytes) -> str:
        """Return digits as they stand or text without fill; refuse what could not be written."""
        text = raw.decode(ENCODING)
        if self.numeric:
            if self.blank_ok and not text.strip():
                return ""
            if not _is_digits(text):
                raise self.refused("数字ではない文字があります。")
            return text
        stripped = text.rstrip(" ")
        if self.field_class is not None:
            if stripped.startswith(" "):
                raise self.refused("左詰めになっていません。")
            if not is_narrow(stripped, self.field_class):
                raise self.refused("銀行の振込データで使えない文字があります。")
        return stripped

    def refused(self, reason: str) -> FieldRefused:
        """Return the refusal that names this field."""
        return FieldRefused(label=self.label or self.name, reason=reason)

    def _number(self, value: Value) -> str:
        digits = str(value)
        if self.blank_ok and not digits.strip():
            return " " * self.length
        if isinstance(value, bool) or not _is_digits(digits):
            raise self.refused(f"数字{self.length}けた以内で入力してください。")
        if len(digits) > self.length:
            raise self.refused(f"けた数が多すぎます。数字{self.length}けた以内で入力してください。")
        return digits.zfill(self.length)

    def _text(self, value: Value, on_overflow: Overflow) -> str:
        if self.field_class is None:
            assert not value, "filler carries nothing"
            return " " * self.length
        truncating = on_overflow is Overflow.TRUNCATE
        try:
            text = narrow(str(value), self.field_class, None if truncating else self.length)
        except ZenginRefused as error:
            raise self.refused(str(error)) from error
        return truncate(text, self.length).ljust(self.length)


Layout = Sequence[Field]


def record_length(layout: Layout) -> int:
    """Return the bytes of one record of this layout."""
    return sum(field.length for field in layout)


def encode_record(
    layout: Layout, values: Mapping[str, Value], on_overflow: Overflow = Overflow.ERROR
) -> bytes:
    """Return one record. A field without a value is empty.

    Raises:
        FieldRefused: a value does not fit its field, so it can never spill into its neighbour.
    """
    return b"".join(field.encode(values.get(field.name, ""), on_overflow) for field in layout)


def decode_record(layout: Layout, record: bytes) -> dict[str, str]:
    """Return the fields of one record by name.

    Raises:
        FieldRefused: a field holds what its kind does not allow.
    """
    assert len(record) == record_length(layout)
    values: dict[str, str] = {}
    offset = 0
    for field in layout:
        values[field.name] = field.decode(record[offset : offset + field.length])
        offset += field.length
    return values


def join_records(records: Sequence[bytes], framing: Framing) -> bytes:
    """Return the file that these records make."""
    separator = framing.separator.bytes
    end = (separator if framing.after_last else b"") + (EOF_BYTE if framing.eof else b"")
    return separator.join(records) + end


def split_records(data: bytes, length: int) -> tuple[list[bytes], Framing]:
    """Return the records of a file and how they were strung together.

    Raises:
        FileRefused: empty, another code than JIS X 0201, or a record of another length.
    """
    eof = data.endswith(EOF_BYTE)
    body = data[:-1] if eof else data
    _refuse_foreign(body)
    separator = _separator_of(body)
    if separator is Separator.NONE:
        parts = [body[i : i + length] for i in range(0, len(body), length)]
        after_last = False
    else:
        parts = body.split(separator.bytes)
        after_last = parts[-1] == b""
        parts = parts[:-1] if after_last else parts
    for number, part in enumerate(parts, start=1):
        if len(part) != length:
            raise FileRefused(
                f"{number}件目のレコードが{len(part)}バイトです。{length}バイトのはずです。"
            )
        if b"\r" in part or b"\n" in part:
            raise FileRefused(f"{number}件目のレコードの途中に改行があります。")
    return parts, Framing(separator, after_last, eof)


def _separator_of(body: bytes) -> Separator:
    if b"\r\n" in body:
        return Separator.CRLF
    if b"\n" in body:
        return Separator.LF
    if b"\r" in body:
        raise FileRefused("改行がCRだけです。CRLFか、改行なしのファイルにしてください。")
    return Separator.NONE


def _refuse_foreign(body: bytes) -> None:
    if not body.strip(b"\r\n "):
        raise FileRefused("ファイルが空です。")
    # 0xF1 is the digit 1 of EBCDIC, with which a header would begin.
    if body[:1] == b"\xf1":
        raise FileRefused("EBCDICのファイルは読めません。JISコードのファイルにしてください。")
    if _FOREIGN_BYTES.search(body):
        raise FileRefused(
            "全銀形式では使わない文字があります。UTF-8などで保存し直していない、"
            "もとのファイルを選んでください。"
        )


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
