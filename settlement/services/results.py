"""A file on its way: taken, handed to the bank once, and booked when the bank has paid."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ledger import services as ledger
from pointsys.common import display
from pointsys.common.clock import jst_date
from pointsys.users.models import User
from settlement import queries
from settlement.errors import (
    AlreadySubmitted,
    NotApproved,
    NotDownloaded,
    PaidBeforePaymentDate,
    WrongStatus,
)
from settlement.models import BankFileDownload, BankFileSubmission, Payout, PayoutBatch
from settlement.services.batch_rows import locked_batch, record_act, require_still_right
from settlement.services.files import open_file

SENT = (PayoutBatch.Status.SUBMITTED, PayoutBatch.Status.PAID)


@dataclass(frozen=True)
class DownloadedFile:
    """The bytes for the bank, always those that were approved."""

    name: str
    content: bytes


@transaction.atomic(durable=True)
def download_file(*, batch_id: int, by: User, at: datetime) -> DownloadedFile:
    """Hand out the approved bytes and write down who took them.

    Raises:
        NotApproved: nobody has approved it, or it was sent back or replaced.
        PaymentDatePassed, AccountsChanged: nobody has taken it yet, and it would be wrong today.
        FileDiffers: the bytes are not those that were made.
    """
    batch = locked_batch(batch_id)
    if batch.status not in (PayoutBatch.Status.APPROVED, *SENT):
        raise NotApproved(number=batch.number, status=batch.get_status_display())
    # Once it has been taken it may be at the bank: then everybody must see what was sent.
    if batch.status == PayoutBatch.Status.APPROVED and not queries.is_downloaded(batch):
        require_still_right(batch, at=at)
    content = open_file(batch.file)
    BankFileDownload.objects.create(file=batch.file, by=by, at=at)
    record_act("downloaded", batch, by=by, at=at, sha256=batch.file.sha256)
    # The month and running number are in the name, so that an old file is not sent by mistake.
    name = f"{batch.program.code}_{batch.number}_no{batch.file.sequence:04}.txt"
    return DownloadedFile(name=name, content=content)


@transaction.atomic
def register_submission(
    *,
    batch_id: int,
    channel: str,
    bank_receipt_number: str,
    submitted_at: datetime,
    by: User,
    at: datetime,
) -> PayoutBatch:
    """Write down that the file was handed to the bank; there is no second time.

    Raises:
        AlreadySubmitted: it was handed over before.
        WrongStatus: it is not approved.
        NotDownloaded: nobody has taken it, so another file must have been sent.
    """
    batch = locked_batch(batch_id)
    if batch.status in SENT:
        assert batch.submitted_at is not None
        raise AlreadySubmitted(
            number=batch.number, submitted_at=display.japanese_date(batch.submitted_at)
        )
    if batch.status != PayoutBatch.Status.APPROVED:
        raise WrongStatus(number=batch.number, status=batch.get_status_display())
    if not queries.is_downloaded(batch):
        raise NotDownloaded(number=batch.number)
    BankFileSubmission.objects.create(
        file=batch.file,
        channel=channel,
        bank_receipt_number=bank_receipt_number,
        submitted_at=submitted_at,
        recorded_by=by,
        recorded_at=at,
    )
    batch.status = PayoutBatch.Status.SUBMITTED
    batch.submitted_at = submitted_at
    batch.save(update_fields=["status", "submitted_at"])
    record_act("submitted", batch, by=by, at=at, bank_receipt_number=bank_receipt_number)
    return batch


@transaction.atomic
def record_batch_paid(*, batch_id: int, by: User, at: datetime) -> PayoutBatch:
    """Book every payout of a file from owed to paid, once; a second call changes nothing.

    Raises:
        WrongStatus: it has not been handed to the bank.
        PaidBeforePaymentDate: its payment date has not come.
    """
    batch = locked_batch(batch_id)
    if batch.status == PayoutBatch.Status.PAID:
        return batch
    if batch.status != PayoutBatch.Status.SUBMITTED:
        raise WrongStatus(number=batch.number, status=batch.get_status_display())
    if jst_date(at) < batch.payment_date:
        raise PaidBeforePaymentDate(payment_date=batch.payment_date)
    payouts = list(batch.payouts.filter(status=Payout.Status.PENDING).select_related("statement"))
    booked = ledger.book_payouts(
        program_id=batch.program_id,
        bookings=[
            ledger.PayoutBooking(
                key=payout.ledger_key,
                store_id=payout.statement.store_id,
                points=payout.amount_yen,
            )
            for payout in payouts
        ],
        by=by,
        at=at,
    )
    batch.payouts.filter(status=Payout.Status.PENDING).update(status=Payout.Status.PAID, paid_at=at)
    batch.status = PayoutBatch.Status.PAID
    batch.paid_by = by
    batch.paid_at = at
    batch.save(update_fields=["status", "paid_by", "paid_at"])
    record_act("paid", batch, by=by, at=at, booked=booked)
    return batch
