from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from callcenter import queries, services
from callcenter.errors import (
    AlreadyClosed,
    AlreadyEscalated,
    AnswerMissing,
    NoSuchCaller,
    NoSuchCategory,
    NotEscalated,
    TicketWrong,
)
from callcenter.models import DeskRecipient, Escalation, Ticket, TicketNote, TicketNumber
from pointsys.audit.models import AuditEvent
from pointsys.notices.models import Notice
from pointsys.users.models import Membership
from tests.callcenter.factories import CATEGORIES, TUESDAY, add_resident, build_scene
from tests.factories import ProgramFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-02")]
SECRET = "湊花子さんは090-1234-5678です"


# --- Numbers ----------------------------------------------------------------------------------
def test_tickets_of_a_client_are_numbered_from_one(scene):
    other = build_scene()

    numbers = [str(scene.open().number), str(scene.open().number), str(other.open().number)]

    assert numbers == ["T-000001", "T-000002", "T-000001"]


def test_the_same_request_makes_one_ticket(scene):
    key = uuid4()

    first = scene.open(request_key=key)
    again = scene.open(request_key=key, subject="別の件名")

    assert first == again
    assert Ticket.objects.count() == 1


def test_a_number_of_another_operators_call_is_refused(scene):
    key = uuid4()
    services.reserve_number(
        client_id=scene.client.pk, request_key=key, by=scene.supervisor, at=TUESDAY
    )

    with pytest.raises(TicketWrong, match="別の画面"):
        scene.open(request_key=key)


@pytest.mark.django_db(transaction=True)
def test_calls_that_end_at_once_get_different_numbers():
    scene = build_scene()

    def reserve(_):
        try:
            return services.reserve_number(
                client_id=scene.client.pk, request_key=uuid4(), by=scene.operator, at=TUESDAY
            ).serial
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        serials = sorted(pool.map(reserve, range(8)))

    assert serials == list(range(1, 9))


# --- What a ticket refers to --------------------------------------------------------------------
def test_a_ticket_keeps_its_number_sealed_and_finds_it_again(scene):
    ticket = scene.open(caller_phone="０９０ー１２３４ー５６７８")

    found = queries.look_up(client_id=scene.client.pk, words="09012345678")

    assert found.tickets == (ticket,)
    assert queries.phone_of(ticket) == "090-1234-5678"
    assert b"1234" not in bytes(ticket.phone_sealed)


def test_the_desk_follows_the_caller(scene):
    store = StoreFactory(client=scene.client)

    assert scene.open().desk.kind == "RESIDENTS"
    assert scene.open(store_id=store.pk).desk.kind == "STORES"


@pytest.mark.parametrize("kind", ["resident", "store"])
def test_a_caller_of_another_client_is_refused(scene, kind):
    other = ProgramFactory().client
    row = add_resident(other) if kind == "resident" else StoreFactory(client=other)

    with pytest.raises(NoSuchCaller):
        scene.open(**{f"{kind}_id": row.pk})


def test_a_category_of_another_client_or_out_of_use_is_refused(scene):
    foreign = build_scene().category("1")
    retired = services.retire_category(
        category_id=scene.category("9").pk, by=scene.supervisor, at=TUESDAY
    )

    for category in (foreign, retired):
        with pytest.raises(NoSuchCategory):
            scene.open(code=None, category_id=category.pk)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"subject": "あ" * 81}, "80文字まで"),
        ({"body": "nul\x00"}, "使えない文字"),
        ({"body": "あ" * 4_001}, "4,000文字まで"),
        ({"caller_phone": "12345"}, "10けたか11けた"),
        ({"channel": "FAX"}, "受付の方法"),
        ({"needs_callback": True}, "かけ直す電話番号"),
        ({"program_id": 0x7FFFFFFF}, "事業をえらび直して"),
    ],
)
def test_what_cannot_be_written_is_refused_in_words_and_leaves_nothing(scene, facts, words):
    with pytest.raises(TicketWrong, match=words), transaction.atomic():
        scene.open(**facts)

    assert not Ticket.objects.exists()


def test_another_programs_ticket_is_refused(scene):
    with pytest.raises(TicketWrong, match="事業"):
        scene.open(program_id=ProgramFactory().pk)


@pytest.mark.req("CO-06")
def test_a_meeting_opens_a_ticket_with_a_reference_and_without_a_category(scene):
    ticket = scene.open(code=None, channel="EVENT", event_ref="event:12", subject="")

    assert (ticket.event_ref, ticket.subject, ticket.category) == ("event:12", "件名なし", None)


