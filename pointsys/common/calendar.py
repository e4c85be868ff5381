"""Bank days and payment dates.

Banks close on Saturdays, Sundays, national holidays and from 31 December to 3 January
(Banking Act article 15, Order article 5).
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

import holidays

WEEKDAYS = "月火水木金土日"
SUBSTITUTE = "振替休日"
ONE_DAY = timedelta(days=1)
# The bank wants the transfer file two bank days before the payment date.
FILE_DEADLINE_BANK_DAYS = 2


class Shift(StrEnum):
    """Where a payment goes when banks are closed on its day."""

    PREVIOUS = "PREVIOUS"
    NEXT = "NEXT"


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    return MappingProxyType(dict(holidays.country_holidays("JP", years=year, language="ja")))


def holiday_name(day: date) -> str | None:
    """Return the Japanese name of a national holiday; a substitute names the day it stands for."""
    name = _holidays_of(day.year).get(day)
    if name != SUBSTITUTE:
        return name
    # Holiday Act article 3: a substitute stands for the holiday that fell on the Sunday before.
    sunday = day - timedelta(days=day.isoweekday() % 7)
    return f"{_holidays_of(sunday.year)[sunday]} {SUBSTITUTE}"


def closing_reason(day: date) -> str | None:
    """Return in Japanese why banks are closed on this day, or None when they are open."""
    if day.isoweekday() >= 6:
        return f"{weekday_name(day)}曜日"
    if name := holiday_name(day):
        return name
    if (day.month, day.day) in {(12, 31), (1, 2), (1, 3)}:
        return "年末年始"
    return None


def is_bank_day(day: date) -> bool:
    """Tell whether banks are open on this day."""
    return closing_reason(day) is None


def previous_bank_day(day: date, count: int = 1) -> date:
    """Return the `count`-th bank day strictly before this day."""
    return _step(day, count, -ONE_DAY)


def next_bank_day(day: date, count: int = 1) -> date:
    """Return the `count`-th bank day strictly after this day."""
    return _step(day, count, ONE_DAY)


def weekday_name(day: date) -> str:
    """Return one of 月火水木金土日."""
    return WEEKDAYS[day.weekday()]


@dataclass(frozen=True, kw_only=True)
class PaymentDate:
    """When a month's use is paid: the day the rule names and the bank day it becomes."""

    nominal_date: date
    payment_date: date
    shift: Shift
    reason: str | None

    @property
    def is_moved(self) -> bool:
        """Whether banks are closed on the nominal day."""
        return self.reason is not None

    @property
    def explanation(self) -> str:
        """Why the day moved, as screens say it, or an empty string."""
        if self.reason is None:
            return ""
        direction = "前" if self.shift is Shift.PREVIOUS else "次"
        return f"{self.nominal_date.day}日が{self.reason}のため{direction}の銀行営業日"

    @property
    def file_deadline(self) -> date:
        """The last day to hand the file to the bank."""
        return self.bank_days_before(FILE_DEADLINE_BANK_DAYS)

    def bank_days_before(self, count: int) -> date:
        """Return the bank day `count` bank days before payment."""
        return previous_bank_day(self.payment_date, count)


def payment_date(
    usage_month: date,
    day: int = 20,
    shift: Shift | str = Shift.PREVIOUS,
    months_after: int = 1,
) -> PaymentDate:
    """Return when the use of a month is paid, by default by the 20th of the following month.

    `usage_month` is any date in the month of use. A `day` that the month of payment lacks is its
    last day.
    """
    shift = Shift(shift)
    months = usage_month.year * 12 + usage_month.month - 1 + months_after
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    nominal = date(year, month + 1, min(day, last_day))
    reason = closing_reason(nominal)
    paid = nominal
    if reason is not None:
        paid = previous_bank_day(nominal) if shift is Shift.PREVIOUS else next_bank_day(nominal)
    return PaymentDate(nominal_date=nominal, payment_date=paid, shift=shift, reason=reason)


def _step(day: date, count: int, step: timedelta) -> date:
    assert count >= 0
    while count:
        day += step
        count -= is_bank_day(day)
    return day
