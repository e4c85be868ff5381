import pytest
from django.contrib.auth import authenticate

from pointsys.users.models import Role, User
from stores import errors, services
from stores.models import StoreStaff
from tests.factories import NOON, OrganizationFactory, StoreFactory, staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory(client=OrganizationFactory(code="miyagi"), code="04-00001")


@pytest.fixture
def clerk(store):
    return staff_of(store.client, Role.OFFICE_CLERK)


def issue(store, by, role="OWNER", name="店主 太郎"):
    return services.issue_store_account(store_id=store.pk, role=role, name=name, by=by, at=NOON)


@pytest.mark.req("ST-07")
def test_a_store_gets_its_login_and_a_password_that_must_be_changed(store, clerk):
    user, password = issue(store, clerk)

    assert user.username == "miyagi-04-00001-01"
    assert authenticate(username=user.username, password=password) == user
    assert user.must_change_password
    assert len(password) == 14
    assert password not in user.password
    assert user.store_staff.get().role == StoreStaff.Role.OWNER


def test_a_login_id_is_never_given_twice(store, clerk):
    first, _ = issue(store, clerk)
    second, _ = issue(store, clerk, role="CLERK")
    services.remove_store_staff(staff_id=second.store_staff.get().pk, by=clerk, at=NOON)

    third, _ = issue(store, clerk)

    assert [u.username[-2:] for u in (first, second, third)] == ["01", "02", "03"]


def test_a_removed_person_cannot_sign_in_any_more(store, clerk):
    user, password = issue(store, clerk)
    staff = user.store_staff.get()

    services.remove_store_staff(staff_id=staff.pk, by=clerk, at=NOON)

    assert authenticate(username=user.username, password=password) is None
    with pytest.raises(errors.StaffIsGone):
        services.remove_store_staff(staff_id=staff.pk, by=clerk, at=NOON)


def test_a_new_first_password_ends_the_old_one(store, clerk):
    user, old = issue(store, clerk)
    User.objects.filter(pk=user.pk).update(must_change_password=False)

    _, new = services.reissue_password(staff_id=user.store_staff.get().pk, by=clerk, at=NOON)

    assert authenticate(username=user.username, password=old) is None
    assert authenticate(username=user.username, password=new).must_change_password
