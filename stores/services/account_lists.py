"""Lists of bank accounts become accounts of stores, one row at a time, as often as they are read.

A first account is in use at once; a row that changes one asks a second person; a row that says what
is registered already changes nothing. No report holds a number.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.common import banks, tabular
from pointsys.users.models import Organization, User
from stores import errors, queries
from stores.models import BankAccount, Store
from stores.services import accounts

# What offices call the columns; compared without blanks, brackets and case.
_COLUMNS: Final = {
    "code": ("店舗コード", "加盟店コード", "店舗番号", "加盟店番号", "storecode"),
    "bank_code": ("銀行コード", "金融機関コード", "銀行番号", "金融機関番号"),
    "branch_code": ("支店コード", "店番", "支店番号", "店番号"),
    "account_type": ("預金種目", "預金種別", "預金の種類", "口座種別", "種目"),
    "account_number": ("口座番号",),
    "symbol": ("記号", "ゆうちょ記号", "通帳記号"),
    "number": ("番号", "ゆうちょ番号", "通帳番号"),
    "holder_kana": ("口座名義カナ", "口座名義", "名義カナ", "口座名義人カナ", "口座名義フリガナ"),
}
_LABELS: Final = {name: words[0] for name, words in _COLUMNS.items()}
_TYPES: Final = {
    "普通": "1",
    "普通預金": "1",
    "当座": "2",
    "当座預金": "2",
    "貯蓄": "4",
    "貯蓄預金": "4",
}
_FULL: Final = frozenset({"bank_code", "branch_code", "account_type", "account_number"})
_PASSBOOK: Final = frozenset({"symbol", "number"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedRow:
    """A row that was not taken: where it stands, which column, and what to do."""

    place: str
    field: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedRow:
    """A row that was, or would be, taken; the number is masked."""

    place: str
    store_code: str
    store_name: str
    account: str
    outcome: str  # registered, change or unchanged
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountListReport:
    """What came, or would come, of reading a list of accounts."""

    is_dry_run: bool
    row_count: int
    accepted: tuple[AcceptedRow, ...]
    rejected: tuple[RejectedRow, ...]

    def count(self, outcome: str) -> int:
        """Return how many rows came out this way."""
        return sum(row.outcome == outcome for row in self.accepted)

    @property
    def registered_count(self) -> int:
        return self.count("registered")

    @property
    def change_count(self) -> int:
        return self.count("change")

    @property
    def unchanged_count(self) -> int:
        return self.count("unchanged")

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of `import_bank_accounts --json`."""
        return asdict(self) | {
            "registered_count": self.registered_count,
            "change_count": self.change_count,
            "unchanged_count": self.unchanged_count,
        }


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    store: Store
    details: accounts.BankDetails


def import_account_list(
    *,
    client_id: int,
    content: bytes,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
) -> AccountListReport:
    """Register each row's account with its store; rows that cannot be taken say why.

    Raises:
        TableRefused: the file cannot be read safely.
        NotAnAccountList: it is a table of something else. In both cases nothing was written.
    """
    table, columns = _table(content)
    stores = {store.code: store for store in Store.objects.filter(client_id=client_id)}
    rejected: list[RejectedRow] = []
    rows = list(_rows(table, columns, stores, rejected))
    with transaction.atomic():
        client = Organization.objects.select_for_update(no_key=True, of=("self",)).get(pk=client_id)
        accepted = list(_taken(rows, rejected, by=by, at=at, dry_run=dry_run))
        report = AccountListReport(
            is_dry_run=dry_run,
            row_count=len(table.records),
            accepted=tuple(accepted),
            rejected=tuple(rejected),
        )
        if not dry_run:
            _record(client, report, by=by, at=at)
    return report


def _record(
    client: Organization, report: AccountListReport, *, by: User | None, at: datetime
) -> None:
    audit.record(
        code="stores.account_list.imported",
        target=client,
        organization_id=client.pk,
        by=by,
        at=at,
        changes={
            "rows": report.row_count,
            "registered": report.registered_count,
            "changes": report.change_count,
            "unchanged": report.unchanged_count,
            "rejected": len(report.rejected),
        },
    )


# --- Reading ----------------------------------------------------------------------------------
def _table(content: bytes) -> tuple[tabular.Table, dict[str, str]]:
    tables = tabular.read_tables(content, is_header=lambda cells: _is_account_list(_meant(cells)))
    for table in tables:
        columns = _meant(table.columns)
        if _is_account_list(columns):
            return table, columns
    raise errors.NotAnAccountList


def _is_account_list(columns: dict[str, str]) -> bool:
    found = set(columns)
    return {"code", "holder_kana"} <= found and (found >= _FULL or found >= _PASSBOOK)


def _meant(cells: Sequence[str]) -> dict[str, str]:
    """Return the column of each meaning."""
    folded = {_folded(cell): cell for cell in reversed(list(cells))}
    return {
        name: folded[word]
        for name, words in _COLUMNS.items()
        for word in reversed(words)
        if word in folded
    }


