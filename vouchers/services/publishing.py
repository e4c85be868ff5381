"""What follows the client's yes to a draw: its results are written at once, then everybody is told.

A task does it (`vouchers.tasks`): tens of thousands of applications take longer than a page may. A
worker that dies leaves either nothing or a part of the notices; the sweep goes on from there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pghistory
from django.db import connection, transaction

from pointsys.audit import services as audit
from pointsys.draws import queries as draw_queries
from pointsys.draws import services as draws
from pointsys.draws.models import Draw
from vouchers.models import Application, SaleRound
from vouchers.services import noticing, orders
from vouchers.services.campaigns import locked_round, open_sale
from vouchers.services.drawing import last_approval

TOLD_AT_ONCE: Final = 1_000
Status = Application.Status


def rounds_with_work() -> list[int]:
    """Return the rounds whose draw is approved and not carried out to the end."""
    approved = SaleRound.objects.filter(
        status=SaleRound.Status.DRAWN, draw__status=Draw.Status.APPROVED
    )
    untold = SaleRound.objects.filter(draw__status=Draw.Status.PUBLISHED, told_at__isnull=True)
    return [
        *approved.order_by("pk").values_list("pk", flat=True),
        *untold.order_by("pk").values_list("pk", flat=True),
    ]


def carry_out(*, sale_round_id: int, at: datetime) -> SaleRound:
    """Write the results of an approved draw and tell them; safe to run at any time, by anybody."""
    write_results(sale_round_id=sale_round_id, at=at)
    tell_results(sale_round_id=sale_round_id, at=at)
    return SaleRound.objects.get(pk=sale_round_id)


@transaction.atomic
def write_results(*, sale_round_id: int, at: datetime) -> bool:
    """Write results and orders of an approved draw and open its sale: all of it or nothing.

    False where there is nothing to write, or somebody else is at it.
    """
    if not _has_work(sale_round_id, Draw.Status.APPROVED):
        return False
    sale_round = locked_round(sale_round_id)
    draw, approval = sale_round.draw, last_approval(sale_round)
    assert draw is not None
    assert approval is not None
    by = approval.decided_by
    assert by is not None, "an approved draw has somebody who approved it"
    with pghistory.context(user=by.pk):
        draws.publish(draw_id=draw.pk, by=by, at=at)
        _write_results(sale_round, draw)
        open_sale(sale_round, by=by, at=at)
        placed = orders.place_orders_for_winners(sale_round_id=sale_round.pk, at=at)
    _record(
        "vouchers.round.published", sale_round, {"draw": str(draw.uuid), "orders": placed}, at=at
    )
    return True


def tell_results(*, sale_round_id: int, at: datetime) -> int:
    """Tell every applicant of a published draw, a part in one transaction; return how many."""
    told = 0
    while (part := _tell_part(sale_round_id, at)) is not None:
        told += part
    return told


@transaction.atomic
def _tell_part(sale_round_id: int, at: datetime) -> int | None:
    if not _has_work(sale_round_id, Draw.Status.PUBLISHED):
        return None
    sale_round = locked_round(sale_round_id)
    part, told = noticing.tell_results(
        sale_round, after_id=sale_round.told_up_to, at_most=TOLD_AT_ONCE, at=at
    )
    if part:
        sale_round.told_up_to = part[-1]
    else:
        sale_round.told_at = at
        _record("vouchers.round.told", sale_round, {"up_to": sale_round.told_up_to}, at=at)
    sale_round.save(update_fields=["told_up_to", "told_at"])
    return told


def _has_work(sale_round_id: int, draw_status: Draw.Status) -> bool:
    """Lock the round if its draw waits for this; not if another worker has it."""
    waiting = SaleRound.objects.filter(
        pk=sale_round_id, draw__status=draw_status, told_at__isnull=True
    )
    return (
        waiting.select_for_update(no_key=True, of=("self",), skip_locked=True).first() is not None
    )


def _write_results(sale_round: SaleRound, draw: Draw) -> None:
    results: Sequence[draw_queries.DrawResult] = draw_queries.results_of(draw.pk)
    confirmed = Application.objects.filter(sale_round=sale_round, status=Status.CONFIRMED)
    assert confirmed.count() == len(results), "applications changed after the freeze"
    with connection.cursor() as cursor:
        # By uuid alone: with more conditions, a planner without fresh statistics goes through the
        # whole round for each result.
        cursor.execute(
            """
            UPDATE vouchers_application AS application
               SET won_sets = result.won,
                   status = CASE WHEN result.won > 0 THEN 'WON' ELSE 'LOST' END
              FROM unnest(%s::uuid[], %s::integer[]) AS result (uuid, won)
             WHERE application.uuid = result.uuid
            """,
            [
                [result.applicant_uuid for result in results],
                [result.won_units for result in results],
            ],
        )
        # Whoever was frozen takes part to the end; a row that changed meanwhile stops everything.
        assert cursor.rowcount == len(results), "applications changed after the freeze"


def _record(code: str, sale_round: SaleRound, facts: dict[str, object], *, at: datetime) -> None:
    audit.record(
        code=code,
        target=sale_round,
        organization_id=sale_round.campaign.program.client_id,
        by=None,
        at=at,
        changes=facts,
    )
