from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.clock import jst_date
from pointsys.console import errors
from pointsys.console.models import KpiTarget, ReportSetting, WeeklyReport
from pointsys.console.queries import weekly
from pointsys.notices import services as notices
from pointsys.programs.models import Program
from pointsys.users.models import Membership, Role, User

# A scheduler that was down for a month still makes what it missed.
MOST_WEEKS: Final = 5


@transaction.atomic
def make_weekly_report(*, program_id: int, week_start: date, at: datetime) -> WeeklyReport:
    """Keep the figures of a week once and tell the client's readers; again changes nothing.

    Raises:
        NotAMonday: the week does not begin on a Monday.
        WeekNotOver: the week has not ended at that instant.
    """
    if week_start.weekday() != 0:
        raise errors.NotAMonday
    if jst_date(at) < week_start + weekly.WEEK:
        raise errors.WeekNotOver(week=display.japanese_date(week_start))
    # The row of the program makes two schedulers wait for one another.
    program = (
        Program.objects.select_for_update(no_key=True, of=("self",))
        .select_related("client")
        .get(pk=program_id)
    )
    made = WeeklyReport.objects.filter(program=program, week_start=week_start).first()
    if made is not None:
        return made
    report = WeeklyReport.objects.create(
        program=program,
        week_start=week_start,
        figures=weekly.week_figures(program, week_start=week_start, at=at),
        made_at=at,
    )
    audit.record(
        code="console.weekly_report.made",
        target=report,
        organization_id=program.client_id,
        by=None,
        at=at,
        changes={"program": program.code, "week": week_start.isoformat()},
    )
    _tell_readers(report, program, at=at)
    return report


def make_due_reports(*, at: datetime) -> int:
    """Make every weekly report that is due and missing; return how many were made."""
    count = 0
    programs = Program.objects.exclude(status=Program.Status.PREPARING).order_by("pk")
    for program in programs.select_related("report_setting"):
        weeks = weekly.due_weeks(
            program, today=jst_date(at), weekday=weekday_of(program), most=MOST_WEEKS
        )
        for week_start in weeks:
            make_weekly_report(program_id=program.pk, week_start=week_start, at=at)
            count += 1
    return count


def weekday_of(program: Program) -> int:
    """Return the day of the week on which a program's report is made; Monday unless set."""
    kept: ReportSetting | None = getattr(program, "report_setting", None)
    return kept.weekday if kept else int(ReportSetting.Weekday.MONDAY)


@transaction.atomic
def set_weekday(*, program_id: int, weekday: int, by: User, at: datetime) -> ReportSetting:
    """Choose the day of the week on which the report of the week before is made.

    Raises:
        WeekdayUnknown: there is no such day.
    """
    if weekday not in ReportSetting.Weekday.values:
        raise errors.WeekdayUnknown
    program = Program.objects.get(pk=program_id)
    kept, _ = ReportSetting.objects.update_or_create(program=program, defaults={"weekday": weekday})
    audit.record(
        code="console.report_day.set",
        target=kept,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"weekday": weekday},
    )
    return kept


@transaction.atomic
def set_target(
    *, program_id: int, code: str, target: int, due_date: date, by: User, at: datetime
) -> KpiTarget:
    """Set what a figure of a program is to reach until when; a second time replaces the first.

    Raises:
        TargetNotPositive: nothing to reach.
        TargetDueTooEarly: due before the program begins.
    """
    program = Program.objects.get(pk=program_id)
    if target < 1:
        raise errors.TargetNotPositive
    begins = jst_date(program.grant_starts_at)
    if due_date <= begins:
        raise errors.TargetDueTooEarly(first=display.japanese_date(begins, with_year=True))
    before = KpiTarget.objects.select_for_update().filter(program=program, code=code).first()
    kept, _ = KpiTarget.objects.update_or_create(
        program=program, code=code, defaults={"target": target, "due_date": due_date}
    )
    audit.record(
        code="console.target.set",
        target=kept,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={
            "kind": code,
            "before": before.target if before else None,
            "after": target,
            "due_date": due_date.isoformat(),
        },
    )
    return kept


@transaction.atomic
def remove_target(*, target_id: int, by: User, at: datetime) -> None:
    """Take a target away; who did it and what it was stays on record."""
    target = KpiTarget.objects.select_for_update().select_related("program").get(pk=target_id)
    audit.record(
        code="console.target.removed",
        target=target,
        organization_id=target.program.client_id,
        by=by,
        at=at,
        changes={"kind": target.code, "before": target.target},
    )
    target.delete()


def _tell_readers(report: WeeklyReport, program: Program, *, at: datetime) -> None:
    readers = (
        User.objects.filter(
            pk__in=Membership.objects.filter(
                organization_id=program.client_id, role=Role.CLIENT_VIEWER
            ).values("user_id"),
            is_active=True,
        )
        .exclude(email="")
        .order_by("pk")
    )
    last = report.week_start + weekly.WEEK - timedelta(days=1)
    days = f"{display.japanese_date(report.week_start)}から{display.japanese_date(last)}まで"
    address = settings.SITE_ORIGIN.rstrip("/") + reverse("console:report", args=[report.pk])
    for reader in readers:
        notices.queue_mail(
            organization_id=program.client_id,
            reason=f"console.weekly_report:{report.pk}",
            subject=f"【{program.name}】週報ができました"[:120],
            body=(
                f"{reader.name} 様\n\n{program.name}の週報ができました。\n対象：{days}\n\n"
                f"次のページで、内容を見て、PDFとExcelで取り出せます（ログインが必要です）。\n"
                f"{address}\n\n{program.client.name}　{program.name}\n"
            ),
            at=at,
            email=reader.email,
            user=reader,
        )
