"""A file made into a store list: the right table of it, its columns, its rows and its errors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pointsys.common import municipalities
from pointsys.common.tabular import Limits, Table, TableRefused, read_tables
from stores.importing.columns import Columns, Field, is_store_list, recognise
from stores.importing.rows import Finding, RowError, StoreRow, read_row

_COLUMNS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class StoreList:
    """A store list as read: rows that can be applications, and every other row with its reason."""

    table: Table
    columns: Columns
    rows: tuple[StoreRow, ...]
    errors: tuple[RowError, ...]

    @property
    def row_count(self) -> int:
        return len(self.table.records)


def read_store_list(content: bytes, *, limits: Limits | None = None) -> StoreList:
    """Read a store list in CSV, TSV, JSON or .xlsx.

    Raises:
        TableRefused: the file cannot be read as a table, or no table in it is a store list.
    """
    tables = read_tables(content, is_header=is_store_list, limits=limits or Limits())
    table = _only_store_list(tables)
    columns = recognise(table.columns)
    rows: list[StoreRow] = []
    errors: list[RowError] = []
    for record in table.records:
        read = read_row(record, columns)
        if isinstance(read, RowError):
            errors.append(read)
        else:
            rows.append(read)
    return StoreList(table, columns, tuple(_noted(_keyed(rows))), tuple(errors))


def _only_store_list(tables: Sequence[Table]) -> Table:
    lists = [table for table in tables if is_store_list(table.columns)]
    if len(lists) > 1:
        labels = "、".join(f"「{table.label}」" for table in lists)
        raise TableRefused(
            f"店舗の一覧が {len(lists)} つ入っています（{labels}）。"
            "1つずつのファイルに分けて選んでください。"
        )
    if not lists:
        raise TableRefused(_no_store_list(tables[0]))
    if not lists[0].records:
        raise TableRefused("見出しだけで、店舗の行がありません。")
    return lists[0]


def _no_store_list(table: Table) -> str:
    missing = recognise(table.columns).missing
    wanted = {
        Field.NAME: "店名（店舗名、加盟店名、屋号、name など）",
        Field.ADDRESS: "所在地（住所、店舗住所、address など）",
    }
    shown = "、".join(name[:20] for name in table.columns[:_COLUMNS_SHOWN])
    more = " ほか" if len(table.columns) > _COLUMNS_SHOWN else ""
    return (
        "店舗の一覧として読めません。"
        f"{'と'.join(wanted[field] for field in missing)}の列が見つかりません。"
        f"ファイルにある列: {shown}{more}。1行目を見出しにして、列の名前を直してください。"
    )


def _keyed(rows: list[StoreRow]) -> list[StoreRow]:
    """Give rows that share a key a key of their own, in the order of the file."""
    times: Counter[str] = Counter()
    keyed = []
    for row in rows:
        times[row.source_key] += 1
        count = times[row.source_key]
        keyed.append(row if count == 1 else replace(row, source_key=f"{row.source_key}#{count}"))
    return keyed


def _noted(rows: list[StoreRow]) -> list[StoreRow]:
    """Tell each row how many others carry its telephone number; that alone makes no duplicate."""
    phones = Counter(row.phone_key for row in rows if row.phone_key and not row.is_shared_line)
    noted = []
    for row in rows:
        others = phones[row.phone_key] - 1
        if others > 0:
            finding = Finding(
                "SHARED_PHONE", Field.PHONE.value, f"同じ電話番号の店がほかに {others} 件あります"
            )
            row = replace(row, findings=(*row.findings, finding))  # noqa: PLW2901 - same row, told more
        noted.append(row)
    return noted


def area_finding(row: StoreRow, *, area_codes: Sequence[str], area_name: str) -> Finding | None:
    """Return what the screening must know of a shop that is not surely in the program's area."""
    if not area_codes:
        return None
    if row.municipality_code:
        inside = any(row.municipality_code.startswith(code) for code in area_codes)
        known = True
    else:
        prefecture = municipalities.PREFECTURE_CODES.get(row.prefecture, "")
        inside = any(code == prefecture for code in area_codes)
        known = bool(prefecture) and all(not code.startswith(prefecture) for code in area_codes)
    if inside:
        return None
    where = f"{row.prefecture}{row.municipality}" or "所在地"
    if known:
        return Finding(
            "OUTSIDE_AREA", Field.ADDRESS.value, f"{where}は対象地域（{area_name}）の外です"
        )
    return Finding(
        "AREA_UNKNOWN",
        Field.ADDRESS.value,
        f"{where}が対象地域（{area_name}）の中か確認してください",
    )
