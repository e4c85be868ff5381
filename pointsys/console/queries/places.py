"""Use by municipality, the second chart of the home page and its table."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.queries import trail
from pointsys.common import display
from pointsys.console.queries.days import CHART_DAYS, ONE_DAY
from pointsys.programs.models import Program
from stores import queries as stores

CHARTED: Final = 8


@dataclass(frozen=True, slots=True)
class Place:
    """One municipality: what its stores took, and how many of them took anything."""

    name: str
    points: int
    store_count: int
    permille: int

    @property
    def share_words(self) -> str:
        """Its part of the whole: 12.3％."""
        return f"{self.permille // 10}.{self.permille % 10}％"


@dataclass(frozen=True, slots=True)
class Places:
    """The chart and the table: the places with the most use, the others together."""

    rows: tuple[Place, ...]
    points: int
    store_count: int

    @property
    def chart_rows(self) -> list[dict[str, object]]:
        """The rows as the chart takes them."""
        return [
            {"label": row.name, "value": row.points, "text": display.grouped(row.points)}
            for row in self.rows
        ]

    @property
    def finding(self) -> str:
        """What the chart shows, for those who do not see it."""
        if not self.rows:
            return "この28日間の使用はありません。"
        top = self.rows[0]
        return (
            f"市区町村別の使用ポイントの棒グラフ。いちばん多いのは{top.name}の"
            f"{display.grouped(top.points)}ポイント（{top.share_words}）。"
        )


def places_of(program: Program, today: date) -> Places:
    """Return the use of the last four weeks by municipality of the store."""
    first = today - (CHART_DAYS - 1) * ONE_DAY
    found = trail.use_by_municipality(program_id=program.pk, first=first, last=today)
    whole = sum(place.points for place in found)
    shown = found if len(found) <= CHARTED + 1 else found[:CHARTED]
    rest = found[len(shown) :]
    rows = [_place(_name(p.municipality_code), p.points, p.store_count, whole) for p in shown]
    if rest:
        name = f"そのほか{len(rest)}市区町村"
        rows.append(
            _place(name, sum(p.points for p in rest), sum(p.store_count for p in rest), whole)
        )
    return Places(tuple(rows), whole, sum(place.store_count for place in found))


def _place(name: str, points: int, store_count: int, whole: int) -> Place:
    return Place(name, points, store_count, points * 1000 // whole if whole > 0 else 0)


def _name(code: str) -> str:
    return stores.municipality_name(code) or "所在地の不明な店"
