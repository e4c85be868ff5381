"""Files of slip payments, as collecting agents and banks send them: bytes in, deposits out.

Nothing here knows a database. A row that cannot be read is named with its reason; every other one
becomes a deposit with a key that is the same whichever file brings it again.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pointsys.common import tabular
from pointsys.common.tabular import headers
from vouchers.errors import NotADepositFile
from vouchers.slips import plain_slip_number

LIMITS: Final = tabular.Limits(rows=100_000)
MOST_YEN: Final = 9_999_999
# What agents call the columns, as `headers.spellings` leaves them.
_WORDS: Final = {
    "slip_number": (
        "払込番号 払込票番号 収納番号 お客様番号 顧客番号 確認番号 納付番号 払込取扱票番号 slipno"
    ),
    "amount": "金額 入金額 払込金額 収納金額 入金金額 amount",
    "received_date": "入金日 払込日 収納日 受付日 入金年月日 払込年月日 収納年月日 取扱日 date",
    "serial": "整理番号 取引番号 明細番号 通番 受付番号 伝票番号",
    "branch": "取扱店 取扱店名 店舗名 取扱店舗 収納店舗 店名 取扱店コード",
}
_NEEDED: Final = frozenset({"slip_number", "amount", "received_date"})
_DAY: Final = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:日|\s.*|T.*)?$")
_PLAIN_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_ERA_DAY: Final = re.compile(r"(?:令和|R)\s*(元|\d{1,2})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})日?$")
_AMOUNT: Final = re.compile(r"[¥\\]?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})円?$")
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_TOO_WIDE: Final = '列が見出しより多くあります。金額の「,」は取るか、"5,000" のように囲んでください'


@dataclass(frozen=True, slots=True)
class Deposit:
    """One payment of the file; `row_key` names the same money in whichever file it stands."""

    place: str
    slip_number: str
    amount_yen: int
    received_date: date
    reference: str
    row_key: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is no deposit: where it stands, which column, and what to do."""

    place: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """A row that says the same as an earlier one of the file.

    `is_counted` tells that nothing shows them to be one payment (the agent gave no number of its
    own): then it is taken as a payment of its own and gets a second look.
    """

    place: str
    first_place: str
    slip_number: str
    amount_yen: int
    received_date: date
    reference: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class DepositList:
    """What a file holds: its deposits, the rows nobody can read, and which column was taken."""

    sha256: str
    row_count: int
    deposits: tuple[Deposit, ...]
    rejected: tuple[RejectedRow, ...]
    columns: tuple[tuple[str, str], ...]
    repeated: tuple[RepeatedRow, ...] = ()

    @property
    def total_yen(self) -> int:
        return sum(deposit.amount_yen for deposit in self.deposits)


def read_deposits(content: bytes, *, today: date) -> DepositList:
    """Return the deposits of a CSV or Excel file and the rows that are none.

    Raises:
        TableRefused: the file is no readable table.
        NotADepositFile: it is a table of something else.
    """
    table, columns = _table(content)
    deposits: list[Deposit] = []
    rejected: list[RejectedRow] = []
    seen: Counter[str] = Counter()
    for record in table.records:
        place = table.place(record.number)
        values = {name: _plain(record.values.get(column, "")) for name, column in columns.items()}
        found = _TOO_WIDE if record.is_too_wide else ""
        read = RejectedRow(place, "金額", found) if found else _read_row(place, values, today)
        if isinstance(read, RejectedRow):
            rejected.append(read)
            continue
        deposits.append(_keyed(place, values, read, seen))
    return DepositList(
        sha256=hashlib.sha256(content).hexdigest(),
        row_count=len(table.records),
        deposits=tuple(_once(deposits)),
        repeated=tuple(_repeated(deposits)),
        rejected=tuple(rejected),
        columns=tuple((_label(name), column) for name, column in columns.items()),
    )


def _table(content: bytes) -> tuple[tabular.Table, dict[str, str]]:
    for table in tabular.read_tables(content, is_header=_is_header, limits=LIMITS):
        if _is_header(table.columns):
            return table, headers.match_words(table.columns, _WORDS)
    raise NotADepositFile


