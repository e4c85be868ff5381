"""The draw of a round: frozen, drawn, decided by the client; nobody is told before that (VO-04)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from pointsys.approvals import queries as approvals_of_rows
from pointsys.approvals import services as approvals
from pointsys.approvals.models import Approval
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.draws import queries as draw_queries
from pointsys.draws import services as draws
from pointsys.draws.models import Draw
from pointsys.users.models import User
from vouchers.errors import (
    ApplicationsStillComing,
    DrawNotReady,
    NotALottery,
    NothingToDraw,
    NotYetDecided,
    PurchasePeriodPassed,
)
from vouchers.models import Application, SaleRound
from vouchers.services import noticing, orders
from vouchers.services.campaigns import locked_round, open_sale

APPROVAL_KIND: Final = "vouchers.draw"
RESULTS_AT_ONCE: Final = 2_000
Status = Application.Status


@transaction.atomic
def freeze(*, sale_round_id: int, by: User, at: datetime) -> Draw:
    """Fix which applications take part, and commit to them before any number is known.

    A draw that the client refused is replaced by the new one, which names it.

    Raises:
        ApplicationsStillComing: the period for applications is not over.
        NotYetDecided: some applications wait for somebody to look at their document.
        NothingToDraw: no application was confirmed.
        DrawNotReady: the round was frozen or drawn before, or is not open.
    """
    sale_round = locked_round(sale_round_id)
    previous = sale_round.draw
    _check_freezable(sale_round, previous, at)
    entries = list(
        Application.objects.filter(sale_round=sale_round, status=Status.CONFIRMED)
        .order_by("pk")
        .values_list("uuid", "sets")
    )
    if not entries:
        raise NothingToDraw
    program = sale_round.campaign.program
    draw = draws.create_draw(
        organization_id=program.client_id,
        title=f"{program.name} 第{sale_round.number}回",
        rule=Draw.Rule.MOST_PEOPLE,
        supply=sale_round.sets,
        replaces_id=previous.pk if previous is not None else None,
        by=by,
        at=at,
    )
    draw = draws.freeze(draw_id=draw.pk, entries=entries, by=by, at=at)
    sale_round.draw = draw
    sale_round.save(update_fields=["draw"])
    facts = {"draw": str(draw.uuid), "entries": len(entries), "sha256": draw.secret_sha256}
    _record("vouchers.round.frozen", sale_round, facts, by=by, at=at)
    return draw


@transaction.atomic
def hold_draw(*, sale_round_id: int, public_value: str, by: User, at: datetime) -> Approval:
    """Draw with the witnesses' numbers and ask the client about the result, by its digest.

    Raises:
        DrawNotReady: the applications are not frozen, or it was drawn before.
    """
    sale_round = locked_round(sale_round_id)
    draw = sale_round.draw
    if sale_round.status != SaleRound.Status.APPLYING or draw is None:
        raise DrawNotReady(number=sale_round.number, status=draw_status_words(sale_round))
    if draw.status != Draw.Status.FROZEN:
        raise DrawNotReady(number=sale_round.number, status=draw_status_words(sale_round))
    drawn = draws.draw(draw_id=draw.pk, public_value=public_value, by=by, at=at)
    sale_round.status = SaleRound.Status.DRAWN
    sale_round.save(update_fields=["status"])
    facts = {"draw": str(drawn.uuid), "sha256": drawn.result_sha256}
    _record("vouchers.round.drawn", sale_round, facts, by=by, at=at)
    program = sale_round.campaign.program
    return approvals.ask(
        organization_id=program.client_id,
        kind=APPROVAL_KIND,
        subject=sale_round,
        digest=drawn.result_sha256,
        title=f"{program.name} 第{sale_round.number}回 抽選の結果",
        by=by,
        at=at,
    )


@transaction.atomic
def approve_draw(*, sale_round_id: int, digest: str, by: User, at: datetime) -> SaleRound:
    """Take the client's yes: results, orders of the winners, the sale, and the notices, at once.

    `digest` is that of the result the approver saw.

    Raises:
        DrawNotReady: nothing waits for a decision.
        PurchasePeriodPassed: nobody could buy any more.
        ApprovalError: decided before, by who asked, or another result than the one that was seen.
    """
    sale_round, draw, approval = _waiting(sale_round_id)
    if at >= sale_round.purchase_ends_at:
        raise PurchasePeriodPassed(
            ends=display.japanese_date(display.last_usable_moment(sale_round.purchase_ends_at))
        )
    approvals.decide(approval_id=approval.pk, approve=True, digest=digest, by=by, at=at)
    draws.approve(draw_id=draw.pk, by=by, at=at)
    draws.publish(draw_id=draw.pk, by=by, at=at)
    _write_results(sale_round, draw)
    open_sale(sale_round, by=by, at=at)
    placed = orders.place_orders_for_winners(sale_round_id=sale_round.pk, at=at)
    told = noticing.tell_results(sale_round, at=at)
    facts = {"draw": str(draw.uuid), "orders": placed, "told": told}
    _record("vouchers.round.published", sale_round, facts, by=by, at=at)
    return sale_round


@transaction.atomic
def refuse_draw(*, sale_round_id: int, reason: str, by: User, at: datetime) -> SaleRound:
    """Take the client's no: the draw is void for good, and the round can be drawn anew.

    Raises:
        DrawNotReady: nothing waits for a decision.
        ApprovalError: without a reason, decided before, or by who asked.
    """
    sale_round, draw, approval = _waiting(sale_round_id)
    approvals.decide(
        approval_id=approval.pk, approve=False, digest="", by=by, at=at, comment=reason
    )
    draws.void(draw_id=draw.pk, reason=reason.strip(), by=by, at=at)
    sale_round.status = SaleRound.Status.APPLYING
    sale_round.save(update_fields=["status"])
    # The reason stands in the draw's own row, and is free text.
    _record("vouchers.round.refused", sale_round, {"draw": str(draw.uuid)}, by=by, at=at)
    return sale_round


def draw_status_words(sale_round: SaleRound) -> str:
    """Return how a round's draw stands, in words."""
    draw = sale_round.draw
    if draw is None or draw.status == Draw.Status.VOIDED:
        return sale_round.get_status_display()
    return draw.get_status_display()


