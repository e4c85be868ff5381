"""Who works here and as what. Users stand below the audit record, so these acts live up here."""

from collections.abc import Collection
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users import queries as users
from pointsys.users.models import Membership, Organization, Role, User

# One role of one client: (client id, role code).
Seat = tuple[int, str]


@transaction.atomic
def create_staff(
    *,
    username: str,
    name: str,
    email: str,
    employer_id: int | None,
    password: str,
    seats: Collection[Seat],
    by: User | None,
    at: datetime,
) -> User:
    """Register somebody who works for clients, with a first password that must be changed."""
    user = User(
        username=username,
        name=name,
        email=email,
        employer_id=employer_id,
        is_staff=bool(seats),
        must_change_password=True,
        date_joined=at,
    )
    user.set_password(password)
    user.save()
    Membership.objects.bulk_create(
        Membership(user=user, organization_id=client_id, role=role)
        for client_id, role in sorted(set(seats))
    )
    for client_id in _clients(seats, user):
        audit.record(
            code="users.created",
            target=user,
            organization_id=client_id,
            by=by,
            at=at,
            changes={"roles": [role for seat_client, role in seats if seat_client == client_id]},
        )
    return user


@transaction.atomic
def set_seats(*, user_id: int, seats: Collection[Seat], by: User, at: datetime) -> User:
    """Replace somebody's roles, recording what each client gave and took.

    Roles of clients that `by` does not administer stay as they are.
    """
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user_id)
    administered = set(administered_client_ids(by))
    held = {
        seat
        for seat in Membership.objects.filter(user=user).values_list("organization_id", "role")
        if seat[0] in administered
    }
    wanted = {seat for seat in seats if seat[0] in administered}
    for client_id, role in sorted(held - wanted):
        Membership.objects.filter(user=user, organization_id=client_id, role=role).delete()
    Membership.objects.bulk_create(
        Membership(user=user, organization_id=client_id, role=role)
        for client_id, role in sorted(wanted - held)
    )
    is_staff = user.memberships.exists()
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])
    for client_id in sorted({seat[0] for seat in held ^ wanted}):
        audit.record(
            code="users.roles_changed",
            target=user,
            organization_id=client_id,
            by=by,
            at=at,
            changes={
                "given": sorted(role for c, role in wanted - held if c == client_id),
                "taken": sorted(role for c, role in held - wanted if c == client_id),
            },
        )
    return user


@transaction.atomic
def reset_second_factor(*, user_id: int, by: User, at: datetime) -> int:
    """Take away somebody's lost second factor, so that the next sign-in sets up a new one.

    Returns how many authenticators were removed.
    """
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user_id)
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    _record(user, code="users.second_factor_reset", by=by, at=at, changes={"removed": removed})
    return removed


@transaction.atomic
def change_staff(
    *,
    user: User,
    fields: Collection[str],
    new_password: str,
    seats: Collection[Seat],
    by: User,
    at: datetime,
) -> User:
    """Save what an administrator changed; the record names fields, as values are personal."""
    changed = list(fields)
    if new_password:
        user.set_password(new_password)
        user.must_change_password = True
        changed += ["password", "must_change_password"]
    if changed:
        user.save(update_fields=changed)
        _record(user, code="users.changed", by=by, at=at, changes={"fields": sorted(changed)})
    return set_seats(user_id=user.pk, seats=seats, by=by, at=at)


def administered_client_ids(user: User) -> list[int]:
    """Return the clients whose staff the user looks after."""
    if user.is_superuser:
        clients = Organization.objects.filter(kind=Organization.Kind.CLIENT)
        return list(clients.values_list("pk", flat=True))
    return users.client_ids(user, {Role.SYSTEM_ADMIN})


def administers_all_of(administrator: User, user: User) -> bool:
    """Tell whether every client that a person works for is the administrator's to look after."""
    administered = administered_client_ids(administrator)
    return not user.memberships.exclude(organization__in=administered).exists()


def _record(user: User, *, code: str, by: User, at: datetime, changes: dict[str, object]) -> None:
    seats = Membership.objects.filter(user=user).values_list("organization_id", "role")
    for client_id in _clients(list(seats), user):
        audit.record(
            code=code, target=user, organization_id=client_id, by=by, at=at, changes=changes
        )


def _clients(seats: Collection[Seat], user: User) -> list[int | None]:
    """Return the clients that should see an act about a user; the employer where there is none."""
    return [*sorted({client_id for client_id, _ in seats})] or [user.employer_id]
