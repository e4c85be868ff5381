"""Where events were held and where none is planned yet: units, regions, months (CO-01, CO-02)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from consultations.models import Attendance, Event, EventRules, HelpGiven
from consultations.queries.visible import rules_of
from pointsys.common.clock import jst_date, jst_midnight, next_month
from pointsys.common.municipalities import MIYAGI_UNITS, municipality
from pointsys.programs.models import Program
from pointsys.programs.rules import covers

DONE, PLANNED, MISSING = "done", "plan", "none"
STATE_WORDS: Final = {DONE: "実施済", PLANNED: "予定", MISSING: "未計画"}
STATE_KINDS: Final = {DONE: "ok", PLANNED: "info", MISSING: "stop"}
# Counted as planned: somebody works on it.
AHEAD: Final = (
    Event.Status.DRAFT,
    Event.Status.PROPOSED,
    Event.Status.APPROVED,
    Event.Status.PUBLISHED,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One municipality or ward in which an event has to be held."""

    code: str
    name: str
    region: str


@dataclass(slots=True)
class UnitCoverage:
    """What happened in one unit; web sessions never count."""

    unit: Unit
    held: int = 0
    planned: int = 0
    visitors: int = 0
    last_held: Event | None = None
    next_planned: Event | None = None

    @property
    def state(self) -> str:
        if self.held:
            return DONE
        return PLANNED if self.planned else MISSING

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def state_kind(self) -> str:
        return STATE_KINDS[self.state]

    @property
    def shown_event(self) -> Event | None:
        """The newest held one, else the next one."""
        return self.last_held or self.next_planned


