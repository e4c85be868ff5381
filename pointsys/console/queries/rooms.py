"""What each room says of a program in a range of days; None where the program lacks the room."""

from dataclasses import dataclass
from datetime import date, datetime

from callcenter import queries as desk
from cards import queries as cards
from consultations import queries as meetings
from pointsys.programs.models import Program
from vouchers.queries import sales as vouchers


@dataclass(frozen=True, slots=True)
class VoucherFigures:
    """What was applied for and sold in a range of days."""

    applications: int
    sold_sets: int
    sold_yen: int


@dataclass(frozen=True, slots=True)
class CardFigures:
    """A program's cards by state; `in_use` are those that somebody holds."""

    by_status: dict[str, int]

    @property
    def in_use(self) -> int:
        """Cards that can be used now."""
        return self.by_status.get("ISSUED", 0)

    @property
    def handed_out(self) -> int:
        """Cards that ever left the stock."""
        return sum(self.by_status.values()) - self.by_status.get("STOCK", 0)


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What came in at the desk in a range of days."""

    count: int
    by_day: list[tuple[date, int]]
    by_category: list[tuple[str, int]]
    complaints: int
    escalations: int
    overdue_escalations: int


@dataclass(frozen=True, slots=True)
class DayCalls:
    """What came in at a client's desk on a day, all programs together."""

    count: int
    complaints: int
    escalations: int


def has_vouchers(program: Program) -> bool:
    """Tell whether the program sells vouchers."""
    return hasattr(program, "campaign")


def voucher_figures(program: Program, *, first: date, last: date) -> VoucherFigures | None:
    """Return what was applied for and sold in some days; None without vouchers."""
    if not has_vouchers(program):
        return None
    sold = vouchers.sales_between(program_id=program.pk, first=first, last=last)
    return VoucherFigures(
        applications=sold.applications, sold_sets=sold.sold_sets, sold_yen=sold.sold_yen
    )


def card_figures(program: Program) -> CardFigures | None:
    """Return a program's cards as they stand; None where there have never been any."""
    counts = cards.card_counts(program_id=program.pk)
    return CardFigures(counts) if any(counts.values()) else None


def call_figures(program: Program, *, first: date, last: date, at: datetime) -> CallFigures:
    """Return what came in about one program in some days, by day and by category."""
    rows = desk.counts_between(program_id=program.pk, first=first, last=last)
    flags = desk.flags_between(program_id=program.pk, first=first, last=last, at=at)
    days: dict[date, int] = {}
    categories: dict[str, int] = {}
    for row in rows:
        days[row.day] = days.get(row.day, 0) + row.count
        categories[row.category_name] = categories.get(row.category_name, 0) + row.count
    return CallFigures(
        count=sum(days.values()),
        by_day=sorted(days.items()),
        by_category=sorted(categories.items(), key=lambda item: (-item[1], item[0])),
        complaints=flags.complaints,
        escalations=flags.escalations,
        overdue_escalations=flags.overdue_escalations,
    )


def day_calls(client_id: int, day: date) -> DayCalls:
    """Return what came in for a client on a day; the figures of its daily report."""
    counted = desk.day_snapshot(client_id=client_id, day=day)
    return DayCalls(
        count=counted["total"],
        complaints=len(counted["complaints"]),
        escalations=len(counted["escalations"]),
    )


def has_meetings(program: Program) -> bool:
    """Tell whether the program holds meetings: its rules are set or one was published."""
    is_set = hasattr(program, "event_rules")
    return is_set or meetings.public_events(program_id=program.pk).exists()


def event_figures(program: Program, *, first: date, last: date) -> meetings.EventFigures | None:
    """Return the meetings of some days; None where the program holds none."""
    if not has_meetings(program):
        return None
    return meetings.figures_between(program_id=program.pk, first=first, last=last)
