"""The three clocks of the call centre against tables of days that people check by hand."""

from datetime import date, datetime, time

import pytest

from pointsys.common.clock import JST
from pointsys.common.opening_hours import ClientCalendar, DayPlan, DeskCalendar, Hours, is_year_end

ALL_DAYS = dict.fromkeys(range(7), Hours(time(9), time(17, 30)))
DESK = DeskCalendar(week=ALL_DAYS, first_day=date(2025, 4, 1), last_day=date(2026, 3, 25))
CLIENT = ClientCalendar()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.req("CC-01")
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2025-09-16 08:59:59", False),
        ("2025-09-16 09:00:00", True),
        ("2025-09-16 17:29:59", True),
        ("2025-09-16 17:30:00", False),
        ("2025-09-13 12:00:00", True),  # Saturday
        ("2025-09-14 12:00:00", True),  # Sunday
        ("2025-09-15 12:00:00", False),  # 敬老の日
        ("2025-05-03 12:00:00", False),  # 憲法記念日, a Saturday
        ("2025-05-06 12:00:00", False),  # the substitute
        ("2025-12-28 12:00:00", True),  # Sunday before year-end
        ("2025-12-29 12:00:00", False),
        ("2026-01-03 12:00:00", False),
        ("2026-01-04 12:00:00", True),  # Sunday after it
        ("2025-03-31 12:00:00", False),  # not yet there
        ("2026-03-25 12:00:00", True),
        ("2026-03-26 12:00:00", False),  # no more
    ],
)
def test_the_desk_answers_on_weekends_too_but_not_on_holidays_and_at_year_end(moment, is_open):
    assert DESK.is_open(at(moment)) is is_open


@pytest.mark.req("CC-01")
def test_an_exception_stands_before_every_rule():
    holiday, sunday, monday = date(2025, 9, 23), date(2025, 9, 21), date(2025, 9, 22)
    desk = DeskCalendar(
        week=ALL_DAYS,
        exceptions={
            holiday: DayPlan(Hours(time(9), time(20)), "発表の日"),
            sunday: DayPlan(None, "回線の工事"),
            monday: DayPlan(Hours(time(9), time(17)), "少ない日", is_forwarded=True),
        },
    )

    assert desk.is_open(at("2025-09-23 19:59:59"))
    assert not desk.is_open(at("2025-09-21 12:00:00"))
    assert desk.plan_of(monday).is_forwarded
    assert desk.plan_of(monday).is_open


@pytest.mark.req("CC-01")
def test_a_closed_day_says_why():
    weekdays = DeskCalendar(week={day: Hours(time(9), time(18)) for day in range(5)})

    reasons = [
        weekdays.plan_of(day).reason
        for day in (date(2025, 9, 13), date(2025, 9, 15), date(2025, 12, 30))
    ]

    assert reasons == ["土曜日", "敬老の日", "年末年始"]


@pytest.mark.req("CC-03")
@pytest.mark.parametrize(
    ("moment", "is_reachable"),
    [
        ("2025-09-16 08:59:59", False),
        ("2025-09-16 09:00:00", True),
        ("2025-09-16 16:59:59", True),
        ("2025-09-16 17:00:00", False),
        ("2025-09-13 10:00:00", False),
        ("2025-09-15 10:00:00", False),
        ("2025-12-29 10:00:00", False),
        ("2026-01-05 10:00:00", True),
    ],
)
def test_the_client_is_reachable_on_weekdays_until_five(moment, is_reachable):
    assert CLIENT.is_reachable(at(moment)) is is_reachable


@pytest.mark.req("CC-03")
@pytest.mark.parametrize(
    ("moment", "due"),
    [
        # While the client is there: at once.
        ("2025-09-16 09:00:00", "2025-09-16 09:15:00"),
        ("2025-09-16 16:59:59", "2025-09-16 17:14:59"),
        # 17:00:00 is after hours, 8:59:59 is before them.
        ("2025-09-16 17:00:00", "2025-09-17 09:00:00"),
        ("2025-09-17 08:59:59", "2025-09-17 09:00:00"),
        ("2025-09-17 00:00:00", "2025-09-17 09:00:00"),
        # A weekend and 敬老の日.
        ("2025-09-12 17:00:00", "2025-09-16 09:00:00"),
        ("2025-09-13 10:00:00", "2025-09-16 09:00:00"),
        ("2025-09-15 08:00:00", "2025-09-16 09:00:00"),
        # Golden Week 2025: the 3rd to the 6th, with a substitute on Tuesday.
        ("2025-05-02 16:59:59", "2025-05-02 17:14:59"),
        ("2025-05-02 17:00:00", "2025-05-07 09:00:00"),
        ("2025-05-05 12:00:00", "2025-05-07 09:00:00"),
        # Silver Week 2026: 19 September (Sat) to 23 September, a citizens' holiday between two.
        ("2026-09-18 17:00:00", "2026-09-24 09:00:00"),
        ("2026-09-22 12:00:00", "2026-09-24 09:00:00"),
        # Year-end: 26 December 2025 is a Friday, 5 January 2026 the next day of work.
        ("2025-12-26 16:00:00", "2025-12-26 16:15:00"),
        ("2025-12-26 17:00:00", "2026-01-05 09:00:00"),
        ("2025-12-28 12:00:00", "2026-01-05 09:00:00"),
        ("2026-01-04 12:00:00", "2026-01-05 09:00:00"),
    ],
)
def test_an_escalation_is_due_by_the_clients_clock(moment, due):
    assert CLIENT.escalation_due(at(moment)) == at(due)


@pytest.mark.req("CC-04")
@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2025, 9, 16), date(2025, 9, 17)),
        (date(2025, 9, 12), date(2025, 9, 16)),
        (date(2025, 9, 13), date(2025, 9, 16)),
        (date(2025, 9, 14), date(2025, 9, 16)),
        (date(2025, 5, 2), date(2025, 5, 7)),
        (date(2026, 9, 18), date(2026, 9, 24)),
        (date(2025, 12, 28), date(2026, 1, 5)),
    ],
)
def test_a_report_is_due_on_the_clients_next_business_day(day, due):
    assert CLIENT.report_due(day).date() == due


@pytest.mark.req("CC-03")
def test_a_day_the_client_closes_by_itself_moves_both_dates():
    client = ClientCalendar(closed_days={date(2025, 9, 17): "設備点検"})

    assert client.escalation_due(at("2025-09-16 17:00:00")) == at("2025-09-18 09:00:00")
    assert client.report_due(date(2025, 9, 16)).date() == date(2025, 9, 18)
    assert client.closing_reason(date(2025, 9, 17)) == "設備点検"


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2025, 12, 28), False),
        (date(2025, 12, 29), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), True),
        (date(2026, 1, 3), True),
        (date(2026, 1, 4), False),
    ],
)
def test_year_end_is_from_the_29th_to_the_third(day, closes):
    assert is_year_end(day) is closes