@dataclass(slots=True)
class RegionCoverage:
    """Units of one region, its campaigns, and its events by month."""

    name: str
    units: list[UnitCoverage] = field(default_factory=list)
    campaigns_held: int = 0
    campaigns_planned: int = 0
    held_by_month: dict[date, int] = field(default_factory=dict)
    planned_by_month: dict[date, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return sum(unit.held for unit in self.units)

    @property
    def planned(self) -> int:
        return sum(unit.planned for unit in self.units)

    @property
    def visitors(self) -> int:
        return sum(unit.visitors for unit in self.units)

    @property
    def done_units(self) -> int:
        return sum(unit.state == DONE for unit in self.units)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole page: regions with their units, months, and what is missing."""

    rules: EventRules
    regions: list[RegionCoverage]
    months: list[date]
    held_events: int
    visitors: int
    web_events: int
    short_notice: list[Event]
    unrecorded: list[Event]

    @property
    def units(self) -> list[UnitCoverage]:
        return [unit for region in self.regions for unit in region.units]

    def with_state(self, state: str) -> list[UnitCoverage]:
        return [unit for unit in self.units if unit.state == state]

    @property
    def done(self) -> list[UnitCoverage]:
        return self.with_state(DONE)

    @property
    def planned(self) -> list[UnitCoverage]:
        return self.with_state(PLANNED)

    @property
    def missing(self) -> list[UnitCoverage]:
        return self.with_state(MISSING)

    @property
    def empty_months(self) -> list[date]:
        """Months of the period in which no event is held or planned (CO-02)."""
        return [
            month
            for month in self.months
            if not any(
                region.held_by_month.get(month) or region.planned_by_month.get(month)
                for region in self.regions
            )
        ]

    @property
    def regions_without_campaign(self) -> list[RegionCoverage]:
        return [r for r in self.regions if not (r.campaigns_held or r.campaigns_planned)]

    @property
    def average_visitors(self) -> int:
        return round(self.visitors / self.held_events) if self.held_events else 0


@dataclass(frozen=True, slots=True)
class Goal:
    """People brought from explanation to installation, against the contract's goal (CO-06)."""

    explained: int
    installed: int
    goal: int | None

    @property
    def percent(self) -> int:
        return min(100, self.installed * 100 // self.goal) if self.goal else 0


@dataclass(frozen=True, slots=True)
class EventFigures:
    """Figures of some days for the console and the weekly report; in-person events only."""

    events_held: int
    visitors: int
    helped: int
    units_covered: int
    units_total: int
    web_events_held: int


def units_of(program: Program) -> list[Unit]:
    """Return the units of a program's area; without a table, its own municipality codes."""
    known = [
        Unit(unit.code, unit.name, unit.region)
        for unit in MIYAGI_UNITS
        if covers(program.area_codes, unit.code)
    ]
    if known:
        return known
    return [
        Unit(code, program.area_name if len(program.area_codes) == 1 else code, program.area_name)
        for code in program.area_codes
        if len(code) == 5
    ]


def unit_names(program: Program) -> dict[str, str]:
    """Return the names of a program's units by code."""
    return {unit.code: unit.name for unit in units_of(program)}


def coverage_of(*, program: Program, at: datetime) -> Coverage:
    """Return what is held, planned and missing at this moment."""
    rules = rules_of(program)
    units = {unit.code: UnitCoverage(unit) for unit in units_of(program)}
    regions: dict[str, RegionCoverage] = {}
    for covered in units.values():
        region = regions.setdefault(covered.unit.region, RegionCoverage(covered.unit.region))
        region.units.append(covered)
    live = Q(attendances__undone_at__isnull=True)
    events = list(
        Event.objects.filter(program=program)
        .exclude(status=Event.Status.CANCELLED)
        .annotate(visitor_count=Count("attendances", filter=live))
        .order_by("starts_at", "pk")
    )
    in_person = [event for event in events if event.kind != Event.Kind.WEB]
    for event in in_person:
        if covered_unit := units.get(event.municipality_code):
            _count(event, covered_unit, regions[covered_unit.unit.region])
    held = [event for event in in_person if event.status == Event.Status.HELD]
    published = [event for event in events if event.status == Event.Status.PUBLISHED]
    latest_notice = at + timedelta(days=rules.minimum_notice_days)
    return Coverage(
        rules=rules,
        regions=list(regions.values()),
        months=_months(rules),
        held_events=len(held),
        visitors=sum(event.visitor_count for event in held),
        web_events=sum(e.kind == Event.Kind.WEB and e.status == e.Status.HELD for e in events),
        short_notice=[
            event
            for event in events
            if event.status in {"DRAFT", "PROPOSED", "APPROVED"} and event.starts_at < latest_notice
        ],
        unrecorded=[event for event in published if event.ends_at <= at],
    )


def _count(event: Event, covered: UnitCoverage, region: RegionCoverage) -> None:
    is_held = event.status == Event.Status.HELD
    if event.kind == Event.Kind.CAMPAIGN:
        region.campaigns_held += is_held
        region.campaigns_planned += not is_held
    month = jst_date(event.starts_at).replace(day=1)
    by_month = region.held_by_month if is_held else region.planned_by_month
    by_month[month] = by_month.get(month, 0) + 1
    if is_held:
        covered.held += 1
        covered.visitors += event.visitor_count  # type: ignore[attr-defined]
        covered.last_held = event
    else:
        covered.planned += 1
        covered.next_planned = covered.next_planned or event


def _months(rules: EventRules) -> list[date]:
    months = [rules.first_date.replace(day=1)]
    while (month := next_month(months[-1])) <= rules.last_date:
        months.append(month)
    return months


def goal_of(*, program: Program) -> Goal:
    """Return how many were told how to install, and how many had it installed when they left."""
    marked = HelpGiven.objects.filter(
        item__program=program, item__counts_for_goal=True, attendance__undone_at__isnull=True
    )
    found = marked.aggregate(
        explained=Count("attendance", distinct=True),
        installed=Count("attendance", distinct=True, filter=Q(result=HelpGiven.Result.RESOLVED)),
    )
    return Goal(found["explained"], found["installed"], rules_of(program).install_goal)


def figures_between(*, program_id: int, first: date, last: date) -> EventFigures:
    """Return the figures of these days in Japan, both included."""
    program = Program.objects.get(pk=program_id)
    starts, ends = jst_midnight(first), jst_midnight(last + timedelta(days=1))
    held = Event.objects.filter(
        program=program, status=Event.Status.HELD, starts_at__gte=starts, starts_at__lt=ends
    )
    in_person = held.exclude(kind=Event.Kind.WEB)
    codes = {unit.code for unit in units_of(program)}
    visits = Attendance.objects.filter(event__in=in_person, undone_at__isnull=True)
    return EventFigures(
        events_held=in_person.count(),
        visitors=visits.count(),
        helped=visits.filter(help_given__isnull=False).distinct().count(),
        units_covered=len(codes & set(in_person.values_list("municipality_code", flat=True))),
        units_total=len(codes),
        web_events_held=held.filter(kind=Event.Kind.WEB).count(),
    )


def place_of(event: Event) -> str:
    """Return the name of the event's municipality, or that it is on the web."""
    if event.kind == Event.Kind.WEB:
        return "オンライン"
    found = municipality(event.municipality_code)
    return found.name if found else event.municipality_code
