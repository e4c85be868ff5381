import secrets
from datetime import datetime
from typing import Final

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users.models import User
from stores import errors
from stores.models import Store, StoreStaff

# Letters and digits that are told apart in print and typed without a shift key.
FIRST_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
FIRST_GROUPS: Final = 3
GROUP_LENGTH: Final = 4  # 12 signs of 31: 59 bits


@transaction.atomic
def issue_store_account(
    *, store_id: int, role: StoreStaff.Role | str, name: str, by: User | None, at: datetime
) -> tuple[User, str]:
    """Give a person of a store a login id and a first password, which is returned once only."""
    store = (
        Store.objects.select_for_update(no_key=True, of=("self",))
        .select_related("client")
        .get(pk=store_id)
    )
    password = _first_password()
    user = User(
        username=_next_login_id(store),
        name=name.strip() or store.name[:100],
        must_change_password=True,
        date_joined=at,
    )
    user.set_password(password)
    user.save()
    staff = StoreStaff.objects.create(user=user, store=store, role=StoreStaff.Role(role))
    audit.record(
        code="stores.staff.issued",
        target=staff,
        organization_id=store.client_id,
        by=by,
        at=at,
        changes={"store": store.pk, "user": user.pk, "role": staff.role},
    )
    return user, password


@transaction.atomic
def change_contact(
    *, store_id: int, contact_name: str, contact_email: str, by: User, at: datetime
) -> Store:
    """Note whom the office writes to about a store; an empty address means: not by mail."""
    store = Store.objects.select_for_update(no_key=True, of=("self",)).get(pk=store_id)
    store.contact_name, store.contact_email = contact_name.strip(), contact_email.strip()
    store.save(update_fields=["contact_name", "contact_email"])
    audit.record(
        code="stores.contact.changed",
        target=store,
        organization_id=store.client_id,
        by=by,
        at=at,
        changes={"has_email": bool(store.contact_email)},
    )
    return store


@transaction.atomic
def reissue_password(*, staff_id: int, by: User, at: datetime) -> tuple[User, str]:
    """Give a person of a store a new first password; the old one ends at once.

    Raises:
        StaffIsGone.
    """
    staff = _locked(staff_id)
    password = _first_password()
    user = staff.user
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    _record(staff, code="stores.staff.password_reissued", by=by, at=at)
    return user, password


@transaction.atomic
def remove_store_staff(*, staff_id: int, by: User, at: datetime) -> None:
    """End a person's access to a store; who works for no store any more cannot sign in.

    Raises:
        StaffIsGone.
    """
    staff = _locked(staff_id)
    _record(staff, code="stores.staff.removed", by=by, at=at)
    user = staff.user
    staff.delete()
    has_other_work = (
        StoreStaff.objects.filter(user=user).exists() or user.memberships.exists() or user.is_staff
    )
    if not has_other_work:
        user.is_active = False
        user.save(update_fields=["is_active"])


def _locked(staff_id: int) -> StoreStaff:
    staff = (
        StoreStaff.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "store")
        .filter(pk=staff_id)
        .first()
    )
    if staff is None:
        raise errors.StaffIsGone
    return staff


def _record(staff: StoreStaff, *, code: str, by: User, at: datetime) -> None:
    audit.record(
        code=code,
        target=staff,
        organization_id=staff.store.client_id,
        by=by,
        at=at,
        changes={"store": staff.store_id, "user": staff.user_id},
    )


def _next_login_id(store: Store) -> str:
    """Return the store's next login id; one that was used before is never given again."""
    beginning = f"{store.client.code}-{store.code}-".lower()
    taken = User.objects.filter(username__startswith=beginning).values_list("username", flat=True)
    numbers = [int(end) for name in taken if (end := name.removeprefix(beginning)).isdecimal()]
    return f"{beginning}{max(numbers, default=0) + 1:02d}"


def _first_password() -> str:
    groups = (
        "".join(secrets.choice(FIRST_SIGNS) for _ in range(GROUP_LENGTH))
        for _ in range(FIRST_GROUPS)
    )
    return "-".join(groups)
