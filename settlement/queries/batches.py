from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from pointsys.users import queries as users
from pointsys.users.models import User
from settlement.models import BankFileDownload, BankFileProfile, PayoutBatch
from settlement.queries.roles import VIEW_ROLES

IN_THE_MAKING = (PayoutBatch.Status.PREPARED, PayoutBatch.Status.APPROVED)


def batches_visible_to(user: User | AnonymousUser) -> QuerySet[PayoutBatch]:
    """Return the transfer files of the clients whose settlement the user may see."""
    return PayoutBatch.objects.filter(
        program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("program__client", "period", "profile", "prepared_by", "approved_by", "file")


def profiles_visible_to(user: User | AnonymousUser) -> QuerySet[BankFileProfile]:
    """Return the accounts that the user's clients pay from."""
    return BankFileProfile.objects.filter(
        client_id__in=users.client_ids(user, VIEW_ROLES)
    ).order_by("client__name", "name")


def batch_in_the_making(
    *, program_id: int | None = None, profile_id: int | None = None
) -> PayoutBatch | None:
    """Return the batch of a program or profile that has not gone to the bank yet."""
    batches = PayoutBatch.objects.select_related("period", "file").filter(status__in=IN_THE_MAKING)
    if program_id is not None:
        batches = batches.filter(program_id=program_id)
    if profile_id is not None:
        batches = batches.filter(profile_id=profile_id)
    return batches.first()


def is_downloaded(batch: PayoutBatch) -> bool:
    """Tell whether somebody has taken the file."""
    return BankFileDownload.objects.filter(file__batch=batch).exists()
