"""From payout lines to the bytes of a transfer file, and back again to prove them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pointsys.common import banks, sealing
from pointsys.common.zengin.records import Framing, Separator
from settlement import zengin
from settlement.errors import FileDiffers, FileRefused, PayeesRefused
from settlement.models import BankFile, BankFileProfile
from settlement.queries import PayoutLine


@dataclass(frozen=True)
class OpenedLine:
    """A payment with its account in the clear: in memory only, never logged or shown."""

    line: PayoutLine
    details: dict[str, str]


@dataclass(frozen=True)
class WrittenFile:
    """The bytes of a transfer file and what they were read back as."""

    content: bytes
    sha256: str
    record_count: int
    payout_count: int
    total_yen: int


def write_file(
    *, profile: BankFileProfile, lines: Sequence[OpenedLine], payment_date: date
) -> WrittenFile:
    """Return the file that pays these lines, read back and compared field by field.

    Raises:
        PayeesRefused: names every store whose account the bank's format cannot carry.
        FileRefused: the payer's own data cannot be written, or the file reads back differently.
    """
    rows = [_row(profile, line) for line in lines]
    try:
        content = zengin.encode_transfer_file(_header(profile, payment_date), rows, _rules(profile))
    except zengin.TransferRefused as error:
        raise _refusal(error, lines) from error
    read = zengin.decode_transfer_file(content, near=payment_date)
    _require_same(read, rows, payment_date)
    return WrittenFile(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        record_count=len(read.records),
        payout_count=read.payment_count,
        total_yen=read.total_yen,
    )


def open_file(file: BankFile) -> bytes:
    """Return the bytes of a file, after comparing them with the digest that was approved.

    Raises:
        FileDiffers: the bytes are not those of the digest; nobody gets them.
    """
    content = sealing.unseal(bytes(file.content_sealed), context=file.seal_context)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileDiffers
    return content


def _header(profile: BankFileProfile, payment_date: date) -> zengin.TransferHeader:
    account = sealing.unseal_json(bytes(profile.account_sealed), context=profile.seal_context)
    return zengin.TransferHeader(
        consignor_code=profile.consignor_code,
        consignor_name=profile.consignor_kana,
        bank_code=profile.bank_code,
        bank_name=profile.bank_kana,
        branch_code=profile.branch_code,
        branch_name=profile.branch_kana,
        account_type=profile.account_type,
        account_number=account["account_number"],
        transfer_date=payment_date,
    )


def _row(profile: BankFileProfile, opened: OpenedLine) -> zengin.TransferRow:
    account = opened.details
    statement = opened.line.statement
    bank = banks.find_bank(account["bank_code"])
    branch = banks.find_branch(account["bank_code"], account["branch_code"])
    writes_codes = profile.reference == BankFileProfile.Reference.CODES
    writes_edi = profile.reference == BankFileProfile.Reference.EDI
    return zengin.TransferRow(
        bank_code=account["bank_code"],
        bank_name=bank.narrow_kana if bank else "",
        branch_code=account["branch_code"],
        branch_name=branch.narrow_kana if branch else "",
        account_type=account["account_type"],
        account_number=account["account_number"],
        payee_name=account["holder_kana"],
        amount_yen=statement.amount_yen,
        # Ten digits each: the store's number and the month of use.
        customer_code_1=re.sub(r"[^0-9]", "", statement.store_code)[-10:] if writes_codes else "",
        customer_code_2=f"{statement.period.month:%Y%m}" if writes_codes else "",
        edi=statement.document_number if writes_edi else "",
    )


def _rules(profile: BankFileProfile) -> zengin.FileProfile:
    return zengin.FileProfile(
        framing=Framing(
            separator=Separator(profile.separator),
            after_last=profile.separator_after_last,
            eof=profile.ends_with_eof,
        ),
        clearing_house=profile.clearing_house,
        transfer_category=profile.transfer_category,
        customer_codes_as_text=profile.customer_codes_as_text,
        writes_bank_names=profile.writes_bank_names,
        max_payments=profile.max_payments,
    )


def _refusal(
    error: zengin.TransferRefused, lines: Sequence[OpenedLine]
) -> PayeesRefused | FileRefused:
    found = []
    for problem in error.problems:
        if problem.row is None:
            return FileRefused(reason=str(problem))
        statement = lines[problem.row - 1].line.statement
        place = f"{statement.store_code} {statement.store_name}"
        found.append(f"{place}の{problem.label}：{problem.reason}")
    more = f"（ほか{len(found) - 1}件）" if len(found) > 1 else ""
    return PayeesRefused(first=found[0], more=more, problems=found)


def _require_same(
    read: zengin.TransferFile, rows: Sequence[zengin.TransferRow], payment_date: date
) -> None:
    """Compare what a bank would read with what was to be paid."""
    written = [_paid(row) for row in rows]
    if [_paid(row) for row in read.rows] != written or read.header.transfer_date != payment_date:
        raise FileRefused(reason="書いたデータを読み直すと、振込先か金額がちがいました。")


def _paid(row: zengin.TransferRow) -> tuple[str, str, str, str, int]:
    return (
        row.bank_code,
        row.branch_code,
        row.account_type,
        row.account_number.zfill(7),
        row.amount_yen,
    )
