"""Three clocks of a call centre, as pure functions over calendars that are data (design.md 7).

When the desk answers, when the client can be reached, and when a day's report is due. Ranges of
time are half-open: at 9:00:00 an office is open, at 17:00:00 it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from pointsys.common.calendar import ONE_DAY, holiday_name, weekday_name
from pointsys.common.clock import JST, jst_date

# What "at once" means while the client is reachable (S1-7(2)ハ: 速やかに).
AT_ONCE: Final = timedelta(minutes=15)
CLIENT_OPENS: Final = time(9)
CLIENT_CLOSES: Final = time(17)
YEAR_END: Final = "年末年始"


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when an office answers on a day; `closes` is not part of it."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        assert self.opens < self.closes

    def holds(self, moment: time) -> bool:
        """Tell whether a time of day lies within."""
        return self.opens <= moment < self.closes


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What a desk does on one day: its hours, or none and why; `is_forwarded` to the office."""

    hours: Hours | None
    reason: str = ""
    is_forwarded: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody answers on this day at all."""
        return self.hours is not None


def is_year_end(day: date) -> bool:
    """Tell whether public offices are closed for the turn of the year.

    Prefectures and cities close from 29 December to 3 January (地方自治法第4条の2第2項第3号).
    """
    return (day.month == 12 and day.day >= 29) or (day.month == 1 and day.day <= 3)


def _public_closing(day: date) -> str:
    if is_year_end(day):
        return YEAR_END
    return holiday_name(day) or ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskCalendar:
    """When a desk answers: hours by weekday (Monday is 0), general closings, dated exceptions."""

    week: Mapping[int, Hours]
    closes_on_holidays: bool = True
    closes_at_year_end: bool = True
    exceptions: Mapping[date, DayPlan] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None

    def plan_of(self, day: date) -> DayPlan:
        """Return what the desk does on a day; an exception stands before every rule."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.first_day and day < self.first_day:
            return DayPlan(None, "開設前")
        if self.last_day and day > self.last_day:
            return DayPlan(None, "開設期間の終了後")
        if self.closes_at_year_end and is_year_end(day):
            return DayPlan(None, YEAR_END)
        if self.closes_on_holidays and (name := holiday_name(day)):
            return DayPlan(None, name)
        hours = self.week.get(day.weekday())
        return DayPlan(hours, "" if hours else f"{weekday_name(day)}曜日")

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody answers at an instant."""
        hours = self.plan_of(jst_date(at)).hours
        return hours is not None and hours.holds(_time(at))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientCalendar:
    """When the client's office works: weekdays, less what the law and its own days close."""

    closed_days: Mapping[date, str] = field(default_factory=dict)
    hours: Hours = Hours(CLIENT_OPENS, CLIENT_CLOSES)

    def closing_reason(self, day: date) -> str:
        """Return in Japanese why the client does not work on a day; empty when it does."""
        if reason := _public_closing(day):
            return reason
        if day.isoweekday() >= 6:
            return f"{weekday_name(day)}曜日"
        return self.closed_days.get(day, "")

    def is_business_day(self, day: date) -> bool:
        """Tell whether the client works on a day."""
        return not self.closing_reason(day)

    def next_business_day(self, day: date) -> date:
        """Return the first day after this one on which the client works."""
        day += ONE_DAY
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def is_reachable(self, at: datetime) -> bool:
        """Tell whether the client answers at an instant: 9:00:00 yes, 17:00:00 no more."""
        return self.is_business_day(jst_date(at)) and self.hours.holds(_time(at))

    def escalation_due(self, at: datetime) -> datetime:
        """Return by when the client must have been told of what the desk cannot solve.

        At once while it is reachable, else at the opening of the next business day; before the
        opening of a business day that is this very day.
        """
        if self.is_reachable(at):
            return at + AT_ONCE
        day = jst_date(at)
        is_before_opening = self.is_business_day(day) and _time(at) < self.hours.opens
        due_day = day if is_before_opening else self.next_business_day(day)
        return datetime.combine(due_day, self.hours.opens, tzinfo=JST)

    def escalation_reason(self, at: datetime) -> str:
        """Return why an escalation is due when it is, as screens say it."""
        if self.is_reachable(at):
            return "県の執務時間内の発生のため15分以内"
        day = jst_date(at)
        if reason := self.closing_reason(day):
            return f"{reason}の発生のため次の営業日"
        if _time(at) < self.hours.opens:
            return "午前9時より前の発生のため当日の午前9時"
        return "平日17時以降の発生のため翌営業日"

    def report_due(self, day: date) -> datetime:
        """Return by when the report of a day must be there: the end of the next business day."""
        return datetime.combine(self.next_business_day(day), self.hours.closes, tzinfo=JST)


def _time(at: datetime) -> time:
    return at.astimezone(JST).time()
