from datetime import datetime

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users.models import User
from settlement import queries
from settlement.errors import CannotHold, NotHeld, StatementHasPayout
from settlement.models import Statement
from settlement.services.locks import lock_settlement


@transaction.atomic
def hold_statement(*, statement_id: int, reason: str, by: User, at: datetime) -> Statement:
    """Stop the payment of one statement until it is released, with a reason.

    Raises:
        StatementHasPayout: it is part of a transfer file that has not been rejected.
        CannotHold: nothing is to be paid on it.
    """
    assert reason.strip(), "the form asks for a reason"
    statement = _locked(statement_id)
    payout = queries.live_payout_of(statement_id)
    if payout:
        raise StatementHasPayout(number=statement.document_number, batch=payout.batch.number)
    if statement.amount_yen <= 0:
        raise CannotHold(number=statement.document_number, status=statement.get_status_display())
    statement.status = Statement.Status.HELD
    statement.hold = Statement.Hold.STOPPED
    statement.hold_reason = reason.strip()
    _save_hold(statement, code="settlement.statement.held", by=by, at=at)
    return statement


@transaction.atomic
def release_statement(*, statement_id: int, reason: str, by: User, at: datetime) -> Statement:
    """Let a stopped statement be paid again by the next transfer file, with a reason.

    Raises:
        NotHeld: it is not stopped.
    """
    assert reason.strip(), "the form asks for a reason"
    statement = _locked(statement_id)
    if statement.hold != Statement.Hold.STOPPED:
        raise NotHeld(number=statement.document_number)
    has_account = queries.has_current_account(statement.store_id)
    statement.status = Statement.Status.PAYABLE if has_account else Statement.Status.HELD
    statement.hold = Statement.Hold.NONE if has_account else Statement.Hold.NO_ACCOUNT
    statement.hold_reason = ""
    _save_hold(statement, code="settlement.statement.released", by=by, at=at, reason=reason)
    return statement


def _locked(statement_id: int) -> Statement:
    program_id = Statement.objects.values_list("program_id", flat=True).get(pk=statement_id)
    lock_settlement(program_id)
    return Statement.objects.select_related("program").get(pk=statement_id)


def _save_hold(
    statement: Statement, *, code: str, by: User, at: datetime, reason: str | None = None
) -> None:
    statement.save(update_fields=["status", "hold", "hold_reason"])
    audit.record(
        code=code,
        target=statement,
        organization_id=statement.program.client_id,
        by=by,
        at=at,
        changes={
            "number": statement.document_number,
            "amount_yen": statement.amount_yen,
            "reason": reason if reason is not None else statement.hold_reason,
        },
    )
