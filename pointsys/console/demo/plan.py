"""When the demo happens, counted from today: the big program settled last month."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from pointsys.common.clock import JST, jst_date, next_month, previous_month

SEED: Final = 20_250_528
PAYMENTS_A_DAY: Final = 96
OPENING_HOUR: Final = 8
# How busy each hour from 8 to 21 is; lunch and evening stand out.
HOURS: Final = (2, 3, 5, 7, 10, 8, 6, 6, 7, 10, 12, 9, 6, 3)
# Monday to Sunday.
WEEKDAYS: Final = (0.85, 0.85, 0.9, 0.95, 1.1, 1.35, 1.2)
AMOUNTS: Final = (150, 220, 380, 480, 550, 640, 780, 880, 980, 1_100, 1_280, 1_500, 1_980, 2_400)


@dataclass(frozen=True, slots=True)
class Days:
    """The demo's instants around `now`; nothing that is written lies after it."""

    now: datetime

    @property
    def this_month(self) -> date:
        return jst_date(self.now).replace(day=1)

    @property
    def last_month(self) -> date:
        return previous_month(self.this_month)

    @property
    def start(self) -> datetime:
        """The instant at which use begins: the first of last month."""
        return at(self.last_month, 0)

    @property
    def end(self) -> datetime:
        """The instant at which use ends and points die, nine months after the beginning."""
        month = self.last_month
        for _ in range(9):
            month = next_month(month)
        return at(month, 0)

    def before_start(self, days: int, hour: int = 10) -> datetime:
        """Return a time of day some days before use begins."""
        return at(self.last_month - timedelta(days=days), hour)

    def not_later(self, moment: datetime) -> datetime:
        """Return the moment, or now where it still lies ahead."""
        return min(moment, self.now)


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    """One visit of somebody to a shop; `wish` is what it costs if the balance covers it."""

    at: datetime
    shop: int
    person: int
    wish: int
    serial: int


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of day in Japan."""
    return datetime.combine(day, time(hour, minute), tzinfo=JST)


def planned_payments(
    *, days: Days, shop_weights: list[int], people: int, scale: float = 1.0
) -> list[PlannedPayment]:
    """Return the visits of both months up to now, in the order of time; the same every time."""
    random = Random(SEED)  # noqa: S311 - a demo wants the same shops to be busy every time
    shops = range(len(shop_weights))
    # A few people come often, many now and then, some never.
    eager = [random.gammavariate(1.2, 1.0) for _ in range(people)]
    planned: list[PlannedPayment] = []
    day, last = days.last_month, jst_date(days.now)
    while day <= last:
        count = round(PAYMENTS_A_DAY * scale * WEEKDAYS[day.weekday()] * random.uniform(0.9, 1.1))
        for _ in range(count):
            hour = random.choices(range(OPENING_HOUR, OPENING_HOUR + len(HOURS)), HOURS)[0]
            moment = at(day, hour) + timedelta(seconds=random.randrange(3600))
            shop = random.choices(shops, shop_weights)[0]
            person = random.choices(range(people), eager)[0]
            wish = random.choice(AMOUNTS) + random.choice((0, 0, 8, 18, 30, 65))
            planned.append(PlannedPayment(moment, shop, person, wish, len(planned)))
        day += timedelta(days=1)
    return sorted((p for p in planned if p.at < days.now), key=lambda p: (p.at, p.serial))
