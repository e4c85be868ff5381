from django.contrib.auth.models import AnonymousUser

from pointsys.residents.models import Resident
from pointsys.users.models import User


def resident_of(user: User | AnonymousUser) -> Resident | None:
    """Return the resident who signs in as this user; one query a request."""
    if not user.is_authenticated or not user.is_active:
        return None
    if not hasattr(user, "_resident_row"):
        row = Resident.objects.select_related("client").filter(user_id=user.pk).first()
        user._resident_row = row  # type: ignore[attr-defined]
    resident: Resident | None = user._resident_row  # type: ignore[attr-defined]
    return resident
