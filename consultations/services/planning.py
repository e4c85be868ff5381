"""From a draft to the client's decision."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from consultations.errors import (
    EventAlreadyStarted,
    EventNotDraft,
    EventNotProposable,
    EventNotWaiting,
)
from consultations.models import Event
from consultations.services import locks
from consultations.services.changes import apply_change
from consultations.services.plans import (
    EventPlan,
    ask,
    check_plan,
    digest_of,
    pending_approval,
    plan_of,
    put_plan,
    record,
    waiting_plan_of,
)
from pointsys.approvals import services as approval_services
from pointsys.approvals.models import Approval
from pointsys.programs.models import Program
from pointsys.users.models import User


@transaction.atomic
def create_event(*, program_id: int, plan: EventPlan, by: User, at: datetime) -> Event:
    """Start the draft of an event.

    Raises:
        EventTimesWrong, EventOutsideArea: as `check_plan` says.
    """
    program = Program.objects.get(pk=program_id)
    check_plan(program, plan)
    event = Event.objects.create(program=program, created_by=by, created_at=at, **asdict(plan))
    record("created", event, by, at, kind=plan.kind)
    return event


@transaction.atomic
def change_draft(*, event_id: int, plan: EventPlan, by: User, at: datetime) -> Event:
    """Change a draft.

    Raises:
        EventNotDraft: it is proposed or further; use `change_event` then.
    """
    event = locks.event(event_id)
    if event.status != Event.Status.DRAFT:
        raise EventNotDraft(status=event.get_status_display())
    check_plan(event.program, plan)
    changed = put_plan(event, plan)
    if changed:
        event.save(update_fields=changed)
        record("changed", event, by, at, fields=changed)
    return event


@transaction.atomic
def propose(*, event_id: int, by: User, at: datetime) -> Approval:
    """Ask the client to approve place, time and method of a draft (CO-03).

    Raises:
        EventNotProposable: it is not a draft.
        EventAlreadyStarted: its day is over.
    """
    event = locks.event(event_id)
    if event.status != Event.Status.DRAFT:
        raise EventNotProposable(status=event.get_status_display())
    plan = plan_of(event)
    check_plan(event.program, plan)
    if event.starts_at <= at:
        raise EventAlreadyStarted
    event.status = Event.Status.PROPOSED
    event.save(update_fields=["status"])
    record("proposed", event, by, at)
    return ask(event, plan, "開催の承認", by=by, at=at)


@transaction.atomic
def decide_event(
    *, event_id: int, approve: bool, digest: str, comment: str, by: User, at: datetime
) -> Event:
    """Take the client's decision on a proposed event, or on a change of an approved one.

    `digest` is that of the page the decider saw; a refused change leaves what was approved.

    Raises:
        EventNotWaiting: there is no open question.
        SamePersonApproval, ChangedSinceAsked, ReasonRequired: as approvals says.
    """
    event = locks.event(event_id)
    approval = pending_approval(event)
    if approval is None:
        raise EventNotWaiting
    plan = waiting_plan_of(event)
    # The row's own digest decides; a page that showed something else is refused with it.
    seen = digest if digest == digest_of(event, plan) else ""
    approval_services.decide(
        approval_id=approval.pk, approve=approve, digest=seen, by=by, at=at, comment=comment
    )
    if event.status == Event.Status.PROPOSED:
        event.status = Event.Status.APPROVED if approve else Event.Status.DRAFT
        event.approved_at = at if approve else None
        event.save(update_fields=["status", "approved_at"])
    elif approve:
        apply_change(event, plan, at=at)
    else:
        event.change = None
        event.save(update_fields=["change"])
    record("approved" if approve else "refused", event, by, at)
    return event
