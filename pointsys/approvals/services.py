from datetime import datetime

from django.db import transaction
from django.db.models import Model

from pointsys.approvals.errors import (
    AlreadyDecided,
    ChangedSinceAsked,
    ReasonRequired,
    SamePersonApproval,
)
from pointsys.approvals.models import Approval
from pointsys.audit import services as audit
from pointsys.users.models import User


@transaction.atomic
def ask(
    *,
    organization_id: int,
    kind: str,
    subject: Model,
    digest: str,
    title: str,
    by: User,
    at: datetime,
) -> Approval:
    """Ask for one decision on one row; the digest (hex SHA-256) fixes what is being decided."""
    approval = Approval.objects.create(
        organization_id=organization_id,
        kind=kind,
        subject_kind=subject._meta.label,
        subject_id=str(subject.pk),
        digest=digest,
        title=title,
        asked_by=by,
        asked_at=at,
    )
    audit.record(
        code="approvals.asked",
        target=approval,
        organization_id=organization_id,
        by=by,
        at=at,
        changes={"kind": kind, "subject": f"{approval.subject_kind}:{approval.subject_id}"},
    )
    return approval


@transaction.atomic
def decide(
    *,
    approval_id: int,
    approve: bool,
    digest: str,
    by: User,
    at: datetime,
    comment: str = "",
) -> Approval:
    """Record the decision of another person; the caller acts on it inside its own transaction.

    Raises:
        AlreadyDecided: somebody decided before.
        SamePersonApproval: the decider asked for it.
        ChangedSinceAsked: `digest` is not the one that was asked about.
        ReasonRequired: a refusal without a reason.
    """
    approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
    if approval.status != Approval.Status.PENDING:
        raise AlreadyDecided(status=approval.get_status_display())
    if approval.asked_by_id == by.pk:
        raise SamePersonApproval
    if approve and approval.digest != digest:
        raise ChangedSinceAsked
    if not approve and not comment.strip():
        raise ReasonRequired
    _close(
        approval,
        status=Approval.Status.APPROVED if approve else Approval.Status.REJECTED,
        by=by,
        at=at,
        comment=comment,
    )
    return approval


@transaction.atomic
def withdraw(*, approval_id: int, by: User, at: datetime, comment: str) -> Approval:
    """Take back a pending question, for example because the file was made anew.

    Raises:
        AlreadyDecided: somebody decided before.
    """
    approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
    if approval.status != Approval.Status.PENDING:
        raise AlreadyDecided(status=approval.get_status_display())
    _close(approval, status=Approval.Status.WITHDRAWN, by=by, at=at, comment=comment)
    return approval


def _close(
    approval: Approval, *, status: Approval.Status, by: User, at: datetime, comment: str
) -> None:
    approval.status = status
    approval.decided_by = by
    approval.decided_at = at
    approval.comment = comment
    approval.save(update_fields=["status", "decided_by", "decided_at", "comment"])
    audit.record(
        code=f"approvals.{status.lower()}",
        target=approval,
        organization_id=approval.organization_id,
        by=by,
        at=at,
        changes={"kind": approval.kind, "digest": approval.digest},
    )
