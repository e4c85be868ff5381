"""One door for every file that is imported: bytes in, tables out, or one refusal in Japanese."""

from pathlib import Path
from typing import BinaryIO, Final

from pointsys.common.tabular.decoding import decode
from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.grids import table_of
from pointsys.common.tabular.model import MEGABYTE, Form, IsHeader, Limits, Table
from pointsys.common.tabular.objects import read_objects
from pointsys.common.tabular.separated import read_separated
from pointsys.common.tabular.workbooks import read_workbook

_ZIP: Final = b"PK\x03\x04"
_EMPTY: Final = "ファイルが空です。見出しとデータの入ったファイルを選んでください。"
DEFAULT_LIMITS: Final = Limits()


def read_tables(
    content: bytes, *, is_header: IsHeader, limits: Limits = DEFAULT_LIMITS
) -> list[Table]:
    """Return the tables of a CSV, TSV, JSON or .xlsx file, known by its content and not its name.

    `is_header` says which line is the header; where it accepts none, the first line counts as one
    and the caller decides. At least one table is returned.

    Raises:
        TableRefused: the file is empty, too large, damaged, dangerous or of another kind.
    """
    refuse_large(len(content), limits)
    if content.startswith(_ZIP):
        return _workbook_tables(content, is_header=is_header, limits=limits)
    if not content.strip():
        raise TableRefused(_EMPTY)
    text = decode(content)
    if not text.strip():
        raise TableRefused(_EMPTY)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return read_objects(text.lstrip("\ufeff"), is_header=is_header, limits=limits)
    rows = read_separated(text, is_header=is_header, limits=limits)
    return [table_of(rows, form=Form.CSV, label="", is_header=is_header)]


def _workbook_tables(content: bytes, *, is_header: IsHeader, limits: Limits) -> list[Table]:
    sheets = read_workbook(content, limits=limits)
    if not sheets:
        raise TableRefused(_EMPTY)
    return [
        table_of(rows, form=Form.XLSX, label=name, is_header=is_header) for name, rows in sheets
    ]


def refuse_large(size_bytes: int, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse a file by its size, before it is read.

    Raises:
        TableRefused: it is larger than the limit.
    """
    if size_bytes > limits.file_bytes:
        size = f"{size_bytes / MEGABYTE:,.0f} MB、上限 {limits.file_bytes // MEGABYTE} MB"
        raise TableRefused(f"ファイルが大きすぎます（{size}）。分けて、1つずつ選んでください。")


def read_bounded(source: BinaryIO, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return what a stream holds, reading no more than the limit and one byte.

    Raises:
        TableRefused: it holds more.
    """
    content = source.read(limits.file_bytes + 1)
    refuse_large(len(content), limits)
    return content


def read_path(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a file on disk, refused by its size before it is read.

    Raises:
        TableRefused: there is no such file, it cannot be read, or it is too large.
    """
    try:
        refuse_large(path.stat().st_size, limits)
        with path.open("rb") as source:
            return read_bounded(source, limits=limits)
    except OSError as error:
        raise TableRefused(f"ファイルを開けません（{path.name}）。") from error
