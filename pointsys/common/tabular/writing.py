"""CSV and Excel files that people open: no cell of ours is ever run as a formula.

A spreadsheet runs a cell that starts with a formula sign, also behind blanks, quotes and commas,
and Japanese Excel takes the full-width signs too. In CSV such text gets an apostrophe in front, the
mark by which spreadsheets know text; `unguarded` takes it away again. In Excel files the cell is
stored as text, so nothing needs to be added.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

_GUARD: Final = "'"
_DANGEROUS: Final = re.compile(r"^[\s\"'`,;|]*[=+\-@＝＋－＠]|^[\t\r\n]")
_GUARDED: Final = re.compile(r"^'(?=[\s\"'`,;|]*[=+\-@＝＋－＠]|[\t\r\n])")

Cell = str | int | None


def guarded(value: Cell) -> str | int:
    """Return what goes into a CSV cell: numbers as they are, dangerous text marked as text."""
    if value is None:
        return ""
    if isinstance(value, str) and _DANGEROUS.match(value):
        return _GUARD + value
    return value


def unguarded(value: str) -> str:
    """Return the text that `guarded` was given."""
    return _GUARDED.sub("", value)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield a CSV file line by line in UTF-8 with the mark that Excel needs, ending in CRLF."""
    buffer = io.StringIO()
    # Text is always quoted, so that no separator of another country cuts a cell in two.
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow([guarded(name) for name in columns])
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        if buffer.tell() > 32_768:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a whole CSV file; for long lists send `csv_lines` as a stream."""
    return b"".join(csv_lines(columns, rows))


def xlsx_bytes(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet_name: str = "一覧"
) -> bytes:
    """Return an Excel workbook with one sheet; text stays text, so codes keep their zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet_name)[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, name, bold=True) for name in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", value))
    cell.data_type = "s"  # openpyxl would store text that starts with = as a formula
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell
