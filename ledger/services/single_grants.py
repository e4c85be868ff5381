from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from ledger.models import GrantRound, Lot
from ledger.sql_calls import call_sql
from pointsys.users.models import User

OCCASION_LENGTH = Lot._meta.get_field("occasion").max_length or 0


@dataclass(frozen=True)
class SingleGrant:
    """One grant to one wallet; `is_new` is false where the occasion had been served before."""

    transfer_id: int
    transfer_uuid: UUID
    points: int
    is_new: bool


def grant_one(
    *,
    round_id: int,
    wallet_id: int,
    points: int,
    occasion: str,
    at: datetime,
    by: User | None,
) -> SingleGrant:
    """Give one wallet points of a round for one occasion, once however often this runs.

    `occasion` names what the points are for (`order:<uuid>`, at most 50 signs, never personal
    data). It may run inside the caller's transaction and holds the round until that commits. Who
    grants from several rounds, or pays or refunds before granting, in one transaction calls
    `lock_rounds` first. A round is granted either by occasions or in bulk: `grant_points` passes
    over a wallet that has any lot of it.

    Raises:
        RoundNotApproved: the round is a draft, done or cancelled.
        OutsideGrantPeriod: the program does not grant at this time.
        RoundExhausted: the round has reserved no more points.
        WalletNotActive: the wallet is frozen, merged or closed.
        IdempotencyConflict: the occasion was served with other points.
    """
    assert 0 < len(occasion) <= OCCASION_LENGTH, "an occasion is a short code"
    outcome = call_sql(
        "grant_one_v1", round_id, wallet_id, points, occasion, at, by.pk if by else None
    )
    assert outcome.transfer_id is not None
    return SingleGrant(
        transfer_id=outcome.transfer_id,
        transfer_uuid=UUID(outcome.facts["transfer_uuid"]),
        points=points,
        is_new=outcome.code == "GRANTED",
    )


def lock_rounds(*, round_ids: Collection[int]) -> None:
    """Lock rounds in the order of the ledger: month cuts, rounds by id, and wallets only later.

    Without it two transactions that each hold what the other one grants from wait for ever.
    """
    assert connection.in_atomic_block, "a lock lasts as long as its transaction"
    programs = GrantRound.objects.filter(pk__in=round_ids).values_list("program_id", flat=True)
    with connection.cursor() as cursor:
        for program_id in sorted(set(programs)):
            cursor.execute("SELECT ledger_enter_v1(%s)", [program_id])
    rounds = GrantRound.objects.select_for_update(no_key=True, of=("self",))
    list(rounds.filter(pk__in=round_ids).order_by("pk").values_list("pk", flat=True))
