"""One call from the intake page: its ticket and what becomes of it, all or nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from callcenter.errors import CallAlreadyWritten
from callcenter.models import Ticket
from callcenter.services import escalations, tickets
from pointsys.users.models import User


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What an operator wrote down; `outcome` is DONE, CALLBACK or ESCALATE."""

    client_id: int
    program_id: int | None
    request_key: UUID
    channel: str
    category_id: int
    subject: str
    body: str
    reply: str
    outcome: str
    question: str = ""
    resident_id: int | None = None
    store_id: int | None = None
    caller_phone: str = ""
    is_complaint: bool = False
    is_privacy: bool = False


@transaction.atomic
def finish_call(*, call: Call, by: User, at: datetime) -> Ticket:
    """Write the ticket of a call and close, escalate or keep it; the same key does nothing twice.

    Raises:
        CallAlreadyWritten: the key is that of another call of the same operator.
        DeskError: what `open_ticket` and `escalate` refuse; then nothing is written.
    """
    was_there = Ticket.objects.filter(number__request_key=call.request_key).exists()
    ticket = tickets.open_ticket(
        client_id=call.client_id,
        program_id=call.program_id,
        channel=call.channel,
        category_id=call.category_id,
        subject=call.subject,
        body=call.body,
        reply=call.reply,
        by=by,
        at=at,
        resident_id=call.resident_id,
        store_id=call.store_id,
        caller_phone=call.caller_phone,
        is_complaint=call.is_complaint,
        is_privacy=call.is_privacy,
        needs_callback=call.outcome == "CALLBACK",
        request_key=call.request_key,
    )
    if was_there:
        # A page that was gone back to: the second caller's words must not be lost.
        kept = (ticket.body, ticket.resident_id, ticket.store_id)
        if kept != (call.body, call.resident_id, call.store_id):
            raise CallAlreadyWritten(number=ticket.number)
        return ticket
    if call.outcome == "ESCALATE":
        escalations.escalate(ticket_id=ticket.pk, reason=call.question, by=by, at=at)
    elif call.outcome == "DONE":
        tickets.close_ticket(ticket_id=ticket.pk, by=by, at=at)
    ticket.refresh_from_db()
    return ticket
