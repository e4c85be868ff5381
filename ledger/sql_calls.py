"""The one way Python reaches the ledger's SQL functions."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import connection

from ledger import errors

Function = Literal["pay_v1", "void_v1", "refund_v1", "grant_v1", "grant_one_v1", "payout_v1"]

REFUSALS: dict[str, type[errors.LedgerError]] = {
    "INSUFFICIENT_POINTS": errors.InsufficientPoints,
    "POINTS_EXPIRED": errors.PointsExpired,
    "WRONG_PROGRAM": errors.WrongProgram,
    "STORE_NOT_ACTIVE": errors.StoreNotActive,
    "TILL_REVOKED": errors.TillRevoked,
    "WALLET_NOT_ACTIVE": errors.WalletNotActive,
    "PROGRAM_NOT_OPEN": errors.ProgramNotOpen,
    "USAGE_NOT_STARTED": errors.UsageNotStarted,
    "USAGE_ENDED": errors.UsageEnded,
    "ABOVE_LIMIT": errors.AboveLimit,
    "KEY_CONFLICT": errors.IdempotencyConflict,
    "KEY_BURNED": errors.KeyBurned,
    "NOTHING_TO_REFUND": errors.NothingToRefund,
    "DESTINATION_CHANGED": errors.DestinationChanged,
    "OFFICE_ONLY": errors.OfficeOnly,
    "APPROVAL_REQUIRED": errors.ApprovalRequired,
    "ROUND_EXHAUSTED": errors.RoundExhausted,
    "ROUND_NOT_APPROVED": errors.RoundNotApproved,
    "OUTSIDE_GRANT_PERIOD": errors.OutsideGrantPeriod,
}


@dataclass(frozen=True)
class Outcome:
    """What an SQL function answered: a code, the transfer it wrote or found, and facts."""

    code: str
    transfer_id: int | None
    facts: dict[str, Any] = field(default_factory=dict)


def call_sql(function: Function, *args: Any) -> Outcome:
    """Run one ledger function in one round trip; alone it is its own transaction.

    Raises:
        LedgerError: the function refused; its class names the refusal and carries the facts.
    """
    places = ", ".join(["%s"] * len(args))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT outcome, transfer_id, facts FROM {function}({places})",  # noqa: S608 - a Literal
            args,
        )
        code, transfer_id, facts = cursor.fetchone()
    outcome = Outcome(code, transfer_id, json.loads(facts) if facts else {})
    refusal = REFUSALS.get(outcome.code)
    if refusal:
        raise refusal(**outcome.facts)
    return outcome
