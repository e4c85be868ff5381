"""Somebody who works for two clients sees of each only what the roles there allow."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from callcenter import services as desk
from pointsys.console.models import KpiTarget, WeeklyReport
from pointsys.users.models import Role
from tests.callcenter.factories import TUESDAY, add_resident, build_scene
from tests.factories import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("SP-02")]


@pytest.fixture(autouse=True)
def _on_tuesday(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def here():
    return build_scene()


@pytest.fixture
def there():
    return build_scene()


def test_a_seat_at_the_desk_opens_no_reports_and_targets_of_that_client(client, here, there):
    report = WeeklyReport.objects.create(
        program=there.program,
        week_start=date(2025, 9, 8),
        figures={"sections": []},
        made_at=TUESDAY,
    )
    target = KpiTarget.objects.create(
        program=there.program, code="STORES", target=5, due_date=date(2026, 3, 1)
    )
    person = staff_of(here.client, Role.OFFICE_CLERK)
    person.memberships.create(organization=there.client, role=Role.DESK_OPERATOR)
    client.force_login(person)

    for name in ("report", "report_pdf", "report_xlsx"):
        assert client.get(reverse(f"console:{name}", args=[report.pk])).status_code == 404
    for name in ("reports", "targets"):
        address = f"{reverse(f'console:{name}')}?program={there.program.code}"
        assert client.get(address).status_code == 403
    removed = client.post(reverse("console:target_remove", args=[target.pk]))
    assert removed.status_code == 403
    assert KpiTarget.objects.filter(pk=target.pk).exists()


def test_what_was_asked_stands_on_the_tickets_own_page_only(client, here):
    resident = add_resident(here.client)
    here.open(resident_id=resident.pk, subject="鈴木様の口座のこと")
    person = staff_of(here.client, Role.OFFICE_CLERK)
    client.force_login(person)

    page = client.get(reverse("console:resident", args=[resident.uuid])).text

    assert "T-000001" in page
    assert "使い方" in page
    assert "鈴木様の口座のこと" not in page


def test_sales_show_to_those_who_may_see_the_sales_of_this_client(client, here, there):
    resident = add_resident(here.client)
    person = staff_of(here.client, Role.PRIVACY_OFFICER)
    person.memberships.create(organization=there.client, role=Role.OFFICE_CLERK)
    client.force_login(person)

    page = client.get(reverse("console:resident", args=[resident.uuid]))

    assert page.context["sees_sales"] is False


def test_residents_and_tickets_of_another_client_do_not_exist(client, here, there):
    resident = add_resident(there.client)
    ticket = there.open(resident_id=resident.pk, is_complaint=True)
    desk.escalate(ticket_id=ticket.pk, reason="問", by=there.operator, at=TUESDAY)
    client.force_login(staff_of(here.client, *Role.values))

    assert client.get(reverse("console:resident", args=[resident.uuid])).status_code == 404
    assert client.get(reverse("callcenter:ticket", args=[ticket.pk])).status_code == 404
