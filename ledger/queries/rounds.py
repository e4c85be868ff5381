from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, Min, QuerySet, Sum

from ledger.models import GrantRound, Lot, Transfer
from ledger.models.wallets import Source
from pointsys.users import queries as users
from pointsys.users.models import User


@dataclass(frozen=True)
class PaymentSpan:
    """The first and the last payment of a program; None where nobody has paid yet."""

    first_at: datetime | None
    last_at: datetime | None


def rounds_visible_to(user: User | AnonymousUser) -> QuerySet[GrantRound]:
    """Return the grant rounds of the clients for which the user holds any staff role."""
    return (
        GrantRound.objects.filter(program__client_id__in=users.client_ids(user))
        .select_related("program", "created_by")
        .order_by("-created_at", "-id")
    )


def reserved_points(program_id: int) -> int:
    """Return what rounds have reserved from the program's ceiling; store-funded points are free."""
    reserved: int | None = (
        GrantRound.objects.filter(
            program_id=program_id,
            status__in=[GrantRound.Status.APPROVED, GrantRound.Status.DONE],
        )
        .exclude(source=Source.STORE)
        .aggregate(total=Sum("reserved_points"))["total"]
    )
    return reserved or 0


def payment_span(program_id: int) -> PaymentSpan:
    """Return when a program was first and last paid with."""
    span = Transfer.objects.filter(program_id=program_id, kind=Transfer.Kind.PAYMENT).aggregate(
        first=Min("occurred_at"), last=Max("occurred_at")
    )
    return PaymentSpan(span["first"], span["last"])


def wallets_of_round(round_id: int) -> int:
    """Return how many wallets a round gave points to."""
    return Lot.objects.filter(round_id=round_id).count()
