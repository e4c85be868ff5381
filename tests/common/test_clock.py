import datetime as dt

import pytest

from pointsys.common import clock

UTC = dt.UTC


def test_a_day_in_japan_begins_at_three_in_the_afternoon_utc():
    last_instant = dt.datetime(2026, 9, 30, 14, 59, 59, 999_999, tzinfo=UTC)
    next_instant = dt.datetime(2026, 9, 30, 15, 0, tzinfo=UTC)

    assert clock.jst_date(last_instant) == dt.date(2026, 9, 30)
    assert clock.jst_date(next_instant) == dt.date(2026, 10, 1)
    assert clock.jst_midnight(dt.date(2026, 10, 1)) == next_instant


def test_an_instant_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="time zone"):
        clock.jst_date(dt.datetime(2026, 9, 30, 12, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "first", "following", "before"),
    [
        (dt.date(2026, 12, 31), dt.date(2026, 12, 1), dt.date(2027, 1, 1), dt.date(2026, 11, 1)),
        (dt.date(2028, 2, 29), dt.date(2028, 2, 1), dt.date(2028, 3, 1), dt.date(2028, 1, 1)),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2025, 12, 1)),
    ],
)
def test_months_follow_one_another_over_the_turn_of_the_year(day, first, following, before):
    assert clock.first_of_month(day) == first
    assert clock.next_month(day) == following
    assert clock.previous_month(day) == before
    assert clock.jst_month_range(day) == (clock.jst_midnight(first), clock.jst_midnight(following))


def test_the_fiscal_year_turns_in_april():
    assert clock.fiscal_year(dt.date(2026, 3, 31)) == 2025
    assert clock.fiscal_year(dt.date(2026, 4, 1)) == 2026
