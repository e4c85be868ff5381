from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from callcenter import queries
from callcenter.errors import (
    AlreadyClosed,
    AnswerMissing,
    NoSuchCaller,
    NoSuchCategory,
    TicketWrong,
)
from callcenter.models import Category, Desk, Ticket, TicketCounter, TicketNote, TicketNumber
from callcenter.services import mails
from pointsys.audit import services as audit
from pointsys.common import phone_digest, sealing, text
from pointsys.programs.models import Program
from pointsys.users.models import User

SUBJECT_MAX: Final = 80
TEXT_MAX: Final = 4_000


@transaction.atomic
def reserve_number(*, client_id: int, request_key: UUID, by: User, at: datetime) -> TicketNumber:
    """Give a call its ticket number, the same for the same key; access records name it."""
    TicketCounter.objects.get_or_create(client_id=client_id)
    counter = TicketCounter.objects.select_for_update(no_key=True, of=("self",)).get(
        client_id=client_id
    )
    known = TicketNumber.objects.filter(request_key=request_key).first()
    if known is not None:
        if known.client_id != client_id or known.given_to_id != by.pk:
            raise TicketWrong(reason="この受付は別の画面のものです。新しい受付から始めてください。")
        return known
    TicketCounter.objects.filter(pk=counter.pk).update(last_serial=F("last_serial") + 1)
    return TicketNumber.objects.create(
        client_id=client_id,
        serial=counter.last_serial + 1,
        request_key=request_key,
        given_to=by,
        given_at=at,
    )


@transaction.atomic
def open_ticket(
    *,
    client_id: int,
    program_id: int | None,
    channel: str,
    category_id: int | None,
    subject: str,
    body: str,
    by: User,
    at: datetime,
    resident_id: int | None = None,
    store_id: int | None = None,
    caller_phone: str = "",
    is_complaint: bool = False,
    event_ref: str = "",
    is_privacy: bool = False,
    needs_callback: bool = False,
    reply: str = "",
    request_key: UUID | None = None,
) -> Ticket:
    """Write down an inquiry under its number; the same key again returns the same ticket.

    A complaint is mailed to the client at once, by number and category only.

    Raises:
        NoSuchCaller: the resident or store is not this client's.
        NoSuchCategory: the category is not this client's or no longer in use.
        TicketWrong: says which value cannot be taken, and the remedy.
    """
    subject = text.single_line(subject)
    _check_texts(subject=subject, body=body, reply=reply)
    number = reserve_number(client_id=client_id, request_key=request_key or uuid4(), by=by, at=at)
    known = Ticket.objects.filter(number=number).select_related("number").first()
    if known is not None:
        return known
    category = _category(client_id, category_id)
    _check_refers(client_id, program_id, channel=channel)
    _check_caller(client_id, resident_id, store_id)
    ticket = Ticket(
        client_id=client_id,
        program_id=program_id,
        number=number,
        desk=_desk(client_id, store_id),
        channel=channel,
        resident_id=resident_id,
        store_id=store_id,
        category=category,
        subject=subject or (category.name if category else "件名なし"),
        body=body,
        status=Ticket.Status.OPEN,
        is_complaint=is_complaint,
        is_privacy=is_privacy,
        needs_callback=needs_callback,
        opened_at=at,
        taken_by=by,
        event_ref=event_ref,
    )
    _keep_phone(ticket, caller_phone)
    if needs_callback and not ticket.phone_digest:
        raise TicketWrong(reason="折り返しには、かけ直す電話番号を入力してください。")
    ticket.save()
    if reply:
        TicketNote.objects.create(
            ticket=ticket, kind=TicketNote.Kind.REPLY, text=reply, at=at, by=by
        )
    _record("opened", ticket, by=by, at=at, channel=channel)
    if is_complaint:
        report_complaint(ticket_id=ticket.pk, at=at)
        ticket.refresh_from_db(fields=["complaint_reported_at"])
    return ticket


def _check_texts(**texts: str) -> None:
    names = {"subject": "件名", "body": "問合せの内容", "reply": "応対", "note": "メモ"}
    for name, value in texts.items():
        most = SUBJECT_MAX if name == "subject" else TEXT_MAX
        if "\x00" in value:
            raise TicketWrong(reason=f"{names[name]}に使えない文字があります。入れ直してください。")
        if len(value) > most:
            raise TicketWrong(reason=f"{names[name]}は、{most:,}文字までで入力してください。")


def _check_refers(client_id: int, program_id: int | None, *, channel: str) -> None:
    if channel not in Ticket.Channel.values:
        raise TicketWrong(reason="受付の方法をえらんでください。")
    if program_id and not Program.objects.filter(pk=program_id, client_id=client_id).exists():
        raise TicketWrong(reason="事業をえらび直してください。")


def _check_caller(client_id: int, resident_id: int | None, store_id: int | None) -> None:
    if resident_id is not None and store_id is not None:
        raise TicketWrong(reason="発信者は、利用者か加盟店のどちらかをえらんでください。")
    if resident_id is not None and not queries.resident_of_client(
        client_id=client_id, resident_id=resident_id
    ):
        raise NoSuchCaller
    if store_id is not None and not queries.store_of_client(client_id=client_id, store_id=store_id):
        raise NoSuchCaller


