from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from callcenter import queries
from callcenter.errors import ReportNotDue, ReportUnchanged
from callcenter.models import DailyReport, Desk, TicketCounter
from callcenter.services import mails
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.common.clock import jst_date
from pointsys.users.models import User

# A worker that stood still this long is caught up with; older days are made by hand.
CATCH_UP_DAYS: Final = 14


@transaction.atomic
def make_report(*, client_id: int, day: date, at: datetime) -> DailyReport:
    """Count a day that is over and send the report, once; asking again returns the first.

    A day without a call is reported too, with zeros. Its figures never change (a trigger says so).

    Raises:
        ReportNotDue: the day is not over, or no desk was open and nothing came in.
    """
    _lock(client_id)
    known = DailyReport.objects.filter(client_id=client_id, day=day, version=1).first()
    if known is not None:
        return known
    if day >= jst_date(at) or not _is_reported(client_id, day):
        raise ReportNotDue(day=display.japanese_date(day))
    return _write(client_id=client_id, day=day, version=1, by=None, reason="", at=at)


@transaction.atomic
def correct_report(*, report_id: int, reason: str, by: User, at: datetime) -> DailyReport:
    """Send a day once more as it counts now, as a version beside those that were sent.

    Raises:
        ReportUnchanged: nothing has changed since the newest version.
    """
    report = DailyReport.objects.get(pk=report_id)
    _lock(report.client_id)
    newest = DailyReport.objects.filter(client_id=report.client_id, day=report.day).latest(
        "version"
    )
    if not has_changed(newest):
        raise ReportUnchanged(day=display.japanese_date(report.day))
    return _write(
        client_id=report.client_id,
        day=report.day,
        version=newest.version + 1,
        by=by,
        reason=reason,
        at=at,
    )


def has_changed(report: DailyReport) -> bool:
    """Tell whether the day counts otherwise now than this report says; answers do not matter."""
    now = queries.day_snapshot(client_id=report.client_id, day=report.day)
    return any(now[part] != report.counts[part] for part in ("rows", "total")) or [
        one["number"] for one in now["complaints"]
    ] != [one["number"] for one in report.counts["complaints"]]


def make_missing_reports(*, at: datetime) -> int:
    """Make the reports of days that are over and have none yet; return how many were made."""
    yesterday = jst_date(at) - timedelta(days=1)
    days = [yesterday - timedelta(days=back) for back in range(CATCH_UP_DAYS)][::-1]
    made = 0
    clients = Desk.objects.order_by("client_id").values_list("client_id", flat=True).distinct()
    for client_id in clients:
        reported = set(
            DailyReport.objects.filter(client_id=client_id, day__in=days).values_list(
                "day", flat=True
            )
        )
        for day in days:
            if day not in reported and _is_reported(client_id, day):
                make_report(client_id=client_id, day=day, at=at)
                made += 1
    return made


def _lock(client_id: int) -> None:
    TicketCounter.objects.get_or_create(client_id=client_id)
    TicketCounter.objects.select_for_update(no_key=True, of=("self",)).get(client_id=client_id)


def _is_reported(client_id: int, day: date) -> bool:
    """Tell whether a day gets a report: a desk was open, or something came in all the same."""
    return (
        queries.is_open_day(queries.desks_of(client_id), day)
        or queries.tickets_of_day(client_id, day).exists()
    )


def _write(
    *, client_id: int, day: date, version: int, by: User | None, reason: str, at: datetime
) -> DailyReport:
    counts = queries.day_snapshot(client_id=client_id, day=day)
    report = DailyReport.objects.create(
        client_id=client_id,
        day=day,
        version=version,
        counts=counts,
        total=counts["total"],
        due_at=queries.client_calendar(client_id).report_due(day),
        made_at=at,
        made_by=by,
        reason=reason,
    )
    audit.record(
        code="callcenter.report.corrected" if version > 1 else "callcenter.report.made",
        target=report,
        organization_id=client_id,
        by=by,
        at=at,
        changes={"day": day.isoformat(), "version": version, "tickets": report.total},
    )
    mails.tell_of_report(report, at=at)
    return report
