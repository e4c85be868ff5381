from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.models import Payment, Transfer
from ledger.sql_calls import call_sql
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User


@transaction.atomic
def refund_payment(
    *,
    payment_id: int,
    points: int,
    alive_points: int,
    request_key: UUID,
    at: datetime,
    by: User | None,
    as_office: bool,
    reason: str = "",
) -> Transfer:
    """Give back part or all of a payment to the lots it came from, once per request key.

    `alive_points` is what the confirm page said would come back usable; the rest goes to the
    expired fund because its lots have died (LG-07, table in design.md 4).

    Raises:
        NothingToRefund: more than what is left of the payment.
        OfficeOnly: the month is closed and a store asks.
        ApprovalRequired: above the program's refund limit, or the program is over.
        DestinationChanged: a lot died since the confirm page; nothing was written.
        IdempotencyConflict: the key was already used for a different refund.
    """
    outcome = call_sql(
        "refund_v1",
        payment_id,
        points,
        alive_points,
        f"refund:{request_key}",
        at,
        by.pk if by else None,
        as_office,
        False,
        reason,
    )
    assert outcome.transfer_id is not None
    transfer = Transfer.objects.get(pk=outcome.transfer_id)
    if outcome.code == "REFUNDED":
        audit.record(
            code="ledger.payment.refunded",
            target=Payment.objects.get(pk=payment_id),
            organization_id=Program.objects.values_list("client_id", flat=True).get(
                pk=transfer.program_id
            ),
            by=by,
            at=at,
            changes={"points": points, "alive_points": alive_points, "as_office": as_office},
        )
    return transfer
