"""What preparing, deciding and handing over do to the rows of a batch alike."""

from datetime import datetime

from pointsys.audit import services as audit
from pointsys.users.models import User
from settlement.models import Payout, PayoutBatch
from settlement.services.locks import lock_settlement


def locked_batch(batch_id: int) -> PayoutBatch:
    """Return a batch that nobody else changes until the commit."""
    program_id = PayoutBatch.objects.values_list("program_id", flat=True).get(pk=batch_id)
    lock_settlement(program_id)
    return (
        PayoutBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "period", "profile", "file")
        .get(pk=batch_id)
    )


def drop_batch(
    batch: PayoutBatch, status: PayoutBatch.Status, *, reason: str, by: User, at: datetime
) -> None:
    """Take a batch out of the way: its statements are free for another file."""
    batch.payouts.update(status=Payout.Status.CANCELLED)
    batch.status = status
    batch.dropped_by = by
    batch.dropped_at = at
    batch.drop_reason = reason
    batch.save(update_fields=["status", "dropped_by", "dropped_at", "drop_reason"])
    code = "superseded" if status == PayoutBatch.Status.SUPERSEDED else "rejected"
    record_act(code, batch, by=by, at=at, reason=reason)


def record_act(act: str, batch: PayoutBatch, *, by: User, at: datetime, **facts: str | int) -> None:
    """Write an act on a batch into the audit record, with the figures it was about."""
    audit.record(
        code=f"settlement.batch.{act}",
        target=batch,
        organization_id=batch.program.client_id,
        by=by,
        at=at,
        changes={
            "number": batch.number,
            "payout_count": batch.payout_count,
            "total_yen": batch.total_yen,
            **facts,
        },
    )