def _folded(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", cell).casefold()
    return "".join(c for c in plain.partition("(")[0] if not c.isspace() and c not in "_-※*")


def _rows(
    table: tabular.Table,
    columns: dict[str, str],
    stores: dict[str, Store],
    rejected: list[RejectedRow],
) -> Iterator[_Row]:
    seen: set[str] = set()
    for record in table.records:
        values = {
            name: tabular.unguarded(record.values.get(column, "")).strip()
            for name, column in columns.items()
        }
        place = table.place(record.number)
        code = unicodedata.normalize("NFKC", values["code"])
        try:
            if code not in stores:
                raise errors.BankDetailsWrong(
                    field="code", reason=f"店舗コード「{code[:20]}」の加盟店はありません。"
                )
            if code in seen:
                raise errors.BankDetailsWrong(
                    field="code", reason="同じ店舗コードの行が、このファイルの前の方にあります。"
                )
            seen.add(code)
            yield _Row(place, stores[code], _details(values))
        except errors.BankDetailsWrong as refusal:
            rejected.append(_rejection(place, refusal))


def _details(values: dict[str, str]) -> accounts.BankDetails:
    holder = values["holder_kana"]
    if values.get("symbol") or values.get("number"):
        return accounts.yucho_details(
            symbol=values.get("symbol", ""), number=values.get("number", ""), holder_kana=holder
        )
    plain = {name: unicodedata.normalize("NFKC", values.get(name, "")) for name in _FULL}
    kind = plain["account_type"]
    # Excel drops the zeros at the front of codes and numbers.
    return accounts.bank_details(
        bank_code=plain["bank_code"].zfill(4),
        branch_code=plain["branch_code"].zfill(3),
        account_type=_TYPES.get(kind, kind),
        account_number=plain["account_number"].replace("-", ""),
        holder_kana=holder,
    )


def _rejection(place: str, refusal: errors.StoreError) -> RejectedRow:
    return RejectedRow(
        place=place, field=_LABELS.get(refusal.field, "店舗コード"), reason=str(refusal)
    )


# --- Writing ----------------------------------------------------------------------------------
def _taken(
    rows: list[_Row],
    rejected: list[RejectedRow],
    *,
    by: User | None,
    at: datetime,
    dry_run: bool,
) -> Iterator[AcceptedRow]:
    current = _current_accounts([row.store.pk for row in rows])
    sharing = _sharing(rows)
    for row in rows:
        old = current.get(row.store.pk)
        seen = _shown(row, old, sharing)
        if seen.outcome == "unchanged":
            yield seen
            continue
        try:
            if not dry_run:
                _write(row, is_change=old is not None, by=by, at=at)
            elif old is not None and queries.pending_account_change(row.store):
                raise errors.ChangeWaits
        except errors.StoreError as refusal:
            rejected.append(_rejection(row.place, refusal))
        else:
            yield seen


def _write(row: _Row, *, is_change: bool, by: User | None, at: datetime) -> None:
    if by is None and is_change:
        raise errors.ChangeNeedsAsker
    with transaction.atomic():
        if by is None:
            accounts.register_bank_account(
                store_id=row.store.pk, details=row.details, by=None, at=at
            )
        else:
            accounts.submit_bank_account(store_id=row.store.pk, details=row.details, by=by, at=at)


def _current_accounts(store_ids: list[int]) -> dict[int, BankAccount]:
    found = BankAccount.objects.filter(store_id__in=store_ids, is_current=True)
    return {account.store_id: account for account in found}


def _shown(row: _Row, old: BankAccount | None, sharing: dict[str, list[Store]]) -> AcceptedRow:
    bank = banks.find_bank(row.details.bank_code)
    branch = banks.find_branch(row.details.bank_code, row.details.branch_code)
    names = f"{bank.name if bank else ''} {branch.name if branch else ''}"
    if old is None:
        outcome = "registered"
    elif accounts.open_bank_account(old) == asdict(row.details):
        outcome = "unchanged"
    else:
        outcome = "change"
    others = sharing.get(accounts.fingerprint_of(row.details), [])
    return AcceptedRow(
        place=row.place,
        store_code=row.store.code,
        store_name=row.store.name,
        account=f"{names} ●●●●{row.details.account_number[-3:]}",
        outcome=outcome,
        shared_with=tuple(other.code for other in others if other.pk != row.store.pk),
    )


def _sharing(rows: list[_Row]) -> dict[str, list[Store]]:
    """Return which stores are paid, or would be, to each account of the list."""
    found: dict[str, list[Store]] = {}
    for row in rows:
        found.setdefault(accounts.fingerprint_of(row.details), []).append(row.store)
    here = {row.store.pk for row in rows}
    if rows:
        for account in BankAccount.objects.filter(
            fingerprint__in=list(found),
            is_current=True,
            store__client_id=rows[0].store.client_id,
        ).select_related("store"):
            if account.store_id not in here:
                found[account.fingerprint].append(account.store)
    return found
