"""What a reader hands over: tables of named text values, each row with its number in the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read; beyond it the file is refused before it costs memory or time."""

    file_bytes: int = 30 * MEGABYTE
    rows: int = 100_000
    columns: int = 256
    cell_characters: int = 32_767  # what one cell of Excel can hold
    # A .xlsx is a zip file: what it may become when unpacked (reliability.md S6).
    unpacked_bytes: int = 50 * MEGABYTE
    unpacked_ratio: int = 100
    archive_entries: int = 1_000


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line of a sheet before its header is known; `number` counts from 1 as Excel shows it."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: text by column, the source's own values untouched, and cells beyond the header.

    `is_too_wide` also counts a blank cell beyond the header and a value in a nameless column: the
    traces of an amount such as 1,000 that its comma cut in two. A list of money refuses such rows.
    """

    number: int
    values: dict[str, str]
    original: dict[str, Any]
    surplus: tuple[str, ...] = ()
    is_too_wide: bool = False


class Form(StrEnum):
    CSV = "CSV"
    XLSX = "XLSX"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Table:
    """One list of a file; `label` names the sheet or the JSON key where a file holds several."""

    form: Form
    label: str
    columns: tuple[str, ...]
    records: tuple[Record, ...]

    def place(self, number: int) -> str:
        """Return where a row stands, the way a person finds it in the file."""
        return f"{number}件目" if self.form == Form.JSON else f"{number}行目"


# Says whether a line of cells can be the header the caller is looking for.
IsHeader = Callable[[Sequence[str]], bool]
