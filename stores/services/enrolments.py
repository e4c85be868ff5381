from datetime import datetime

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users.models import User
from stores import errors
from stores.models import Enrolment
from stores.services import notices


@transaction.atomic
def suspend_enrolment(*, enrolment_id: int, reason: str, by: User, at: datetime) -> Enrolment:
    """Stop a store from taking payments of one program from now on.

    Raises:
        ReasonMissing, EnrolmentInOtherState.
    """
    return _move(
        enrolment_id,
        act="利用停止",
        allowed_from=(Enrolment.Status.ACTIVE,),
        to=Enrolment.Status.SUSPENDED,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def resume_enrolment(*, enrolment_id: int, reason: str, by: User, at: datetime) -> Enrolment:
    """Let a suspended store take payments again.

    Raises:
        ReasonMissing, EnrolmentInOtherState.
    """
    return _move(
        enrolment_id,
        act="再開",
        allowed_from=(Enrolment.Status.SUSPENDED,),
        to=Enrolment.Status.ACTIVE,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def withdraw_enrolment(*, enrolment_id: int, reason: str, by: User, at: datetime) -> Enrolment:
    """End a store's part in a program; only a new application brings it back.

    What it has earned is still paid.

    Raises:
        ReasonMissing, EnrolmentInOtherState.
    """
    return _move(
        enrolment_id,
        act="脱退",
        allowed_from=(Enrolment.Status.ACTIVE, Enrolment.Status.SUSPENDED),
        to=Enrolment.Status.WITHDRAWN,
        reason=reason,
        by=by,
        at=at,
    )


def _move(
    enrolment_id: int,
    *,
    act: str,
    allowed_from: tuple[Enrolment.Status, ...],
    to: Enrolment.Status,
    reason: str,
    by: User,
    at: datetime,
) -> Enrolment:
    if not reason.strip():
        raise errors.ReasonMissing
    enrolment = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "store")
        .get(pk=enrolment_id)
    )
    if enrolment.status not in allowed_from:
        raise errors.EnrolmentInOtherState(status=enrolment.get_status_display(), act=act)
    before, enrolment.status = enrolment.status, to
    enrolment.reason = reason.strip()
    enrolment.save(update_fields=["status", "reason"])
    audit.record(
        code=f"stores.enrolment.{to.lower()}"
        if to != Enrolment.Status.ACTIVE
        else "stores.enrolment.resumed",
        target=enrolment,
        organization_id=enrolment.program.client_id,
        by=by,
        at=at,
        changes={"status": [before, to]},
    )
    notices.tell_status(enrolment=enrolment, at=at)
    return enrolment
