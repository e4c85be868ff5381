"""From lines of cells to a table: which line is the header, and what each row says under it."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.model import Form, GridRow, IsHeader, Record, Table

# Offices put a title, a date and a note above the header; nobody puts a page of text there.
_LINES_BEFORE_HEADER: Final = 20


def table_of(rows: Sequence[GridRow], *, form: Form, label: str, is_header: IsHeader) -> Table:
    """Return the rows as records under the first line that `is_header` accepts.

    Where no line is accepted, the first line that is not blank counts as the header, so that the
    caller can name the columns it saw.

    Raises:
        TableRefused: every line is blank.
    """
    filled = [row for row in rows if not row.is_blank]
    if not filled:
        raise TableRefused(
            "ファイルに行がありません。見出しとデータの入ったファイルを選んでください。"
        )
    start = next(
        (
            position
            for position, row in enumerate(islice(filled, _LINES_BEFORE_HEADER))
            if is_header(row.cells)
        ),
        0,
    )
    body = filled[start + 1 :]
    header = filled[start].cells
    columns = column_names(header, used=_used_width(body))
    records = tuple(_record(row, columns, header) for row in body)
    return Table(form=form, label=label, columns=columns, records=records)


def _used_width(rows: Sequence[GridRow]) -> set[int]:
    used: set[int] = set()
    for row in rows:
        used.update(position for position, cell in enumerate(row.cells) if cell)
    return used


def column_names(cells: Sequence[str], *, used: set[int]) -> tuple[str, ...]:
    """Return one distinct name per header cell; a nameless column with values is called 列5.

    Nameless columns without values at the end are left out.
    """
    width = len(cells)
    while width and not cells[width - 1].strip() and width - 1 not in used:
        width -= 1
    names: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells[:width], start=1):
        name = distinct(cell.strip() or f"列{position}", taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def distinct(name: str, taken: set[str] | dict[str, object]) -> str:
    """Return the name, numbered when it was used before: 備考, 備考（2）."""
    if name not in taken:
        return name
    number = 2
    while f"{name}（{number}）" in taken:
        number += 1
    return f"{name}（{number}）"


def _record(row: GridRow, columns: tuple[str, ...], header: Sequence[str]) -> Record:
    cells = row.cells + ("",) * (len(columns) - len(row.cells))
    values = dict(zip(columns, cells, strict=False))
    surplus = tuple(cell for cell in cells[len(columns) :] if cell.strip())
    original: dict[str, object] = dict(values)
    if surplus:
        original[distinct("見出しのない値", original)] = list(surplus)
    return Record(
        number=row.number,
        values=values,
        original=original,
        surplus=surplus,
        is_too_wide=_is_too_wide(row.cells, header),
    )


def _is_too_wide(cells: Sequence[str], header: Sequence[str]) -> bool:
    named = len(header)
    while named and not header[named - 1].strip():
        named -= 1
    return len(cells) > len(header) or any(cell.strip() for cell in cells[named:])
