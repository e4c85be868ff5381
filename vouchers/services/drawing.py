"""The draw of a round: frozen, drawn, decided by the client; nobody is told before that (VO-04)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from pointsys.approvals import queries as approvals_of_rows
from pointsys.approvals import services as approvals
from pointsys.approvals.models import Approval
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.draws import services as draws
from pointsys.draws.models import Draw
from pointsys.users.models import User
from vouchers import tasks
from vouchers.errors import (
    ApplicationsStillComing,
    DrawNotReady,
    NotALottery,
    NothingToDraw,
    NotYetDecided,
    PurchasePeriodPassed,
)
from vouchers.models import Application, SaleRound
from vouchers.services import noticing
from vouchers.services.campaigns import locked_round, reserve_points

APPROVAL_KIND: Final = "vouchers.draw"
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
    """Take the client's yes; a task writes the results and tells them (`publishing`).

    `digest` is that of the result the approver saw. What could make the sale impossible is found
    here, while somebody reads the answer.

    Raises:
        DrawNotReady: nothing waits for a decision.
        PurchasePeriodPassed: nobody could buy any more.
        CeilingExceeded: the program's planned issuance does not cover the round.
        ApprovalError: decided before, by who asked, or another result than the one that was seen.
    """
    sale_round, draw, approval = _waiting(sale_round_id)
    if at >= sale_round.purchase_ends_at:
        raise PurchasePeriodPassed(
            ends=display.japanese_date(display.last_usable_moment(sale_round.purchase_ends_at))
        )
    approvals.decide(approval_id=approval.pk, approve=True, digest=digest, by=by, at=at)
    draws.approve(draw_id=draw.pk, by=by, at=at)
    reserve_points(sale_round, by=by, at=at)
    _record("vouchers.round.approved", sale_round, {"draw": str(draw.uuid)}, by=by, at=at)
    tasks.carry_out_draw.delay_on_commit(sale_round_id=sale_round.pk)  # type: ignore[attr-defined]
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
