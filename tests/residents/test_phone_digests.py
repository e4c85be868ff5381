import base64

import pytest
from django.core.management import call_command

from pointsys.common import phone_digest
from pointsys.residents import queries, services
from pointsys.residents.models import Resident
from tests.factories import NOON, OrganizationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-02")]
NEW_KEY = base64.b64encode(b"test-only-field-encryption-key-2").decode()


def read_list(client, phone="090-1234-5678"):
    content = f"外部ID,氏名,市区町村コード,電話番号\napp-1,湊 花子,04202,{phone}\n"
    services.import_residents(
        client=client, content=content.encode(), file_name="list.csv", by=None, at=NOON
    )
    return Resident.objects.get(client=client, external_id="app-1")


@pytest.mark.parametrize("typed", ["09012345678", "０９０ー１２３４ー５６７８", "+81 90-1234-5678"])
def test_a_resident_is_found_by_the_number_in_any_spelling(typed):
    client, other = OrganizationFactory(), OrganizationFactory()
    resident = read_list(client)
    read_list(other)

    found = queries.residents_with_phone(client_id=client.pk, phone=typed)

    assert list(found) == [resident]


@pytest.mark.parametrize("typed", ["", "なし", "12345", "090-1234-5679"])
def test_what_is_no_number_or_another_number_finds_nobody(typed):
    client = OrganizationFactory()
    read_list(client)
    read_list(client, phone="なし")

    assert not queries.residents_with_phone(client_id=client.pk, phone=typed).exists()


def test_the_digest_does_not_hold_the_number_and_follows_a_change():
    client = OrganizationFactory()
    before = read_list(client).phone_digest

    after = read_list(client, phone="090-1234-0000").phone_digest

    assert "1234" not in before.partition(":")[0]
    assert before != after


def test_rows_are_found_under_an_old_key_and_made_anew_by_the_command(settings):
    client = OrganizationFactory()
    resident = read_list(client)
    settings.FIELD_ENCRYPTION_KEYS = [NEW_KEY, *settings.FIELD_ENCRYPTION_KEYS]
    found = queries.residents_with_phone(client_id=client.pk, phone="09012345678")
    assert list(found) == [resident]

    call_command("digest_phones")
    call_command("digest_phones")

    resident.refresh_from_db()
    assert resident.phone_digest.startswith(f"{phone_digest.current_key_id()}:")


def test_the_command_fills_rows_that_were_there_before(capsys):
    resident = read_list(OrganizationFactory())
    Resident.objects.update(phone_digest="")

    call_command("digest_phones")

    assert "1人分" in capsys.readouterr().out
    digest = resident.phone_digest
    resident.refresh_from_db()
    assert resident.phone_digest == digest
