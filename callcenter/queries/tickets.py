import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from callcenter.models import Category, Escalation, Hint, Ticket, TicketNote, TicketNumber
from callcenter.queries.roles import CLIENT_ROLES, DESK_ROLES
from pointsys.common import sealing, text
from pointsys.users import queries as users
from pointsys.users.models import User

_NUMBER: Final = re.compile(r"[tT][-ー−]?0*(\d{1,9})")
VIEWS: Final = {
    "open": "対応中",
    "callback": "折り返し",
    "escalated": "上申中",
    "overdue": "期限を過ぎた上申",
    "complaints": "苦情",
    "unreported": "未報告の苦情",
    "privacy": "個人情報",
    "done": "完了",
}


def tickets_visible_to(user: User) -> QuerySet[Ticket]:
    """Return a desk's tickets to its people, and to the client what it is asked or must know."""
    of_desk = users.client_ids(user, DESK_ROLES)
    of_client = users.client_ids(user, CLIENT_ROLES)
    was_escalated = Exists(Escalation.objects.filter(ticket_id=OuterRef("pk")))
    return (
        Ticket.objects.filter(
            Q(client_id__in=of_desk)
            | (Q(client_id__in=of_client) & (Q(is_complaint=True) | Q(was_escalated)))
        )
        .select_related("client", "number", "category__parent", "desk", "taken_by", "store")
        .order_by("-opened_at", "-id")
    )


def read_number(words: str) -> int | None:
    """Return the serial of a ticket number in any spelling, T-000123 or t123."""
    found = _NUMBER.fullmatch(text.plain(words))
    return int(found[1]) if found else None


def overdue(at: datetime) -> Q:
    """Return the condition of an escalation that nobody answered in time."""
    return Q(answered_at__isnull=True, due_at__lte=at)


def filtered(
    tickets: QuerySet[Ticket], *, view: str = "", words: str = "", at: datetime
) -> QuerySet[Ticket]:
    """Return the tickets of one view of the list, each with its escalations in `asked`."""
    unreported = Q(is_complaint=True, complaint_reported_at__isnull=True)
    late = Exists(Escalation.objects.filter(overdue(at), ticket_id=OuterRef("pk")))
    conditions = {
        "open": Q(status=Ticket.Status.OPEN),
        "callback": Q(needs_callback=True),
        "escalated": Q(status=Ticket.Status.ESCALATED),
        "overdue": Q(late),
        "complaints": Q(is_complaint=True),
        "unreported": unreported,
        "privacy": Q(is_privacy=True),
        "done": Q(status=Ticket.Status.DONE),
    }
    if view in conditions:
        tickets = tickets.filter(conditions[view])
    if words:
        serial = read_number(words)
        if serial is not None:
            tickets = tickets.filter(number__serial=serial)
        else:
            tickets = tickets.filter(Q(subject__icontains=words) | Q(store__name__icontains=words))
    return tickets.prefetch_related(
        Prefetch("escalations", Escalation.objects.order_by("-asked_at"), to_attr="asked")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """How much waits at a desk: what the list's tabs count."""

    open: int
    callback: int
    escalated: int
    overdue: int
    complaints: int
    unreported: int


def backlog(tickets: QuerySet[Ticket], *, at: datetime) -> Backlog:
    """Return how many of the tickets wait, and for what."""
    late = Exists(Escalation.objects.filter(overdue(at), ticket_id=OuterRef("pk")))
    counted = tickets.order_by().aggregate(
        open=Count("pk", filter=Q(status=Ticket.Status.OPEN)),
        callback=Count("pk", filter=Q(needs_callback=True)),
        escalated=Count("pk", filter=Q(status=Ticket.Status.ESCALATED)),
        overdue=Count("pk", filter=Q(late)),
        complaints=Count("pk", filter=Q(is_complaint=True)),
        unreported=Count("pk", filter=Q(is_complaint=True, complaint_reported_at__isnull=True)),
    )
    return Backlog(**counted)


def notes_of(ticket: Ticket) -> list[TicketNote]:
    """Return what was said and done about a ticket, oldest first."""
    return list(ticket.notes.select_related("by").order_by("at", "id"))


def escalations_of(ticket: Ticket) -> list[Escalation]:
    """Return a ticket's questions to the client, newest first."""
    return list(
        ticket.escalations.select_related("asked_by", "answered_by").order_by("-asked_at", "-id")
    )


def phone_of(ticket: Ticket) -> str:
    """Return the caller's number, opened; empty where none was kept."""
    if not ticket.phone_sealed:
        return ""
    context = f"callcenter.ticket:{ticket.uuid}"
    phone: str = sealing.unseal_json(bytes(ticket.phone_sealed), context=context)["phone"]
    return phone


def number_for(request_key: UUID, *, client_id: int, by: User) -> TicketNumber | None:
    """Return the number that was given to this operator's call; a key of others has none here."""
    return TicketNumber.objects.filter(
        request_key=request_key, client_id=client_id, given_to=by
    ).first()


@dataclass(frozen=True, slots=True)
class CategoryBranch:
    """A category of the first level with those below it, as the intake page offers them."""

    category: Category
    children: tuple[Category, ...]


def category_tree(client_id: int, *, with_inactive: bool = False) -> list[CategoryBranch]:
    """Return a client's categories in their order; a child of an inactive one is not offered."""
    rows = list(Category.objects.filter(client_id=client_id).order_by("position", "code"))
    offered = [row for row in rows if row.is_active or with_inactive]
    return [
        CategoryBranch(top, tuple(row for row in offered if row.parent_id == top.pk))
        for top in offered
        if top.parent_id is None
    ]


def hints_for(*, client_id: int, category: Category | None, kind: str) -> list[Hint]:
    """Return canned answers or FAQ for a category and its branch, the nearest first, at most 6."""
    near = [category.pk, category.parent_id or category.pk] if category else []
    rows = Hint.objects.filter(
        Q(category__isnull=True) | Q(category_id__in=near) | Q(category__parent_id__in=near[:1]),
        client_id=client_id,
        kind=kind,
        is_active=True,
    ).order_by("position", "id")
    rank = {pk: place for place, pk in enumerate(near)}
    ordered = sorted(rows, key=lambda row: (rank.get(row.category_id or 0, 9), row.position))
    return ordered[:6]
