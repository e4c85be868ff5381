"""Points in wallets, made by the ledger's own services."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ledger import services as ledger
from ledger.models import GrantRound, Payment, Wallet
from pointsys.users.models import User
from stores.models import Till
from tests.factories import NOON, OPENING


def give(
    wallet: Wallet,
    points: int,
    *,
    at: datetime = OPENING,
    usable_from: datetime | None = None,
    expires_at: datetime | None = None,
) -> GrantRound:
    """Grant points to one wallet in a round of its own."""
    grant_round = ledger.create_round(
        program_id=wallet.program_id,
        name=f"付与 {uuid4()}",
        method=GrantRound.Method.STAFF,
        reserved_points=points,
        by=None,
        at=at,
        usable_from=usable_from,
        expires_at=expires_at,
    )
    ledger.grant_points(
        round_id=grant_round.pk, points_by_wallet={wallet.pk: points}, by=None, at=at
    )
    wallet.refresh_from_db()
    return grant_round


def spend(
    wallet: Wallet,
    till: Till,
    points: int,
    *,
    key: UUID | None = None,
    at: datetime = NOON,
) -> Payment:
    """Pay at a till."""
    return ledger.pay(
        till_id=till.pk, wallet_id=wallet.pk, points=points, request_key=key or uuid4(), at=at
    )


def make_round(
    wallet: Wallet, reserved: int = 100_000, *, name: str = "", **fields: Any
) -> GrantRound:
    """Reserve points of the wallet's program for grants by occasion."""
    return ledger.create_round(
        program_id=wallet.program_id,
        name=name or f"付与 {uuid4()}",
        method=GrantRound.Method.ACTIVITY,
        reserved_points=reserved,
        by=None,
        at=OPENING,
        **fields,
    )


def give_one(
    grant_round: GrantRound,
    wallet: Wallet,
    points: int = 500,
    occasion: str = "attendance:1",
    *,
    at: datetime = NOON,
    by: User | None = None,
) -> ledger.SingleGrant:
    """Grant points of a round to one wallet for one occasion."""
    return ledger.grant_one(
        round_id=grant_round.pk,
        wallet_id=wallet.pk,
        points=points,
        occasion=occasion,
        at=at,
        by=by,
    )