def _is_header(cells: Sequence[str]) -> bool:
    return set(headers.match_words(cells, _WORDS)) >= _NEEDED


def _label(name: str) -> str:
    return _WORDS[name].split()[0]


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", tabular.unguarded(cell)).replace("\x00", "").strip()


@dataclass(frozen=True, slots=True)
class _Read:
    slip_number: str
    amount_yen: int
    received_date: date


def _read_row(place: str, values: dict[str, str], today: date) -> _Read | RejectedRow:
    """Read one row; what is wrong with it is told all at once."""
    wrong: list[tuple[str, str]] = []
    slip_number = plain_slip_number(values["slip_number"])
    if not slip_number.isdecimal() or not 1 <= len(slip_number) <= 20:
        wrong.append(("払込番号", "払込番号を、数字で書いてください"))
    amount = _AMOUNT.fullmatch(values["amount"])
    amount_yen = int(amount[1].replace(",", "")) if amount else 0
    if not 1 <= amount_yen <= MOST_YEN:
        wrong.append(("金額", f"金額を、1から{MOST_YEN:,}までの整数で書いてください"))
    received = _day(values["received_date"])
    if received is None:
        wrong.append(("入金日", "入金日を「2026-11-20」の形で書いてください"))
    elif received > today:
        wrong.append(("入金日", "入金日が、きょうより後の日付になっています"))
    if wrong or received is None:
        fields, reasons = zip(*wrong, strict=True)
        return RejectedRow(place, "・".join(fields), "。".join(reasons))
    return _Read(slip_number, amount_yen, received)


def _day(text: str) -> date | None:
    try:
        if match := _DAY.fullmatch(text) or _PLAIN_DAY.fullmatch(text):
            return date(*(int(part) for part in match.groups()))
        if match := _ERA_DAY.fullmatch(text):
            year = 1 if match[1] == "元" else int(match[1])
            return date(2018 + year, int(match[2]), int(match[3]))
        # A cell of Excel that lost its format: days since the end of 1899.
        if re.fullmatch(r"\d{5}", text):
            return _EXCEL_EPOCH + timedelta(days=int(text))
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _keyed(place: str, values: dict[str, str], read: _Read, seen: Counter[str]) -> Deposit:
    """Name the money by what every file says of it.

    With a serial of the agent that is enough. Without one, the second of two equal rows of one
    file is a second payment; the first is the first, in whichever file it comes again.
    """
    serial, branch = values.get("serial", ""), values.get("branch", "")
    facts = f"{read.slip_number}|{read.amount_yen}|{read.received_date}|{serial or branch}"
    digest = hashlib.sha256(facts.encode()).hexdigest()[:48]
    number = 0
    if not serial:
        number = seen[digest]
        seen[digest] += 1
    return Deposit(
        place=place,
        slip_number=read.slip_number,
        amount_yen=read.amount_yen,
        received_date=read.received_date,
        reference=" ".join(part for part in (branch, serial) if part)[:60],
        row_key=f"{digest}:{number}",
    )


def _once(deposits: Sequence[Deposit]) -> list[Deposit]:
    """Drop rows that a file repeats under one serial."""
    first: dict[str, Deposit] = {}
    for deposit in deposits:
        first.setdefault(deposit.row_key, deposit)
    return list(first.values())


def _repeated(deposits: Sequence[Deposit]) -> list[RepeatedRow]:
    """Name the rows that repeat an earlier one: under one serial, or with nothing to tell them."""
    first: dict[str, str] = {}
    keys: set[str] = set()
    found: list[RepeatedRow] = []
    for deposit in deposits:
        facts = deposit.row_key.split(":")[0]
        if facts in first:
            found.append(
                RepeatedRow(
                    place=deposit.place,
                    first_place=first[facts],
                    slip_number=deposit.slip_number,
                    amount_yen=deposit.amount_yen,
                    received_date=deposit.received_date,
                    reference=deposit.reference,
                    is_counted=deposit.row_key not in keys,
                )
            )
        first.setdefault(facts, deposit.place)
        keys.add(deposit.row_key)
    return found