def pending_approval(sale_round: SaleRound) -> Approval | None:
    """Return the question about a round's draw that nobody has decided yet."""
    return (
        approvals_of_rows.approvals_of(sale_round)
        .filter(kind=APPROVAL_KIND, status=Approval.Status.PENDING)
        .select_related("asked_by")
        .first()
    )


def last_approval(sale_round: SaleRound) -> Approval | None:
    """Return the newest question about a round's draw, decided or not."""
    return (
        approvals_of_rows.approvals_of(sale_round)
        .filter(kind=APPROVAL_KIND)
        .select_related("asked_by", "decided_by")
        .first()
    )


def _check_freezable(sale_round: SaleRound, previous: Draw | None, at: datetime) -> None:
    if sale_round.method != SaleRound.Method.LOTTERY:
        raise NotALottery(number=sale_round.number)
    is_free = previous is None or previous.status == Draw.Status.VOIDED
    if sale_round.status != SaleRound.Status.APPLYING or not is_free:
        raise DrawNotReady(number=sale_round.number, status=draw_status_words(sale_round))
    assert sale_round.apply_ends_at is not None
    if at < sale_round.apply_ends_at:
        raise ApplicationsStillComing(ends=noticing.until_words(sale_round.apply_ends_at))
    waiting = Application.objects.filter(sale_round=sale_round, status=Status.RECEIVED).count()
    if waiting:
        raise NotYetDecided(count=waiting)


def _waiting(sale_round_id: int) -> tuple[SaleRound, Draw, Approval]:
    sale_round = locked_round(sale_round_id)
    approval = pending_approval(sale_round)
    if sale_round.status != SaleRound.Status.DRAWN or sale_round.draw is None or approval is None:
        raise DrawNotReady(number=sale_round.number, status=draw_status_words(sale_round))
    return sale_round, sale_round.draw, approval


def _write_results(sale_round: SaleRound, draw: Draw) -> None:
    """Write who won how many sets, a few thousand in one statement."""
    results: Sequence[draw_queries.DrawResult] = draw_queries.results_of(draw.pk)
    confirmed = Application.objects.filter(sale_round=sale_round, status=Status.CONFIRMED)
    assert confirmed.count() == len(results), "applications changed after the freeze"
    # By uuid alone: with more conditions, a planner without fresh statistics goes through the
    # whole round for each result.
    # The record of each row's change costs more than the change: parts stay below the time limit
    # that pages have for one statement.
    for start in range(0, len(results), RESULTS_AT_ONCE):
        _write_part(results[start : start + RESULTS_AT_ONCE])


def _write_part(results: Sequence[draw_queries.DrawResult]) -> None:
    with connection.cursor() as cursor:
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


def _record(
    code: str, sale_round: SaleRound, facts: Mapping[str, object], *, by: User, at: datetime
) -> None:
    audit.record(
        code=code,
        target=sale_round,
        organization_id=sale_round.campaign.program.client_id,
        by=by,
        at=at,
        changes=dict(facts),
    )
