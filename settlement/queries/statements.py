from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from pointsys.users import queries as users
from pointsys.users.models import User
from settlement.models import Payout, Statement
from settlement.queries.roles import VIEW_ROLES

DEAD_PAYOUTS = (Payout.Status.FAILED, Payout.Status.RETURNED, Payout.Status.CANCELLED)


def statements_visible_to(user: User | AnonymousUser) -> QuerySet[Statement]:
    """Return the statements of the clients whose settlement the user may see."""
    return Statement.objects.filter(
        program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("program", "period", "store")


def statements_of_staff(user: User | AnonymousUser) -> QuerySet[Statement]:
    """Return the statements of the stores the user works for, newest first."""
    if not user.is_authenticated:
        return Statement.objects.none()
    return (
        Statement.objects.filter(store__staff__user_id=user.pk)
        .select_related("program", "period", "store")
        .order_by("-period__month", "program__name", "store_code")
    )


def live_payout_of(statement_id: int) -> Payout | None:
    """Return the payout by which a statement is or will be paid."""
    return (
        Payout.objects.select_related("batch__period")
        .filter(statement_id=statement_id)
        .exclude(status__in=DEAD_PAYOUTS)
        .first()
    )


def has_current_account(store_id: int) -> bool:
    """Tell whether the store of a statement has an account to be paid to."""
    return Statement.objects.filter(
        store_id=store_id, store__bank_accounts__is_current=True
    ).exists()
