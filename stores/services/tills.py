from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users.models import User
from stores import errors, till_codes
from stores.models import Enrolment, Till


@transaction.atomic
def issue_till(*, program_id: int, store_id: int, by: User | None, at: datetime) -> Till:
    """Give a store one more QR of a program, with the lowest till number that is free.

    Raises:
        NotEnrolled: the store has no part in the program.
        EnrolmentInOtherState: the store left the program.
        SigningKeyMissing: the installation has no key to sign with.
    """
    [till] = _issue(program_id, [store_id], by=by, at=at)
    return till


@transaction.atomic
def issue_missing_tills(
    *, program_id: int, store_ids: Sequence[int], by: User | None, at: datetime
) -> list[Till]:
    """Give a first QR to each of these active stores that has none, and return the new ones."""
    active = set(
        Enrolment.objects.filter(
            program_id=program_id, store_id__in=store_ids, status=Enrolment.Status.ACTIVE
        ).values_list("store_id", flat=True)
    )
    served = set(
        Till.objects.filter(
            program_id=program_id, store_id__in=store_ids, revoked_at__isnull=True
        ).values_list("store_id", flat=True)
    )
    return _issue(program_id, sorted(active - served), by=by, at=at)


@transaction.atomic
def revoke_till(*, till_id: int, by: User, at: datetime) -> Till:
    """Make a QR useless at once; its payments stay.

    Raises:
        TillAlreadyRevoked.
    """
    till = (
        Till.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program", "store")
        .get(pk=till_id)
    )
    if till.revoked_at:
        raise errors.TillAlreadyRevoked
    till.revoked_at = at
    till.save(update_fields=["revoked_at"])
    audit.record(
        code="stores.till.revoked",
        target=till,
        organization_id=till.program.client_id,
        by=by,
        at=at,
        changes={"store": till.store_id, "number": till.number},
    )
    return till


def _issue(
    program_id: int, store_ids: Sequence[int], *, by: User | None, at: datetime
) -> list[Till]:
    # The enrolments' rows make two people who issue for one store queue up for its numbers.
    enrolments = list(
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .filter(program_id=program_id, store_id__in=store_ids)
        .select_related("program")
        .order_by("pk")
    )
    if len(enrolments) != len(store_ids):
        raise errors.NotEnrolled
    for enrolment in enrolments:
        if enrolment.status == Enrolment.Status.WITHDRAWN:
            raise errors.EnrolmentInOtherState(
                status=enrolment.get_status_display(), act="QRの発行"
            )
    if not enrolments:
        return []
    key_id = till_codes.newest_key_id()
    numbers = _free_numbers(program_id, [enrolment.store_id for enrolment in enrolments])
    # A code that is taken already (1 in 34 thousand million) fails on the unique constraint and
    # nothing is issued; the person presses the button again.
    tills = Till.objects.bulk_create(
        [
            Till(
                program_id=program_id,
                store_id=enrolment.store_id,
                number=numbers[enrolment.store_id],
                code=till_codes.new_code(),
                key_id=key_id,
                issued_at=at,
            )
            for enrolment in enrolments
        ]
    )
    audit.record_many(
        code="stores.till.issued",
        targets=[(till, {"store": till.store_id, "number": till.number}) for till in tills],
        organization_id=enrolments[0].program.client_id,
        by=by,
        at=at,
    )
    return tills


def _free_numbers(program_id: int, store_ids: Sequence[int]) -> dict[int, int]:
    taken: dict[int, set[int]] = {store_id: set() for store_id in store_ids}
    for store_id, number in Till.objects.filter(
        program_id=program_id, store_id__in=store_ids, revoked_at__isnull=True
    ).values_list("store_id", "number"):
        taken[store_id].add(number)
    return {
        store_id: next(n for n in range(1, len(numbers) + 2) if n not in numbers)
        for store_id, numbers in taken.items()
    }
