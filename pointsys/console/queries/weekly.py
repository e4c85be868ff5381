"""The figures of one week, Monday to Sunday, collected from every room, and reports that exist.

Figures are plain values, so that a report is kept as it was made: sections with lines (`week` is
the week's figure, `total` the sum since the beginning) and tables.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, QuerySet, Sum

from consultations import queries as meetings
from ledger.queries import trail
from pointsys.common import display
from pointsys.common.clock import jst_date, jst_midnight
from pointsys.console.models import WeeklyReport
from pointsys.console.queries import rooms
from pointsys.console.queries.days import ONE_DAY
from pointsys.console.queries.viewer import Viewer
from pointsys.programs.models import Program
from pointsys.users import queries as users
from stores import queries as stores

WEEK: Final = timedelta(days=7)
# Every application that was decided is one of these.
DECIDED: Final = (
    ("APPROVED", "承認"),
    ("REJECTED", "不承認"),
    ("MERGED", "ほかの申込・店への統合"),
)
Figures = dict[str, Any]
Line = dict[str, Any]


def reports_visible_to(user: Viewer) -> QuerySet[WeeklyReport]:
    """Return the weekly reports of the clients for which the user holds any role, newest first."""
    return (
        WeeklyReport.objects.filter(program__client_id__in=users.client_ids(user))
        .select_related("program__client")
        .order_by("-week_start", "-id")
    )


def report_before(report: WeeklyReport) -> WeeklyReport | None:
    """Return the report of the week before, where there is one."""
    return WeeklyReport.objects.filter(
        program_id=report.program_id, week_start=report.week_start - WEEK
    ).first()


def due_weeks(program: Program, *, today: date, weekday: int, most: int) -> list[date]:
    """Return the Mondays of the weeks whose report is due and not made, oldest first."""
    monday = today - timedelta(days=today.weekday())
    first, last = _life(program)
    weeks = [monday - n * WEEK for n in range(1, most + 1)]
    due = [
        week
        for week in weeks
        if week + WEEK + timedelta(days=weekday) <= today and week + WEEK > first and week <= last
    ]
    made = set(
        WeeklyReport.objects.filter(program=program, week_start__in=due).values_list(
            "week_start", flat=True
        )
    )
    return sorted(week for week in due if week not in made)


def _life(program: Program) -> tuple[date, date]:
    """Return the days between which something can happen that is worth a report."""
    starts = min(program.grant_starts_at, program.usage_starts_at)
    ends = max(program.points_expire_at, program.usage_ends_at)
    return jst_date(starts), jst_date(ends)


def week_figures(program: Program, *, week_start: date, at: datetime) -> Figures:
    """Return what happened in a week and since the beginning, room by room."""
    last = week_start + WEEK - ONE_DAY
    begin = _life(program)[0] - timedelta(days=366)
    sections = [
        _stores(program, week_start, last),
        _points(program, begin, week_start, last),
        _vouchers(program, begin, week_start, last),
        _cards(program),
        _calls(program, begin, week_start, last, at),
        _events(program, begin, week_start, last),
        _payouts(program, week_start, last),
    ]
    return {"version": 1, "sections": [section for section in sections if section]}


def line(
    code: str, label: str, unit: str, *, week: int | None = None, total: int | None = None
) -> Line:
    """Return one line of a section."""
    return {"code": code, "label": label, "unit": unit, "week": week, "total": total}


def _section(
    code: str, title: str, lines: Sequence[Line], tables: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {"code": code, "title": title, "lines": list(lines), "tables": list(tables)}


def _stores(program: Program, first: date, last: date) -> dict[str, Any]:
    since, until = jst_midnight(first), jst_midnight(last + ONE_DAY)
    enrolled = program.enrolments.filter(enrolled_at__lt=until)
    applied = program.applications.filter(submitted_at__lt=until)
    statuses = stores.enrolment_counts(program_id=program.pk)
    decided = applied.filter(decided_at__lt=until)
    by_status = dict(decided.values_list("status").annotate(Count("pk")).order_by("status"))
    in_week = decided.filter(decided_at__gte=since)
    week_by_status = dict(in_week.values_list("status").annotate(Count("pk")).order_by("status"))
    by_application = enrolled.filter(
        store__applications__in=decided.filter(status__in=["APPROVED", "MERGED"])
    ).distinct()
    lines = [
        line(
            "stores.applications",
            "加盟の申込",
            "件",
            week=applied.filter(submitted_at__gte=since).count(),
            total=applied.count(),
        ),
        *(
            line(
                f"stores.{status.lower()}_applications",
                f"うち{label}",
                "件",
                week=week_by_status.get(status, 0),
                total=by_status.get(status, 0),
            )
            for status, label in DECIDED
        ),
        line("stores.waiting", "うち審査待ち", "件", total=applied.count() - decided.count()),
        line(
            "stores.new",
            "参加した加盟店",
            "店",
            week=enrolled.filter(enrolled_at__gte=since).count(),
            total=enrolled.count(),
        ),
        line("stores.by_application", "うち申込の承認による", "店", total=by_application.count()),
        line(
            "stores.by_office",
            "うち申込によらない（名簿の引継ぎなど）",
            "店",
            total=enrolled.count() - by_application.count(),
        ),
    ]
    lines += [
        line(f"stores.{status.status.lower()}", f"いま{status.label}", "店", total=status.count)
        for status in statuses
    ]
    return _section("stores", "加盟店", lines)


def _points(program: Program, begin: date, first: date, last: date) -> dict[str, Any]:
    week = trail.moves_between(program_id=program.pk, first=first, last=last)
    total = trail.moves_between(program_id=program.pk, first=begin, last=last)
    rows = (
        ("issued", "付与", "ポイント", week.issued, total.issued),
        ("payments", "支払い", "件", week.payment_count, total.payment_count),
        ("used", "使用（返金を除く）", "ポイント", week.used, total.used),
        ("refunded", "返金", "ポイント", week.refunded, total.refunded),
        ("expired", "失効", "ポイント", week.expired, total.expired),
    )
    lines = [line(f"points.{c}", name, unit, week=w, total=t) for c, name, unit, w, t in rows]
    return _section("points", "ポイント", lines)


def _vouchers(program: Program, begin: date, first: date, last: date) -> dict[str, Any] | None:
    week = rooms.voucher_figures(program, first=first, last=last)
    total = rooms.voucher_figures(program, first=begin, last=last)
    if week is None or total is None:
        return None
    used = trail.spent_by_source_between(program_id=program.pk, first=first, last=last)
    all_used = trail.spent_by_source_between(program_id=program.pk, first=begin, last=last)
    rows = (
        ("applications", "申込", "件", week.applications, total.applications),
        ("sold_sets", "販売", "セット", week.sold_sets, total.sold_sets),
        ("sold_yen", "販売の代金", "円", week.sold_yen, total.sold_yen),
        ("used_principal", "使われた購入分", "円", *_of("VOUCHER_PRINCIPAL", used, all_used)),
        ("used_premium", "使われた上乗せ分", "円", *_of("VOUCHER_PREMIUM", used, all_used)),
    )
    lines = [line(f"vouchers.{c}", name, unit, week=w, total=t) for c, name, unit, w, t in rows]
    return _section("vouchers", "商品券", lines)


def _of(source: str, week: dict[str, int], total: dict[str, int]) -> tuple[int, int]:
    return week.get(source, 0), total.get(source, 0)


def _cards(program: Program) -> dict[str, Any] | None:
    figures = rooms.card_figures(program)
    if figures is None:
        return None
    lines = [
        line("cards.in_use", "使用中のカード", "枚", total=figures.in_use),
        line("cards.handed_out", "渡したカード", "枚", total=figures.handed_out),
    ]
    return _section("cards", "カード", lines)


def _calls(program: Program, begin: date, first: date, last: date, at: datetime) -> dict[str, Any]:
    week = rooms.call_figures(program, first=first, last=last, at=at)
    total = rooms.call_figures(program, first=begin, last=last, at=at)
    lines = [
        line("calls.count", "問合せ", "件", week=week.count, total=total.count),
        line("calls.complaints", "うち苦情", "件", week=week.complaints, total=total.complaints),
        line("calls.escalations", "上申", "件", week=week.escalations, total=total.escalations),
        line("calls.overdue", "期限を過ぎた上申", "件", total=total.overdue_escalations),
    ]
    by_day = dict(week.by_day)
    days = [first + n * ONE_DAY for n in range(7)]
    tables = [
        {
            "title": "日ごとの件数",
            "columns": ["日", "件数"],
            "rows": [
                [display.japanese_date(day, with_year=False), by_day.get(day, 0)] for day in days
            ],
        },
        {
            "title": "内容ごとの件数",
            "columns": ["内容", "件数"],
            "rows": [[name, count] for name, count in week.by_category],
        },
    ]
    return _section("calls", "問合せ（この事業についてのもの）", lines, tables)


def _events(program: Program, begin: date, first: date, last: date) -> dict[str, Any] | None:
    week: meetings.EventFigures | None = rooms.event_figures(program, first=first, last=last)
    total: meetings.EventFigures | None = rooms.event_figures(program, first=begin, last=last)
    if week is None or total is None:
        return None
    rows = (
        ("held", "開いた相談会", "回", week.events_held, total.events_held),
        ("visitors", "来場", "人", week.visitors, total.visitors),
        ("helped", "支援した人", "人", week.helped, total.helped),
        ("units", "開いた区域", "区域", week.units_covered, total.units_covered),
    )
    lines = [line(f"events.{c}", name, unit, week=w, total=t) for c, name, unit, w, t in rows]
    lines.append(line("events.units_total", "対象の区域", "区域", total=total.units_total))
    return _section("events", "相談会", lines)


def _payouts(program: Program, first: date, last: date) -> dict[str, Any]:
    """Return what was paid to stores: the redemption of points and vouchers."""
    since, until = jst_midnight(first), jst_midnight(last + ONE_DAY)
    paid = program.payout_batches.filter(status="PAID", paid_at__lt=until)
    found = paid.aggregate(count=Sum("payout_count", default=0), yen=Sum("total_yen", default=0))
    week = paid.filter(paid_at__gte=since).aggregate(
        count=Sum("payout_count", default=0), yen=Sum("total_yen", default=0)
    )
    lines = [
        line(
            "payouts.count",
            "加盟店への振込",
            "件",
            week=int(week["count"]),
            total=int(found["count"]),
        ),
        line("payouts.yen", "換金した額", "円", week=int(week["yen"]), total=int(found["yen"])),
    ]
    return _section("payouts", "換金", lines)


def sections_of(report: WeeklyReport, before: WeeklyReport | None) -> list[dict[str, Any]]:
    """Return what a report kept, each line with the figure of the week before."""
    earlier = {
        one["code"]: one["week"]
        for section in (before.figures["sections"] if before else [])
        for one in section["lines"]
    }
    return [
        section
        | {"lines": [one | {"before": earlier.get(one["code"])} for one in section["lines"]]}
        for section in report.figures["sections"]
    ]