# --- Closing, notes, categories ------------------------------------------------------------------
def test_a_ticket_is_closed_once(scene):
    ticket = scene.open(needs_callback=True, caller_phone="09012345678")

    closed = services.close_ticket(ticket_id=ticket.pk, by=scene.operator, at=TUESDAY)

    assert (closed.status, closed.closed_at, closed.needs_callback) == ("DONE", TUESDAY, False)
    with pytest.raises(AlreadyClosed):
        services.close_ticket(ticket_id=ticket.pk, by=scene.operator, at=TUESDAY)


def test_a_note_is_written_once_and_never_changed(scene):
    ticket = scene.open(reply="案内した")
    note = services.add_note(
        ticket_id=ticket.pk, kind="NOTE", note="あとで折り返した", by=scene.operator, at=TUESDAY
    )

    assert [one.kind for one in queries.notes_of(ticket)] == ["REPLY", "NOTE"]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        TicketNote.objects.filter(pk=note.pk).update(text="別の言葉")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        note.delete()


@pytest.mark.parametrize("note", ["", "   ", "nul\x00"])
def test_a_note_without_words_is_refused(scene, note):
    with pytest.raises(TicketWrong):
        services.add_note(
            ticket_id=scene.open().pk, kind="NOTE", note=note, by=scene.operator, at=TUESDAY
        )


def test_a_category_is_put_right_and_on_record(scene):
    ticket = scene.open(code="1")

    services.change_category(
        ticket_id=ticket.pk, category_id=scene.category("41").pk, by=scene.operator, at=TUESDAY
    )

    event = AuditEvent.objects.get(code="callcenter.ticket.recategorised")
    assert (event.changes["before"], event.changes["after"]) == ("1", "41")


# --- Escalations ----------------------------------------------------------------------------------
@pytest.mark.req("CC-03")
def test_an_escalation_is_due_at_once_mailed_and_answered(
    scene, django_capture_on_commit_callbacks
):
    ticket = scene.open(body=SECRET)

    with django_capture_on_commit_callbacks(execute=True):
        asked = services.escalate(ticket_id=ticket.pk, reason=SECRET, by=scene.operator, at=TUESDAY)
    answered = services.answer(
        ticket_id=ticket.pk, answer="そのとおりです", by=scene.approver, at=asked.due_at
    )

    ticket.refresh_from_db()
    assert (asked.due_at - TUESDAY).total_seconds() == 15 * 60
    assert asked.told_at == TUESDAY
    assert answered.answered_by == scene.approver
    assert ticket.status == "OPEN"
    assert {message.to[0] for message in mail.outbox} == {scene.viewer.email, scene.approver.email}
    assert all("T-000001" in message.subject for message in mail.outbox)


@pytest.mark.req("CC-03")
def test_one_escalation_of_a_ticket_waits_at_a_time(scene):
    ticket = scene.open()
    services.escalate(ticket_id=ticket.pk, reason="聞く", by=scene.operator, at=TUESDAY)

    with pytest.raises(AlreadyEscalated):
        services.escalate(ticket_id=ticket.pk, reason="また", by=scene.operator, at=TUESDAY)
    with pytest.raises(AnswerMissing):
        services.close_ticket(ticket_id=ticket.pk, by=scene.operator, at=TUESDAY)
    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        Escalation.objects.create(
            ticket=ticket, asked_at=TUESDAY, asked_by=scene.operator, due_at=TUESDAY, reason="直接"
        )


@pytest.mark.req("CC-03")
def test_a_second_answer_is_refused(scene):
    ticket = scene.open()
    services.escalate(ticket_id=ticket.pk, reason="聞く", by=scene.operator, at=TUESDAY)
    services.answer(ticket_id=ticket.pk, answer="はい", by=scene.viewer, at=TUESDAY)

    with pytest.raises(NotEscalated):
        services.answer(ticket_id=ticket.pk, answer="いいえ", by=scene.approver, at=TUESDAY)


@pytest.mark.req("CC-03")
@pytest.mark.parametrize("words", ["", "  \n", "nul\x00"])
def test_a_question_or_answer_without_words_is_refused(scene, words):
    ticket = scene.open()

    with pytest.raises(TicketWrong):
        services.escalate(ticket_id=ticket.pk, reason=words, by=scene.operator, at=TUESDAY)
    services.escalate(ticket_id=ticket.pk, reason="聞く", by=scene.operator, at=TUESDAY)
    with pytest.raises(TicketWrong):
        services.answer(ticket_id=ticket.pk, answer=words, by=scene.viewer, at=TUESDAY)


