"""The figures of the staff home: each from the room that keeps it."""

from dataclasses import dataclass

from pointsys.console.queries import days as use
from pointsys.console.queries.alerts import Alert, alerts_of
from pointsys.console.queries.days import Day, Week
from pointsys.console.queries.deadlines import Deadline, deadlines_of
from pointsys.console.queries.facts import Facts
from pointsys.console.queries.places import Places, places_of


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page shows of one program at an instant, beside tiles and targets."""

    days: tuple[Day, ...]
    weeks: tuple[Week, ...]
    places: Places
    deadlines: tuple[Deadline, ...]
    alerts: tuple[Alert, ...]

    @property
    def chart_rows(self) -> list[dict[str, object]]:
        """The days as the chart takes them."""
        return use.chart_rows(self.days[-use.CHART_DAYS :])

    @property
    def chart_finding(self) -> str:
        """What the chart shows, for those who do not see it."""
        return use.chart_finding(self.days[-use.CHART_DAYS :])


def home_of(facts: Facts) -> Home:
    """Return what the home page shows of a program."""
    suspended = facts.stores_by_status.get("SUSPENDED", 0)
    return Home(
        days=facts.days,
        weeks=use.weeks_of(facts.days, today=facts.today),
        places=places_of(facts.program, facts.today),
        deadlines=deadlines_of(program=facts.program, at=facts.at),
        alerts=alerts_of(facts, suspended=suspended),
    )
