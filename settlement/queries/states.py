"""How far a statement, a batch or a month has come, in the words of the status column."""

from dataclasses import dataclass
from typing import Final

from settlement.models import Payout, PayoutBatch, Statement


@dataclass(frozen=True)
class State:
    """A status as screens show it: `kind` chooses shape and tint, `text` says it, `note` why."""

    kind: str
    text: str
    note: str = ""


_BATCH_KINDS: Final = {
    PayoutBatch.Status.PREPARED: "wait",
    PayoutBatch.Status.APPROVED: "wait",
    PayoutBatch.Status.SUBMITTED: "info",
    PayoutBatch.Status.PAID: "ok",
    PayoutBatch.Status.REJECTED: "stop",
    PayoutBatch.Status.SUPERSEDED: "stop",
}
_PAYABLE_IN: Final = {
    PayoutBatch.Status.PREPARED: State("wait", "承認待ち"),
    PayoutBatch.Status.APPROVED: State("wait", "銀行への送信待ち"),
    PayoutBatch.Status.SUBMITTED: State("info", "振込待ち"),
    PayoutBatch.Status.PAID: State("ok", "振込済"),
}
_HAS_ACCOUNT_NOW: Final = State("info", "次の振込データに入ります", "口座が登録されました")
_LOST_ACCOUNT: Final = State("stop", f"保留　{Statement.Hold.NO_ACCOUNT.label}")
_UNPAID: Final = {
    Statement.Status.PAYABLE: State("info", "データ作成待ち"),
    Statement.Status.CARRIED: State("wait", "翌月へ繰越"),
    Statement.Status.ZERO: State("info", "お支払いなし"),
}


def batch_state(batch: PayoutBatch) -> State:
    """Return the status of a batch."""
    status = PayoutBatch.Status(batch.status)
    return State(_BATCH_KINDS[status], str(status.label))


def statement_state(statement: Statement, payout: Payout | None, *, has_account_now: bool) -> State:
    """Return the status of a statement, with the payout that pays it if there is one.

    A stored hold is renewed when a file is made; until then the store's account of now decides.
    """
    if payout:
        return _PAYABLE_IN[PayoutBatch.Status(payout.batch.status)]
    if statement.hold == Statement.Hold.NO_ACCOUNT and has_account_now:
        return _HAS_ACCOUNT_NOW
    if statement.status == Statement.Status.PAYABLE and not has_account_now:
        return _LOST_ACCOUNT
    if statement.status == Statement.Status.HELD:
        return State("stop", f"保留　{statement.get_hold_display()}")
    return _UNPAID[Statement.Status(statement.status)]
