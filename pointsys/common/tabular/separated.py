"""CSV and its kin: which character separates, and lines of cells with bounded cost."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.model import GridRow, IsHeader, Limits

_SEPARATORS: Final = (",", "\t", ";", "|")
_LINES_TO_SNIFF: Final = 50
_LINES_PER_ROW: Final = 1_000


class _Lines:
    """Gives physical lines to the CSV reader and stops it when one row eats too many."""

    def __init__(self, lines: list[str], *, separator: str, limits: Limits) -> None:
        self._lines = iter(lines)
        self._separator = separator
        self._limits = limits
        self.in_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.in_row += 1
        if self.in_row > _LINES_PER_ROW:
            raise TableRefused(_UNCLOSED_QUOTE)
        if line.count(self._separator) > self._limits.columns * 4:
            raise TableRefused(too_many_columns(self._limits))
        return line + "\n"


_UNCLOSED_QUOTE: Final = (
    '引用符（"）が閉じられていないため、行の区切りが分かりません。表計算ソフトで開いて'
    "CSV で保存し直してから、もう一度選んでください。"
)


def too_many_columns(limits: Limits) -> str:
    return f"列が多すぎます。{limits.columns} 列までのファイルを選んでください。"


def too_many_rows(limits: Limits) -> str:
    return f"行が多すぎます。{limits.rows:,} 行までに分けて、1つずつ選んでください。"


def read_separated(text: str, *, is_header: IsHeader, limits: Limits) -> list[GridRow]:
    """Return the lines of cells of a CSV, TSV or semicolon file.

    Raises:
        TableRefused: too many rows or columns, a cell that is too long, or an unclosed quote.
    """
    # Only CR and LF end a line: splitlines would also cut at U+0085 and U+2028 inside values.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _separator_of(lines, is_header=is_header, limits=limits)
    rows: list[GridRow] = []
    for row in _rows(lines, separator=separator, limits=limits):
        if len(row.cells) > limits.columns and any(row.cells[limits.columns :]):
            raise TableRefused(too_many_columns(limits))
        if not row.is_blank:
            rows.append(row)
        # Blank lines are skipped but counted, else thirty million of them would cost a minute.
        if len(rows) > limits.rows + 1 or row.number > 2 * limits.rows + _LINES_PER_ROW:
            raise TableRefused(too_many_rows(limits))
    return rows


def _rows(source: list[str], *, separator: str, limits: Limits) -> Iterator[GridRow]:
    lines = _Lines(source, separator=separator, limits=limits)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        lines.in_row = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableRefused(_csv_reason(error, number)) from error
        if any(len(cell) > limits.cell_characters for cell in cells):
            raise TableRefused(
                f"{number}行目に {limits.cell_characters:,} 文字を超える値があります。"
            )
        yield GridRow(number, tuple(cells))


def _csv_reason(error: csv.Error, number: int) -> str:
    if "end of data" in str(error):
        return _UNCLOSED_QUOTE
    if "field larger" in str(error):
        return f"{number}行目に長すぎる値があります。{_UNCLOSED_QUOTE}"
    return (
        f'{number}行目の引用符（"）の使い方が正しくないため、列の区切りが分かりません。'
        "その行を直してから、もう一度選んでください。"
    )


def _separator_of(lines: list[str], *, is_header: IsHeader, limits: Limits) -> str:
    """The separator under which a header appears, else the one that cuts the first lines most."""
    best, best_score = ",", (False, 0)
    for separator in _SEPARATORS:
        try:
            rows = list(islice(_rows(lines, separator=separator, limits=limits), _LINES_TO_SNIFF))
        except TableRefused:
            continue
        score = (
            any(is_header(row.cells) for row in rows),
            sum(len(row.cells) - 1 for row in rows),
        )
        if score > best_score:
            best, best_score = separator, score
    return best
