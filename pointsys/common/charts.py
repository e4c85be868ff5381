"""Layout of the server-made charts: numbers in, positions for the SVG templates out."""

from dataclasses import dataclass
from typing import Any, Final

from pointsys.common import display

# In a pane over the whole column; half of it is about 560, so that text stays 14 px.
WIDE: Final = 818
LEFT: Final = 72
LABEL_WIDTH: Final = 128
VALUE_WIDTH: Final = 84
ROW_HEIGHT: Final = 32
GRID_LINES: Final = 5


@dataclass(frozen=True)
class Bar:
    """One bar: its box, its words, and where the plan is drawn if there is one."""

    label: str
    value: int
    value_text: str
    x: int
    y: int
    width: int
    height: int
    middle: int
    shows_label: bool
    plan_at: int | None

    @property
    def end(self) -> int:
        """Where the value of a lying bar is written: past the bar and past the plan."""
        return max(self.x + self.width, self.plan_at or 0) + 8


@dataclass(frozen=True)
class GridLine:
    """One line of the scale with its value."""

    y: int
    text: str


@dataclass(frozen=True)
class BarChart:
    """Upright bars over time, baseline at zero."""

    width: int
    height: int
    left: int
    base: int
    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]


@dataclass(frozen=True)
class RowChart:
    """Lying bars for comparing named things, baseline at zero."""

    width: int
    height: int
    left: int
    bars: tuple[Bar, ...]


def _round_step(top: int) -> int:
    """Return a step of 1, 2 or 5 times a power of ten that covers `top` in at most five lines."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * GRID_LINES >= top:
                return step * factor
        step *= 10


def bar_chart(
    rows: list[dict[str, Any]], *, width: int = WIDE, height: int = 170, label_every: int = 1
) -> BarChart:
    """Lay out `rows` ({"label", "value", "plan"?}) as upright bars, a label under every nth.

    A negative value is drawn as nothing; the table under the chart still tells it.
    """
    top = max((max(row["value"], row.get("plan") or 0) for row in rows), default=0)
    step = _round_step(max(top, 1))
    lines = max(-(-top // step), 1)
    ceiling = step * lines
    left, right, base = LEFT, width - 6, height - 28
    room = base - 18
    slot = (right - left) / max(len(rows), 1)
    bar_width = max(int(slot * 0.7), 1)

    def up(value: int) -> int:
        return base - round(room * max(value, 0) / ceiling)

    bars = []
    for index, row in enumerate(rows):
        x = round(left + slot * index + (slot - bar_width) / 2)
        bars.append(
            Bar(
                label=str(row["label"]),
                value=row["value"],
                value_text=display.grouped(row["value"]),
                x=x,
                y=up(row["value"]),
                width=bar_width,
                height=base - up(row["value"]),
                middle=x + bar_width // 2,
                shows_label=index % label_every == 0,
                plan_at=up(row["plan"]) if row.get("plan") is not None else None,
            )
        )
    grid = tuple(
        GridLine(y=up(step * n), text=display.grouped(step * n)) for n in range(1, lines + 1)
    )
    return BarChart(width, height, LEFT, base, tuple(bars), grid)


def row_chart(rows: list[dict[str, Any]], *, width: int = WIDE) -> RowChart:
    """Lay out `rows` ({"label", "value", "plan"?, "text"?}) as lying bars, one under another."""
    top = max((max(row["value"], row.get("plan") or 0) for row in rows), default=0) or 1
    room = width - LABEL_WIDTH - VALUE_WIDTH

    def along(value: int) -> int:
        return round(room * max(value, 0) / top)

    bars = tuple(
        Bar(
            label=str(row["label"]),
            value=row["value"],
            value_text=row.get("text") or display.grouped(row["value"]),
            x=LABEL_WIDTH,
            y=ROW_HEIGHT * index + 6,
            width=along(row["value"]),
            height=ROW_HEIGHT - 12,
            middle=ROW_HEIGHT * index + ROW_HEIGHT // 2 + 5,
            shows_label=True,
            plan_at=LABEL_WIDTH + along(row["plan"]) if row.get("plan") is not None else None,
        )
        for index, row in enumerate(rows)
    )
    return RowChart(width, ROW_HEIGHT * len(rows), LABEL_WIDTH, bars)
