"""Excel workbooks (.xlsx): visible sheets as lines of cells, each value as Excel shows it.

The parts are read as streams with an XML parser that refuses declarations and entities, so the cost
follows the size of the file, and every failure is one refusal.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import Any, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from pointsys.common.tabular.archive import open_checked
from pointsys.common.tabular.decoding import refuse_unstorable
from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.formats import CellFormat, cell_format, shown
from pointsys.common.tabular.model import GridRow, Limits
from pointsys.common.tabular.separated import too_many_columns, too_many_rows

_PIECE: Final = 64 * 1024
_DAMAGED: Final = (
    "Excel ブックが壊れているか、Excel の形式ではありません。保存し直してから選んでください。"
)
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COLUMN: Final = re.compile(r"^([A-Z]{1,3})\d*$")
_ROWS_OF_EXCEL: Final = 1_048_576
_STRINGS: Final = 2_000_000


def read_workbook(content: bytes, *, limits: Limits) -> list[tuple[str, list[GridRow]]]:
    """Return the name and the lines of every visible sheet that is not blank.

    Raises:
        TableRefused: a bomb, a damaged file, too many rows or columns, or formulas without results.
    """
    with open_checked(content, limits=limits) as archive:
        try:
            return _sheets(archive, limits)
        except (SAXException, DefusedXmlException) as error:
            raise TableRefused(_DAMAGED) from error
        except (KeyError, zipfile.BadZipFile, EOFError, UnicodeError, RuntimeError) as error:
            raise TableRefused(_DAMAGED) from error


def _sheets(archive: zipfile.ZipFile, limits: Limits) -> list[tuple[str, list[GridRow]]]:
    book = _Book()
    _parse(archive, "xl/workbook.xml", book)
    relations = _Relations()
    _parse(archive, "xl/_rels/workbook.xml.rels", relations)
    names = set(archive.namelist())
    strings, styles = _Strings(), _Styles()
    if "xl/sharedStrings.xml" in names:
        _parse(archive, "xl/sharedStrings.xml", strings)
    if "xl/styles.xml" in names:
        _parse(archive, "xl/styles.xml", styles)
    sheets = []
    for name, relation in book.visible_sheets:
        kind, target = relations.targets.get(relation, ("", ""))
        if not kind.endswith("/worksheet"):
            continue
        cells = _Cells(strings.values, styles.formats(book.epoch_1904), limits)
        _parse(archive, posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"), cells)
        if any(not row.is_blank for row in cells.rows):
            sheets.append((name, cells.rows))
    return sheets


def _parse(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> None:
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    with archive.open(part) as source:
        while piece := source.read(_PIECE):
            parser.feed(piece)
    parser.close()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Book(ContentHandler):
    """The sheets of a workbook in their order, without the hidden ones."""

    def __init__(self) -> None:
        super().__init__()
        self.visible_sheets: list[tuple[str, str]] = []
        self.epoch_1904 = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - fixed by SAX
        tag = _local(name)
        if tag == "workbookPr":
            self.epoch_1904 = attrs.get("date1904") in {"1", "true"}
        elif tag == "sheet" and attrs.get("state", "visible") == "visible":
            relation = next((attrs[key] for key in attrs.getNames() if key.endswith(":id")), "")
            self.visible_sheets.append((attrs.get("name", ""), relation))


class _Relations(ContentHandler):
    """Which part of the package each relation of the workbook means."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, tuple[str, str]] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - fixed by SAX
        if _local(name) == "Relationship":
            self.targets[attrs.get("Id", "")] = (attrs.get("Type", ""), attrs.get("Target", ""))


class _Styles(ContentHandler):
    """The number format of each cell style."""

    def __init__(self) -> None:
        super().__init__()
        self._custom: dict[int, str] = {}
        self._used: list[int] = []
        self._in_cell_styles = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - fixed by SAX
        tag = _local(name)
        if tag == "numFmt":
            self._custom[_number(attrs.get("numFmtId"))] = attrs.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cell_styles = True
        elif tag == "xf" and self._in_cell_styles:
            self._used.append(_number(attrs.get("numFmtId", "0")))

    def endElement(self, name: str) -> None:  # noqa: N802 - fixed by SAX
        if _local(name) == "cellXfs":
            self._in_cell_styles = False

    def formats(self, epoch_1904: bool) -> list[CellFormat]:
        return [
            cell_format(number, self._custom.get(number, ""), epoch_1904=epoch_1904)
            for number in self._used
        ]


