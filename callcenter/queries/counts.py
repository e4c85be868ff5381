"""How a day is counted: one snapshot of figures, ticket numbers and times (CC-04).

Every ticket counts once. A ticket whose category has no line of its own counts in the nearest line
above it; one without any line counts in the line for the rest, so the total is always whole.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from callcenter.models import Category, Desk, Escalation, Ticket
from callcenter.queries.tickets import overdue
from pointsys.common.calendar import ONE_DAY
from pointsys.common.clock import jst_date, jst_day_range, jst_midnight

COLUMNS: Final = (
    ("RESIDENTS", "利用者 電話"),
    ("STORES", "加盟店 電話"),
    ("WEB", "Web"),
    ("MAIL", "メール"),
    ("COUNTER", "窓口"),
    ("EVENT", "相談会"),
)
REST: Final = "その他（類型の外）"
_KEYS: Final = tuple(key for key, _ in COLUMNS)
Snapshot = dict[str, Any]


def day_snapshot(*, client_id: int, day: date) -> Snapshot:
    """Return a day of a client as it stands now, in the form that a report keeps."""
    tickets = tickets_of_day(client_id, day)
    rows = _rows(client_id, tickets)
    tops = [row for row in rows if row["depth"] == 0]
    cells = [sum(row["cells"][place] for row in tops) for place in range(len(COLUMNS))]
    flagged = tickets.filter(Q(is_complaint=True) | Q(is_privacy=True)).order_by("opened_at", "id")
    return {
        "columns": [name for _, name in COLUMNS],
        "rows": rows,
        "cells": cells,
        "total": sum(cells),
        "complaints": [_complaint(ticket) for ticket in flagged if ticket.is_complaint],
        "privacy": [_flagged(ticket) for ticket in flagged if ticket.is_privacy],
        "escalations": _escalations(client_id, day),
    }


def tickets_of_day(client_id: int, day: date) -> QuerySet[Ticket]:
    """Return the tickets that came in on a day in Japan."""
    since, until = jst_day_range(day)
    return Ticket.objects.filter(
        client_id=client_id, opened_at__gte=since, opened_at__lt=until
    ).select_related("number", "category", "desk")


def _column(ticket: Ticket) -> str:
    if ticket.channel != Ticket.Channel.PHONE:
        return ticket.channel
    if ticket.desk:
        return ticket.desk.kind
    return Desk.Kind.STORES if ticket.store_id else Desk.Kind.RESIDENTS


def _rows(client_id: int, tickets: QuerySet[Ticket]) -> list[dict[str, Any]]:
    categories = list(Category.objects.filter(client_id=client_id).order_by("position", "code"))
    by_id = {row.pk: row for row in categories}
    counted: Counter[tuple[int, str]] = Counter()
    for ticket in tickets:
        line = _line_of(by_id.get(ticket.category_id or 0), by_id)
        column = _column(ticket)
        counted[line.pk if line else 0, column] += 1
        if line and line.parent_id and by_id[line.parent_id].is_counted:
            counted[line.parent_id, column] += 1
    rows = [
        row
        for category in _in_order(categories)
        if (row := _row(category, counted, by_id)) is not None
    ]
    rest = [counted[0, key] for key in _KEYS]
    if any(rest):
        rows.append({"code": "", "name": REST, "depth": 0, "cells": rest, "total": sum(rest)})
    return rows


def _line_of(category: Category | None, by_id: dict[int, Category]) -> Category | None:
    while category is not None and not category.is_counted:
        category = by_id.get(category.parent_id or 0)
    return category


def _in_order(categories: list[Category]) -> list[Category]:
    ordered = []
    for top in (row for row in categories if row.parent_id is None):
        ordered += [top, *(row for row in categories if row.parent_id == top.pk)]
    return ordered


def _row(
    category: Category, counted: Counter[tuple[int, str]], by_id: dict[int, Category]
) -> dict[str, Any] | None:
    cells = [counted[category.pk, key] for key in _KEYS]
    if not category.is_counted or not (category.is_active or any(cells)):
        return None
    parent = by_id.get(category.parent_id or 0)
    return {
        "code": category.code,
        "name": category.name,
        "depth": 1 if parent is not None and parent.is_counted else 0,
        "cells": cells,
        "total": sum(cells),
    }


def _flagged(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": str(ticket.number),
        "at": ticket.opened_at.isoformat(),
        "category": ticket.category.name if ticket.category else "",
    }


def _complaint(ticket: Ticket) -> dict[str, Any]:
    reported = ticket.complaint_reported_at
    return _flagged(ticket) | {
        "reported_at": reported.isoformat() if reported else None,
        "status": ticket.get_status_display(),
    }


def _escalations(client_id: int, day: date) -> list[dict[str, Any]]:
    since, until = jst_day_range(day)
    rows = Escalation.objects.filter(
        ticket__client_id=client_id, asked_at__gte=since, asked_at__lt=until
    ).select_related("ticket__number")
    return [
        {
            "number": str(row.ticket.number),
            "asked_at": row.asked_at.isoformat(),
            "due_at": row.due_at.isoformat(),
            "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        }
        for row in rows.order_by("asked_at", "id")
    ]


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many tickets of one category came in on one day; without a category the id is None."""

    day: date
    category_id: int | None
    category_name: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskFlags:
    """What a program's desk had of complaints and escalations in some days, and what is open."""

    complaints: int
    unreported_complaints: int
    escalations: int
    overdue_escalations: int


def _between(program_id: int, first: date, last: date) -> QuerySet[Ticket]:
    return Ticket.objects.filter(
        program_id=program_id,
        opened_at__gte=jst_midnight(first),
        opened_at__lt=jst_midnight(last + ONE_DAY),
    )


def counts_between(*, program_id: int, first: date, last: date) -> list[DayCount]:
    """Return a program's tickets by day and category, days in Japan, both ends included."""
    found: Counter[tuple[date, int | None, str]] = Counter()
    rows = _between(program_id, first, last).values_list(
        "opened_at", "category_id", "category__name"
    )
    for opened_at, category_id, name in rows:
        found[jst_date(opened_at), category_id, name or "区分なし"] += 1
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][2]))
    return [DayCount(day, category, name, count) for (day, category, name), count in ordered]


def flags_between(*, program_id: int, first: date, last: date, at: datetime) -> DeskFlags:
    """Return complaints and escalations of a program's tickets of these days."""
    tickets = _between(program_id, first, last)
    totals = tickets.aggregate(
        complaints=Count("pk", filter=Q(is_complaint=True)),
        unreported_complaints=Count(
            "pk", filter=Q(is_complaint=True, complaint_reported_at__isnull=True)
        ),
    )
    escalations = Escalation.objects.filter(ticket__in=tickets)
    return DeskFlags(
        **totals,
        escalations=escalations.count(),
        overdue_escalations=escalations.filter(overdue(at)).count(),
    )
