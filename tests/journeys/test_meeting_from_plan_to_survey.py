"""One meeting: planned, approved, booked by Hanako, held, and what stays open goes to the desk."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from callcenter.models import Ticket
from consultations import services
from consultations.models import Booking, Event, HelpItem
from pointsys.audit.models import AccessRecord
from pointsys.common.clock import JST
from pointsys.notices.models import Notice
from pointsys.surveys.models import Question, Response
from pointsys.users.models import Role
from tests.factories import ProgramFactory, staff_of
from tests.journeys.people import EMAIL, hanako

pytestmark = pytest.mark.django_db
PLANNED = datetime(2025, 9, 1, 10, 0, tzinfo=JST)
DAY = datetime(2025, 9, 20, 13, 0, tzinfo=JST)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("CO-01", "CO-03", "CO-04", "CO-05", "CO-06", "CO-08", "CO-10")
def test_a_meeting_from_plan_to_survey(settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    program = ProgramFactory()
    office = signed_in(staff_of(program.client, Role.OFFICE_CLERK))
    approver = staff_of(program.client, Role.CLIENT_APPROVER)
    county = signed_in(approver)
    helper = staff_of(program.client, Role.EVENT_STAFF)
    venue = signed_in(helper)
    resident = hanako(program.client)
    clock = time_machine.travel(PLANNED, tick=False)
    now = clock.start()
    try:
        event = plan_and_publish(office, county)
        booking = book_as(signed_in(resident.user), event)
        assert booking.resident_id == resident.pk
        now.move_to(DAY - timedelta(days=1))
        assert services.remind_of_tomorrow(at=DAY - timedelta(days=1)) == 1

        now.move_to(DAY)
        visit = check_in(venue, event, booking)
        help_her(venue, visit)
        answer_survey(event)

        # Half an hour without a click ends a session of staff: they sign in again.
        now.move_to(DAY + timedelta(hours=4))
        venue, county = signed_in(helper), signed_in(approver)
        venue.post(reverse("consultations:run", args=[event.pk, "held"]))
        coverage = county.get(reverse("consultations:home")).context["coverage"]
        results = county.get(reverse("consultations:survey")).content.decode()
    finally:
        clock.stop()

    assert [unit.unit.name for unit in coverage.done] == ["石巻市"]
    assert coverage.visitors == 1
    assert "5" in results
    assert {notice.email for notice in Notice.objects.all()} == {EMAIL}
    assert AccessRecord.objects.count() == 1


def plan_and_publish(office: Client, county: Client) -> Event:
    office.post(
        reverse("consultations:rules"),
        {
            "first_date": "2025-05-01",
            "last_date": "2026-02-28",
            "minimum_notice_days": "14",
            "install_goal": "1000",
        },
    )
    office.post(
        reverse("consultations:new"),
        {
            "title": "スマホ相談会 石巻市",
            "kind": "CONSULTATION",
            "municipality_code": "04202",
            "venue": "石巻市中央公民館",
            "address": "宮城県石巻市日和が丘1丁目2番",
            "day": "2025-09-20",
            "starts": "13:00",
            "ends": "16:00",
            "slot_minutes": "30",
            "seats_per_slot": "2",
            "method": "対面。職員4名。",
        },
    )
    event = Event.objects.get()
    office.post(reverse("consultations:propose", args=[event.pk]))
    assert event.title in county.get(reverse("console:approvals")).content.decode()
    page = county.get(reverse("consultations:event", args=[event.pk]))
    county.post(
        reverse("consultations:decide", args=[event.pk]),
        {"answer": "approve", "digest": page.context["digest"], "comment": ""},
    )
    office.post(reverse("consultations:run", args=[event.pk, "publish"]))
    assert event.title in Client().get(reverse("events:list")).content.decode()
    return event


def book_as(her: Client, event: Event) -> Booking:
    address = reverse("events:book", args=[event.pk])
    form = her.get(address).context["form"]
    data = {
        "slot": str(event.slots.order_by("starts_at")[1].pk),
        "name": "湊 花子",
        "kana": "みなと はなこ",
        "phone": "090-1234-5678",
        "email": EMAIL,
        "request_key": str(form.initial["request_key"]),
    }
    her.post(address, {**data, "step": "check"})
    answer = her.post(address, {**data, "step": "book"})
    booking = Booking.objects.get()
    shown = her.get(answer.headers["Location"]).content.decode()
    assert booking.number[:4] in shown
    return booking


def check_in(venue: Client, event: Event, booking: Booking) -> int:
    # What the QR code holds is the number.
    arrived = venue.post(
        reverse("events:arrive", args=[event.pk]), {"number": booking.number}, follow=True
    )
    assert "みなと はなこ 様" in arrived.content.decode()
    return arrived.context["visit"].pk


def help_her(venue: Client, visit: int) -> None:
    install, card = HelpItem.objects.filter(code__in=["install", "mynumber"]).order_by("position")
    told = venue.post(
        reverse("events:visit", args=[visit]),
        {
            "resolved": [install.pk],
            "unresolved": [card.pk],
            "question": "カードの暗証番号を忘れた",
            "minutes": "15",
        },
        follow=True,
    )
    ticket = Ticket.objects.get()
    assert str(ticket.number) in told.content.decode()


def answer_survey(event: Event) -> None:
    anybody = Client()
    address = reverse("events:survey", args=[event.pk])
    page = anybody.get(address).content.decode()
    key = re.search(r'name="request_key" value="([^"]+)"', page)
    assert key is not None
    question = Question.objects.get(survey__title="相談会のアンケート", kind="SCALE")
    data = {"request_key": key.group(1), f"question_{question.pk}": "5"}
    anybody.post(address, data)
    assert Response.objects.get().entered_by is None