def _desk(client_id: int, store_id: int | None) -> Desk | None:
    kind = Desk.Kind.STORES if store_id else Desk.Kind.RESIDENTS
    return Desk.objects.filter(client_id=client_id, kind=kind).order_by("pk").first()


def _category(client_id: int, category_id: int | None) -> Category | None:
    if category_id is None:
        return None
    found = Category.objects.filter(pk=category_id, client_id=client_id, is_active=True).first()
    if found is None:
        raise NoSuchCategory
    return found


def _keep_phone(ticket: Ticket, phone: str) -> None:
    if not phone.strip():
        return
    read = text.read_phone(phone)
    if not read.digits:
        raise TicketWrong(reason="電話番号は、市外局番から10けたか11けたの数字で入力してください。")
    ticket.phone_digest = phone_digest.digest(phone)
    ticket.phone_sealed = sealing.seal_json(
        {"phone": read.number}, context=f"callcenter.ticket:{ticket.uuid}"
    )


@transaction.atomic
def add_note(*, ticket_id: int, kind: str, note: str, by: User, at: datetime) -> TicketNote:
    """Write down what was said or done; a note is never changed.

    Raises:
        TicketWrong: there are no words, or too many.
    """
    _check_texts(note=note)
    if not note.strip():
        raise TicketWrong(reason="メモを入力してください。")
    ticket = locked(ticket_id)
    written = TicketNote.objects.create(ticket=ticket, kind=kind, text=note, at=at, by=by)
    _record("noted", ticket, by=by, at=at)
    return written


@transaction.atomic
def close_ticket(*, ticket_id: int, by: User, at: datetime) -> Ticket:
    """Finish an inquiry; the client is told that a complaint has been dealt with.

    Raises:
        AlreadyClosed: it is finished.
        AnswerMissing: the client has not answered its escalation yet.
    """
    ticket = locked(ticket_id)
    if ticket.status == Ticket.Status.DONE:
        raise AlreadyClosed(number=ticket.number)
    if ticket.status == Ticket.Status.ESCALATED:
        raise AnswerMissing(number=ticket.number)
    ticket.status, ticket.closed_at, ticket.needs_callback = Ticket.Status.DONE, at, False
    ticket.save(update_fields=["status", "closed_at", "needs_callback"])
    _record("closed", ticket, by=by, at=at)
    if ticket.is_complaint:
        mails.tell_of_handled_complaint(ticket, at=at)
    return ticket


@transaction.atomic
def change_category(*, ticket_id: int, category_id: int, by: User, at: datetime) -> Ticket:
    """Count a ticket elsewhere; a report that was made stays, a new version shows the change.

    Raises:
        NoSuchCategory: the category is not this client's or no longer in use.
    """
    ticket = locked(ticket_id)
    category = _category(ticket.client_id, category_id)
    if category is None or category.pk == ticket.category_id:
        return ticket
    before = ticket.category.code if ticket.category else ""
    ticket.category = category
    ticket.save(update_fields=["category"])
    _record("recategorised", ticket, by=by, at=at, before=before, after=category.code)
    return ticket


@transaction.atomic
def mark_complaint(*, ticket_id: int, by: User, at: datetime) -> Ticket:
    """Flag a ticket as a complaint and tell the client at once; once is enough."""
    ticket = locked(ticket_id)
    if not ticket.is_complaint:
        ticket.is_complaint = True
        ticket.save(update_fields=["is_complaint"])
        _record("flagged", ticket, by=by, at=at)
        report_complaint(ticket_id=ticket.pk, at=at)
        ticket.refresh_from_db(fields=["complaint_reported_at"])
    return ticket


@transaction.atomic
def report_complaint(*, ticket_id: int, at: datetime) -> bool:
    """Mail a complaint to the client; False, and it stays unreported, when nobody is named."""
    ticket = locked(ticket_id)
    if not ticket.is_complaint or ticket.complaint_reported_at:
        return bool(ticket.complaint_reported_at)
    if not mails.tell_of_complaint(ticket, at=at):
        return False
    ticket.complaint_reported_at = at
    ticket.save(update_fields=["complaint_reported_at"])
    _record("complaint_reported", ticket, by=None, at=at)
    return True


def report_waiting_complaints(*, at: datetime) -> int:
    """Report complaints for which nobody could be told when they came in; return how many."""
    waiting = Ticket.objects.filter(is_complaint=True, complaint_reported_at__isnull=True)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:200])
    return sum(report_complaint(ticket_id=ticket_id, at=at) for ticket_id in ids)


def locked(ticket_id: int) -> Ticket:
    """Return a ticket with its row locked, for an act on it."""
    return (
        Ticket.objects.select_for_update(no_key=True, of=("self",))
        .select_related("number", "category", "client")
        .get(pk=ticket_id)
    )


def _record(act: str, ticket: Ticket, *, by: User | None, at: datetime, **changes: Any) -> None:
    audit.record(
        code=f"callcenter.ticket.{act}",
        target=ticket,
        organization_id=ticket.client_id,
        by=by,
        at=at,
        changes={"number": str(ticket.number), **changes},
    )
