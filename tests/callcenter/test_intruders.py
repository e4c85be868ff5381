"""What goes wrong at a shared desk: pages of others, pages gone back to, odd days and signs."""

import io
from uuid import UUID, uuid4

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from callcenter import services
from callcenter.errors import CallAlreadyWritten
from callcenter.models import DailyReport, Ticket
from pointsys.audit.models import AccessRecord
from pointsys.users.models import Role
from tests.callcenter.factories import TUESDAY, add_resident, build_scene
from tests.callcenter.test_pages import HOME, call, key_of
from tests.factories import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-02")]
KEY = UUID("6a0e7d62-60a8-4f6e-9bb5-2a1d3f5b7c01")


@pytest.fixture(autouse=True)
def _on_tuesday():
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def desk(scene, client):
    client.force_login(scene.operator)
    return client


def test_a_page_that_another_operator_left_open_shows_nobody_and_loses_nothing(scene, desk):
    resident = add_resident(scene.client)
    services.reserve_number(
        client_id=scene.client.pk, request_key=KEY, by=scene.supervisor, at=TUESDAY
    )
    typed = call(act="lookup", caller=f"R{resident.pk}", body="聞いたこと", request_key=str(KEY))

    page = desk.post(reverse(HOME), typed)

    assert page.status_code == 200
    assert "別の画面のものです" in page.text
    assert "聞いたこと" in page.text
    assert "湊 花子" not in page.text
    assert key_of(page.text) != str(KEY)
    assert not AccessRecord.objects.exists()


def test_a_page_gone_back_to_does_not_swallow_the_next_call(scene, desk):
    first = call(body="一人目の話", request_key=str(KEY))
    desk.post(reverse(HOME), first)

    page = desk.post(reverse(HOME), first | {"body": "二人目の話"})

    assert "T-000001 として記録済みです" in page.text
    assert "二人目の話" in page.text
    desk.post(reverse(HOME), first | {"body": "二人目の話", "request_key": key_of(page.text)})
    assert sorted(Ticket.objects.values_list("body", flat=True)) == ["一人目の話", "二人目の話"]


def test_the_same_key_with_another_caller_is_refused(scene):
    resident = add_resident(scene.client)
    facts = {
        "client_id": scene.client.pk,
        "program_id": scene.program.pk,
        "request_key": KEY,
        "channel": "PHONE",
        "category_id": scene.category("1").pk,
        "subject": "",
        "body": "話",
        "reply": "",
        "outcome": "DONE",
    }
    services.finish_call(call=services.Call(**facts), by=scene.operator, at=TUESDAY)

    with pytest.raises(CallAlreadyWritten):
        services.finish_call(
            call=services.Call(**facts, resident_id=resident.pk), by=scene.operator, at=TUESDAY
        )


@pytest.mark.req("SP-04")
def test_a_ticket_without_a_known_caller_is_opened_on_record_too(scene, desk):
    ticket = scene.open(caller_phone="090-1234-5678")

    page = desk.get(reverse("callcenter:ticket", args=[ticket.pk])).text

    assert "090-1234-5678" in page
    record = AccessRecord.objects.get()
    assert (record.subject_kind, record.subject_id) == ("callcenter.Ticket", str(ticket.pk))


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-10", "9999-12-31"])
def test_days_at_the_ends_of_time_break_nothing(scene, desk, day):
    assert desk.get(reverse("callcenter:reports"), {"day": day}).status_code == 200


def test_a_correction_with_signs_no_keyboard_types_can_still_be_taken_out(scene, client):
    scene.open()
    at = TUESDAY.replace(day=17)
    report = services.make_report(client_id=scene.client.pk, day=TUESDAY.date(), at=at)
    ticket = Ticket.objects.get()
    services.change_category(
        ticket_id=ticket.pk, category_id=scene.category("9").pk, by=scene.supervisor, at=at
    )
    client.force_login(scene.supervisor)

    client.post(reverse("callcenter:report", args=[report.pk]), {"reason": "=直し\x0b\x01した"})
    newest = DailyReport.objects.get(version=2)
    file = client.get(reverse("callcenter:report_xlsx", args=[newest.pk]))

    assert file.status_code == 200
    sheet = load_workbook(io.BytesIO(file.content)).worksheets[0]
    assert sheet["A4"].data_type == "s"


def test_another_clients_desk_and_client_reach_no_ticket_by_any_act(scene, client):
    other = build_scene()
    foreign = other.open(is_complaint=True)
    services.escalate(ticket_id=foreign.pk, reason="問", by=other.operator, at=TUESDAY)
    address = reverse("callcenter:ticket", args=[foreign.pk])
    people = [scene.operator, scene.supervisor, scene.viewer, scene.approver]
    people.append(staff_of(scene.client, *Role.values))

    for person in people:
        client.force_login(person)
        assert client.get(address).status_code == 404
        for act in ("note", "escalate", "answer", "category", "close", "complaint", "x"):
            data = {"act": act, "note": "a", "answer": "a", "question": "a", "category": "1"}
            assert client.post(address, data).status_code == 404

    foreign.refresh_from_db()
    assert foreign.status == Ticket.Status.ESCALATED
    assert not AccessRecord.objects.exists()


def test_a_number_of_another_client_shows_no_number_here(scene, desk):
    other = build_scene()
    services.reserve_number(
        client_id=other.client.pk, request_key=KEY, by=other.operator, at=TUESDAY
    )
    own = uuid4()
    for n in range(3):
        services.reserve_number(
            client_id=scene.client.pk,
            request_key=own if n == 2 else uuid4(),
            by=scene.operator,
            at=TUESDAY,
        )

    foreign = desk.post(reverse(HOME), call(act="lookup", request_key=str(KEY))).text
    kept = desk.post(reverse(HOME), call(act="lookup", request_key=str(own))).text

    assert "T-000001" not in foreign
    assert "T-000003" in kept
