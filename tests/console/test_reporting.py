"""Targets and weekly reports: made by themselves on their day, once, and never changed."""

import io
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.services import granting
from pointsys.audit.models import AuditEvent
from pointsys.common.clock import JST
from pointsys.console import errors, services, tasks
from pointsys.console.models import KpiTarget, ReportSetting, WeeklyReport
from pointsys.console.queries import weekly
from pointsys.notices.models import Notice
from pointsys.residents.models import Resident
from pointsys.users.models import Role
from tests.factories import EnrolmentFactory, StoreFactory, TillFactory
from tests.programs.factories import NOON, make_client, make_program, make_staff
from tests.stores.factories import ApplicationFactory

# NOON is Tuesday, 16 September 2025.
WEEK = date(2025, 9, 8)
MONDAY_MORNING = datetime(2025, 9, 15, 6, tzinfo=JST)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def program():
    return make_program(issuance_ceiling_points=100_000)


def sign_in(client, program, *roles):
    user = make_staff(program.client, *roles)
    client.force_login(user)
    return user


def trade(program, *, at, points=1_200):
    Resident.objects.create(
        client=program.client, external_id="a", municipality_code="04101", imported_at=at
    )
    plan = granting.plan_for_all(program_id=program.pk, name="第1回", points_each=5_000)
    granting.carry_out(plan=plan, by=None, at=at)
    store = StoreFactory(client=program.client)
    EnrolmentFactory(program=program, store=store, enrolled_at=at)
    till = TillFactory(program=program, store=store)
    [wallet_id] = ledger_queries.wallet_ids_of(program.pk)
    ledger.pay(till_id=till.pk, wallet_id=wallet_id, points=points, request_key=uuid4(), at=at)


def lines(report):
    return {
        one["code"]: (one["week"], one["total"])
        for section in report.figures["sections"]
        for one in section["lines"]
    }


# --- Weekly reports ------------------------------------------------------------------------------
@pytest.mark.req("AD-02")
def test_a_report_holds_the_week_and_the_sum_since_the_beginning(program):
    trade(program, at=datetime(2025, 9, 10, 12, tzinfo=JST))
    first = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=MONDAY_MORNING)
    second = services.make_weekly_report(
        program_id=program.pk, week_start=WEEK + weekly.WEEK, at=MONDAY_MORNING + weekly.WEEK
    )

    assert lines(first)["points.used"] == (1_200, 1_200)
    assert lines(first)["points.issued"] == (5_000, 5_000)
    assert lines(first)["stores.new"] == (1, 1)
    assert lines(first)["calls.count"] == (0, 0)
    assert lines(second)["points.used"] == (0, 1_200)
    assert lines(second)["stores.active"] == (None, 1)


@pytest.mark.req("AD-02")
def test_the_last_second_of_sunday_belongs_to_the_week_and_the_next_does_not(program):
    trade(program, at=datetime(2025, 9, 14, 23, 59, 59, tzinfo=JST))
    before = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=MONDAY_MORNING)

    assert lines(before)["points.used"][0] == 1_200
    figures = weekly.week_figures(program, week_start=WEEK + weekly.WEEK, at=NOON)
    assert figures["sections"][1]["lines"][2]["week"] == 0


@pytest.mark.req("AD-02")
def test_reports_are_made_on_their_weekday_by_themselves_and_once(program):
    wednesday = services.set_weekday(
        program_id=program.pk, weekday=2, by=make_staff(program.client), at=NOON
    )
    assert wednesday.weekday == 2

    tasks.make_due_reports()
    on_tuesday = set(WeeklyReport.objects.values_list("week_start", flat=True))
    services.make_due_reports(at=NOON + timedelta(days=1))
    services.make_due_reports(at=NOON + timedelta(days=1, hours=1))

    assert WEEK not in on_tuesday
    assert WeeklyReport.objects.filter(week_start=WEEK).count() == 1
    assert Notice.objects.filter(reason__startswith="console.weekly_report").count() == 0


def test_a_scheduler_that_slept_makes_up_for_the_weeks_it_missed(program):
    made = services.make_due_reports(at=NOON)

    weeks = list(WeeklyReport.objects.order_by("week_start").values_list("week_start", flat=True))
    assert made == len(weeks) == 5
    assert weeks[-1] == WEEK


def test_a_program_in_the_making_and_one_that_is_over_have_no_reports():
    make_program(status="PREPARING")

    assert services.make_due_reports(at=NOON) == 0


def test_a_report_is_as_it_was_made_whatever_happens_later(program):
    report = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=MONDAY_MORNING)
    kept = report.figures
    trade(program, at=datetime(2025, 9, 10, 12, tzinfo=JST))

    again = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=NOON)

    assert again.pk == report.pk
    assert again.figures == kept


