"""振込入金通知 (type 01): what buyers paid in by bank transfer."""

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

CANCELLED = "1"

DEPOSIT_NOTICE = InboundFormat(
    type_code="01",
    title="振込入金通知",
    header=(
        *HEADER_START,
        digits("account_type", 1, "預金種目"),
        digits("account_number", 7, "口座番号"),
        Field("account_name", 40, "口座名"),
        Field("filler", 93, "ダミー"),
    ),
    data=(
        digits("record_type", 1, "データ区分"),
        digits("inquiry_number", 6, "照会番号"),
        digits("posted_date", 6, "勘定日"),
        digits("value_date", 6, "起算日"),
        digits("amount_yen", 10, "金額"),
        digits("uncleared_yen", 10, "うち他店券金額"),
        Field("remitter_code", 10, "振込依頼人コード"),
        Field("remitter_name", 48, "振込依頼人名"),
        Field("from_bank", 15, "仕向銀行名"),
        Field("from_branch", 15, "仕向店名"),
        Field("cancellation", 1, "取消区分"),
        Field("edi", 20, "EDI情報"),
        Field("filler", 52, "ダミー"),
    ),
    trailer=(
        digits("record_type", 1, "データ区分"),
        digits("count", 6, "振込合計件数"),
        digits("total_yen", 12, "振込合計金額"),
        # Sheets differ on the width of the cancelled total (12, or 10 and filler), so it is text.
        Field("cancelled_count", 6, "取消合計件数"),
        Field("cancelled_total_yen", 12, "取消合計金額"),
        Field("filler", 163, "ダミー"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """One transfer received; `is_cancelled` takes back one that was notified before."""

    inquiry_number: int
    posted_date: date
    value_date: date
    amount_yen: int
    uncleared_yen: int
    remitter_code: str
    remitter_name: str = field(repr=False)
    from_bank: str
    from_branch: str
    is_cancelled: bool
    edi: str


@dataclass(frozen=True, kw_only=True)
class DepositNotice:
    """The transfers received by one account, with the totals its trailer states."""

    account: InboundAccount
    deposits: tuple[Deposit, ...]
    count: int
    total_yen: int
    cancelled_count: int
    cancelled_total_yen: int


def read_deposit_notices(data: bytes) -> tuple[DepositNotice, ...]:
    """Return the notices of a file, one per account.

    Raises:
        FileRefused: not a readable file of this format, or a trailer that disagrees with its rows.
    """
    return tuple(_notice(section) for section in read_sections(data, DEPOSIT_NOTICE))


def _notice(section: Section) -> DepositNotice:
    trailer = section.trailer
    for name in ("cancelled_count", "cancelled_total_yen"):
        if trailer.text(name).strip() and not trailer.text(name).strip().isdigit():
            raise trailer.refused(name, "数字ではない文字があります。")
    notice = DepositNotice(
        account=section.account(),
        deposits=tuple(_deposit(row) for row in section.rows),
        count=trailer.number("count"),
        total_yen=trailer.number("total_yen"),
        cancelled_count=trailer.number("cancelled_count"),
        cancelled_total_yen=trailer.number("cancelled_total_yen"),
    )
    _refuse_wrong_totals(notice)
    return notice


def _deposit(row: Row) -> Deposit:
    posted_date = row.date("posted_date")
    return Deposit(
        inquiry_number=row.number("inquiry_number"),
        posted_date=posted_date,
        value_date=posted_date if row.is_blank("value_date") else row.date("value_date"),
        amount_yen=row.number("amount_yen"),
        uncleared_yen=row.number("uncleared_yen"),
        remitter_code=row.code("remitter_code"),
        remitter_name=row.text("remitter_name").strip(),
        from_bank=row.text("from_bank"),
        from_branch=row.text("from_branch"),
        is_cancelled=row.text("cancellation") == CANCELLED,
        edi=row.text("edi"),
    )


def _refuse_wrong_totals(notice: DepositNotice) -> None:
    received = [d.amount_yen for d in notice.deposits if not d.is_cancelled]
    cancelled = [d.amount_yen for d in notice.deposits if d.is_cancelled]
    stated = (notice.count, notice.total_yen)
    # No source says whether the total counts cancellations too, so either way is a sound file.
    if stated not in {
        (len(received), sum(received)),
        (len(notice.deposits), sum(received) + sum(cancelled)),
    }:
        raise FileRefused(
            f"合計が明細と合いません。トレーラーは{stated[0]:,}件{stated[1]:,}円、"
            f"明細は{len(received):,}件{sum(received):,}円です。"
        )
    # Some banks leave the cancelled totals blank.
    stated = (notice.cancelled_count, notice.cancelled_total_yen)
    if stated not in {(0, 0), (len(cancelled), sum(cancelled))}:
        raise FileRefused(
            f"取消の合計が明細と合いません。トレーラーは{stated[0]:,}件{stated[1]:,}円、"
            f"明細は{len(cancelled):,}件{sum(cancelled):,}円です。"
        )
