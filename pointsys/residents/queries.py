from django.contrib.auth.models import AnonymousUser

from pointsys.residents.models import Resident
from pointsys.users.models import User


def resident_of(user: User | AnonymousUser) -> Resident | None:
    """Return the resident who signs in as this user; one query a request."""
    if not user.is_authenticated or not user.is_active:
        return None
    if not hasattr(user, "_resident"):
        user._resident = (  # type: ignore[union-attr]
            Resident.objects.select_related("client").filter(user_id=user.pk).first()
        )
    resident: Resident | None = user._resident  # type: ignore[union-attr]
    return resident
