from datetime import datetime

from django.db import transaction

from ledger.errors import RoundExhausted
from ledger.models import GrantRound
from pointsys.audit import services as audit
from pointsys.programs import services as programs
from pointsys.users.models import User


@transaction.atomic
def move_reservation(
    *, from_round_id: int, to_round_id: int | None, points: int, by: User | None, at: datetime
) -> None:
    """Take reserved points that a round will not grant from it, and give them to another round.

    Without another round they go back to what the program's ceiling has left. Neither the ceiling
    nor what was granted changes.

    Raises:
        RoundExhausted: the round has granted more than would stay reserved.
    """
    assert points > 0, "a reservation moves by points"
    source = GrantRound.objects.select_related("program").get(pk=from_round_id)
    programs.lock_program(source.program_id)
    ids = [pk for pk in (from_round_id, to_round_id) if pk is not None]
    rounds = {
        grant_round.pk: grant_round
        for grant_round in GrantRound.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=ids, program_id=source.program_id)
        .order_by("pk")
    }
    assert len(rounds) == len(ids), "points move between rounds of one program"
    # Down first: the trigger that guards the ceiling counts after each row.
    for round_id, change in ((from_round_id, -points), (to_round_id, points)):
        if round_id is None:
            continue
        grant_round = rounds[round_id]
        left = grant_round.reserved_points - grant_round.granted_points
        if left + change < 0:
            raise RoundExhausted(left_points=left)
        grant_round.reserved_points += change
        grant_round.save(update_fields=["reserved_points"])
        audit.record(
            code="ledger.round.resized",
            target=grant_round,
            organization_id=source.program.client_id,
            by=by,
            at=at,
            changes={"reserved_points": grant_round.reserved_points},
        )
