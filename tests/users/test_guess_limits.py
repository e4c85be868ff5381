"""Guessing is limited by account first; an address is shared by a whole office or carrier."""

from ipaddress import ip_network

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.factories import OrganizationFactory, ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "みなと-minato-7391"
OFFICE = "203.0.113.7"
ELSEWHERE = "198.51.100.9"


@pytest.fixture(autouse=True)
def _no_guesses_yet():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, login, password, address=OFFICE, **headers):
    return client.post(
        reverse("account_login"),
        {"login": login, "password": password},
        REMOTE_ADDR=address,
        headers=headers,
    )


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.req("SP-11")
def test_colleagues_who_mistype_do_not_lock_each_other_out(client):
    person = UserFactory(password=PASSWORD)

    for n in range(20):
        sign_in(client, f"colleague-{n}", "wrong")
    sign_in(client, person.username, PASSWORD)

    assert is_in(client)


@pytest.mark.req("SP-11")
def test_an_account_is_closed_after_ten_wrong_passwords_from_wherever_they_come(client):
    person, other = UserFactory(password=PASSWORD), UserFactory(password=PASSWORD)

    for n in range(10):
        sign_in(client, person.username, "wrong", address=f"198.51.100.{n}")
    sign_in(client, person.username, PASSWORD)
    was_in = is_in(client)
    sign_in(client, other.username, PASSWORD)

    assert not was_in
    assert is_in(client)


@pytest.mark.req("SP-11")
def test_an_address_that_tries_a_hundred_accounts_is_closed_and_no_other_is(client):
    person = UserFactory(password=PASSWORD)

    for n in range(100):
        sign_in(client, f"guessed-{n}", "wrong", address=ELSEWHERE)
    sign_in(client, person.username, PASSWORD, address=ELSEWHERE)
    was_in = is_in(client)
    sign_in(client, person.username, PASSWORD, address=OFFICE)

    assert not was_in
    assert is_in(client)


@pytest.mark.req("SP-11")
def test_an_address_known_to_be_shared_is_never_closed_as_a_whole(client, settings):
    settings.SHARED_ADDRESSES = [ip_network("203.0.113.0/24")]
    person = UserFactory(password=PASSWORD)

    for n in range(101):
        sign_in(client, f"guessed-{n}", "wrong")
    sign_in(client, person.username, PASSWORD)

    assert is_in(client)


@pytest.mark.req("SP-11")
def test_behind_the_proxy_the_callers_count_one_by_one_and_cannot_choose_their_address(
    client, settings
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    person = UserFactory(password=PASSWORD)
    proxy = "172.18.0.2"

    for n in range(100):
        forged = f"192.0.2.{n}, {ELSEWHERE}"
        sign_in(client, f"guessed-{n}", "wrong", proxy, x_forwarded_for=forged)
    sign_in(client, person.username, PASSWORD, proxy, x_forwarded_for=f"192.0.2.1, {ELSEWHERE}")
    was_in = is_in(client)
    sign_in(client, person.username, PASSWORD, proxy, x_forwarded_for=OFFICE)

    assert not was_in
    assert is_in(client)


@pytest.mark.req("SP-11")
def test_many_residents_of_one_carrier_get_their_codes_at_once():
    county = OrganizationFactory()
    people = [ResidentFactory(client=county, signed_up=True) for _ in range(40)]

    for person in people:
        Client().post(
            reverse("account_request_login_code"),
            {"email": person.user.email},
            REMOTE_ADDR=ELSEWHERE,
        )

    assert len(mail.outbox) == len(people)


@pytest.mark.req("SP-11")
def test_codes_are_not_asked_for_without_end_to_guess_them():
    resident = ResidentFactory(signed_up=True)
    with time_machine.travel("2026-01-10 09:00:00+09:00", tick=False) as traveller:
        for _ in range(20):
            Client().post(reverse("account_request_login_code"), {"email": resident.user.email})
            traveller.shift(70)

    assert len(mail.outbox) == 10
