from datetime import datetime

from django.db import transaction

from callcenter import queries
from callcenter.errors import AlreadyClosed, AlreadyEscalated, NotEscalated, TicketWrong
from callcenter.models import Escalation, Ticket
from callcenter.services import mails
from callcenter.services.tickets import TEXT_MAX, locked
from pointsys.audit import services as audit
from pointsys.users.models import User


@transaction.atomic
def escalate(*, ticket_id: int, reason: str, by: User, at: datetime) -> Escalation:
    """Ask the client about a ticket; due by its clock, told by mail at once (CC-03).

    Raises:
        AlreadyClosed: the ticket is finished.
        AlreadyEscalated: an earlier question waits for its answer.
        TicketWrong: the question is missing or too long.
    """
    _check(reason, "県に確かめたいこと")
    ticket = locked(ticket_id)
    if ticket.status == Ticket.Status.DONE:
        raise AlreadyClosed(number=ticket.number)
    if ticket.status == Ticket.Status.ESCALATED:
        raise AlreadyEscalated(number=ticket.number)
    calendar = queries.client_calendar(ticket.client_id)
    escalation = Escalation.objects.create(
        ticket=ticket,
        asked_at=at,
        asked_by=by,
        due_at=calendar.escalation_due(at),
        due_reason=calendar.escalation_reason(at),
        reason=reason,
    )
    ticket.status = Ticket.Status.ESCALATED
    ticket.save(update_fields=["status"])
    audit.record(
        code="callcenter.ticket.escalated",
        target=ticket,
        organization_id=ticket.client_id,
        by=by,
        at=at,
        changes={"number": str(ticket.number), "due_at": escalation.due_at.isoformat()},
    )
    if mails.tell_of_escalation(escalation, at=at):
        escalation.told_at = at
        escalation.save(update_fields=["told_at"])
    return escalation


@transaction.atomic
def answer(*, ticket_id: int, answer: str, by: User, at: datetime) -> Escalation:
    """Answer an escalation for the client; the ticket goes back to the desk.

    Raises:
        NotEscalated: nothing waits for an answer, somebody may have answered meanwhile.
        TicketWrong: the answer is missing or too long.
    """
    _check(answer, "回答")
    ticket = locked(ticket_id)
    escalation = ticket.escalations.filter(answered_at__isnull=True).first()
    if escalation is None:
        raise NotEscalated(number=ticket.number)
    escalation.answered_at, escalation.answered_by, escalation.answer = at, by, answer
    escalation.save(update_fields=["answered_at", "answered_by", "answer"])
    ticket.status = Ticket.Status.OPEN
    ticket.save(update_fields=["status"])
    audit.record(
        code="callcenter.ticket.answered",
        target=ticket,
        organization_id=ticket.client_id,
        by=by,
        at=at,
        changes={"number": str(ticket.number), "in_time": at <= escalation.due_at},
    )
    return escalation


def _check(words: str, name: str) -> None:
    if not words.strip():
        raise TicketWrong(reason=f"{name}を入力してください。")
    if "\x00" in words:
        raise TicketWrong(reason=f"{name}に使えない文字があります。入れ直してください。")
    if len(words) > TEXT_MAX:
        raise TicketWrong(reason=f"{name}は、{TEXT_MAX:,}文字までで入力してください。")