class _Text(ContentHandler):
    """Collects the text of the wanted elements, without the readings Excel keeps beside it."""

    _WANTED: frozenset[str] = frozenset({"t"})

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._collecting = False
        self._in_reading = False

    def begin_text(self, tag: str) -> None:
        if tag == "rPh":
            self._in_reading = True
        self._collecting = tag in self._WANTED and not self._in_reading

    def end_text(self, tag: str) -> None:
        if tag == "rPh":
            self._in_reading = False
        self._collecting = False

    def characters(self, content: str) -> None:
        if self._collecting:
            self._pieces.append(content)

    def take(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


class _Strings(_Text):
    """The table of strings that cells point into."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - fixed by SAX
        self.begin_text(_local(name))

    def endElement(self, name: str) -> None:  # noqa: N802 - fixed by SAX
        tag = _local(name)
        self.end_text(tag)
        if tag == "si":
            self.values.append(_unescaped(self.take()))
            if len(self.values) > _STRINGS:
                raise TableRefused(_DAMAGED)


class _Cells(_Text):
    """The lines of one sheet."""

    _WANTED = frozenset({"t", "v"})

    def __init__(self, strings: list[str], formats: list[CellFormat], limits: Limits) -> None:
        super().__init__()
        self.rows: list[GridRow] = []
        self._strings, self._formats, self._limits = strings, formats, limits
        self._row_number = self._column = 0
        self._cells: list[str] = []
        self._type, self._style = "n", 0
        self._has_formula = False
        self._starts: dict[str, Callable[[AttributesImpl], None]] = {
            "row": self._start_row,
            "c": self._start_cell,
            "f": self._start_formula,
        }

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - fixed by SAX
        tag = _local(name)
        self.begin_text(tag)
        if tag in self._starts:
            self._starts[tag](attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 - fixed by SAX
        tag = _local(name)
        self.end_text(tag)
        if tag == "c":
            self._end_cell()
        elif tag == "row" and any(self._cells):
            self.rows.append(GridRow(self._row_number, tuple(self._cells)))

    def _start_row(self, attrs: AttributesImpl) -> None:
        number = _number(attrs.get("r"), default=self._row_number + 1)
        if not self._row_number < number <= _ROWS_OF_EXCEL:
            raise TableRefused(_DAMAGED)
        if len(self.rows) > self._limits.rows:  # the header is one more
            raise TableRefused(too_many_rows(self._limits))
        self._row_number, self._column, self._cells = number, 0, []

    def _start_cell(self, attrs: AttributesImpl) -> None:
        place = _COLUMN.match(attrs.get("r", ""))
        self._column = _column_number(place[1]) if place else self._column + 1
        self._type = attrs.get("t", "n")
        self._style = _number(attrs.get("s"))
        self._has_formula = False
        self.take()

    def _start_formula(self, _attrs: AttributesImpl) -> None:
        self._has_formula = True

    def _end_cell(self) -> None:
        value = self._value(self.take())
        if not value:
            return
        if self._column > self._limits.columns:
            raise TableRefused(too_many_columns(self._limits))
        if len(value) > self._limits.cell_characters:
            raise TableRefused(f"{self._row_number}行目に長すぎる値があります。")
        self._cells.extend([""] * (self._column - len(self._cells)))
        self._cells[self._column - 1] = value

    def _value(self, raw: str) -> str:
        if not raw and self._has_formula and self._type != "str":
            raise TableRefused(
                f"{self._row_number}行目に、計算結果の保存されていない数式があります。"
                "Excel で開いて保存し直してから選んでください。"
            )
        if self._type == "s":
            index = _number(raw, default=-1)
            return self._strings[index] if 0 <= index < len(self._strings) else ""
        if self._type == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if self._type == "n":
            has_style = 0 <= self._style < len(self._formats)
            return shown(raw, self._formats[self._style] if has_style else CellFormat())
        return _unescaped(raw)


def _unescaped(text: str) -> str:
    """Undo Excel's way of writing characters that XML cannot hold (_x000D_)."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
        refuse_unstorable(text)
    return text


def _number(value: Any, *, default: int = 0) -> int:
    text = str(value or "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else default


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
