from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from callcenter.models import ClientClosedDay, Desk, DeskDay
from pointsys.common.clock import JST, jst_date
from pointsys.common.opening_hours import ClientCalendar, DayPlan, DeskCalendar, Hours


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskNow:
    """How a desk stands at an instant; the client's clock and the report's stand beside it."""

    desk: Desk
    plan: DayPlan
    is_open: bool
    minutes_left: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """The three clocks as the intake page shows them."""

    desks: tuple[DeskNow, ...]
    is_client_reachable: bool
    escalation_due: datetime
    escalation_reason: str
    report_day: date
    report_due: datetime


def desks_of(client_id: int) -> list[Desk]:
    """Return a client's desks with their hours and exceptions, residents' first."""
    return list(
        Desk.objects.filter(client_id=client_id)
        .prefetch_related("opening_hours", "days")
        .order_by("kind", "id")
    )


def desk_calendar(desk: Desk) -> DeskCalendar:
    """Return when a desk answers, from its rows."""
    return DeskCalendar(
        week={row.weekday: Hours(row.opens, row.closes) for row in desk.opening_hours.all()},
        closes_on_holidays=desk.closes_on_holidays,
        closes_at_year_end=desk.closes_at_year_end,
        exceptions={row.date: _plan(row) for row in desk.days.all()},
        first_day=desk.first_day,
        last_day=desk.last_day,
    )


def _plan(row: DeskDay) -> DayPlan:
    if row.opens is None or row.closes is None:
        return DayPlan(None, row.reason)
    is_forwarded = row.kind == DeskDay.Kind.FORWARDED
    return DayPlan(Hours(row.opens, row.closes), row.reason, is_forwarded)


def client_calendar(client_id: int) -> ClientCalendar:
    """Return when the client's office works, from the law and its own closed days."""
    days = ClientClosedDay.objects.filter(client_id=client_id).values_list("date", "reason")
    return ClientCalendar(closed_days=dict(days))


def clocks(*, client_id: int, at: datetime) -> Clocks:
    """Return how the three clocks of a client stand at an instant."""
    client = client_calendar(client_id)
    today = jst_date(at)
    return Clocks(
        desks=tuple(_now(desk, at) for desk in desks_of(client_id)),
        is_client_reachable=client.is_reachable(at),
        escalation_due=client.escalation_due(at),
        escalation_reason=client.escalation_reason(at),
        report_day=today,
        report_due=client.report_due(today),
    )


def _now(desk: Desk, at: datetime) -> DeskNow:
    calendar = desk_calendar(desk)
    plan = calendar.plan_of(jst_date(at))
    is_open = calendar.is_open(at)
    left = 0
    if is_open and plan.hours:
        ends = datetime.combine(jst_date(at), plan.hours.closes, tzinfo=JST)
        left = int((ends - at).total_seconds() // 60)
    return DeskNow(desk=desk, plan=plan, is_open=is_open, minutes_left=left)


def is_open_day(desks: Iterable[Desk], day: date) -> bool:
    """Tell whether any of the desks answers on a day, a forwarded one included."""
    return any(desk_calendar(desk).plan_of(day).is_open for desk in desks)
