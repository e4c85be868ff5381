"""What came into a wallet and went out of it, month by month."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ledger import queries
from ledger.models import Transfer
from ledger.wording import act_of, what_of
from pointsys.common.clock import first_of_month, jst_date, jst_month_range, previous_month
from pointsys.common.tabular.writing import csv_bytes
from pointsys.residents.access import resident_required
from pointsys.residents.models import Resident

Kind = Transfer.Kind
# More movements than anybody makes in a month, fewer than would make the page unreadable.
MOST_LINES: Final = 2_000
MOST_MONTHS: Final = 60


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the record as people read it; `balance_after` is None while not yet booked."""

    what: str
    act: str
    at: datetime
    points: int
    kind: str
    balance_after: int | None = None
    receipt_number: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One month of one wallet."""

    balance: queries.Balance
    month: date
    months: list[date]
    moves: list[Move] = field(default_factory=list)
    is_voucher: bool = False

    @property
    def unit(self) -> str:
        """Return what its amounts are told in."""
        return _("円分") if self.is_voucher else _("ポイント")

    def total(self, *kinds: str) -> int:
        """Return the points of movements of these kinds, signed."""
        return sum(move.points for move in self.moves if move.kind in kinds)

    @property
    def days(self) -> list[tuple[date, list[Move]]]:
        return [(day, list(moves)) for day, moves in groupby(self.moves, lambda m: jst_date(m.at))]


@never_cache
@resident_required
@require_safe
def history(request: HttpRequest, resident: Resident) -> HttpResponse:
    """Show a month of a wallet: store, time, receipt number and the balance after each movement."""
    at = timezone.now()
    balances = queries.balances_of(resident_id=resident.pk, at=at)
    record = _record(request, balances, at)
    context: dict[str, Any] = {"resident": resident, "record": record}
    if record:
        context["program"] = record.balance.program
        context["rows"] = _sums(record)
        context["tabs"] = [
            {
                "label": balance.program.name,
                "href": f"?program={balance.program.code}",
                "is_current": balance.wallet_id == record.balance.wallet_id,
            }
            for balance in balances
        ]
    return render(request, "ledger/my/history.html", context)


@never_cache
@resident_required
@require_safe
def history_csv(request: HttpRequest, resident: Resident) -> HttpResponse:
    """Give a month of a wallet as a file for a spreadsheet."""
    at = timezone.now()
    record = _record(request, queries.balances_of(resident_id=resident.pk, at=at), at)
    unit = record.unit if record else _("ポイント")
    columns = [_("日付"), _("時刻"), _("種類"), _("内容"), unit, _("残高"), _("受付番号")]
    rows = [
        (
            f"{timezone.localtime(move.at):%Y-%m-%d}",
            f"{timezone.localtime(move.at):%H:%M:%S}",
            move.act,
            move.what,
            move.points,
            "" if move.balance_after is None else move.balance_after,
            move.receipt_number,
        )
        for move in (record.moves if record else [])
    ]
    name = f"points-{record.month:%Y-%m}.csv" if record else "points.csv"
    return HttpResponse(
        csv_bytes(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _record(request: HttpRequest, balances: list[queries.Balance], at: datetime) -> Record | None:
    if not balances:
        return None
    wanted = request.GET.get("program", "")
    balance = next((held for held in balances if held.program.code == wanted), balances[0])
    months = _months(balance, at)
    month = next((m for m in months if f"{m:%Y-%m}" == request.GET.get("month", "")), months[0])
    since, until = jst_month_range(month)
    lines = queries.history_of(
        wallet_id=balance.wallet_id, since=since, until=until, limit=MOST_LINES
    )
    lapsed = [
        Move(
            what=_("使える期限が終わったポイント"),
            act=_("期限の終わり"),
            at=part.expires_at,
            points=-part.points,
            kind=Kind.EXPIRY,
        )
        for part in queries.lapsed_parts(wallet_id=balance.wallet_id, at=at)
        if since <= part.expires_at < until
    ]
    return Record(
        balance=balance,
        month=month,
        months=months,
        moves=_in_order(lines, lapsed),
        is_voucher=bool(queries.voucher_program_ids([balance.program.pk])),
    )


def _months(balance: queries.Balance, at: datetime) -> list[date]:
    this_month = first_of_month(jst_date(at))
    first = first_of_month(jst_date(min(balance.program.grant_starts_at, at)))
    months = [this_month]
    while months[-1] > first and len(months) < MOST_MONTHS:
        months.append(previous_month(months[-1]))
    return months


def _in_order(lines: Iterable[queries.HistoryLine], lapsed: list[Move]) -> list[Move]:
    booked = [
        Move(
            what=what_of(line),
            act=act_of(line.kind),
            at=line.at,
            points=line.points,
            kind=line.kind,
            balance_after=line.balance_after,
            receipt_number=line.receipt_number,
        )
        for line in lines
    ]
    # A stable sort: movements of one instant keep the order of the books.
    return sorted([*booked, *lapsed], key=lambda move: move.at, reverse=True)


def _sums(record: Record) -> list[dict[str, Any]]:
    voucher = record.is_voucher
    sums = [
        (_("使った額") if voucher else _("使ったポイント"), -record.total(Kind.PAYMENT)),
        (_("返金された額") if voucher else _("返金されたポイント"), record.total(Kind.REFUND)),
        (_("購入した額") if voucher else _("受け取ったポイント"), record.total(Kind.GRANT)),
        (
            _("期限が終わった額") if voucher else _("期限が終わったポイント"),
            -record.total(Kind.EXPIRY),
        ),
    ]
    rows = [{"label": label, "value": f"{points:,}"} for label, points in sums[:3]]
    rows += [{"label": label, "value": f"{points:,}"} for label, points in sums[3:] if points]
    total = {"label": _("きょうの残高"), "value": f"{record.balance.points:,}", "is_sum": True}
    return [*rows, total]
