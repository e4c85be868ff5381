import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from pointsys.users.models import Role
from tests.factories import (
    OrganizationFactory,
    ResidentFactory,
    StoreStaffFactory,
    UserFactory,
    staff_of,
)

pytestmark = pytest.mark.django_db
PASSWORD = "みなと-minato-7391"


def request_code(client, email):
    return client.post(reverse("account_request_login_code"), {"email": email})


def code_of(message):
    found = re.search(r"^\s*([0-9A-Z]{3}-?[0-9A-Z]{3,})\s*$", message.body, re.MULTILINE)
    assert found, message.body
    return found[1]


@pytest.mark.req("LG-11")
def test_a_resident_signs_in_with_the_code_from_the_mail(client):
    resident = ResidentFactory(signed_up=True)

    request_code(client, resident.user.email)
    response = client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[0])})

    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(resident.user.pk)


@pytest.mark.req("SP-01")
def test_no_code_is_sent_to_staff_or_store_accounts_and_the_page_tells_nothing(client):
    client_org = OrganizationFactory()
    guarded = [
        staff_of(client_org, Role.OFFICE_CLERK),
        StoreStaffFactory().user,
        UserFactory(is_staff=True),
        UserFactory(is_superuser=True),
    ]

    answers = [request_code(client, user.email) for user in guarded]
    unknown = request_code(client, "nobody@example.jp")

    assert [message for message in mail.outbox if "nobody@example.jp" not in message.to] == []
    assert {(answer.status_code, answer.url) for answer in answers} == {
        (unknown.status_code, unknown.url)
    }


@pytest.mark.req("SP-01")
def test_even_the_right_code_opens_no_staff_account(client, monkeypatch):
    staff = staff_of(OrganizationFactory(), Role.FINANCE_APPROVER)
    from pointsys.users.adapter import AccountAdapter

    monkeypatch.setattr(AccountAdapter, "generate_login_code", lambda self: "ABC234")

    request_code(client, staff.email)
    client.post(reverse("account_confirm_login_code"), {"code": "ABC234"})

    assert "_auth_user_id" not in client.session


@pytest.mark.req("SP-11")
def test_a_wrong_code_is_refused_and_the_code_dies_after_its_tries(client):
    resident = ResidentFactory(signed_up=True)
    request_code(client, resident.user.email)

    for _ in range(6):
        client.post(reverse("account_confirm_login_code"), {"code": "WRONG-1"})
    client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[0])})

    assert "_auth_user_id" not in client.session


@pytest.mark.req("ST-07")
def test_a_store_signs_in_with_its_id_and_password(client):
    staff = StoreStaffFactory(user__password=PASSWORD)

    client.post(reverse("account_login"), {"login": staff.user.username, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(staff.user.pk)


def test_no_mail_changes_a_password(client):
    staff = staff_of(OrganizationFactory(), Role.SYSTEM_ADMIN)

    page = client.get(reverse("account_reset_password"))
    client.post(reverse("account_reset_password"), {"email": staff.email})

    assert page.status_code == 200
    assert "メールだけでパスワードを変えることはできません" in page.content.decode()
    assert mail.outbox == []


@pytest.mark.req("SP-01")
def test_staff_without_a_second_factor_are_sent_to_set_one_up(client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    client.force_login(staff_of(OrganizationFactory(), Role.OFFICE_CLERK))

    response = client.get("/console/")

    assert (response.status_code, response.url) == (302, reverse("mfa_activate_totp"))


@pytest.mark.req("SP-01")
@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_whoever_may_open_the_admin_needs_a_second_factor_before_any_role(client, settings, field):
    settings.REQUIRE_SECOND_FACTOR = True
    client.force_login(UserFactory(**{field: True}))

    response = client.get("/admin/")

    assert (response.status_code, response.url) == (302, reverse("mfa_activate_totp"))


def test_residents_need_no_second_factor(client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    client.force_login(ResidentFactory(signed_up=True).user)

    assert client.get("/my/").status_code == 200


@pytest.mark.req("SP-01")
@pytest.mark.parametrize(
    ("idle", "signed_out"), [(timedelta(minutes=29), False), (timedelta(minutes=31), True)]
)
def test_a_staff_session_ends_after_half_an_idle_hour(client, idle, signed_out):
    client.force_login(staff_of(OrganizationFactory(), Role.OFFICE_CLERK))
    client.get("/console/")

    with time_machine.travel(timezone.now() + idle, tick=False):
        client.get("/console/")

    assert ("_auth_user_id" not in client.session) == signed_out


@pytest.mark.req("SP-01")
def test_a_staff_session_ends_after_twelve_hours_of_work(client):
    client.force_login(staff_of(OrganizationFactory(), Role.OFFICE_CLERK))
    started = timezone.now()

    for minutes in range(0, 12 * 60 + 40, 20):
        with time_machine.travel(started + timedelta(minutes=minutes), tick=False):
            client.get("/console/")

    assert "_auth_user_id" not in client.session


def test_a_residents_session_outlives_the_day(client):
    resident = ResidentFactory(signed_up=True)
    client.force_login(resident.user)

    with time_machine.travel(timezone.now() + timedelta(days=100), tick=False):
        response = client.get("/my/")

    assert response.status_code == 200
