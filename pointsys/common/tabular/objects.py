"""Lists of objects in JSON: found at the top or under a key, nested values named with dots."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from pointsys.common.tabular.decoding import refuse_unstorable
from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.grids import distinct, table_of
from pointsys.common.tabular.model import Form, GridRow, IsHeader, Limits, Record, Table
from pointsys.common.tabular.separated import too_many_columns, too_many_rows

# Every value costs about a hundred bytes once read; 30 MB of "{},{}," would fill the memory.
_MARKS: Final = 4_000_000
_DEPTH: Final = 20
_NOT_JSON: Final = "JSON として読めません。{where}書き方を直すか、CSV で保存し直してください。"
_NO_LIST: Final = "JSON の中に一覧（オブジェクトの配列）が見つかりません。"


def read_objects(text: str, *, is_header: IsHeader, limits: Limits) -> list[Table]:
    """Return every list of objects (or of lines of cells) in a JSON text.

    Raises:
        TableRefused: the text is not JSON, too large, or holds no list of objects.
    """
    value = _parsed(text)
    _refuse_unstorable_members(value)
    tables = [
        _table(label, items, is_header=is_header, limits=limits) for label, items in _lists(value)
    ]
    if not tables:
        raise TableRefused(_NO_LIST)
    return tables


def _parsed(text: str) -> Any:
    if sum(map(text.count, "{[,")) > _MARKS:
        raise TableRefused("JSON の値が多すぎます。ファイルを分けて、1つずつ選んでください。")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        where = f"（{error.lineno}行目の{error.colno}文字目）"
        raise TableRefused(_NOT_JSON.format(where=where)) from error
    except (RecursionError, ValueError) as error:
        raise TableRefused(_NOT_JSON.format(where="")) from error


def _refuse_unstorable_members(value: Any) -> None:
    """Look at every name and string, because the whole object is kept beside the values read."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        member, depth = waiting.pop()
        if depth > _DEPTH:
            raise TableRefused(
                "JSON の入れ子が深すぎます。店舗などの一覧だけのファイルを選んでください。"
            )
        if isinstance(member, str):
            refuse_unstorable(member)
        elif isinstance(member, dict):
            waiting.extend((part, depth + 1) for pair in member.items() for part in pair)
        elif isinstance(member, list):
            waiting.extend((part, depth + 1) for part in member)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep every value, also when a key is repeated."""
    members: dict[str, Any] = {}
    for key, value in pairs:
        members[distinct(key, members)] = value
    return members


def _refuse_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are not JSON and cannot be stored as JSON


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _lists(value: Any, label: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield every list of objects, at whatever depth, and objects that are keyed by a name."""
    if isinstance(value, list):
        if value and any(all(isinstance(item, kind) for item in value) for kind in (dict, list)):
            yield label, value
    elif isinstance(value, dict):
        if len(value) > 1 and all(isinstance(member, dict) for member in value.values()):
            yield label, [{distinct("key", item): key, **item} for key, item in value.items()]
        else:
            for key, member in value.items():
                yield from _lists(member, f"{label}.{key}" if label else key)


def _table(label: str, items: list[Any], *, is_header: IsHeader, limits: Limits) -> Table:
    if len(items) > limits.rows:
        raise TableRefused(too_many_rows(limits))
    if isinstance(items[0], list):
        rows = [
            GridRow(number, tuple(_text(cell, limits) for cell in item))
            for number, item in enumerate(items, start=1)
        ]
        return table_of(rows, form=Form.JSON, label=label, is_header=is_header)
    columns: dict[str, None] = {}
    records: list[Record] = []
    for number, item in enumerate(items, start=1):
        values = dict(_flat(item, "", limits))
        columns.update(dict.fromkeys(values))
        if len(columns) > limits.columns:
            raise TableRefused(too_many_columns(limits))
        records.append(Record(number=number, values=values, original=item))
    return Table(form=Form.JSON, label=label, columns=tuple(columns), records=tuple(records))


def _flat(item: dict[str, Any], prefix: str, limits: Limits) -> Iterator[tuple[str, str]]:
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.", limits)
        else:
            yield name, _text(value, limits)


def _text(value: Any, limits: Limits) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        words = [_text(member, limits) for member in value if not isinstance(member, dict)]
        return "、".join(word for word in words if word)
    written = value if isinstance(value, str) else str(value)
    if len(written) > limits.cell_characters:
        raise TableRefused(f"{limits.cell_characters:,} 文字を超える値があります。")
    return written
