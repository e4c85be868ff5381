"""The figures of the staff home: each from the room that keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.contrib.auth.models import AnonymousUser

from ledger import queries as ledger
from pointsys.common import display
from pointsys.common.clock import jst_date, next_month
from pointsys.programs.models import Program
from pointsys.users.models import User
from settlement import queries as settlement
from stores import queries as stores

Viewer = User | AnonymousUser
CHART_DAYS: Final = 28
WEEK: Final = timedelta(days=7)
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One bar of the chart: what was used that day, refunds taken off."""

    day: date
    points: int
    payment_count: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of use; `daily_points` is the average over the days that are over.

    `change_permille` compares a week that is over with the week before, in tenths of a percent.
    """

    first: date
    last: date
    points: int
    daily_points: int | None
    is_over: bool
    change_permille: int | None

    @property
    def change_words(self) -> str:
        """The change as the table writes it: ＋6.1％, — for the first week, 途中 for the last."""
        if not self.is_over:
            return "途中"
        if self.change_permille is None:
            return "—"
        size = abs(self.change_permille)
        return f"{'＋' if self.change_permille >= 0 else '−'}{size // 10}.{size % 10}％"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due; `moved_because` says why it is not on its usual day."""

    day: date
    words: str
    moved_because: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a look."""

    kind: str
    status: str
    words: str
    url_name: str
    filter: str = ""  # the query of the list behind it: "status=SUSPENDED"


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page shows of one program at an instant."""

    totals: ledger.ProgramTotals
    reserved_points: int
    issued_permille: int
    active_stores: int
    waiting_applications: int
    days: tuple[Day, ...]
    weeks: tuple[Week, ...]
    yesterday: Day
    deadlines: tuple[Deadline, ...]
    alerts: tuple[Alert, ...]

    @property
    def issued_words(self) -> str:
        """How much of the planned issuance is granted: 89.7％."""
        return f"{self.issued_permille // 10}.{self.issued_permille % 10}％"

    @property
    def chart_rows(self) -> list[dict[str, object]]:
        return [{"label": f"{d.day.month}/{d.day.day}", "value": d.points} for d in self.days]

    @property
    def chart_finding(self) -> str:
        """What the chart shows, for those who do not see it."""
        top = max(self.days, key=lambda d: d.points)
        if not top.points:
            return "この28日間の使用はありません。"
        return (
            f"日別の使用ポイントの棒グラフ。いちばん多い日は{display.japanese_date(top.day)}の"
            f"{display.grouped(top.points)}ポイント。"
        )


def home_of(*, program: Program, user: Viewer, at: datetime) -> Home:
    """Return the home page's figures of a program."""
    today = jst_date(at)
    totals = ledger.program_totals(program_id=program.pk, at=at)
    days = _days(program, today)
    counts = {c.status: c.count for c in stores.enrolment_counts(program_id=program.pk)}
    applications = stores.applications_visible_to(user).filter(program=program)
    waiting = {c.status: c.count for c in stores.application_counts(applications)}
    ceiling = program.issuance_ceiling_points
    return Home(
        totals=totals,
        reserved_points=ledger.reserved_points(program.pk),
        issued_permille=totals.issued * 1000 // ceiling if ceiling else 0,
        active_stores=counts.get("ACTIVE", 0),
        waiting_applications=waiting.get("SUBMITTED", 0),
        days=days,
        weeks=weeks_of(days, today=today),
        yesterday=days[-2],
        deadlines=deadlines_of(program=program, at=at),
        alerts=_alerts(program, user, suspended=counts.get("SUSPENDED", 0)),
    )


def _days(program: Program, today: date) -> tuple[Day, ...]:
    first = today - (CHART_DAYS - 1) * ONE_DAY
    used = {
        use.day: use for use in ledger.daily_use(program_id=program.pk, first=first, last=today)
    }
    return tuple(
        Day(
            day,
            used[day].payment_points - used[day].refund_points if day in used else 0,
            used[day].payment_count if day in used else 0,
        )
        for day in (first + n * ONE_DAY for n in range(CHART_DAYS))
    )


def weeks_of(days: Sequence[Day], *, today: date) -> tuple[Week, ...]:
    """Return the days as weeks; a week that has not ended before `today` is not compared."""
    weeks: list[Week] = []
    for start in range(0, len(days), 7):
        part = days[start : start + 7]
        points = sum(day.points for day in part)
        over = [day.points for day in part if day.day < today]
        is_over = len(over) == len(part)
        before = weeks[-1].points if weeks else 0
        can_compare = is_over and before > 0
        weeks.append(
            Week(
                first=part[0].day,
                last=part[-1].day,
                points=points,
                daily_points=sum(over) // len(over) if over else None,
                is_over=is_over,
                change_permille=(points - before) * 1000 // before if can_compare else None,
            )
        )
    return tuple(weeks)


def deadlines_of(*, program: Program, at: datetime) -> tuple[Deadline, ...]:
    """Return what the program's calendar asks for next, soonest first."""
    today = jst_date(at)
    found: list[Deadline] = []
    for month in _months_to_pay(program, today):
        plan = settlement.payment_plan(program=program, month=month, at=at)
        name = f"{month.month}月分"
        found.append(
            Deadline(plan.file_due_date, f"{name}の総合振込データの提出", "", is_late=plan.is_late)
        )
        found.append(Deadline(plan.payment_date, f"{name}の支払日", plan.reason))
    end = jst_date(program.usage_ends_at - timedelta(microseconds=1))
    if end >= today:
        found.append(Deadline(end, "ポイントを使える最後の日"))
    return tuple(sorted(found, key=lambda deadline: deadline.day))


def _months_to_pay(program: Program, today: date) -> list[date]:
    """Return the months whose file still has to reach the bank: the last ones and the current."""
    batches = program.payout_batches.filter(status__in=["SUBMITTED", "PAID"])
    settled = set(batches.values_list("period__month", flat=True))
    first = jst_date(program.usage_starts_at).replace(day=1)
    last = min(today, jst_date(program.usage_ends_at)).replace(day=1)
    months: list[date] = []
    month = first
    while month <= last:
        if month not in settled:
            months.append(month)
        month = next_month(month)
    return months[-2:]


def _alerts(program: Program, user: Viewer, *, suspended: int) -> tuple[Alert, ...]:
    found: list[Alert] = []
    proposals = stores.open_proposals(stores.proposals_visible_to(user))
    duplicates = proposals.filter(application__program=program).count()
    without_account = stores.stores_without_account(program_id=program.pk)
    held = settlement.statements_visible_to(user).filter(program=program, hold="STOPPED").count()
    if held:
        found.append(Alert("stop", "保留", f"支払を止めている明細 {held}件", "settlement:periods"))
    if suspended:
        found.append(
            Alert(
                "stop",
                "利用停止",
                f"利用を止めている加盟店 {suspended}店",
                "stores:home",
                "status=SUSPENDED",
            )
        )
    if without_account:
        found.append(
            Alert(
                "wait",
                "注意",
                f"口座が未登録の加盟店 {without_account}店",
                "stores:home",
                "account=no",
            )
        )
    if duplicates:
        found.append(
            Alert("wait", "確認待ち", f"同じ店かもしれない申込 {duplicates}件", "stores:proposals")
        )
    return tuple(found)
