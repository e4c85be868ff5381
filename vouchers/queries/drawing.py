"""A draw in figures: what the client is asked about, without naming anybody."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from pointsys.draws.models import Draw, Entry
from vouchers.models import Application, SaleRound


@dataclass(frozen=True, slots=True)
class WinLine:
    """How many people won the same number of sets."""

    sets: int
    people: int

    @property
    def total_sets(self) -> int:
        return self.sets * self.people


@dataclass(frozen=True, slots=True)
class DrawFigures:
    """The result of a draw as the client decides on it."""

    applicants: int
    requested: int
    supply: int
    winners: int
    given: int
    lines: tuple[WinLine, ...]

    @property
    def losers(self) -> int:
        return self.applicants - self.winners

    @property
    def left(self) -> int:
        return self.supply - self.given

    @property
    def over(self) -> int:
        """How many sets were asked for beyond those there are."""
        return max(self.requested - self.supply, 0)

    @property
    def all_fit(self) -> bool:
        """Whether everybody got what they asked for (VO-04)."""
        return self.requested <= self.supply


def draw_figures(draw: Draw | None) -> DrawFigures | None:
    """Return the figures of a draw that was held, in one query; None before that."""
    if draw is None or draw.drawn_at is None:
        return None
    rows = (
        Entry.objects.filter(draw=draw)
        .values("won_units")
        .annotate(people=Count("pk"), total=Sum("won_units"))
        .order_by("-won_units")
    )
    lines = tuple(WinLine(sets=row["won_units"] or 0, people=row["people"]) for row in rows)
    return DrawFigures(
        applicants=sum(line.people for line in lines),
        requested=draw.requested_units,
        supply=draw.supply,
        winners=sum(line.people for line in lines if line.sets),
        given=sum(line.total_sets for line in lines),
        lines=lines,
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an approved draw is carried out: results first, all at once, then the notices."""

    is_written: bool
    told: int
    people: int

    @property
    def percent(self) -> int:
        return self.told * 100 // self.people if self.people else 0


def progress_of(sale_round: SaleRound) -> Progress | None:
    """Return how far the approved draw of a round is carried out; None before and after that."""
    draw = sale_round.draw
    if draw is None or draw.status not in {Draw.Status.APPROVED, Draw.Status.PUBLISHED}:
        return None
    if sale_round.told_at is not None:
        return None
    drawn = [Application.Status.WON, Application.Status.LOST]
    told = Application.objects.filter(
        sale_round=sale_round, status__in=drawn, pk__lte=sale_round.told_up_to
    ).count()
    return Progress(
        is_written=draw.status == Draw.Status.PUBLISHED, told=told, people=draw.entry_count
    )
