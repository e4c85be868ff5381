from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q, QuerySet, Sum

from ledger.models import Lot, Wallet
from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import User


@dataclass(frozen=True)
class BalancePart:
    """Points of a balance that die together at `expires_at` (half-open)."""

    points: int
    expires_at: datetime


@dataclass(frozen=True)
class Balance:
    """What a resident can spend in one program, by expiry, soonest first."""

    wallet_id: int
    program: Program
    points: int
    parts: tuple[BalancePart, ...]
    waiting_points: int = 0

    @property
    def soonest_expiry(self) -> datetime | None:
        """The instant at which the first points die, if there are any."""
        return self.parts[0].expires_at if self.parts else None


@dataclass(frozen=True)
class HistoryLine:
    """One movement of a wallet; `points` is signed, `balance_after` the book balance after it."""

    transfer_id: int
    kind: str
    at: datetime
    store_name: str
    points: int
    balance_after: int
    receipt_number: str
    round_name: str
    expires_at: datetime | None


def wallets_visible_to(user: User | AnonymousUser) -> QuerySet[Wallet]:
    """Return the user's own wallets and those of the clients they work for."""
    if not user.is_authenticated:
        return Wallet.objects.none()
    return Wallet.objects.filter(
        Q(resident__user_id=user.pk) | Q(program__client_id__in=users.client_ids(user))
    )


def wallet_of(*, resident_id: int, program_id: int) -> Wallet | None:
    """Return the resident's wallet in a program."""
    return Wallet.objects.filter(resident_id=resident_id, program_id=program_id).first()


def wallet_ids_of(program_id: int) -> list[int]:
    """Return the ids of a program's active wallets, for a grant to all."""
    return list(
        Wallet.objects.filter(program_id=program_id, status=Wallet.Status.ACTIVE)
        .order_by("id")
        .values_list("id", flat=True)
    )


def wallet_ids_by_external_id(*, program_id: int, external_ids: Collection[str]) -> dict[str, int]:
    """Return wallet ids by the residents' external ids, for a grant to a list."""
    return dict(
        Wallet.objects.filter(
            program_id=program_id, resident__external_id__in=external_ids
        ).values_list("resident__external_id", "id")
    )


def live_lots(*, at: datetime) -> QuerySet[Lot]:
    """Return lots that can be spent at an instant: usable_from <= at < expires_at (LG-05)."""
    return Lot.objects.filter(remaining__gt=0, usable_from__lte=at, expires_at__gt=at)


def usable_points(*, wallet_id: int, at: datetime) -> int:
    """Return what the wallet can spend at an instant."""
    total: int | None = (
        live_lots(at=at).filter(wallet_id=wallet_id).aggregate(total=Sum("remaining"))["total"]
    )
    return total or 0


def balances_of(*, resident_id: int, at: datetime) -> list[Balance]:
    """Return the resident's balance in each program, in two queries; empty ones included."""
    wallets = list(
        Wallet.objects.filter(resident_id=resident_id)
        .select_related("program")
        .order_by("program__points_expire_at", "id")
    )
    lots = (
        Lot.objects.filter(wallet__in=wallets, remaining__gt=0, expires_at__gt=at)
        .order_by("expires_at")
        .values("wallet_id", "expires_at", is_usable=Q(usable_from__lte=at))
        .annotate(points=Sum("remaining"))
    )
    return [
        _balance(wallet, [lot for lot in lots if lot["wallet_id"] == wallet.pk])
        for wallet in wallets
    ]


def _balance(wallet: Wallet, lots: Iterable[Mapping[str, Any]]) -> Balance:
    usable = [lot for lot in lots if lot["is_usable"]]
    parts = tuple(BalancePart(lot["points"], lot["expires_at"]) for lot in usable)
    waiting: int = sum(lot["points"] for lot in lots if not lot["is_usable"])
    return Balance(
        wallet_id=wallet.pk,
        program=wallet.program,
        points=sum(part.points for part in parts),
        parts=parts,
        waiting_points=waiting,
    )


def history_of(
    *,
    wallet_id: int,
    limit: int = 50,
    before_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[HistoryLine]:
    """Return the wallet's movements, newest first, each with the book balance after it.

    The running balance comes from all movements, so it is right on every page of the list.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            HISTORY_SQL,
            {
                "wallet": wallet_id,
                "before": before_id,
                "since": since,
                "until": until,
                "limit": limit,
            },
        )
        return [HistoryLine(*row) for row in cursor.fetchall()]


HISTORY_SQL = """
    WITH moves AS (
        SELECT p.transfer_id, sum(p.points * p.sign)::bigint AS points,
               max(l.expires_at) AS expires_at, max(l.round_id) AS round_id
          FROM ledger_lot l
          CROSS JOIN LATERAL (
                SELECT transfer_id, points, 1 AS sign FROM ledger_posting WHERE to_lot_id = l.id
                UNION ALL
                SELECT transfer_id, points, -1 FROM ledger_posting WHERE from_lot_id = l.id
          ) AS p(transfer_id, points, sign)
         WHERE l.wallet_id = %(wallet)s
         GROUP BY p.transfer_id
    ), running AS (
        SELECT m.*, sum(m.points) OVER (ORDER BY m.transfer_id)::bigint AS balance_after
          FROM moves m
    )
    SELECT t.id, t.kind, t.occurred_at, coalesce(st.name, ''), r.points, r.balance_after,
           coalesce(pay.receipt_number, original.receipt_number, ''), coalesce(g.name, ''),
           CASE WHEN t.kind = 'GRANT' THEN r.expires_at END
      FROM running r
      JOIN ledger_transfer t ON t.id = r.transfer_id
      LEFT JOIN stores_store st ON st.id = t.store_id
      LEFT JOIN ledger_payment pay ON pay.transfer_id = t.id
      LEFT JOIN ledger_payment original ON original.transfer_id = t.reverses_id
      LEFT JOIN ledger_grantround g ON g.id = r.round_id AND t.kind = 'GRANT'
     WHERE (%(before)s::bigint IS NULL OR t.id < %(before)s)
       AND (%(since)s::timestamptz IS NULL OR t.occurred_at >= %(since)s)
       AND (%(until)s::timestamptz IS NULL OR t.occurred_at < %(until)s)
     ORDER BY t.id DESC LIMIT %(limit)s
"""


def lapsed_parts(*, wallet_id: int, at: datetime) -> tuple[BalancePart, ...]:
    """Return points whose life is over and that the sweep has not booked yet, by expiry."""
    lots = (
        Lot.objects.filter(wallet_id=wallet_id, remaining__gt=0, expires_at__lte=at)
        .values("expires_at")
        .annotate(points=Sum("remaining"))
        .order_by("expires_at")
    )
    return tuple(BalancePart(lot["points"], lot["expires_at"]) for lot in lots)
