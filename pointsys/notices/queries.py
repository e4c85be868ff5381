from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from pointsys.notices.models import Notice
from pointsys.users import queries as users
from pointsys.users.models import User


def notices_visible_to(user: User | AnonymousUser) -> QuerySet[Notice]:
    """Return the notices of the clients that the user works for."""
    return Notice.objects.filter(organization_id__in=users.client_ids(user))


def told_reasons(*, organization_id: int, reasons: Iterable[str]) -> set[str]:
    """Return those of the reasons for which a notice was written; ids in a reason make it one's."""
    return set(
        Notice.objects.filter(
            organization_id=organization_id, reason__in=list(reasons)
        ).values_list("reason", flat=True)
    )


def notices_about(*, organization_id: int, reasons: Iterable[str]) -> QuerySet[Notice]:
    """Return what was told for these reasons, newest first; the caller knows whose they are."""
    return Notice.objects.filter(
        organization_id=organization_id, reason__in=list(reasons)
    ).order_by("-created_at", "-pk")
