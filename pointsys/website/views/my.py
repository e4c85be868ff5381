from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ledger import queries as ledger
from ledger.wording import title_of
from pointsys.common import display
from pointsys.programs.models import Program
from pointsys.residents.access import resident_required
from pointsys.residents.models import Resident
from vouchers.queries.entrance import entrance_for

LAST_MOVES: Final = 5
# More parts than these would hide the balance behind its calendar; the record shows all.
PARTS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class BalanceCard:
    """One balance as the home shows it: the last day of the whole, and what ends earlier."""

    program: Program
    points: int
    waiting_points: int
    ends_at: datetime | None
    early_parts: list[dict[str, Any]]
    # Of a voucher's balance only: what was paid for, and what the client added (VO-08).
    principal: int | None = None
    premium: int | None = None

    @property
    def is_voucher(self) -> bool:
        return self.principal is not None

    @property
    def unit(self) -> str:
        """Return what its amounts are told in."""
        return _("円分") if self.is_voucher else _("ポイント")

    @property
    def kind(self) -> str:
        """Return what stands beside the name: what the balance is, or what a point is worth."""
        return _("商品券") if self.is_voucher else _("1ポイント＝1円")

    @property
    def soon_parts(self) -> list[dict[str, Any]]:
        """The parts, the whole included, whose last day is near."""
        parts = [*self.early_parts]
        if self.ends_at and self.points:
            rest = self.points - sum(part["points"] for part in parts)
            parts.append({"points": rest, "ends_at": self.ends_at})
        return [part for part in parts if display.days_left(part["ends_at"]) <= display.SOON_DAYS]


def card_of(balance: ledger.Balance, sources: dict[str, int] | None = None) -> BalanceCard:
    """Return the card of a balance.

    Points end with their lot or with the program's period of use, whichever comes first: that is
    the last moment at which a shop takes them.
    """
    by_end: dict[datetime, int] = {}
    for part in balance.parts:
        ends_at = min(part.expires_at, balance.program.usage_ends_at)
        by_end[ends_at] = by_end.get(ends_at, 0) + part.points
    ends = sorted(by_end)
    early = [{"points": by_end[end], "ends_at": end} for end in ends[:-1]]
    return BalanceCard(
        program=balance.program,
        points=balance.points,
        waiting_points=balance.waiting_points,
        ends_at=ends[-1] if ends else None,
        early_parts=early[:PARTS_SHOWN],
        principal=sources["VOUCHER_PRINCIPAL"] if sources else None,
        premium=sources["VOUCHER_PREMIUM"] if sources else None,
    )


@never_cache
@resident_required
@require_safe
def home(request: HttpRequest, resident: Resident) -> HttpResponse:
    """Show what a resident can spend, until when, and what was spent last."""
    now = timezone.now()
    balances = ledger.balances_of(resident_id=resident.pk, at=now)
    vouchers = ledger.voucher_program_ids([balance.program.pk for balance in balances])
    cards = [
        card_of(
            balance,
            ledger.points_by_source(wallet_id=balance.wallet_id, at=now)
            if balance.program.pk in vouchers
            else None,
        )
        for balance in balances
    ]
    context = {
        "resident": resident,
        "organization": resident.client,
        "program": balances[0].program if balances else None,
        "cards": cards,
        "soon": [(card, part) for card in cards for part in card.soon_parts],
        "soon_vouchers": any(card.is_voucher and card.soon_parts for card in cards),
        "moves": _last_moves(balances, vouchers),
        "entrance": entrance_for(resident, at=now),
    }
    return render(request, "website/my_home.html", context)


def _last_moves(balances: list[ledger.Balance], vouchers: set[int]) -> list[dict[str, Any]]:
    moves: list[dict[str, Any]] = [
        {
            "line": line,
            "title": title_of(line),
            "program": balance.program,
            "unit": _("円分") if balance.program.pk in vouchers else _("ポイント"),
        }
        for balance in balances
        for line in ledger.history_of(wallet_id=balance.wallet_id, limit=LAST_MOVES)
    ]
    moves.sort(key=lambda move: (move["line"].at, move["line"].transfer_id), reverse=True)
    return moves[:LAST_MOVES]
