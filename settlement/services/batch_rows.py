"""What preparing, deciding and handing over do to the rows of a batch alike."""

from datetime import datetime
from typing import Final

from pointsys.audit import services as audit
from pointsys.common import sealing
from pointsys.common.clock import jst_date
from pointsys.users.models import User
from settlement import queries
from settlement.errors import AccountsChanged, PaymentDatePassed
from settlement.models import Payout, PayoutBatch
from settlement.services.locks import lock_settlement
from stores import services as stores
from stores.models import BankAccount

NAMED_STORES: Final = 5  # in a message; the list of the new file shows every one


def locked_batch(batch_id: int) -> PayoutBatch:
    """Return a batch that nobody else changes until the commit."""
    program_id = PayoutBatch.objects.values_list("program_id", flat=True).get(pk=batch_id)
    lock_settlement(program_id)
    return (
        PayoutBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "period", "profile", "file")
        .get(pk=batch_id)
    )


def require_still_right(batch: PayoutBatch, *, at: datetime) -> None:
    """Refuse a file that should not go to the bank any more, as long as it can be made anew.

    Raises:
        PaymentDatePassed: a transfer date has no year, so a bank may take it for one of next year.
        AccountsChanged: a store is paid elsewhere by now; it would be paid to its old account.
    """
    if jst_date(at) >= batch.payment_date:
        raise PaymentDatePassed(payment_date=batch.payment_date)
    payouts = list(batch.payouts.select_related("statement").order_by("position"))
    current = queries.current_accounts(payout.statement.store_id for payout in payouts)
    changed = [
        payout.statement.store_code
        for payout in payouts
        if not _pays_to(payout, current.get(payout.statement.store_id))
    ]
    if changed:
        more = f" ほか{len(changed) - NAMED_STORES}件" if len(changed) > NAMED_STORES else ""
        raise AccountsChanged(stores="、".join(changed[:NAMED_STORES]) + more)


def _pays_to(payout: Payout, account: BankAccount | None) -> bool:
    sent_to = sealing.unseal_json(bytes(payout.account_sealed), context=payout.seal_context)
    return account is not None and stores.open_bank_account(account) == sent_to


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
