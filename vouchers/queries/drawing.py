"""A draw in figures: what the client is asked about, without naming anybody."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from pointsys.draws.models import Draw, Entry


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
