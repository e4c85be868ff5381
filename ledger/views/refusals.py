"""What a resident reads when a payment is refused: the reason, the points, the way out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ledger import errors, queries
from ledger.models import Wallet
from ledger.views.visits import ForgedCode, NotPaid, Visit
from pointsys.common import display
from pointsys.programs.models import Program


@dataclass(frozen=True, slots=True)
class Refusal:
    """One page: `reason` is why, `advice` what to do; `smaller_points` would go through."""

    reason: str
    advice: str = ""
    title: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    smaller_points: int | None = None
    can_retry: bool = False
    is_warning: bool = False


def row(label: str, points: int, *, is_sum: bool = False, unit: str = "") -> dict[str, Any]:
    """Return one line of the equation on a till page: a name and a number of points."""
    return {"label": label, "value": display.grouped(points), "is_sum": is_sum, "unit": unit}


def words_row(label: str, words: str) -> dict[str, Any]:
    """Return one line of the equation that is not a number of points."""
    return {"label": label, "value": words, "is_sum": False, "unit": ""}


def explain(
    refusal: errors.LedgerError, visit: Visit, *, points: int | None, at: datetime
) -> Refusal:
    """Put a refusal of the ledger into the words of the page that shows it."""
    writer = WRITERS.get(type(refusal))
    if writer is None:
        return Refusal(reason=str(refusal), can_retry=True)
    return writer(refusal, visit, points or 0, at)


def _insufficient(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    usable = refusal.context["usable_points"]
    short = points - usable
    return Refusal(
        reason=_("残高が%(points)sポイント足りません。") % {"points": display.grouped(short)},
        rows=[
            row(_("支払おうとしたポイント"), points),
            row(_("残高"), usable),
            row(_("足りないポイント"), short, is_sum=True),
        ],
        smaller_points=_within_limit(visit, usable),
        can_retry=usable > 0,
        advice=_("のこりの%(yen)s円は、現金などでお支払いください。")
        % {"yen": display.grouped(short)},
    )


def _expired(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    usable = refusal.context["usable_points"]
    lapsed = refusal.context["lapsed_points"]
    short = points - usable
    return Refusal(
        title=_("使える期限が終わっています"),
        reason=_("%(points)sポイントは、使える期限が終わりました。")
        % {"points": display.grouped(lapsed)},
        rows=[
            row(_("支払おうとしたポイント"), points),
            row(_("期限が終わったポイント"), lapsed),
            row(_("いま使えるポイント"), usable, is_sum=True),
        ],
        smaller_points=_within_limit(visit, usable),
        can_retry=usable > 0,
        advice=_("のこりの%(yen)s円は、現金などでお支払いください。")
        % {"yen": display.grouped(short)},
    )


def _within_limit(visit: Visit, usable: int) -> int | None:
    return min(usable, visit.program.payment_limit_points or usable) or None


def _above_limit(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    limit = visit.program.payment_limit_points or 0
    usable = queries.usable_points(wallet_id=visit.wallet.pk, at=at) if visit.wallet else 0
    return Refusal(
        title=_("1回に使える数をこえています"),
        reason=_("1回に使えるのは、%(points)sポイントまでです。")
        % {"points": display.grouped(limit)},
        rows=[
            row(_("支払おうとしたポイント"), points),
            row(_("1回に使えるポイント"), limit),
            row(_("残高"), usable, is_sum=True),
        ],
        smaller_points=min(limit, usable) or None,
        can_retry=True,
        advice=_("のこりは、現金などでお支払いください。"),
    )


def _wrong_program(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    held = (
        [
            balance.program.name
            for balance in queries.balances_of(resident_id=visit.resident.pk, at=at)
        ]
        if visit.resident
        else []
    )
    if not held:
        return Refusal(
            title=_("使えるポイントがありません"),
            reason=_("「%(program)s」のポイントを、まだお持ちではありません。")
            % {"program": visit.program.name},
            advice=_("ポイントを受け取ると、このお店で使えるようになります。"),
        )
    return Refusal(
        title=_("このお店では使えないポイントです"),
        reason=_("このお店のコードは「%(program)s」のものです。") % {"program": visit.program.name},
        advice=_("お持ちのポイントは%(held)sです。このポイントが使えるお店でお使いください。")
        % {"held": "".join(f"「{name}」" for name in held)},
    )


def _store(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    reason = {
        "SUSPENDED": _("このお店は、いまポイントの取り扱いを止めています。"),
        "WITHDRAWN": _("このお店は、ポイントの取り扱いを終わりました。"),
    }.get(visit.enrolment_status, _("このお店は、このポイントに参加していません。"))
    return Refusal(
        title=_("このお店では、いまポイントを使えません"),
        reason=reason,
        advice=_("現金などでお支払いください。ポイントは、ほかの参加店で使えます。"),
    )


def _revoked(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    return Refusal(
        title=_("このQRコードは、もう使えません"),
        reason=_("このQRコードは、新しいものに替わっています。"),
        advice=_("お店の方に、新しいQRコードがあるか、おたずねください。"),
    )


def _forged(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    return Refusal(
        title=_("このQRコードでは支払えません"),
        reason=_("事務局が発行したQRコードではありません。"),
        advice=_(
            "上からシールがはられていないか、お店の方といっしょに確かめて、事務局へお電話ください。"
        ),
        is_warning=True,
    )


def _frozen(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    is_frozen = visit.wallet is not None and visit.wallet.status == Wallet.Status.FROZEN
    return Refusal(
        title=_("ポイントの利用を止めています"),
        reason=_("お客様のポイントは、いま利用を止めています。")
        if is_frozen
        else _("このポイントの口座は、使い終わっています。"),
        advice=_("わけと手続きは、お電話でご案内します。"),
    )


def _not_open(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    has_ended = visit.program.status == Program.Status.ENDED
    return Refusal(
        title=_("いまは使えません"),
        reason=_("「%(program)s」は、終わりました。") % {"program": visit.program.name}
        if has_ended
        else _("「%(program)s」は、まだ始まっていません。") % {"program": visit.program.name},
        advice=_("現金などでお支払いください。"),
    )


def _not_started(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    starts_at = visit.program.usage_starts_at
    return Refusal(
        title=_("まだ使えません"),
        reason=_("ポイントを使えるのは、%(date)s %(time)sからです。")
        % {"date": display.japanese_date(starts_at), "time": display.clock_words(starts_at)},
        advice=_("きょうは、現金などでお支払いください。"),
    )


def _ended(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    last = display.last_usable_moment(visit.program.usage_ends_at)
    return Refusal(
        title=_("使える期間が終わっています"),
        reason=_("ポイントを使える期間は、%(date)s %(time)sで終わりました。")
        % {"date": display.japanese_date(last), "time": display.clock_words(last)},
        advice=_("現金などでお支払いください。"),
    )


def _burned(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    return Refusal(
        title=_("この支払いは、取りやめになっています"),
        reason=_("さきほど、支払いを取りやめました。"),
        advice=_("支払うときは、もう一度、金額から入れてください。"),
        can_retry=True,
    )


def _not_paid(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    return Refusal(
        title=_("支払いは、できていません"),
        reason=_("お支払いは、届いていませんでした。"),
        rows=[row(_("支払おうとしたポイント"), points)],
        advice=_("支払うときは、もう一度、金額から入れてください。"),
        can_retry=True,
    )


def _conflict(refusal: errors.LedgerError, visit: Visit, points: int, at: datetime) -> Refusal:
    return Refusal(
        title=_("もう一度、はじめから操作してください"),
        reason=_("画面の内容を確かめられませんでした。"),
        advice=_("金額から、もう一度入れてください。"),
        can_retry=True,
    )


Writer = Callable[[errors.LedgerError, Visit, int, datetime], Refusal]
WRITERS: dict[type[errors.LedgerError], Writer] = {
    errors.InsufficientPoints: _insufficient,
    errors.PointsExpired: _expired,
    errors.AboveLimit: _above_limit,
    errors.WrongProgram: _wrong_program,
    errors.StoreNotActive: _store,
    errors.TillRevoked: _revoked,
    ForgedCode: _forged,
    errors.WalletNotActive: _frozen,
    errors.ProgramNotOpen: _not_open,
    errors.UsageNotStarted: _not_started,
    errors.UsageEnded: _ended,
    errors.KeyBurned: _burned,
    NotPaid: _not_paid,
    errors.IdempotencyConflict: _conflict,
}