# --- Complaints ---------------------------------------------------------------------------------
@pytest.mark.req("CC-06")
def test_a_complaint_is_mailed_at_once_without_a_word_of_the_caller(
    scene, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        ticket = scene.open(is_complaint=True, subject=SECRET, body=SECRET, reply=SECRET)
        services.close_ticket(ticket_id=ticket.pk, by=scene.operator, at=TUESDAY)

    ticket.refresh_from_db()
    assert ticket.complaint_reported_at == TUESDAY
    assert len(mail.outbox) == 4  # two people, when it came in and when it was dealt with
    written = [f"{message.subject}{message.body}" for message in mail.outbox]
    written += [str(event.changes) for event in AuditEvent.objects.all()]
    assert all("花子" not in text and "1234" not in text for text in written)


@pytest.mark.req("CC-06")
def test_a_complaint_nobody_can_be_told_of_is_listed_and_told_later(scene):
    Membership.objects.filter(user__in=[scene.viewer, scene.approver]).delete()
    ticket = scene.open(is_complaint=True)
    visible = queries.tickets_visible_to(scene.operator)
    assert list(queries.filtered(visible, view="unreported", at=TUESDAY)) == [ticket]

    services.add_recipient(
        client_id=scene.client.pk, name="担当課", email="desk@example.jp", by=None, at=TUESDAY
    )
    told = services.report_waiting_complaints(at=TUESDAY)

    assert told == 1
    assert list(queries.filtered(visible, view="unreported", at=TUESDAY)) == []
    assert Notice.objects.get().email == "desk@example.jp"


@pytest.mark.req("CC-06")
def test_flagging_a_complaint_twice_reports_it_once(scene):
    DeskRecipient.objects.create(client=scene.client, name="担当課", email="desk@example.jp")
    ticket = scene.open()

    for _ in range(2):
        services.mark_complaint(ticket_id=ticket.pk, by=scene.operator, at=TUESDAY)

    assert Notice.objects.count() == 1


# --- Constraints ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"status": "DONE"}, "closed_at_matches_status"),
        ({"closed_at": TUESDAY}, "closed_at_matches_status"),
        ({"complaint_reported_at": TUESDAY}, "reported_is_complaint"),
        ({"phone_digest": "x"}, "phone_has_digest"),
        (
            {"status": "DONE", "closed_at": TUESDAY, "needs_callback": True},
            "done_needs_no_callback",
        ),
    ],
)
def test_the_database_refuses_a_ticket_that_contradicts_itself(scene, changes, name):
    ticket = scene.open()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**changes)
    # The control: what agrees with itself is taken.
    Ticket.objects.filter(pk=ticket.pk).update(status="DONE", closed_at=TUESDAY)


def test_the_database_refuses_two_callers_and_half_an_answer(scene):
    ticket = scene.open(resident_id=add_resident(scene.client).pk)
    store = StoreFactory(client=scene.client)
    services.escalate(ticket_id=ticket.pk, reason="聞く", by=scene.operator, at=TUESDAY)

    with pytest.raises(IntegrityError, match="one_caller"), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(store=store)
    with pytest.raises(IntegrityError, match="answer_is_whole"), transaction.atomic():
        Escalation.objects.update(answered_at=TUESDAY)
    with pytest.raises(IntegrityError, match="due_after_asked"), transaction.atomic():
        Escalation.objects.update(due_at=TUESDAY.replace(hour=9))


def test_the_database_gives_a_number_once(scene):
    number = scene.open().number

    with pytest.raises(IntegrityError, match="ticketnumber_once"), transaction.atomic():
        TicketNumber.objects.create(
            client=scene.client,
            serial=number.serial,
            request_key=UUID(int=1),
            given_to=scene.operator,
            given_at=TUESDAY,
        )


def test_categories_of_the_third_level_and_repeated_codes_are_refused(scene):
    from callcenter.errors import DeskWrong

    for spec in (
        services.CategorySpec(code="111", name="深い", parent="11"),
        services.CategorySpec(code="1", name="同じ番号"),
        services.CategorySpec(code="あ", name="番号でない"),
    ):
        with pytest.raises(DeskWrong), transaction.atomic():
            services.create_categories(client_id=scene.client.pk, specs=[spec], by=None, at=TUESDAY)
    assert len(CATEGORIES) == 6
