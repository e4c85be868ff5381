import io
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from callcenter import queries, services
from callcenter.errors import ReportNotDue, ReportUnchanged
from callcenter.models import DailyReport
from callcenter.report_sheet import report_workbook
from callcenter.tasks import daily_work
from tests.callcenter.factories import TUESDAY
from tests.factories import ProgramFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-04")]
DAY = TUESDAY.date()
MIDNIGHT = TUESDAY.replace(hour=0, minute=5) + timedelta(days=1)


def make(scene, *, day=DAY, at=MIDNIGHT):
    return services.make_report(client_id=scene.client.pk, day=day, at=at)


def row_of(report, code):
    return next(row for row in report.counts["rows"] if row["code"] == code)


def test_every_ticket_counts_once_in_the_total_and_in_its_branch(scene):
    store = StoreFactory(client=scene.client)
    scene.open(code="1")
    scene.open(code="11")
    scene.open(code="41", store_id=store.pk)
    scene.open(code="9", channel="MAIL")
    scene.open(code=None, channel="EVENT")

    report = make(scene)

    assert report.total == 5
    assert (row_of(report, "1")["total"], row_of(report, "11")["total"]) == (2, 1)
    assert row_of(report, "4")["cells"] == [0, 1, 0, 0, 0, 0]
    assert row_of(report, "9")["cells"] == [0, 0, 0, 1, 0, 0]
    assert row_of(report, "")["name"] == "その他（類型の外）"
    assert report.counts["cells"] == [2, 1, 0, 1, 0, 1]


@pytest.mark.req("CC-09")
def test_a_category_that_was_added_mid_year_has_its_line_without_code(scene):
    services.create_categories(
        client_id=scene.client.pk,
        specs=[services.CategorySpec(code="13", name="新しいミニアプリ", parent="1")],
        by=scene.supervisor,
        at=TUESDAY,
    )
    scene.open(code="13")

    report = make(scene)

    assert row_of(report, "13")["name"] == "新しいミニアプリ"
    assert row_of(report, "1")["total"] == 1


def test_what_the_client_does_not_count_counts_in_the_line_above(scene):
    services.create_categories(
        client_id=scene.client.pk,
        specs=[
            services.CategorySpec(code="14", name="内わけ", parent="1", is_counted=False),
            services.CategorySpec(code="8", name="類型の外", is_counted=False),
        ],
        by=scene.supervisor,
        at=TUESDAY,
    )
    scene.open(code="14")
    scene.open(code="8")

    report = make(scene)

    assert (row_of(report, "1")["total"], row_of(report, "")["total"], report.total) == (1, 1, 2)
    assert {row["code"] for row in report.counts["rows"]} & {"14", "8"} == set()


def test_a_day_without_a_call_and_a_sunday_are_reported_with_zeros(scene):
    sunday = date(2025, 9, 14)

    report = make(scene, day=sunday, at=MIDNIGHT - timedelta(days=2))

    assert report.total == 0
    assert len(report.counts["rows"]) == 6
    assert report.due_at.date() == date(2025, 9, 16)


def test_a_holiday_has_no_report_unless_something_came_in(scene):
    holiday = date(2025, 9, 15)
    with pytest.raises(ReportNotDue):
        make(scene, day=holiday)

    scene.open(at=TUESDAY - timedelta(days=1), channel="MAIL")

    assert make(scene, day=holiday).total == 1


def test_a_day_that_is_not_over_is_not_reported(scene):
    with pytest.raises(ReportNotDue):
        make(scene, at=TUESDAY)


def test_a_report_is_made_and_mailed_once_and_never_changes(
    scene, django_capture_on_commit_callbacks
):
    scene.open(is_complaint=False)
    with django_capture_on_commit_callbacks(execute=True):
        report = make(scene)
        assert make(scene) == report
    scene.open()

    assert [message.subject for message in mail.outbox] == [
        "【日報】2025年9月16日（火） の問合せ 1件"
    ] * 2
    assert "使い方　1件" in mail.outbox[0].body
    assert f"/desk/reports/{report.pk}/" in mail.outbox[0].body
    assert queries.delivery_of(report).is_sent
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DailyReport.objects.update(total=2)
    with pytest.raises(IntegrityError, match="dailyreport_once"), transaction.atomic():
        DailyReport.objects.create(
            client=scene.client, day=DAY, counts={}, total=0, due_at=MIDNIGHT, made_at=MIDNIGHT
        )


