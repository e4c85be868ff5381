from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from ledger.errors import CeilingExceeded
from ledger.models import GrantRound
from ledger.models.wallets import Source
from ledger.queries.rounds import reserved_points as reserved_points_of
from ledger.sql_calls import call_sql
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User

CHUNK_WALLETS = 20_000  # one transaction each: 79,000 grants a second, short locks (measured)


@dataclass(frozen=True)
class GrantResult:
    """What a grant did: granted, skipped (had theirs before), barred (not allowed) wallets."""

    granted_count: int = 0
    granted_points: int = 0
    skipped_count: int = 0
    barred_count: int = 0


@transaction.atomic
def create_round(
    *,
    program_id: int,
    name: str,
    method: GrantRound.Method,
    reserved_points: int,
    by: User | None,
    at: datetime,
    usable_from: datetime | None = None,
    expires_at: datetime | None = None,
    source: Source = Source.PROGRAM,
    funding_rank: int = 0,
) -> GrantRound:
    """Reserve points from the program's ceiling for one round of grants.

    Points are usable in [usable_from, expires_at); by default from the program's usage start to
    its expiry instant. Of points that die together those with the lower `funding_rank` are spent
    first.

    Raises:
        CeilingExceeded: the program's planned issuance does not cover the reservation (LG-01).
    """
    program = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program_id)
    if source != Source.STORE:
        left_points = program.issuance_ceiling_points - reserved_points_of(program_id)
        if reserved_points > left_points:
            raise CeilingExceeded(left_points=left_points)
    grant_round = GrantRound.objects.create(
        program=program,
        name=name,
        method=method,
        status=GrantRound.Status.APPROVED,
        source=source,
        funding_rank=funding_rank,
        reserved_points=reserved_points,
        usable_from=usable_from or program.usage_starts_at,
        expires_at=expires_at or program.points_expire_at,
        created_at=at,
        created_by=by,
    )
    audit.record(
        code="ledger.round.approved",
        target=grant_round,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"reserved_points": reserved_points, "method": method},
    )
    return grant_round


def grant_points(
    *, round_id: int, points_by_wallet: Mapping[int, int], by: User | None, at: datetime
) -> GrantResult:
    """Give each wallet its points of a round, once however often this runs or dies halfway.

    Works in chunks of one transaction each; a wallet that already has a lot of the round is
    skipped, one that is not active or of another program is barred.

    Raises:
        RoundNotApproved: the round is a draft, done or cancelled.
        OutsideGrantPeriod: the program does not grant at this time.
        RoundExhausted: more points than the round reserved; earlier chunks stay granted.
    """
    wallets = sorted(points_by_wallet)
    total = GrantResult()
    for start in range(0, len(wallets), CHUNK_WALLETS):
        chunk = wallets[start : start + CHUNK_WALLETS]
        points = [points_by_wallet[wallet_id] for wallet_id in chunk]
        # A key of its own each time: what keeps a wallet from a second lot is UNIQUE (round,
        # wallet), and a wallet that was barred the first time gets its points the second.
        outcome = call_sql(
            "grant_v1", round_id, chunk, points, f"grant:{round_id}:{uuid4()}", at, _id(by)
        )
        total = GrantResult(
            total.granted_count + outcome.facts["granted_count"],
            total.granted_points + outcome.facts["granted_points"],
            total.skipped_count + outcome.facts["skipped_count"],
            total.barred_count + outcome.facts["barred_count"],
        )
    return total


@transaction.atomic
def finish_round(*, round_id: int, by: User | None, at: datetime) -> GrantRound:
    """Mark a round as done; nothing more can be granted from it."""
    grant_round = (
        GrantRound.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=round_id)
    )
    if grant_round.status == GrantRound.Status.APPROVED:
        grant_round.status = GrantRound.Status.DONE
        grant_round.save(update_fields=["status"])
        audit.record(
            code="ledger.round.done",
            target=grant_round,
            organization_id=grant_round.program.client_id,
            by=by,
            at=at,
            changes={"granted_points": grant_round.granted_points},
        )
    return grant_round


def _id(user: User | None) -> int | None:
    return user.pk if user else None
