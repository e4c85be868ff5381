"""From a draft to the public list: what the client decided, and nothing else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from consultations import errors, services
from consultations.models import Event, Slot
from pointsys.approvals import errors as approvals
from pointsys.approvals.models import Approval
from pointsys.audit.models import AuditEvent
from pointsys.notices.models import Notice
from tests.consultations.factories import DAY, HANAKO, PLANNED, TARO, Office, book, plan

pytestmark = pytest.mark.django_db


@pytest.mark.req("CO-03")
def test_an_event_is_proposed_approved_and_published() -> None:
    office = Office()

    event = office.published()

    assert event.status == Event.Status.PUBLISHED
    assert [slot.starts_at - DAY for slot in event.slots.order_by("starts_at")] == [
        timedelta(minutes=30) * n for n in range(6)
    ]
    codes = list(AuditEvent.objects.order_by("pk").values_list("code", flat=True))
    assert codes == [
        "consultations.event.created",
        "consultations.event.proposed",
        "approvals.asked",
        "approvals.approved",
        "consultations.event.approved",
        "consultations.event.published",
    ]


@pytest.mark.req("CO-03")
def test_nothing_is_published_without_the_client() -> None:
    office = Office()
    draft = office.draft()

    with pytest.raises(errors.EventNotApproved):
        services.publish(event_id=draft.pk, by=office.clerk, at=PLANNED)
    services.propose(event_id=draft.pk, by=office.clerk, at=PLANNED)
    with pytest.raises(errors.EventNotApproved):
        services.publish(event_id=draft.pk, by=office.clerk, at=PLANNED)


def test_the_database_knows_no_published_event_that_nobody_approved() -> None:
    draft = Office().draft()

    with pytest.raises(IntegrityError, match="times_match_status"), transaction.atomic():
        Event.objects.filter(pk=draft.pk).update(status="PUBLISHED", published_at=PLANNED)
    # The negative control: the same update of a row that was approved is taken.
    Event.objects.filter(pk=draft.pk).update(
        status="PUBLISHED", published_at=PLANNED, approved_at=PLANNED
    )


def test_who_planned_does_not_decide_and_a_refusal_says_why() -> None:
    office = Office()
    event = office.draft()
    services.propose(event_id=event.pk, by=office.approver, at=PLANNED)

    with pytest.raises(approvals.SamePersonApproval):
        office.decide(event)

    other = office.draft()
    services.propose(event_id=other.pk, by=office.clerk, at=PLANNED)
    with pytest.raises(approvals.ReasonRequired):
        office.decide(other, approve=False)
    assert office.decide(other, approve=False, comment="駐車場がない").status == "DRAFT"
    services.propose(event_id=other.pk, by=office.clerk, at=PLANNED)


def test_another_content_than_the_one_shown_is_not_approved() -> None:
    office = Office()
    event = office.draft()
    services.propose(event_id=event.pk, by=office.clerk, at=PLANNED)

    with pytest.raises(approvals.ChangedSinceAsked):
        services.decide_event(
            event_id=event.pk,
            approve=True,
            digest="0" * 64,
            comment="",
            by=office.approver,
            at=PLANNED,
        )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ends_at": DAY}, errors.EventTimesWrong),
        ({"ends_at": DAY + timedelta(days=1)}, errors.EventTimesWrong),
        ({"municipality_code": "13101"}, errors.EventOutsideArea),
        ({"municipality_code": "04100"}, errors.EventOutsideArea),
        ({"municipality_code": ""}, errors.EventOutsideArea),
        ({"kind": Event.Kind.WEB}, errors.EventOutsideArea),
    ],
)
def test_a_plan_that_no_event_can_have_is_refused(changes, refusal) -> None:
    office = Office()

    with pytest.raises(refusal):
        office.draft(**changes)
    assert office.draft(kind=Event.Kind.WEB, municipality_code="").pk


@pytest.mark.req("CO-03")
def test_a_published_event_moves_only_after_another_approval_and_who_booked_is_told() -> None:
    office = Office()
    event = office.published()
    book(event, HANAKO)
    book(event, TARO)
    moved = plan(starts_at=DAY + timedelta(days=7), ends_at=DAY + timedelta(days=7, hours=3))

    services.change_event(event_id=event.pk, plan=moved, by=office.clerk, at=PLANNED)
    event.refresh_from_db()
    assert event.starts_at == DAY
    with pytest.raises(errors.ChangeWaits):
        services.change_event(event_id=event.pk, plan=moved, by=office.clerk, at=PLANNED)
    office.decide(event)

    event.refresh_from_db()
    assert event.starts_at == DAY + timedelta(days=7)
    assert event.change is None
    assert event.slots.order_by("starts_at").first().starts_at == DAY + timedelta(days=7)
    told = Notice.objects.filter(reason__startswith="consultations.changed")
    assert [notice.email for notice in told] == ["hanako@example.jp"]
    assert "9月27日" in told[0].body
    assert "花子" not in told[0].body


def test_slots_move_by_less_than_their_length_without_meeting() -> None:
    office = Office()
    event = office.published()
    for minutes in (30, -60):
        step = timedelta(minutes=minutes)
        event.refresh_from_db()
        moved = plan(starts_at=event.starts_at + step, ends_at=event.ends_at + step)
        services.change_event(event_id=event.pk, plan=moved, by=office.clerk, at=PLANNED)
        office.decide(event)

    assert event.slots.order_by("starts_at").first().starts_at == DAY - timedelta(minutes=30)


def test_a_refused_change_leaves_what_was_approved() -> None:
    office = Office()
    event = office.published()
    other = plan(venue="名取市役所")
    services.change_event(event_id=event.pk, plan=other, by=office.clerk, at=PLANNED)

    office.decide(event, approve=False, comment="会場が遠い")

    event.refresh_from_db()
    assert (event.venue, event.change) == ("名取市文化会館 小ホール", None)


def test_seats_of_a_published_event_stay() -> None:
    office = Office()
    event = office.published()

    for changes in ({"seats_per_slot": 1}, {"slot_minutes": 60}, {"ends_at": DAY}):
        with pytest.raises((errors.SlotsFixed, errors.EventTimesWrong)):
            services.change_event(
                event_id=event.pk, plan=plan(**changes), by=office.clerk, at=PLANNED
            )
    with pytest.raises(errors.NothingChanged):
        services.change_event(event_id=event.pk, plan=plan(), by=office.clerk, at=PLANNED)


def test_a_cancelled_event_tells_who_booked_once_and_ends_its_question() -> None:
    office = Office()
    event = office.published()
    book(event, HANAKO)
    services.change_event(event_id=event.pk, plan=plan(venue="別館"), by=office.clerk, at=PLANNED)

    with pytest.raises(errors.ReasonMissing):
        services.cancel_event(event_id=event.pk, reason=" ", by=office.clerk, at=PLANNED)
    mails = services.cancel_event(
        event_id=event.pk, reason="台風のため", by=office.clerk, at=PLANNED
    )

    assert mails == 1
    assert not Approval.objects.filter(status="PENDING").exists()
    with pytest.raises(errors.EventIsClosed):
        services.cancel_event(event_id=event.pk, reason="また", by=office.clerk, at=PLANNED)
    with pytest.raises(errors.BookingClosed):
        book(event, TARO)
    assert mail.outbox == []


def test_an_event_is_held_only_after_it_began() -> None:
    office = Office()
    event = office.published()

    with pytest.raises(errors.EventNotOver):
        services.mark_held(event_id=event.pk, by=office.staff, at=DAY - timedelta(minutes=1))
    assert services.mark_held(event_id=event.pk, by=office.staff, at=DAY).status == "HELD"


def test_an_event_without_seats_has_no_slots() -> None:
    event = Office().published(seats_per_slot=0)

    assert not Slot.objects.filter(event=event).exists()
