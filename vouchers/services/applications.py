"""Applying for a lottery round: once a person and round, with a picture that shows the address."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from pointsys.audit import services as audit
from pointsys.common.sealing import seal
from pointsys.residents.models import Resident
from pointsys.users.models import User
from vouchers import numbers, pictures
from vouchers.errors import (
    AlreadyApplied,
    CannotSendAgain,
    CannotWithdraw,
    NotAResidentOfTheClient,
    NotTakingApplications,
    TooManySets,
)
from vouchers.models import Application, ResidencyDocument, SaleRound
from vouchers.queries.campaigns import is_taking_applications

Status = Application.Status
ONCE: Final = "vouchers_application_once_a_round"
NUMBER_TRIES: Final = 5


def document_context(document_uuid: UUID) -> str:
    """Return what the seal of a document's picture is bound to."""
    return f"vouchers.residency_document:{document_uuid}"


@transaction.atomic
def apply(
    *,
    sale_round_id: int,
    resident_id: int,
    sets: int,
    kind: str,
    picture: bytes,
    by: User | None,
    assisted_by: User | None = None,
    at: datetime,
) -> Application:
    """Take an application with its document; one of a person counts in a round (VO-02).

    The picture is written anew before it is sealed, whoever hands it over. `assisted_by` is the
    member of staff who typed it in for the resident (PB-05).

    Raises:
        NotTakingApplications: the round is not open, or it is too early or too late.
        TooManySets: more than a person may have, or none.
        AlreadyApplied: this person has an application in this round.
        NotAResidentOfTheClient: the sale belongs to another client.
        PictureRefused: what was sent in is no picture of a document.
    """
    _share_round(sale_round_id)
    sale_round = SaleRound.objects.select_related("campaign__program").get(pk=sale_round_id)
    if not is_taking_applications(sale_round, at):
        raise NotTakingApplications
    campaign = sale_round.campaign
    if not 1 <= sets <= campaign.limit_sets_per_person:
        raise TooManySets(limit=campaign.limit_sets_per_person)
    # Two requests of one person wait for each other, so the second one is told and does not break.
    resident = Resident.objects.select_for_update(no_key=True, of=("self",)).get(pk=resident_id)
    if resident.client_id != campaign.program.client_id:
        raise NotAResidentOfTheClient
    existing = living_application(sale_round_id, resident_id)
    if existing is not None:
        raise AlreadyApplied(number=existing.number)
    written_anew = pictures.re_encode(picture)
    application = _created(sale_round, resident, sets, assisted_by, at)
    _add_document(application, kind, written_anew, at)
    _record("vouchers.application.received", application, by=by or assisted_by, at=at)
    return application


def living_application(sale_round_id: int, resident_id: int) -> Application | None:
    """Return the one application of a person in a round that counts."""
    return (
        Application.objects.filter(sale_round_id=sale_round_id, resident_id=resident_id)
        .exclude(status__in=[Status.WITHDRAWN, Status.EXCLUDED])
        .first()
    )


@transaction.atomic
def withdraw(*, application_id: int, by: User | None, at: datetime) -> Application:
    """Take an application back before applications end; its pictures are deleted at once.

    Raises:
        CannotWithdraw: applications have ended, or it was taken back before.
    """
    application = _locked_before_freeze(application_id)
    alive = {Status.RECEIVED, Status.CONFIRMED, Status.REFUSED}
    if application.status not in alive or not is_taking_applications(application.sale_round, at):
        raise CannotWithdraw
    application.status = Status.WITHDRAWN
    application.save(update_fields=["status"])
    _delete_pictures(application, at)
    _record("vouchers.application.withdrawn", application, by=by, at=at)
    return application


@transaction.atomic
def send_again(
    *, application_id: int, kind: str, picture: bytes, by: User | None, at: datetime
) -> Application:
    """Take another document for an application that could not be confirmed; it waits again.

    Raises:
        CannotSendAgain: it was not refused, or applications have ended.
        PictureRefused: what was sent in is no picture of a document.
    """
    application = _locked_before_freeze(application_id)
    is_open = is_taking_applications(application.sale_round, at)
    if application.status != Status.REFUSED or not is_open:
        raise CannotSendAgain
    written_anew = pictures.re_encode(picture)
    _delete_pictures(application, at)
    _add_document(application, kind, written_anew, at)
    application.status = Status.RECEIVED
    application.reason = ""
    application.decided_at = application.decided_by = None
    application.save(update_fields=["status", "reason", "decided_at", "decided_by"])
    _record("vouchers.application.sent_again", application, by=by, at=at)
    return application


def locked_application(application_id: int) -> Application:
    """Return an application whose row is locked until the caller's transaction ends."""
    return (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("sale_round__campaign__program__client", "resident__user", "decided_by")
        .get(pk=application_id)
    )


def _locked_before_freeze(application_id: int) -> Application:
    _share_round(Application.objects.values_list("sale_round_id", flat=True).get(pk=application_id))
    return locked_application(application_id)


def _share_round(sale_round_id: int) -> None:
    """Keep the freeze of a round waiting until this request is through, or wait for the freeze."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM vouchers_saleround WHERE id = %s FOR SHARE", [sale_round_id])


def _created(
    sale_round: SaleRound,
    resident: Resident,
    sets: int,
    assisted_by: User | None,
    at: datetime,
) -> Application:
    for _ in range(NUMBER_TRIES):
        number = numbers.new_number()
        if Application.objects.filter(number=number).exists():
            continue
        try:
            with transaction.atomic():
                return Application.objects.create(
                    sale_round=sale_round,
                    resident=resident,
                    number=number,
                    sets=sets,
                    applied_at=at,
                    assisted_by=assisted_by,
                )
        except IntegrityError as error:
            if ONCE in str(error):
                raise AlreadyApplied(number="") from error
    raise AssertionError("no free number among 34 thousand million")


def _add_document(application: Application, kind: str, picture: bytes, at: datetime) -> None:
    document_uuid = uuid4()
    ResidencyDocument.objects.create(
        application=application,
        uuid=document_uuid,
        kind=kind,
        picture_sealed=seal(picture, context=document_context(document_uuid)),
        uploaded_at=at,
    )


def _delete_pictures(application: Application, at: datetime) -> None:
    application.documents.filter(deleted_at__isnull=True).update(picture_sealed=None, deleted_at=at)


def _record(code: str, application: Application, *, by: User | None, at: datetime) -> None:
    audit.record(
        code=code,
        target=application,
        organization_id=application.sale_round.campaign.program.client_id,
        by=by,
        at=at,
        changes={
            "number": application.number,
            "sets": application.sets,
            "is_assisted": application.assisted_by_id is not None,
        },
    )
