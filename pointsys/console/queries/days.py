"""Use by day over four weeks, the chart of the home page and its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from ledger import queries as ledger
from pointsys.common import display
from pointsys.programs.models import Program

CHART_DAYS: Final = 28
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One bar of the chart: what was used that day, refunds taken off."""

    day: date
    points: int
    payment_count: int


@dataclass(frozen=True, slots=True)
class Week:
    """A week of use, Monday to Sunday as in the weekly report.

    `daily_points` is the average over the days that are over.

    `change_permille` compares a week that is over with the week before, in tenths of a percent.
    """

    first: date
    last: date
    points: int
    daily_points: int | None
    is_over: bool
    change_permille: int | None

    @property
    def change_words(self) -> str:
        """The change as the table writes it: ＋6.1％, — for the first week, 途中 for the last."""
        if not self.is_over:
            return "途中"
        if self.change_permille is None:
            return "—"
        size = abs(self.change_permille)
        return f"{'＋' if self.change_permille >= 0 else '−'}{size // 10}.{size % 10}％"


def days_of(program: Program, today: date) -> tuple[Day, ...]:
    """Return the last four weeks day by day, today the last, from the Monday they begin in."""
    first = monday_of(today - (CHART_DAYS - 1) * ONE_DAY)
    used = {
        use.day: use for use in ledger.daily_use(program_id=program.pk, first=first, last=today)
    }
    return tuple(
        Day(
            day,
            used[day].payment_points - used[day].refund_points if day in used else 0,
            used[day].payment_count if day in used else 0,
        )
        for day in (first + n * ONE_DAY for n in range((today - first).days + 1))
    )


def monday_of(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - day.weekday() * ONE_DAY


def weeks_of(days: Sequence[Day], *, today: date) -> tuple[Week, ...]:
    """Return the days as weeks from Monday; one that still runs on `today` is not compared."""
    weeks: list[Week] = []
    for monday, group in groupby(days, key=lambda day: monday_of(day.day)):
        part = list(group)
        points = sum(day.points for day in part)
        over = [day.points for day in part if day.day < today]
        is_over = monday + 7 * ONE_DAY <= today
        before = weeks[-1].points if weeks else 0
        can_compare = is_over and before > 0
        weeks.append(
            Week(
                first=monday,
                last=monday + 6 * ONE_DAY,
                points=points,
                daily_points=sum(over) // len(over) if over else None,
                is_over=is_over,
                change_permille=(points - before) * 1000 // before if can_compare else None,
            )
        )
    return tuple(weeks)


def chart_rows(days: Sequence[Day]) -> list[dict[str, object]]:
    """Return the days as the chart and its table take them."""
    return [{"label": f"{d.day.month}/{d.day.day}", "value": d.points} for d in days]


def chart_finding(days: Sequence[Day]) -> str:
    """Return what the chart shows, for those who do not see it."""
    top = max(days, key=lambda d: d.points)
    if not top.points:
        return "この28日間の使用はありません。"
    return (
        f"日別の使用ポイントの棒グラフ。いちばん多い日は{display.japanese_date(top.day)}の"
        f"{display.grouped(top.points)}ポイント。"
    )
