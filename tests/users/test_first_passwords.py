import pytest
from django.urls import reverse

from tests.factories import StoreStaffFactory

pytestmark = pytest.mark.django_db

FIRST, CHOSEN = "abcd-efgh-2345", "みなと-minato-7391"


@pytest.fixture
def staff():
    return StoreStaffFactory(user__password=FIRST, user__must_change_password=True)


@pytest.mark.req("ST-07")
def test_a_first_password_opens_nothing_but_the_page_that_changes_it(client, staff):
    client.force_login(staff.user)

    for path in ("/", "/my/", "/store/", "/console/stores/", "/s/ABCDEFGH"):
        response = client.get(path)
        assert response.status_code == 302
        assert response.url == reverse("account_change_password")
    assert client.get(reverse("account_change_password")).status_code == 200


@pytest.mark.req("ST-07")
def test_choosing_an_own_password_opens_the_pages(client, staff):
    client.force_login(staff.user)

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": FIRST, "password1": CHOSEN, "password2": CHOSEN},
    )

    staff.user.refresh_from_db()
    assert response.status_code == 302
    assert not staff.user.must_change_password
    assert staff.user.check_password(CHOSEN)
