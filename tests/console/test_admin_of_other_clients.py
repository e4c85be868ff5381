"""An administrator of one client never reaches, through a person, what another client owns."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from pointsys.users.models import Role, User
from tests.factories import OrganizationFactory, UserFactory, staff_of

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "mizuiro-no-kasa-9"


@pytest.fixture(autouse=True)
def _signed_in_is_enough(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def county():
    return OrganizationFactory(name="宮城県")


@pytest.fixture
def administrator(client, county):
    user = staff_of(county, Role.SYSTEM_ADMIN)
    client.force_login(user)
    return user


@pytest.fixture
def shared(county):
    """A person of the office who also works for a client that is not the administrator's."""
    user = staff_of(county, Role.OFFICE_CLERK)
    user.memberships.create(organization=OrganizationFactory(), role=Role.FINANCE_APPROVER)
    return user


def give_password(client, user, **changed):
    return client.post(
        reverse("admin:users_user_change", args=[user.pk]),
        {
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "employer": "",
            "is_active": "on",
            "password_first": NEW_PASSWORD,
            "seats": [],
            **changed,
        },
    )


def take_second_factor(client, *users):
    return client.post(
        reverse("admin:users_user_changelist"),
        {"action": "reset_second_factor", "_selected_action": [user.pk for user in users]},
    )


@pytest.mark.req("SP-02")
def test_the_account_of_who_also_works_for_another_client_is_not_changed(
    client, administrator, shared
):
    before = User.objects.get(pk=shared.pk)

    page = client.get(reverse("admin:users_user_change", args=[shared.pk]))
    give_password(client, shared, email="taken@example.jp", is_active="")

    after = User.objects.get(pk=shared.pk)
    assert "password_first" not in page.content.decode()
    assert (after.password, after.email, after.is_active) == (before.password, before.email, True)
    assert [seat.role for seat in after.memberships.all()] == [Role.FINANCE_APPROVER]


@pytest.mark.req("SP-02")
def test_a_superuser_is_no_administrators_to_see_or_change(client, administrator, county):
    root = UserFactory(is_superuser=True, employer=county)

    page = client.get(reverse("admin:users_user_change", args=[root.pk]))
    give_password(client, root)

    assert page.status_code == 302  # the admin's way to say that there is no such row
    assert not User.objects.get(pk=root.pk).check_password(NEW_PASSWORD)


@pytest.mark.req("SP-02")
def test_second_factors_are_taken_only_from_people_of_the_own_clients(
    client, administrator, shared, county
):
    own = staff_of(county, Role.AUDITOR)
    for user in (own, shared, administrator):
        Authenticator.objects.create(user=user, type="totp", data={})

    take_second_factor(client, own, shared, administrator)

    assert set(Authenticator.objects.values_list("user_id", flat=True)) == {
        shared.pk,
        administrator.pk,
    }


@pytest.mark.req("SP-02")
def test_whoever_administers_all_clients_of_a_person_may_change_the_person(client, shared):
    administrator = UserFactory()
    for client_id in shared.memberships.values_list("organization_id", flat=True):
        administrator.memberships.create(organization_id=client_id, role=Role.SYSTEM_ADMIN)
    client.force_login(administrator)

    answer = give_password(client, shared)

    assert answer.status_code == 302
    assert User.objects.get(pk=shared.pk).check_password(NEW_PASSWORD)
