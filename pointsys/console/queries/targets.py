"""What the client agreed to be measured by, beside what was reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pointsys.console.models import KpiTarget
from pointsys.console.queries.facts import Facts
from pointsys.programs.models import Program

Code = KpiTarget.Code
UNITS: Final[dict[str, str]] = {
    Code.POINTS_ISSUED: "ポイント",
    Code.POINTS_USED: "ポイント",
    Code.PAYMENTS: "件",
    Code.HOLDERS: "人",
    Code.STORES: "店",
    Code.VOUCHER_SETS: "セット",
    Code.CARDS: "枚",
    Code.EVENTS: "回",
    Code.EVENT_VISITORS: "人",
    Code.EVENT_UNITS: "区域",
}
# None where the program lacks the room.
ACTUALS: Final[dict[str, Callable[[Facts], int | None]]] = {
    Code.POINTS_ISSUED: lambda facts: facts.totals.issued,
    Code.POINTS_USED: lambda facts: facts.totals.spent,
    Code.PAYMENTS: lambda facts: facts.moves.payment_count,
    Code.HOLDERS: lambda facts: facts.totals.wallets,
    Code.STORES: lambda facts: facts.stores_by_status.get("ACTIVE", 0),
    Code.VOUCHER_SETS: lambda facts: facts.vouchers.sold_sets if facts.vouchers else None,
    Code.CARDS: lambda facts: facts.cards.in_use if facts.cards else None,
    Code.EVENTS: lambda facts: facts.events.events_held if facts.events else None,
    Code.EVENT_VISITORS: lambda facts: facts.events.visitors if facts.events else None,
    Code.EVENT_UNITS: lambda facts: facts.events.units_covered if facts.events else None,
}


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target with what was reached of it."""

    target: KpiTarget
    actual: int | None
    is_over: bool

    @property
    def unit(self) -> str:
        """What is counted."""
        return UNITS[self.target.code]

    @property
    def permille(self) -> int | None:
        """How much of the target is reached, in tenths of a percent."""
        return None if self.actual is None else self.actual * 1000 // self.target.target

    @property
    def rate_words(self) -> str:
        """How much of the target is reached: 89.7％, — where there is no figure."""
        if self.permille is None:
            return "—"
        return f"{self.permille // 10}.{self.permille % 10}％"

    @property
    def is_reached(self) -> bool:
        """Whether the target is met."""
        return self.permille is not None and self.permille >= 1000


def targets_of(program: Program) -> list[KpiTarget]:
    """Return the targets of a program in the order of the catalogue."""
    order = list(Code.values)
    found = KpiTarget.objects.filter(program=program)
    return sorted(found, key=lambda target: order.index(target.code))


def target_rows(facts: Facts) -> list[TargetRow]:
    """Return the targets of a program with what was reached."""
    return [
        TargetRow(
            target=target,
            actual=ACTUALS[target.code](facts),
            is_over=facts.today > target.due_date,
        )
        for target in targets_of(facts.program)
    ]
