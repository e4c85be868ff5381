from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from callcenter.models import DailyReport
from callcenter.queries.calendars import client_calendar, desk_calendar, desks_of
from callcenter.queries.counts import Snapshot, tickets_of_day
from callcenter.queries.roles import REPORT_ROLES
from pointsys.common.clock import jst_date
from pointsys.notices.models import Notice
from pointsys.users import queries as users
from pointsys.users.models import User

DAYS_SHOWN: Final = 14


def reports_visible_to(user: User) -> QuerySet[DailyReport]:
    """Return the daily reports of the user's clients, the newest day first."""
    return (
        DailyReport.objects.filter(client_id__in=users.client_ids(user, REPORT_ROLES))
        .select_related("client", "made_by")
        .order_by("-day", "-version")
    )


def mail_reason(report: DailyReport) -> str:
    """Return the reason under which a report is mailed, once for each address."""
    return f"callcenter.daily_report:{report.pk}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What became of a report's mails."""

    addressed: int
    sent: int
    sent_at: datetime | None

    @property
    def is_sent(self) -> bool:
        """Whether every mail has left."""
        return self.addressed > 0 and self.sent == self.addressed


def delivery_of(report: DailyReport) -> Delivery:
    """Return how far the mails of a report have come."""
    mails = list(
        Notice.objects.filter(
            organization_id=report.client_id, reason=mail_reason(report)
        ).values_list("sent_at", flat=True)
    )
    sent = [moment for moment in mails if moment]
    return Delivery(addressed=len(mails), sent=len(sent), sent_at=max(sent, default=None))


def is_late(report: DailyReport) -> bool:
    """Tell whether a report was made after it was due; a correction is not late by itself."""
    return report.version == 1 and report.made_at > report.due_at


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportDay:
    """One day in the list: its newest report, or why there is none (yet)."""

    day: date
    report: DailyReport | None
    is_open: bool
    reason: str
    due_at: datetime
    running_total: int | None
    is_overdue: bool

    @property
    def is_late(self) -> bool:
        """Whether the report came, or is still missing, after it was due."""
        return self.is_overdue or (self.report is not None and is_late(self.report))


def report_days(*, client_id: int, at: datetime, last: date | None = None) -> list[ReportDay]:
    """Return the days up to today (or `last`), newest first, with what was reported of each."""
    today = jst_date(at)
    end = min(last or today, today)
    days = [end - timedelta(days=back) for back in range(DAYS_SHOWN)]
    reports: dict[date, DailyReport] = {}
    for report in DailyReport.objects.filter(client_id=client_id, day__in=days).order_by("version"):
        reports[report.day] = report
    desks = desks_of(client_id)
    plans = [desk_calendar(desk) for desk in desks]
    client = client_calendar(client_id)
    listed = []
    for day in days:
        found = [plan.plan_of(day) for plan in plans]
        made = reports.get(day)
        due_at = made.due_at if made else client.report_due(day)
        is_open = any(plan.is_open for plan in found)
        listed.append(
            ReportDay(
                day=day,
                report=made,
                is_open=is_open,
                reason=next((plan.reason for plan in found if plan.reason), ""),
                due_at=due_at,
                running_total=tickets_of_day(client_id, day).count() if day == today else None,
                is_overdue=is_open and made is None and at >= due_at,
            )
        )
    return listed


def report_before(report: DailyReport) -> DailyReport | None:
    """Return the report of the last reported day before this one, its newest version."""
    return (
        DailyReport.objects.filter(client_id=report.client_id, day__lt=report.day)
        .order_by("-day", "-version")
        .first()
    )


def versions_of(report: DailyReport) -> list[DailyReport]:
    """Return all versions of a day's report, oldest first."""
    return list(
        DailyReport.objects.filter(client_id=report.client_id, day=report.day)
        .select_related("made_by")
        .order_by("version")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A figure of a report, and what stood there in the version before where that differs."""

    value: int
    was: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRow:
    """One line of a report beside the same line of the report before."""

    code: str
    name: str
    depth: int
    cells: tuple[Cell, ...]
    total: Cell
    before: int | None
    is_corrected: bool

    @property
    def change(self) -> int | None:
        """How much more than the day before."""
        return None if self.before is None else self.total.value - self.before


def report_rows(
    counts: Snapshot, *, before: Snapshot | None = None, earlier: Snapshot | None = None
) -> list[ReportRow]:
    """Return a report's lines with the day before and, for a correction, the earlier version."""
    previous = _by_line(before)
    corrected = _by_line(earlier)
    return [
        _row(
            row, previous.get(_line(row)), corrected.get(_line(row)), has_before=before is not None
        )
        for row in counts["rows"]
    ]


def total_row(
    counts: Snapshot, *, before: Snapshot | None = None, earlier: Snapshot | None = None
) -> ReportRow:
    """Return the line of totals in the form of `report_rows`."""
    whole = {"code": "", "name": "合計", "depth": 0}
    return _row(
        {**whole, "cells": counts["cells"], "total": counts["total"]},
        {"total": before["total"]} if before else None,
        {"cells": earlier["cells"], "total": earlier["total"]} if earlier else None,
        has_before=before is not None,
    )


def _line(row: dict[str, Any]) -> str:
    return str(row["code"] or row["name"])


def _by_line(counts: Snapshot | None) -> dict[str, dict[str, Any]]:
    return {_line(row): row for row in counts["rows"]} if counts else {}


def _row(
    row: dict[str, Any],
    before: dict[str, Any] | None,
    earlier: dict[str, Any] | None,
    *,
    has_before: bool,
) -> ReportRow:
    was = earlier["cells"] if earlier else row["cells"]
    cells = tuple(
        Cell(value=value, was=old if old != value else None)
        for value, old in zip(row["cells"], was, strict=True)
    )
    old_total = earlier["total"] if earlier else row["total"]
    total = Cell(value=row["total"], was=old_total if old_total != row["total"] else None)
    return ReportRow(
        code=row["code"],
        name=row["name"],
        depth=row["depth"],
        cells=cells,
        total=total,
        before=(before["total"] if before else 0) if has_before else None,
        is_corrected=any(cell.was is not None for cell in (*cells, total)),
    )
