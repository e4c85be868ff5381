"""The second person's decision on a transfer file."""

from datetime import datetime

from django.db import transaction

from pointsys.approvals import queries as approvals_queries
from pointsys.approvals import services as approvals
from pointsys.approvals.errors import ReasonRequired
from pointsys.users.models import User
from settlement import queries, zengin
from settlement.errors import (
    AlreadyDownloaded,
    ControlTotalsDiffer,
    TypedCountDiffers,
    TypedTotalDiffers,
    WrongStatus,
)
from settlement.models import PayoutBatch
from settlement.services.batch_rows import (
    drop_batch,
    locked_batch,
    record_act,
    require_still_right,
)
from settlement.services.files import open_file


@transaction.atomic(durable=True)
def approve_batch(
    *,
    batch_id: int,
    typed_count: int,
    typed_total_yen: int,
    by: User,
    at: datetime,
    comment: str = "",
) -> PayoutBatch:
    """Approve a file by another person, who types count and total from the paper.

    Raises:
        WrongStatus: it does not wait for approval.
        SamePersonApproval: the approver made it.
        TypedCountDiffers, TypedTotalDiffers: the paper says something else than the file.
        ControlTotalsDiffer: counted again, ledger, statements, payouts and file do not agree.
        PaymentDatePassed, AccountsChanged: what was right when it was made is wrong today.
        FileDiffers: the bytes are not those that were made.
    """
    batch = locked_batch(batch_id)
    if batch.status != PayoutBatch.Status.PREPARED:
        raise WrongStatus(number=batch.number, status=batch.get_status_display())
    # The digest of the bytes as they are now, not of what the register says.
    content = open_file(batch.file)
    approval = approvals_queries.approvals_of(batch).get(status="PENDING")
    approvals.decide(
        approval_id=approval.pk,
        approve=True,
        digest=batch.file.sha256,
        by=by,
        at=at,
        comment=comment,
    )
    if typed_count != batch.payout_count:
        difference = abs(typed_count - batch.payout_count)
        raise TypedCountDiffers(typed=typed_count, difference=difference)
    if typed_total_yen != batch.total_yen:
        difference = abs(typed_total_yen - batch.total_yen)
        raise TypedTotalDiffers(typed=typed_total_yen, difference=difference)
    _require_control_totals(batch, content)
    require_still_right(batch, at=at)
    batch.status = PayoutBatch.Status.APPROVED
    batch.approved_by = by
    batch.approved_at = at
    batch.save(update_fields=["status", "approved_by", "approved_at"])
    record_act("approved", batch, by=by, at=at, sha256=batch.file.sha256)
    return batch


@transaction.atomic
def reject_batch(*, batch_id: int, reason: str, by: User, at: datetime) -> PayoutBatch:
    """Send a file back with a reason; its statements wait for the next one.

    An approved file can be sent back as long as nobody has taken it.

    Raises:
        WrongStatus: it has been sent, paid or dropped.
        AlreadyDownloaded: somebody has taken the approved file and may have sent it.
        SamePersonApproval: the decider made it.
        ReasonRequired: no reason is given.
    """
    batch = locked_batch(batch_id)
    if not batch.is_in_the_making:
        raise WrongStatus(number=batch.number, status=batch.get_status_display())
    if queries.is_downloaded(batch):
        raise AlreadyDownloaded(number=batch.number)
    if not reason.strip():
        raise ReasonRequired
    if batch.status == PayoutBatch.Status.PREPARED:
        approval = approvals_queries.approvals_of(batch).get(status="PENDING")
        approvals.decide(
            approval_id=approval.pk,
            approve=False,
            digest=batch.file.sha256,
            by=by,
            at=at,
            comment=reason,
        )
    drop_batch(batch, PayoutBatch.Status.REJECTED, reason=reason.strip(), by=by, at=at)
    return batch


def _require_control_totals(batch: PayoutBatch, content: bytes) -> None:
    read = zengin.decode_transfer_file(content)
    totals = queries.control_totals(
        batch, trailer_count=read.payment_count, trailer_yen=read.total_yen
    )
    shown = (totals.payouts.count, totals.payouts.yen)
    if not totals.agree or shown != (batch.payout_count, batch.total_yen):
        raise ControlTotalsDiffer