def test_a_correction_is_another_version_with_its_reason_and_the_old_values(scene):
    ticket = scene.open(code="11")
    first = make(scene)
    with pytest.raises(ReportUnchanged):
        services.correct_report(report_id=first.pk, reason="なし", by=scene.supervisor, at=MIDNIGHT)
    services.change_category(
        ticket_id=ticket.pk, category_id=scene.category("41").pk, by=scene.operator, at=MIDNIGHT
    )

    second = services.correct_report(
        report_id=first.pk, reason="聞き直した", by=scene.supervisor, at=MIDNIGHT
    )

    rows = {row.code: row for row in queries.report_rows(second.counts, earlier=first.counts)}
    assert (second.version, second.total, first.total) == (2, 1, 1)
    assert (rows["4"].total.value, rows["4"].total.was) == (1, 0)
    assert (rows["11"].total.value, rows["11"].total.was) == (0, 1)
    assert not rows["9"].is_corrected
    with pytest.raises(IntegrityError, match="correction_has_reason"), transaction.atomic():
        DailyReport.objects.create(
            client=scene.client,
            day=DAY,
            version=3,
            counts={},
            total=0,
            due_at=MIDNIGHT,
            made_at=MIDNIGHT,
        )


def test_the_sweep_makes_what_is_missing_and_nothing_twice(scene):
    scene.open()

    made = services.make_missing_reports(at=MIDNIGHT)
    again = services.make_missing_reports(at=MIDNIGHT + timedelta(minutes=5))

    days = set(DailyReport.objects.values_list("day", flat=True))
    assert (made, again) == (13, 0)  # fourteen days less 敬老の日
    assert date(2025, 9, 15) not in days
    assert DAY in days


def test_the_task_of_the_schedule_runs_without_a_desk():
    daily_work()

    assert not DailyReport.objects.exists()


def test_a_report_that_came_late_says_so(scene):
    late = make(scene, at=MIDNIGHT + timedelta(days=1))
    days = queries.report_days(client_id=scene.client.pk, at=MIDNIGHT + timedelta(days=1))

    told = {day.day: day for day in days}

    assert queries.is_late(late)
    assert told[DAY].is_late
    assert told[date(2025, 9, 12)].is_overdue
    assert not told[date(2025, 9, 15)].is_overdue
    assert told[date(2025, 9, 15)].reason == "敬老の日"


def test_the_workbook_says_what_the_screen_says(scene):
    scene.open(code="11", is_complaint=True, subject="=1+1", body="=2+2")
    before = make(scene, day=date(2025, 9, 14), at=MIDNIGHT)
    report = make(scene)

    book = load_workbook(io.BytesIO(report_workbook(report, before=before)))

    sheet = book["件数"]
    heads = [cell.value for cell in sheet[6]]
    lines = {row[1].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=7)}
    assert heads[:3] == ["番号", "区分", "利用者 電話"]
    assert heads[-3:] == ["計", "前回（9/14）", "差"]
    assert lines["　登録"][-3:] == [1, 0, 1]
    assert lines["合計"][2:] == [1, 0, 0, 0, 0, 0, 1, 0, 1]
    asked = [cell.value for row in book["苦情・個人情報・上申"].iter_rows() for cell in row]
    assert "T-000001" in asked
    assert all(cell.data_type != "f" for page in book for row in page.iter_rows() for cell in row)


def test_other_rooms_read_counts_of_their_program_only(scene):
    scene.open(code="11")
    scene.open(code="11", is_complaint=True)
    other = ProgramFactory(client=scene.client)

    found = queries.counts_between(program_id=scene.program.pk, first=DAY, last=DAY)
    flags = queries.flags_between(program_id=scene.program.pk, first=DAY, last=DAY, at=MIDNIGHT)

    assert [(one.day, one.category_name, one.count) for one in found] == [(DAY, "登録", 2)]
    assert (flags.complaints, flags.escalations) == (1, 0)
    assert queries.counts_between(program_id=other.pk, first=DAY, last=DAY) == []
