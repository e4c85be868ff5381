"""入出金取引明細 (type 03): every movement of the office's own bank accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pointsys.common.zengin.errors import FileRefused
from pointsys.common.zengin.inbound import (
    HEADER_START,
    InboundAccount,
    InboundFormat,
    Row,
    Section,
    digits,
    read_sections,
)
from pointsys.common.zengin.records import Field

INCOMING = "1"
OUTGOING = "2"
OVERDRAWN = "2"
KINDS = {
    "10": "現金",
    "11": "振込",
    "12": "他店券",
    "13": "交換",
    "14": "振替",
    "18": "その他",
    "19": "訂正",
}

STATEMENT = InboundFormat(
    type_code="03",
    title="入出金取引明細",
    header=(
        *HEADER_START,
        digits("reserved", 3, "予備"),
        digits("account_type", 1, "預金種目"),
        digits("account_number", 10, "口座番号"),
        Field("account_name", 40, "口座名"),
        Field("overdraft", 1, "貸越区分"),
        Field("passbook", 1, "通帳・証書区分"),
        digits("opening_balance_yen", 14, "取引前残高"),
        Field("filler", 71, "ダミー"),
    ),
    data=(
        digits("record_type", 1, "データ区分"),
        digits("inquiry_number", 8, "照会番号"),
        digits("posted_date", 6, "勘定日"),
        digits("value_date", 6, "預入・払出日"),
        digits("direction", 1, "入払区分"),
        digits("kind", 2, "取引区分"),
        digits("amount_yen", 12, "取引金額"),
        digits("uncleared_yen", 12, "うち他店券金額"),
        digits("presented_date", 6, "交換呈示日"),
        digits("dishonoured_date", 6, "不渡返還日"),
        Field("bill_kind", 1, "手形・小切手区分"),
        Field("bill_number", 7, "手形・小切手番号"),
        Field("sister_branch", 3, "僚店番号"),
        Field("remitter_code", 10, "振込依頼人コード"),
        Field("remitter_name", 48, "振込依頼人名"),
        Field("from_bank", 15, "仕向銀行名"),
        Field("from_branch", 15, "仕向店名"),
        Field("summary", 20, "摘要内容"),
        Field("edi", 20, "EDI情報"),
        Field("filler", 1, "ダミー"),
    ),
    trailer=(
        digits("record_type", 1, "データ区分"),
        digits("incoming_count", 6, "入金件数"),
        digits("incoming_total_yen", 13, "入金額合計"),
        digits("outgoing_count", 6, "出金件数"),
        digits("outgoing_total_yen", 13, "出金額合計"),
        Field("overdraft", 1, "貸越区分"),
        digits("closing_balance_yen", 14, "取引後残高"),
        digits("row_count", 7, "データレコード件数"),
        Field("filler", 139, "ダミー"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One movement; `kind` is a key of `KINDS` where the bank follows the standard."""

    inquiry_number: int
    posted_date: date
    value_date: date
    is_incoming: bool
    kind: str
    amount_yen: int
    uncleared_yen: int
    remitter_code: str
    remitter_name: str = field(repr=False)
    from_bank: str
    from_branch: str
    summary: str
    edi: str


@dataclass(frozen=True, kw_only=True)
class BankStatement:
    """The movements of one account with the totals its trailer states; overdrawn is negative."""

    account: InboundAccount
    movements: tuple[Movement, ...]
    opening_balance_yen: int
    closing_balance_yen: int
    incoming_count: int
    incoming_total_yen: int
    outgoing_count: int
    outgoing_total_yen: int

    @property
    def balances_agree(self) -> bool:
        """Whether the opening balance and the movements give the closing balance."""
        moved = self.incoming_total_yen - self.outgoing_total_yen
        return self.opening_balance_yen + moved == self.closing_balance_yen


def read_statements(data: bytes) -> tuple[BankStatement, ...]:
    """Return the statements of a file, one per account.

    The record count of the end record is ignored: sources disagree on what it counts.

    Raises:
        FileRefused: not a readable file of this format, or a trailer that disagrees with its rows.
    """
    return tuple(_statement(section) for section in read_sections(data, STATEMENT))


def _statement(section: Section) -> BankStatement:
    trailer = section.trailer
    statement = BankStatement(
        account=section.account(),
        movements=tuple(_movement(row) for row in section.rows),
        opening_balance_yen=_balance(section.header, "opening_balance_yen"),
        closing_balance_yen=_balance(trailer, "closing_balance_yen"),
        incoming_count=trailer.number("incoming_count"),
        incoming_total_yen=trailer.number("incoming_total_yen"),
        outgoing_count=trailer.number("outgoing_count"),
        outgoing_total_yen=trailer.number("outgoing_total_yen"),
    )
    incoming = [m.amount_yen for m in statement.movements if m.is_incoming]
    outgoing = [m.amount_yen for m in statement.movements if not m.is_incoming]
    _refuse_wrong_total("入金", incoming, (statement.incoming_count, statement.incoming_total_yen))
    _refuse_wrong_total("出金", outgoing, (statement.outgoing_count, statement.outgoing_total_yen))
    if not trailer.is_blank("row_count") and trailer.number("row_count") != len(section.rows):
        raise trailer.refused("row_count", f"明細は{len(section.rows):,}件です。")
    return statement


def _movement(row: Row) -> Movement:
    if row.text("direction") not in (INCOMING, OUTGOING):
        raise row.refused("direction", "1（入金）か2（出金）のはずです。")
    posted_date = row.date("posted_date")
    return Movement(
        inquiry_number=row.number("inquiry_number"),
        posted_date=posted_date,
        value_date=posted_date if row.is_blank("value_date") else row.date("value_date"),
        is_incoming=row.text("direction") == INCOMING,
        kind=row.text("kind"),
        amount_yen=row.number("amount_yen"),
        uncleared_yen=row.number("uncleared_yen"),
        remitter_code=row.code("remitter_code"),
        remitter_name=row.text("remitter_name").strip(),
        from_bank=row.text("from_bank"),
        from_branch=row.text("from_branch"),
        summary=row.text("summary"),
        edi=row.text("edi"),
    )


def _balance(row: Row, name: str) -> int:
    return -row.number(name) if row.text("overdraft") == OVERDRAWN else row.number(name)


def _refuse_wrong_total(label: str, amounts: Sequence[int], stated: tuple[int, int]) -> None:
    if stated != (len(amounts), sum(amounts)):
        raise FileRefused(
            f"{label}の合計が明細と合いません。トレーラーは{stated[0]:,}件{stated[1]:,}円、"
            f"明細は{len(amounts):,}件{sum(amounts):,}円です。"
        )
