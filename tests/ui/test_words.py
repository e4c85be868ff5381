"""Amounts, dates and numbers as people read them."""

import datetime as dt

import pytest
import time_machine

from pointsys.common import charts, display
from pointsys.common.templatetags import ui

TOKYO = dt.timezone(dt.timedelta(hours=9))
TODAY = dt.datetime(2026, 11, 20, 14, 32, 7, tzinfo=TOKYO)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(TODAY, tick=False):
        yield


def test_amounts_have_separators_units_and_a_true_minus() -> None:
    assert ui.points(1203450) == "1,203,450"
    assert ui.points(None) == ""
    assert ui.yen(-8640) == "−8,640円"
    assert [ui.signed(value) for value in (500, 0, -1280)] == ["＋500", "0", "−1,280"]


def test_a_date_carries_its_weekday_and_another_year() -> None:
    assert ui.jdate(dt.date(2026, 9, 16)) == "9月16日（水）"
    assert ui.jdate(dt.date(2027, 2, 28)) == "2027年2月28日（日）"
    assert ui.jdate(dt.date(2026, 9, 16), "year") == "2026年9月16日（水）"
    assert ui.jdate(None) == ""


def test_an_instant_is_told_on_the_offices_clock() -> None:
    late_in_utc = dt.datetime(2026, 9, 15, 16, 30, tzinfo=dt.UTC)

    assert ui.jdatetime(late_in_utc) == "9月16日（水） 01:30"
    assert ui.jtime(late_in_utc, "seconds") == "01:30:00"


@pytest.mark.parametrize(
    ("ends_at", "words"),
    [
        (dt.datetime(2027, 3, 1, tzinfo=TOKYO), "2027年2月28日（日） 午後11時59分まで"),
        (dt.datetime(2027, 2, 28, 15, tzinfo=dt.UTC), "2027年2月28日（日） 午後11時59分まで"),
        (dt.datetime(2026, 12, 1, 17, 30, tzinfo=TOKYO), "12月1日（火） 午後5時29分まで"),
        (dt.datetime(2026, 12, 1, 12, 1, tzinfo=TOKYO), "12月1日（火） 正午まで"),
    ],
)
def test_a_limit_is_told_as_its_last_usable_moment(ends_at: dt.datetime, words: str) -> None:
    assert ui.until(ends_at) == words


@pytest.mark.parametrize(
    ("ends_at", "words", "is_soon"),
    [
        (dt.datetime(2027, 3, 1, tzinfo=TOKYO), "あと100日", False),
        (dt.datetime(2026, 12, 1, tzinfo=TOKYO), "あと10日", True),
        (dt.datetime(2026, 11, 21, tzinfo=TOKYO), "きょうまで", True),
        (TODAY, "終わりました", True),
        (dt.datetime(2026, 11, 20, tzinfo=TOKYO), "終わりました", True),
    ],
)
def test_days_left_count_to_the_last_usable_day(
    ends_at: dt.datetime, words: str, is_soon: bool
) -> None:
    assert ui.days_left(ends_at) == words
    assert ui.is_soon(ends_at) is is_soon


def test_numbers_are_grouped_or_hidden_for_reading() -> None:
    assert ui.receipt("K7M24Q9X") == "K7M2-4Q9X"
    assert ui.receipt("K7M2-4Q9X") == "K7M2-4Q9X"
    assert ui.mask_account("0048412") == "●●●●412"
    assert ui.mask_account("12") == "12"
    assert ui.postal("9896188") == "〒989-6188"
    assert ui.mask_email("sato.kazuko@example.jp") == "s•••••o@example.jp"
    assert "k" not in ui.mask_email("ka@example.jp").partition("@")[0][1:]


def test_the_clock_is_told_in_words() -> None:
    times = [(0, 0), (9, 5), (17, 30)]
    moments = [dt.datetime(2026, 1, 1, *time, tzinfo=TOKYO) for time in times]

    assert [display.clock_words(m) for m in moments] == ["午前0時", "午前9時5分", "午後5時30分"]


def test_bars_stand_on_zero_and_keep_their_proportion() -> None:
    chart = charts.bar_chart([{"label": "a", "value": 100}, {"label": "b", "value": 50}])

    tall, short = chart.bars
    assert tall.y + tall.height == short.y + short.height == chart.base
    assert tall.height == pytest.approx(2 * short.height, abs=1)


def test_charts_of_nothing_or_of_negatives_are_drawn_without_exception() -> None:
    assert charts.bar_chart([]).bars == ()
    assert charts.row_chart([]).bars == ()
    assert charts.bar_chart([{"label": "a", "value": -5}]).bars[0].height == 0
    assert charts.row_chart([{"label": "a", "value": 0}]).bars[0].width == 0
