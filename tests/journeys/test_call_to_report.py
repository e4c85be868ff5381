"""From the ring of a telephone to the client's answer and the line of the daily report."""

import io
import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from openpyxl import load_workbook

from callcenter.models import DailyReport, Ticket
from callcenter.tasks import daily_work
from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.common.clock import JST
from pointsys.residents.models import Resident
from tests.callcenter.factories import build_scene
from tests.journeys.people import PHONE, hanako

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.req("CC-02"),
    pytest.mark.req("CC-03"),
    pytest.mark.req("CC-04"),
]
# 17:00:00 on the Friday before 敬老の日: the client is gone until Tuesday.
RING = datetime(2025, 9, 12, 17, 0, 0, tzinfo=JST)
DUE = datetime(2025, 9, 16, 9, 0, 0, tzinfo=JST)
WORDS = "湊さんの家族の件"


@pytest.fixture
def clock(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    travellers = []

    def stand_at(moment):
        for traveller in travellers:
            traveller.stop()
        travellers[:] = [time_machine.travel(moment, tick=False)]
        travellers[0].start()

    yield stand_at
    for traveller in travellers:
        traveller.stop()


def test_a_call_becomes_a_line_of_the_report(client, clock, django_capture_on_commit_callbacks):
    scene = build_scene()
    resident: Resident = hanako(scene.client)

    # Friday, 17:00:00: she calls, and the desk cannot decide.
    clock(RING)
    client.force_login(scene.operator)
    page = client.get(client.get(reverse("callcenter:home"), {"tel": PHONE}).url).text
    key = re.search(r'name="request_key" value="([^"]+)"', page)[1]
    assert f'value="R{resident.pk}"' in page
    assert "上申期限 9月16日（火） 09:00" in page
    panel = client.post(
        reverse("callcenter:caller"), {"caller": f"R{resident.pk}", "request_key": key}
    ).text
    assert resident.name in panel
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(
            reverse("callcenter:home"),
            {
                "act": "finish",
                "request_key": key,
                "lookup": PHONE,
                "caller": f"R{resident.pk}",
                "channel": "PHONE",
                "top": "1",
                "sub": "12",
                "subject": "",
                "body": WORDS,
                "reply": WORDS,
                "outcome": "ESCALATE",
                "question": WORDS,
            },
            follow=True,
        ).text
    assert "上申の期限は9月16日（火）午前9時です" in done
    ticket = Ticket.objects.get()
    escalation = ticket.escalations.get()
    assert (escalation.asked_at, escalation.due_at) == (RING, DUE)
    assert AccessRecord.objects.get().purpose == f"問合せ {ticket.number}"

    # Saturday, just after midnight: Friday is counted and sent.
    clock(RING.replace(hour=0) + timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        daily_work()
    friday = DailyReport.objects.get(day=RING.date())
    assert (friday.total, friday.due_at.date()) == (1, DUE.date())

    # Tuesday, 8:59: the client answers in time from its own page.
    clock(DUE - timedelta(minutes=1))
    client.logout()
    client.force_login(scene.approver)
    listed = client.get(reverse("callcenter:tickets"), {"view": "escalated"}).text
    assert str(ticket.number) in listed
    assert "期限超過" not in listed
    answered = client.post(
        reverse("callcenter:ticket", args=[ticket.pk]),
        {"act": "answer", "answer": "お知らせのとおりです"},
        follow=True,
    ).text
    assert "回答しました" in answered

    the_report_keeps(client, friday, ticket)

    # The desk calls back and closes.
    client.force_login(scene.operator)
    client.post(reverse("callcenter:ticket", args=[ticket.pk]), {"act": "close"})
    ticket.refresh_from_db()
    assert ticket.status == "DONE"
    assert len(mail.outbox) >= 4
    nothing_was_told_of(resident)


def the_report_keeps(client, friday: DailyReport, ticket: Ticket) -> None:
    """The report still says what it said; its file has the line."""
    shown = client.get(reverse("callcenter:report", args=[friday.pk])).text
    assert str(ticket.number) in shown
    file = client.get(reverse("callcenter:report_xlsx", args=[friday.pk])).content
    book = load_workbook(io.BytesIO(file))
    lines = {row[1].value: row[8].value for row in book["件数"].iter_rows(min_row=7)}
    assert (lines["　ログイン"], lines["使い方"], lines["合計"]) == (1, 1, 1)
    asked = [cell.value for row in book["苦情・個人情報・上申"].iter_rows() for cell in row]
    assert {str(ticket.number), "2025年9月16日（火） 09:00", "回答待ち"} <= set(asked)


def nothing_was_told_of(resident: Resident) -> None:
    """What the caller said stays in the ticket: neither mails nor the audit repeat it."""
    told = [f"{message.subject}{message.body}" for message in mail.outbox]
    told += [str(event.changes) for event in AuditEvent.objects.all()]
    assert not any(WORDS in text or PHONE in text or resident.name in text for text in told)
