import pytest
from django.urls import reverse

from pointsys.users.models import Role
from tests.factories import OrganizationFactory, staff_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["status=%00", "q=%00", "_to_field=", "status=x&o=%00"])
def test_an_address_that_nobody_was_given_is_refused_and_breaks_nothing(client, settings, query):
    settings.REQUIRE_SECOND_FACTOR = False
    client.force_login(staff_of(OrganizationFactory(), Role.OFFICE_CLERK))

    answer = client.get(f"{reverse('admin:ledger_wallet_changelist')}?{query}")

    assert answer.status_code == 400
    assert "<h1" in answer.content.decode()
