from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from pointsys.users.models import Membership, Organization, Role, User

STAFF_ROLES = frozenset(Role.values)


def roles_of(user: User | AnonymousUser) -> dict[int, set[str]]:
    """Return the user's roles by client id; one query a request, kept on the user object."""
    if not user.is_authenticated or not user.is_active:
        return {}
    cached: dict[int, set[str]] | None = getattr(user, "_roles_by_client", None)
    if cached is None:
        cached = {}
        for client_id, role in Membership.objects.filter(user_id=user.pk).values_list(
            "organization_id", "role"
        ):
            cached.setdefault(client_id, set()).add(role)
        user._roles_by_client = cached  # type: ignore[attr-defined]
    return cached


def has_role(user: User | AnonymousUser, client_id: int, roles: Iterable[str]) -> bool:
    """Tell whether the user holds one of the roles for this client."""
    return bool(roles_of(user).get(client_id, set()) & set(roles))


def has_role_anywhere(user: User | AnonymousUser, roles: Iterable[str]) -> bool:
    """Tell whether the user holds one of the roles for any client."""
    wanted = set(roles)
    return any(held & wanted for held in roles_of(user).values())


def is_staff_member(user: User | AnonymousUser) -> bool:
    """Tell whether the user is staff: second factor, short session, no e-mail code.

    Whoever may open the admin counts, also before any role is given.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_staff or user.is_superuser or bool(roles_of(user))


def client_ids(user: User | AnonymousUser, roles: Iterable[str] = STAFF_ROLES) -> list[int]:
    """Return ids of the clients for which the user holds one of the roles."""
    wanted = set(roles)
    return [client_id for client_id, held in roles_of(user).items() if held & wanted]


def organizations_visible_to(user: User | AnonymousUser) -> QuerySet[Organization]:
    """Return the clients for which the user holds any role."""
    return Organization.objects.filter(pk__in=client_ids(user))
