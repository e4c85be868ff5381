"""What people may change of their own sign-in: not the mailbox or the door that opens it."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from tests.factories import OrganizationFactory, ResidentFactory, StoreStaffFactory, staff_of

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "mizuiro-no-kasa-9"


def people():
    return [
        ResidentFactory(signed_up=True).user,
        StoreStaffFactory().user,
        staff_of(OrganizationFactory()),
    ]


@pytest.mark.req("SP-11")
def test_a_session_that_fell_into_other_hands_adds_no_mailbox(client):
    for user in people():
        client.force_login(user)

        page = client.get(reverse("account_email"))
        answer = client.post(
            reverse("account_email"), {"action_add": "", "email": "taken@example.jp"}
        )

        assert page.status_code == 200
        assert answer.status_code == 405
    assert not EmailAddress.objects.exists()
    assert mail.outbox == []


@pytest.mark.req("SP-11")
def test_a_resident_gets_no_password_beside_the_mailed_code(client):
    user = ResidentFactory(signed_up=True).user
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    page = client.get(reverse("account_change_password"), follow=True)
    answer = client.post(
        reverse("account_set_password"), {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    user.refresh_from_db()
    assert page.status_code == 200
    assert answer.status_code == 405
    assert not user.has_usable_password()
