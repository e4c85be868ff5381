"""One resident in every room: what the demo tells of mj-000001, the office sees on one page."""

import io
from datetime import datetime

import pytest
import time_machine
from django.urls import reverse

from cards import queries as cards
from consultations.models import Attendance
from pointsys.audit.models import AccessRecord
from pointsys.common import display
from pointsys.common.clock import JST
from pointsys.console.demo import loading
from pointsys.console.models import WeeklyReport
from pointsys.console.queries.person import person_everywhere
from pointsys.residents.models import Resident
from pointsys.users.models import Role, User
from tests.programs.factories import make_client, make_staff
from vouchers.models import Order

NOW = datetime(2026, 11, 21, 12, tzinfo=JST)
pytestmark = [pytest.mark.django_db, pytest.mark.req("AD-09")]


@pytest.fixture
def resident(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOW, tick=False):
        loading.load(now=NOW, people=40, scale=0.06, out=io.StringIO())
        yield Resident.objects.get(external_id="mj-000001")


def test_the_office_sees_everything_of_one_resident_with_links(client, resident):
    clerk = User.objects.get(username="jimukyoku")
    client.force_login(clerk)
    orders = list(Order.objects.filter(resident=resident))
    held = list(cards.cards_of_resident(resident_id=resident.pk))
    visits = list(Attendance.objects.filter(resident=resident, undone_at__isnull=True))
    person = person_everywhere(resident, user=clerk, at=NOW, sees_sales=True, sees_cards=True)

    listed = client.get(reverse("residents:list")).content.decode()
    answer = client.get(reverse("console:resident", args=[resident.uuid]))
    page = answer.content.decode()

    assert reverse("console:resident", args=[resident.uuid]) in listed
    assert orders
    assert len(held) == 2
    assert visits
    assert person.tickets
    for order in orders:
        assert display.in_fours(order.slip_number) in page
    for card in held:
        assert reverse("cards:card", args=[card.uuid]) in page
    for visit in visits:
        assert reverse("consultations:event", args=[visit.event_id]) in page
    for asked in person.tickets:
        assert str(asked.ticket.number) in page
    for application in person.applications:
        assert reverse("vouchers:application", args=[application.pk]) in page
    links = [reverse("cards:card", args=[card.uuid]) for card in held]
    links += [reverse("consultations:event", args=[visit.event_id]) for visit in visits]
    links += [reverse("vouchers:application", args=[one.pk]) for one in person.applications]
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    record = AccessRecord.objects.filter(subject_kind="residents.Resident", by=clerk).first()
    assert record is not None
    assert record.subject_id == str(resident.pk)

    _the_order_is_followed(client, orders)
    _the_reports_know_the_sale(orders)
    _nobody_else_opens_the_page(client, resident)


def _the_order_is_followed(client, orders):
    """From the number on the payment slip to what became of the points that it bought."""
    paid = next(order for order in orders if order.status == Order.Status.PAID)

    answer = client.get(reverse("console:follow_find"), {"number": paid.slip_number}, follow=True)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert display.in_fours(paid.slip_number) in page
    assert "付与と行き先が一致" in page
    assert "代金と上乗せ分＝付与の合計" in page


def _the_reports_know_the_sale(orders):
    program = orders[0].sale_round.campaign.program
    report = WeeklyReport.objects.filter(program=program).latest("week_start")
    titles = [section["title"] for section in report.figures["sections"]]
    [sale] = [section for section in report.figures["sections"] if section["code"] == "vouchers"]
    sold = {line["code"]: line["total"] for line in sale["lines"]}
    assert {"加盟店", "ポイント", "商品券", "問合せ（この事業についてのもの）", "換金"} <= set(
        titles
    )
    assert sold["vouchers.sold_sets"] >= orders[0].sets
    assert sold["vouchers.used_principal"] > 0


def _nobody_else_opens_the_page(client, resident):
    address = reverse("console:resident", args=[resident.uuid])
    for role in (Role.AUDITOR, Role.CLIENT_VIEWER, Role.DESK_OPERATOR, Role.FINANCE_PREPARER):
        client.force_login(make_staff(resident.client, role))
        assert client.get(address).status_code == 403
    client.force_login(make_staff(make_client("ほかの市"), Role.OFFICE_CLERK))
    assert client.get(address).status_code == 404
    client.force_login(make_staff(resident.client, Role.PRIVACY_OFFICER))
    assert client.get(address).status_code == 200
