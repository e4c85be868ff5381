"""Bank days and payment dates."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.calendar import (
    PaymentDate,
    Shift,
    closing_reason,
    holiday_name,
    is_bank_day,
    next_bank_day,
    payment_date,
    previous_bank_day,
    weekday_name,
)
from tests.vectors import case_params, file_params, vector_files

DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))


@pytest.mark.vectors
@pytest.mark.req("SE-01")
@pytest.mark.parametrize(
    "row", case_params("rows", lambda row: "usage_month" in row, "payment dates")
)
def test_payment_dates_agree_with_the_vectors(row: dict[str, Any]) -> None:
    paid = payment_date(date.fromisoformat(f"{row['usage_month']}-01"))

    assert paid.nominal_date.isoformat() == row["nominal"]
    assert paid.payment_date.isoformat() == row["payment_date"]
    assert weekday_name(paid.payment_date) == row["weekday"]
    assert (paid.is_moved, paid.reason) == (row["moved"], row["reason"])
    assert paid.bank_days_before(1).isoformat() == row["one_bank_day_before"]
    assert paid.bank_days_before(2).isoformat() == row["two_bank_days_before"]
    assert paid.bank_days_before(3).isoformat() == row["three_bank_days_before"]


@pytest.mark.vectors
@pytest.mark.parametrize(
    "case", case_params("cases", lambda case: "bank_open" in case, "bank days")
)
def test_bank_days_agree_with_the_vectors(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["date"])

    assert is_bank_day(day) == case["bank_open"]
    assert holiday_name(day) == case["holiday"]


@pytest.mark.vectors
@pytest.mark.parametrize(
    "path", file_params(vector_files("syukujitsu*.csv"), "holiday list of the Cabinet Office")
)
def test_holidays_agree_with_the_list_of_the_cabinet_office(path: Path) -> None:
    with path.open(encoding="cp932", newline="") as file:
        listed = {
            date(*map(int, day.split("/"))): name
            for day, name in list(csv.reader(file))[1:]
            if day >= "2000"
        }

    days = _days(date(2000, 1, 1), date(max(listed).year, 12, 31))
    assert {day for day in days if holiday_name(day)} == set(listed)
    for day, name in listed.items():
        # The list calls substitutes and days between two holidays 休日, and the days that moved for
        # the games of 2020 and 2021 by names of their own.
        assert day.year < 2022 or name in ("休日", holiday_name(day))


@pytest.mark.vectors
@pytest.mark.parametrize(
    "path", file_params(vector_files("holidays_compare_*.csv"), "comparison of holiday sources")
)
def test_holiday_names_agree_with_a_second_source(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["cabinet_office_csv"]]

    assert rows
    for row in rows:
        assert holiday_name(date.fromisoformat(row["date"])) == row["pypi_jpholiday"]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2025, 7, 20), "日曜日"),
        (date(2025, 9, 20), "土曜日"),
        (date(2026, 3, 20), "春分の日"),
        (date(2025, 5, 6), "みどりの日 振替休日"),
        (date(2026, 9, 22), "国民の休日"),
        (date(2025, 12, 31), "年末年始"),
        (date(2026, 1, 1), "元日"),
        (date(2026, 1, 2), "年末年始"),
        (date(2025, 1, 3), "年末年始"),
        (date(2025, 12, 30), None),
        (date(2026, 1, 5), None),
    ],
)
def test_a_closed_day_has_its_reason(day: date, reason: str | None) -> None:
    assert closing_reason(day) == reason


@pytest.mark.req("SE-06")
def test_the_ten_payments_of_the_first_program_fall_on_the_days_it_names() -> None:
    months = [date(2025, month, 1) for month in range(5, 13)] + [date(2026, 1, 1), date(2026, 2, 1)]

    dates = [payment_date(month).payment_date.isoformat() for month in months]

    assert dates == [
        "2025-06-20",
        "2025-07-18",
        "2025-08-20",
        "2025-09-19",
        "2025-10-20",
        "2025-11-20",
        "2025-12-19",
        "2026-01-20",
        "2026-02-20",
        "2026-03-19",
    ]


@pytest.mark.req("SE-01")
def test_a_moved_date_says_why_in_japanese() -> None:
    paid = payment_date(date(2025, 8, 15))

    assert paid.payment_date == date(2025, 9, 19)
    assert paid.explanation == "20日が土曜日のため前の銀行営業日"
    assert paid.file_deadline == date(2025, 9, 17)


def test_a_date_that_stays_has_nothing_to_explain() -> None:
    paid = payment_date(date(2025, 5, 1))

    assert not paid.is_moved
    assert paid.explanation == ""


def test_a_program_may_move_to_the_next_bank_day() -> None:
    paid = payment_date(date(2025, 8, 1), shift="NEXT")

    assert paid.payment_date == date(2025, 9, 22)
    assert paid.explanation == "20日が土曜日のため次の銀行営業日"


def test_a_day_that_the_month_lacks_is_its_last_day() -> None:
    assert payment_date(date(2025, 1, 1), day=31).nominal_date == date(2025, 2, 28)


def test_a_payment_at_the_end_of_the_year_stays_in_it() -> None:
    paid = payment_date(date(2025, 11, 1), day=31)

    assert paid.payment_date == date(2025, 12, 30)
    assert paid.reason == "年末年始"


def test_the_longest_closing_is_stepped_over_whole() -> None:
    assert next_bank_day(date(2026, 5, 1)) == date(2026, 5, 7)
    assert previous_bank_day(date(2026, 9, 24)) == date(2026, 9, 18)
    assert previous_bank_day(date(2025, 6, 20), 0) == date(2025, 6, 20)


@given(DAYS)
def test_bank_days_are_never_weekends_nor_the_turn_of_the_year(day: date) -> None:
    if is_bank_day(day):
        assert day.weekday() < 5
        assert (day.month, day.day) not in {(12, 31), (1, 1), (1, 2), (1, 3)}
        assert holiday_name(day) is None


@given(DAYS, st.integers(1, 30), st.sampled_from(Shift))
def test_a_payment_date_is_the_nearest_bank_day_on_its_side(
    month: date, day: int, shift: Shift
) -> None:
    paid: PaymentDate = payment_date(month, day=day, shift=shift)

    assert is_bank_day(paid.payment_date)
    low, high = sorted((paid.nominal_date, paid.payment_date))
    between = [d for d in _days(low, high) if d != paid.payment_date]
    assert not any(is_bank_day(d) for d in between)
    assert (paid.payment_date <= paid.nominal_date) or shift is Shift.NEXT


@given(DAYS, st.integers(1, 8))
def test_going_back_and_forth_by_bank_days_returns(day: date, count: int) -> None:
    start = next_bank_day(day)

    assert next_bank_day(previous_bank_day(start, count), count) == start


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