def test_a_week_that_runs_and_a_week_from_tuesday_are_refused(program):
    with pytest.raises(errors.WeekNotOver, match="まだ終わっていません"):
        services.make_weekly_report(program_id=program.pk, week_start=WEEK + weekly.WEEK, at=NOON)
    with pytest.raises(errors.NotAMonday):
        services.make_weekly_report(
            program_id=program.pk, week_start=WEEK + timedelta(days=1), at=NOON
        )
    with pytest.raises(errors.WeekdayUnknown):
        services.set_weekday(
            program_id=program.pk, weekday=7, by=make_staff(program.client), at=NOON
        )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (
            lambda p: WeeklyReport.objects.create(
                program=p, week_start=WEEK + timedelta(days=1), figures={}, made_at=NOON
            ),
            "week_begins_on_monday",
        ),
        (
            lambda p: [
                WeeklyReport.objects.create(program=p, week_start=WEEK, figures={}, made_at=NOON)
                for _ in range(2)
            ],
            "weeklyreport_once",
        ),
        (lambda p: ReportSetting.objects.create(program=p, weekday=9), "weekday_exists"),
        (
            lambda p: KpiTarget.objects.create(program=p, code="STORES", target=0, due_date=WEEK),
            "above_zero",
        ),
        (
            lambda p: [
                KpiTarget.objects.create(program=p, code="STORES", target=1, due_date=WEEK)
                for _ in range(2)
            ],
            "kpitarget_once",
        ),
    ],
)
def test_the_database_refuses_what_may_not_be(program, make, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make(program)


@pytest.mark.req("AD-02")
def test_the_clients_readers_are_told_once_with_the_address(program, settings):
    reader = make_staff(program.client, Role.CLIENT_VIEWER)
    reader.email = "reader@example.jp"
    reader.save()
    make_staff(program.client, Role.OFFICE_CLERK)

    report = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=MONDAY_MORNING)
    services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=NOON)

    notice = Notice.objects.get(reason=f"console.weekly_report:{report.pk}")
    assert notice.email == "reader@example.jp"
    assert reverse("console:report", args=[report.pk]) in notice.body


@pytest.mark.req("AD-02")
@pytest.mark.req("AD-07")
def test_a_report_is_read_printed_and_taken_to_excel_on_record(client, program):
    trade(program, at=datetime(2025, 9, 10, 12, tzinfo=JST))
    services.make_weekly_report(program_id=program.pk, week_start=WEEK - weekly.WEEK, at=NOON)
    report = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=NOON)
    sign_in(client, program, Role.CLIENT_VIEWER)

    listed = client.get(reverse("console:reports")).content.decode()
    page = client.get(reverse("console:report", args=[report.pk])).content.decode()
    printed = client.get(reverse("console:report_pdf", args=[report.pk]))
    book = client.get(reverse("console:report_xlsx", args=[report.pk]))

    assert reverse("console:report", args=[report.pk]) in listed
    assert "使用（返金を除く）" in page
    assert "1,200" in page
    assert printed.content.startswith(b"%PDF")
    rows = list(load_workbook(io.BytesIO(book.content)).active.values)
    assert ("ポイント", "使用（返金を除く）", "ポイント", 1_200, 0, 1_200) in rows
    assert AuditEvent.objects.filter(code="console.weekly_report.exported").count() == 2


def test_a_long_report_goes_on_to_a_second_page_of_the_print(program):
    from pypdf import PdfReader

    from pointsys.console import weekly_pdf

    report = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=NOON)
    calls = next(s for s in report.figures["sections"] if s["code"] == "calls")
    calls["tables"][1]["rows"] = [[f"内容 {n}", n] for n in range(60)]

    pages = PdfReader(io.BytesIO(weekly_pdf.report_pdf(report, None))).pages

    assert len(pages) >= 2
    assert "内容 59" in pages[-1].extract_text() + pages[-2].extract_text()


