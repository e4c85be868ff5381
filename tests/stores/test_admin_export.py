"""A store chooses its own name; in the office's spreadsheet it must stay a name."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from pointsys.users.models import Role
from tests.factories import StoreFactory, staff_of

pytestmark = pytest.mark.django_db
DANGEROUS = ['=HYPERLINK("http://evil.example")', "+81-22", "-2+3", "@SUM(A1)", "＝1+1", "\t=1+1"]


def export(client, number):
    return client.post(
        reverse("admin:stores_store_export"),
        {
            "format": number,
            "resource": "",
            "storeresource_name": "on",
            "export_items": [],
        },
    )


@pytest.fixture
def stores(client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    first = StoreFactory(name=DANGEROUS[0])
    for name in DANGEROUS[1:]:
        StoreFactory(client=first.client, name=name)
    client.force_login(staff_of(first.client, Role.OFFICE_CLERK))


@pytest.mark.req("SP-11")
def test_no_name_in_an_exported_list_is_run_as_a_formula(client, stores):
    answer = export(client, "0")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert len(lines) == len(DANGEROUS) + 1
    assert all(line.lstrip('"').startswith("'") for line in lines[1:]), lines


@pytest.mark.req("SP-11")
def test_no_name_in_an_exported_workbook_is_a_formula(client, stores):
    sheet = load_workbook(io.BytesIO(export(client, "1").content)).active

    assert len(sheet["A"]) == len(DANGEROUS) + 1
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
