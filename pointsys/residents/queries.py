from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from pointsys.common import phone_digest, text
from pointsys.residents.models import Resident
from pointsys.users import queries as users
from pointsys.users.models import Role, User

# Personal data: those who work with residents, and who watches over it. Nobody else.
VIEW_ROLES: Final = frozenset({Role.OFFICE_CLERK, Role.PRIVACY_OFFICER})


def resident_of(user: User | AnonymousUser) -> Resident | None:
    """Return the resident who signs in as this user; one query a request."""
    if not user.is_authenticated or not user.is_active:
        return None
    if not hasattr(user, "_resident_row"):
        row = Resident.objects.select_related("client").filter(user_id=user.pk).first()
        user._resident_row = row  # type: ignore[attr-defined]
    resident: Resident | None = user._resident_row  # type: ignore[attr-defined]
    return resident


def residents_visible_to(user: User | AnonymousUser) -> QuerySet[Resident]:
    """Return the residents of the clients for which the user works with personal data."""
    return Resident.objects.filter(client_id__in=users.client_ids(user, VIEW_ROLES)).order_by(
        "external_id", "id"
    )


def matching(residents: QuerySet[Resident], words: str) -> QuerySet[Resident]:
    """Return those whose name, reading or application's id holds every word."""
    for word in text.single_line(words).split():
        kana = text.katakana(word)
        residents = residents.filter(
            Q(name__icontains=word)
            | Q(name_kana__icontains=kana)
            | Q(external_id__icontains=text.plain(word))
        )
    return residents


def residents_with_phone(*, client_id: int, phone: str) -> QuerySet[Resident]:
    """Return the client's residents who gave this telephone number, in any spelling."""
    found = phone_digest.digests(phone)
    return Resident.objects.filter(client_id=client_id, phone_digest__in=found).order_by("id")


def residents_of_client(client_id: int) -> QuerySet[Resident]:
    """Return the client's residents, for rooms that guard them by permissions of their own."""
    return Resident.objects.filter(client_id=client_id).order_by("external_id", "id")
