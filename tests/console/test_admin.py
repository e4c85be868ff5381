import pytest
from django.contrib import admin
from django.urls import reverse

from pointsys.audit.models import AuditEvent
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import Membership, Role, User
from tests.factories import OrganizationFactory, ProgramFactory, StoreFactory
from tests.programs.factories import make_staff

pytestmark = pytest.mark.django_db
MONEY = {"ledger", "settlement", "audit", "approvals"}
FIRST_PASSWORD = "mizuiro-no-kasa-9"


@pytest.fixture(autouse=True)
def _signed_in_is_enough(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def county():
    return OrganizationFactory(name="宮城県")


@pytest.fixture
def administrator(client, county):
    user = make_staff(county, Role.SYSTEM_ADMIN)
    client.force_login(user)
    return user


def form(**changed):
    return {
        "username": "tanto",
        "name": "担当 太郎",
        "email": "tanto@example.jp",
        "employer": "",
        "is_active": "on",
        "password_first": FIRST_PASSWORD,
        "seats": [],
        **changed,
    }


@pytest.mark.req("LG-04")
def test_rows_of_money_and_of_the_record_are_never_changed_in_the_admin(rf, county):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root", name="root")
    pages = [page for model, page in admin.site._registry.items() if model._meta.app_label in MONEY]

    assert len(pages) > 15
    for page in pages:
        assert isinstance(page, StaffAdmin)
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)


@pytest.mark.req("SP-02")
def test_the_admin_shows_only_rows_of_the_users_clients(client, administrator, county):
    own = StoreFactory(client=county, name="こちらの店")
    other = StoreFactory(name="よその店")

    listed = client.get(reverse("admin:stores_store_changelist")).content.decode()
    found = client.get(reverse("admin:stores_store_change", args=[own.pk]))
    hidden = client.get(reverse("admin:stores_store_change", args=[other.pk]))

    assert own.name in listed
    assert other.name not in listed
    assert found.status_code == 200
    assert hidden.status_code == 302
    assert hidden.url == reverse("admin:index")


def test_a_role_of_one_client_opens_nothing_of_another(client, county):
    other = OrganizationFactory()
    user = make_staff(county, Role.AUDITOR)
    Membership.objects.create(user=user, organization=other, role=Role.DESK_OPERATOR)
    ProgramFactory(client=other, name="よその事業")
    client.force_login(user)

    page = client.get(reverse("admin:programs_program_changelist"))

    assert "よその事業" not in page.content.decode()


@pytest.mark.req("SP-15")
def test_an_administrator_registers_staff_with_roles_and_a_first_password(
    client, administrator, county
):
    page = client.post(
        reverse("admin:users_user_add"), form(seats=[f"{county.pk}:FINANCE_PREPARER"])
    )

    assert page.status_code == 302
    made = User.objects.get(username="tanto")
    assert made.check_password(FIRST_PASSWORD)
    assert made.must_change_password
    assert made.is_staff
    assert made.memberships.get().role == Role.FINANCE_PREPARER
    event = AuditEvent.objects.get(code="users.created")
    assert (event.by, event.changes) == (administrator, {"roles": ["FINANCE_PREPARER"]})


@pytest.mark.parametrize("password", ["", "short", "1234567890"])
def test_a_weak_first_password_is_refused(client, administrator, password):
    page = client.post(reverse("admin:users_user_add"), form(password_first=password))

    assert page.status_code == 200
    assert not User.objects.filter(username="tanto").exists()


@pytest.mark.req("SP-15")
def test_changed_roles_are_recorded_as_given_and_taken(client, administrator, county):
    user = make_staff(county, Role.OFFICE_CLERK)

    page = client.post(
        reverse("admin:users_user_change", args=[user.pk]),
        form(
            username=user.username,
            name=user.name,
            email="",
            employer=county.pk,
            password_first="",
            seats=[f"{county.pk}:AUDITOR"],
        ),
    )

    assert page.status_code == 302
    assert [seat.role for seat in user.memberships.all()] == [Role.AUDITOR]
    event = AuditEvent.objects.get(code="users.roles_changed")
    assert event.changes == {"given": ["AUDITOR"], "taken": ["OFFICE_CLERK"]}


def test_roles_of_a_client_that_is_not_administered_stay(client, administrator, county):
    other = OrganizationFactory()
    user = make_staff(county, Role.OFFICE_CLERK)
    Membership.objects.create(user=user, organization=other, role=Role.AUDITOR)

    client.post(
        reverse("admin:users_user_change", args=[user.pk]),
        form(username=user.username, name=user.name, email="", employer="", password_first=""),
    )

    assert [(seat.organization, seat.role) for seat in user.memberships.all()] == [
        (other, Role.AUDITOR)
    ]


def test_nobody_widens_their_own_rights(client, administrator, county):
    page = client.post(
        reverse("admin:users_user_change", args=[administrator.pk]),
        form(username=administrator.username, seats=[f"{county.pk}:FINANCE_APPROVER"]),
    )

    assert page.status_code == 403
    assert [seat.role for seat in administrator.memberships.all()] == [Role.SYSTEM_ADMIN]


@pytest.mark.req("SP-01")
def test_a_lost_second_factor_is_reset_and_recorded(client, administrator, county):
    from allauth.mfa.models import Authenticator

    user = make_staff(county, Role.OFFICE_CLERK)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})

    client.post(
        reverse("admin:users_user_changelist"),
        {"action": "reset_second_factor", "_selected_action": [user.pk]},
    )

    assert not Authenticator.objects.filter(user=user).exists()
    event = AuditEvent.objects.get(code="users.second_factor_reset")
    assert event.target_id == str(user.pk)


def test_people_of_shops_and_residents_do_not_get_in(client):
    client.force_login(User.objects.create_user("resident", name="住民"))

    page = client.get(reverse("admin:index"))

    assert page.status_code in {302, 403}
