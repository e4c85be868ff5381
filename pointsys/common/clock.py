"""The calendar of people in Japan on top of instants: programs run on days and months in JST."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

JST: Final = ZoneInfo("Asia/Tokyo")


def jst_date(at: dt.datetime) -> dt.date:
    """Return the day it is in Japan at an instant.

    Raises:
        ValueError: the instant is naive, so nobody knows which day it is.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(JST).date()


def jst_midnight(date: dt.date) -> dt.datetime:
    """Return the instant at which a day begins in Japan."""
    return dt.datetime(date.year, date.month, date.day, tzinfo=JST)


def jst_day_range(date: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the half-open range of instants of a day."""
    return jst_midnight(date), jst_midnight(date + dt.timedelta(days=1))


def first_of_month(date: dt.date) -> dt.date:
    """Return the first day of the month that holds the date."""
    return date.replace(day=1)


def next_month(date: dt.date) -> dt.date:
    """Return the first day of the month after the one that holds the date."""
    return (date.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def previous_month(date: dt.date) -> dt.date:
    """Return the first day of the month before the one that holds the date."""
    return (date.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def jst_month_range(date: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the half-open range of instants of the month that holds the date."""
    return jst_midnight(first_of_month(date)), jst_midnight(next_month(date))


def fiscal_year(date: dt.date) -> int:
    """Return the Japanese fiscal year (April to March) of a day."""
    return date.year if date.month >= 4 else date.year - 1
