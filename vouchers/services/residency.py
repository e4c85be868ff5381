"""Confirming from a document where an applicant lives; each application is decided once."""

from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from pointsys.audit import services as audit
from pointsys.common.sealing import unseal
from pointsys.users.models import User
from vouchers.errors import AlreadyDecided, PictureGone, ReasonMissing
from vouchers.models import Application, ResidencyDocument
from vouchers.queries import applications as queries
from vouchers.services import noticing
from vouchers.services.applications import document_context, locked_application

Status = Application.Status
# What was needed to decide is not needed for long after; questions come within days.
PICTURE_DAYS: Final = 30
# A claim spares two people the same work; the lock below is what makes one decision win.
CLAIM_SECONDS: Final = 5 * 60
CLAIMS_SEEN: Final = 50


def take_next(*, sale_round_id: int, by: User, after_id: int = 0) -> Application | None:
    """Return the oldest application that waits and nobody else is looking at, and hold it a while.

    With `after_id` only later ones: somebody who skips one does not get it again at once. When all
    that wait are held by others, the oldest one is returned all the same.
    """
    waiting = list(
        queries.waiting_applications(sale_round_id).filter(pk__gt=after_id)[:CLAIMS_SEEN]
    )
    for application in waiting:
        if claim(application_id=application.pk, by=by):
            return application
    return waiting[0] if waiting else None


def claim(*, application_id: int, by: User) -> bool:
    """Hold an application for five minutes; false when somebody else does."""
    key = _claim_key(application_id)
    if cache.add(key, by.pk, timeout=CLAIM_SECONDS):
        return True
    if cache.get(key) != by.pk:
        return False
    cache.touch(key, CLAIM_SECONDS)
    return True


@transaction.atomic
def confirm(*, application_id: int, by: User, at: datetime) -> Application:
    """Record that the applicant lives where the sale asks for; it takes part in the draw.

    Raises:
        AlreadyDecided: somebody was first.
    """
    application = _waiting(application_id)
    _decide(application, Status.CONFIRMED, reason="", by=by, at=at)
    return application


@transaction.atomic
def refuse(*, application_id: int, reason: str, by: User, at: datetime) -> Application:
    """Record why the address could not be confirmed and tell the applicant, who may send again.

    Raises:
        AlreadyDecided: somebody was first.
        ReasonMissing: the applicant would not know what to do.
    """
    if not reason.strip():
        raise ReasonMissing
    application = _waiting(application_id)
    _decide(application, Status.REFUSED, reason=reason.strip(), by=by, at=at)
    noticing.tell_refused(application, at=at)
    return application


@transaction.atomic
def open_picture(*, document: ResidencyDocument, by: User, at: datetime) -> bytes:
    """Return the picture of a document and put on record who saw whose.

    Raises:
        PictureGone: it was deleted.
    """
    if document.picture_sealed is None:
        raise PictureGone
    application = document.application
    audit.record_access(
        subject=application.resident,
        organization_id=application.sale_round.campaign.program.client_id,
        purpose="住所の確認（商品券の申込）",
        by=by,
        at=at,
    )
    return unseal(bytes(document.picture_sealed), context=document_context(document.uuid))


def delete_pictures(*, at: datetime) -> int:
    """Delete the pictures of applications that were decided long enough ago; return how many."""
    limit = at - timedelta(days=PICTURE_DAYS)
    decided = Q(application__decided_at__lt=limit) & ~Q(application__status=Status.RECEIVED)
    return ResidencyDocument.objects.filter(decided, deleted_at__isnull=True).update(
        picture_sealed=None, deleted_at=at
    )


def _waiting(application_id: int) -> Application:
    application = locked_application(application_id)
    if application.status != Status.RECEIVED:
        raise AlreadyDecided(
            number=application.number,
            by=application.decided_by or "ほかの方",
            status=application.get_status_display(),
        )
    return application


def _decide(
    application: Application, status: Application.Status, *, reason: str, by: User, at: datetime
) -> None:
    application.status = status
    application.reason = reason
    application.decided_by = by
    application.decided_at = at
    application.save(update_fields=["status", "reason", "decided_by", "decided_at"])
    cache.delete(_claim_key(application.pk))
    audit.record(
        code=f"vouchers.application.{status.lower()}",
        target=application,
        organization_id=application.sale_round.campaign.program.client_id,
        by=by,
        at=at,
        changes={"number": application.number},
    )


def _claim_key(application_id: int) -> str:
    return f"vouchers:claim:{application_id}"
