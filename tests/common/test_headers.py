"""What every answer carries, and that no cache keeps what only one person may see."""

import pytest
from django.test import Client
from django.urls import reverse

from pointsys.users.models import Role
from tests.factories import OrganizationFactory, ProgramFactory, staff_of

pytestmark = pytest.mark.django_db
EVERYWHERE = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
)


@pytest.fixture(autouse=True)
def _files_of_the_pages(settings):
    settings.WHITENOISE_USE_FINDERS = True  # the suite collects none


@pytest.mark.req("SP-11")
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/nowhere/", 404),
        ("/console/", 302),
        ("/healthz", None),
        ("/static/css/pointsys.css", 200),
        ("/static/nothing.css", 404),
    ],
)
def test_every_answer_carries_the_same_protection(client, address, status):
    answer = client.get(address)
    answer.close()

    assert status is None or answer.status_code == status
    assert [name for name in EVERYWHERE if name not in answer] == []


@pytest.mark.req("SP-11")
def test_a_refused_form_carries_it_too():
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {})

    assert answer.status_code == 403
    assert [name for name in EVERYWHERE if name not in answer] == []


def test_files_of_the_pages_are_not_offered_to_other_sites(client):
    answer = client.get("/static/css/pointsys.css")
    answer.close()

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.req("SP-11")
@pytest.mark.parametrize(
    "address",
    ["/console/", "/console/residents/", "/console/audit.csv", "/accounts/email/", "/", "/x/"],
)
def test_what_a_signed_in_person_sees_is_kept_by_no_cache(client, settings, address):
    settings.REQUIRE_SECOND_FACTOR = False
    county = OrganizationFactory()
    ProgramFactory(client=county)
    client.force_login(staff_of(county, Role.OFFICE_CLERK, Role.AUDITOR))

    answer = client.get(address)

    assert answer.status_code in {200, 404}
    assert "no-store" in answer["Cache-Control"]


def test_public_pages_may_be_kept_for_those_who_are_nobody_yet(client):
    assert "no-store" not in client.get("/").get("Cache-Control", "")