def test_another_clients_report_does_not_exist(client, program):
    report = services.make_weekly_report(program_id=program.pk, week_start=WEEK, at=NOON)
    client.force_login(make_staff(make_client("大崎市"), Role.CLIENT_VIEWER))

    for name in ("console:report", "console:report_pdf", "console:report_xlsx"):
        assert client.get(reverse(name, args=[report.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.DESK_OPERATOR, Role.EVENT_STAFF])
def test_desk_and_event_staff_read_no_reports(client, program, role):
    sign_in(client, program, role)

    assert client.get(reverse("console:reports")).status_code == 403
    assert client.get(reverse("console:targets")).status_code == 403


def test_the_day_is_chosen_by_the_office_alone(client, program):
    sign_in(client, program, Role.CLIENT_VIEWER)
    refused = client.post(reverse("console:report_day"), {"weekday": "4"})
    sign_in(client, program, Role.OFFICE_CLERK)
    wrong = client.post(reverse("console:report_day"), {"weekday": "9"})
    done = client.post(reverse("console:report_day"), {"weekday": "4"}, follow=True)

    assert refused.status_code == 403
    assert wrong.status_code == 200
    assert "エラー" in wrong.content.decode()
    assert "毎週金曜日" in done.content.decode()
    assert ReportSetting.objects.get().weekday == 4


# --- Targets -------------------------------------------------------------------------------------
def set_target(client, **typed):
    given = {"code": "STORES", "target": "１,５００", "due_date": "2026-02-28"} | typed
    return client.post(reverse("console:targets"), given, follow=True)


@pytest.mark.req("AD-01")
def test_the_office_sets_a_target_and_everybody_sees_how_much_is_reached(client, program):
    trade(program, at=NOON)
    sign_in(client, program, Role.OFFICE_CLERK)

    set_target(client, code="POINTS_USED", target="4,800")
    set_target(client)
    sign_in(client, program, Role.CLIENT_VIEWER)
    page = client.get(reverse("console:home")).content.decode()

    for words in ("使われたポイント", "4,800", "25.0％", "2026年2月28日", "1,500", "0.0％"):
        assert words in page, words
    assert AuditEvent.objects.filter(code="console.target.set").count() == 2


def test_a_second_target_of_a_figure_replaces_the_first(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)

    set_target(client)
    set_target(client, target="10")

    assert KpiTarget.objects.get().target == 10
    assert AuditEvent.objects.filter(code="console.target.set").last().changes["before"] == 1_500


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"target": "0"}, "目標"),
        ({"target": "-5"}, "目標"),
        ({"target": "9" * 40}, "目標"),
        ({"target": "1.5"}, "目標"),
        ({"target": "\x00"}, "目標"),
        ({"code": "NOTHING"}, "指標"),
        ({"due_date": "2025-13-40"}, "期日"),
        ({"due_date": ""}, "期日を入力してください"),
        ({"due_date": "2000-01-01"}, "より後の日を入力してください"),
    ],
)
def test_a_wrong_target_is_told_at_its_field_and_what_was_typed_stays(
    client, program, typed, words
):
    sign_in(client, program, Role.OFFICE_CLERK)

    page = set_target(client, **typed).content.decode()

    assert "error-summary" in page
    assert words in page
    assert not KpiTarget.objects.exists()


def test_whoever_does_not_keep_targets_cannot_set_or_remove_one(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    set_target(client)
    remove = reverse("console:target_remove", args=[KpiTarget.objects.get().pk])
    sign_in(client, program, Role.CLIENT_APPROVER)

    assert set_target(client).status_code == 403
    assert client.post(remove).status_code == 403
    client.force_login(make_staff(make_client("大崎市"), Role.OFFICE_CLERK))
    assert client.post(remove).status_code == 404
    assert KpiTarget.objects.exists()


def test_a_target_is_taken_away_on_record(client, program):
    sign_in(client, program, Role.OFFICE_CLERK)
    set_target(client)

    client.post(reverse("console:target_remove", args=[KpiTarget.objects.get().pk]))

    assert not KpiTarget.objects.exists()
    assert AuditEvent.objects.get(code="console.target.removed").changes["before"] == 1_500


@pytest.mark.req("AD-02")
def test_the_lines_about_stores_add_up(program):
    clerk = make_staff(program.client, Role.OFFICE_CLERK)
    decided = {"decided_at": NOON, "decided_by": clerk, "decision_reason": "確認した"}
    joined = StoreFactory(client=program.client)
    EnrolmentFactory(program=program, store=joined)
    EnrolmentFactory(program=program, store=StoreFactory(client=program.client))
    ApplicationFactory(program=program)
    ApplicationFactory(program=program, status="APPROVED", store=joined, **decided)
    ApplicationFactory(program=program, status="REJECTED", **decided)
    ApplicationFactory(program=program, status="MERGED", store=joined, **decided)

    figures = weekly.week_figures(program, week_start=NOON.date() - weekly.WEEK, at=NOON)
    later = weekly.week_figures(program, week_start=NOON.date() + weekly.WEEK, at=NOON)

    said = {one["code"]: one["total"] for one in later["sections"][0]["lines"]}
    assert said["stores.applications"] == 4
    assert [
        said[f"stores.{status}_applications"] for status in ("approved", "rejected", "merged")
    ] == [1, 1, 1]
    assert said["stores.waiting"] == 1
    assert said["stores.new"] == 2
    assert (said["stores.by_application"], said["stores.by_office"]) == (1, 1)
    before = {one["code"]: one["total"] for one in figures["sections"][0]["lines"]}
    assert before["stores.waiting"] == before["stores.applications"]


def test_the_section_of_calls_says_that_it_is_about_this_program(program):
    figures = weekly.week_figures(program, week_start=WEEK, at=NOON)

    [calls] = [one for one in figures["sections"] if one["code"] == "calls"]
    assert calls["title"] == "問合せ（この事業についてのもの）"
