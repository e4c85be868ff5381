import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.notices.models import Notice
from tests.factories import ResidentFactory, staff_of
from tests.vouchers.lottery import (
    APPLY_ENDS,
    APPLY_STARTS,
    APPLYING,
    Lottery,
    build_lottery,
    photo,
)
from vouchers import errors, numbers
from vouchers.models import Application, ResidencyDocument
from vouchers.services import applications, residency

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-02")]
Status = Application.Status


@pytest.fixture
def lottery() -> Lottery:
    return build_lottery()


def test_an_application_waits_with_its_sealed_document(lottery: Lottery):
    application = lottery.apply(sets=3)

    assert application.status == Status.RECEIVED
    assert numbers.read_number(application.number) == application.number
    document = application.documents.get()
    assert not bytes(document.picture_sealed).startswith(b"\xff\xd8")
    event = AuditEvent.objects.get(code="vouchers.application.received")
    assert event.changes == {"number": application.number, "sets": 3, "is_assisted": False}


def test_the_picture_opens_for_its_own_row_only_and_each_look_is_on_record(lottery: Lottery):
    document = lottery.apply().documents.get()

    content = residency.open_picture(document=document, by=lottery.clerk, at=APPLYING)

    assert content.startswith(b"\xff\xd8")
    record = AccessRecord.objects.get()
    assert record.by == lottery.clerk
    assert record.subject_id == str(document.application.resident_id)


@pytest.mark.parametrize("sets", [0, 11, -1, 65_536])
def test_the_limit_of_a_person_holds(lottery: Lottery, sets: int):
    with pytest.raises(errors.TooManySets):
        lottery.apply(sets=sets)

    assert not Application.objects.exists()


@pytest.mark.req("VO-01")
def test_the_limit_itself_is_allowed(lottery: Lottery):
    assert lottery.apply(sets=10).sets == 10


def test_somebody_applies_once_a_round(lottery: Lottery):
    resident = lottery.person()
    first = lottery.apply(resident)

    with pytest.raises(errors.AlreadyApplied) as refusal:
        lottery.apply(resident)

    assert refusal.value.context == {"number": first.number}
    assert Application.objects.count() == 1


def test_the_database_refuses_a_second_application_too(lottery: Lottery):
    first = lottery.apply()

    with pytest.raises(IntegrityError, match="vouchers_application_once_a_round"):
        Application.objects.create(
            sale_round_id=lottery.round_id,
            resident=first.resident,
            number="22222222",
            sets=1,
            applied_at=APPLYING,
        )


def test_whoever_took_it_back_can_apply_again(lottery: Lottery):
    resident = lottery.person()
    first = lottery.apply(resident)
    applications.withdraw(application_id=first.pk, by=None, at=APPLYING)

    second = lottery.apply(resident, sets=2)

    assert second.number != first.number
    assert second.status == Status.RECEIVED


def test_what_is_taken_back_leaves_no_picture(lottery: Lottery):
    application = lottery.apply()

    applications.withdraw(application_id=application.pk, by=None, at=APPLYING)

    document = application.documents.get()
    assert document.picture_sealed is None
    assert document.deleted_at == APPLYING


def test_nothing_is_taken_back_after_the_end(lottery: Lottery):
    application = lottery.apply()

    with pytest.raises(errors.CannotWithdraw):
        applications.withdraw(application_id=application.pk, by=None, at=APPLY_ENDS)

    application.refresh_from_db()
    assert application.status == Status.RECEIVED


@pytest.mark.parametrize("at", [APPLY_STARTS.replace(hour=8), APPLY_ENDS])
def test_the_dates_decide_when_people_can_apply(lottery: Lottery, at):
    with pytest.raises(errors.NotTakingApplications):
        lottery.apply(at=at)


def test_the_first_moment_counts(lottery: Lottery):
    assert lottery.apply(at=APPLY_STARTS).applied_at == APPLY_STARTS


def test_a_round_that_was_not_opened_takes_nothing():
    with pytest.raises(errors.NotTakingApplications):
        build_lottery(opened=False).apply()


def test_residents_of_another_client_cannot_apply(lottery: Lottery):
    with pytest.raises(errors.NotAResidentOfTheClient):
        lottery.apply(ResidentFactory())


def test_what_is_no_picture_leaves_no_application(lottery: Lottery):
    with pytest.raises(errors.NotAPicture):
        applications.apply(
            sale_round_id=lottery.round_id,
            resident_id=lottery.person().pk,
            sets=1,
            kind="LICENCE",
            picture=b"no picture",
            by=None,
            at=APPLYING,
        )

    assert not Application.objects.exists()


def test_a_refused_document_is_told_and_another_one_can_be_sent(lottery: Lottery):
    application = lottery.apply(lottery.person(mail="sato@example.jp"))
    residency.refuse(
        application_id=application.pk, reason="文字が読めません", by=lottery.clerk, at=APPLYING
    )

    again = applications.send_again(
        application_id=application.pk,
        kind="RESIDENT_RECORD",
        picture=photo(),
        by=None,
        at=APPLYING,
    )

    notice = Notice.objects.get()
    assert notice.email == "sato@example.jp"
    assert "文字が読めません" in notice.body
    assert "詐欺" in notice.body
    assert again.status == Status.RECEIVED
    assert (again.decided_at, again.decided_by, again.reason) == (None, None, "")
    assert [d.picture_sealed is None for d in again.documents.order_by("pk")] == [True, False]


def test_only_a_refused_application_takes_another_document(lottery: Lottery):
    application = lottery.confirmed()

    with pytest.raises(errors.CannotSendAgain):
        applications.send_again(
            application_id=application.pk, kind="LICENCE", picture=photo(), by=None, at=APPLYING
        )


def test_after_the_end_no_document_is_sent_again(lottery: Lottery):
    application = lottery.apply()
    residency.refuse(application_id=application.pk, reason="だめ", by=lottery.clerk, at=APPLYING)

    with pytest.raises(errors.CannotSendAgain):
        applications.send_again(
            application_id=application.pk,
            kind="LICENCE",
            picture=photo(),
            by=None,
            at=APPLY_ENDS,
        )


def test_the_first_decision_wins_and_the_second_person_is_told_whose(lottery: Lottery):
    other = staff_of(lottery.program.client, "OFFICE_CLERK")
    application = lottery.confirmed()

    with pytest.raises(errors.AlreadyDecided) as refusal:
        residency.refuse(application_id=application.pk, reason="ちがう", by=other, at=APPLYING)

    application.refresh_from_db()
    assert application.status == Status.CONFIRMED
    assert "事務 花子" in str(refusal.value)


def test_two_people_get_different_applications(lottery: Lottery):
    other = staff_of(lottery.program.client, "OFFICE_CLERK")
    oldest, following = lottery.apply(), lottery.apply()

    mine = residency.take_next(sale_round_id=lottery.round_id, by=lottery.clerk)
    theirs = residency.take_next(sale_round_id=lottery.round_id, by=other)

    assert (mine, theirs) == (oldest, following)
    assert residency.take_next(sale_round_id=lottery.round_id, by=lottery.clerk) == oldest


def test_a_refusal_needs_a_reason(lottery: Lottery):
    application = lottery.apply()

    with pytest.raises(errors.ReasonMissing):
        residency.refuse(application_id=application.pk, reason=" ", by=lottery.clerk, at=APPLYING)


def test_pictures_are_deleted_thirty_days_after_the_decision(lottery: Lottery):
    decided = lottery.confirmed()
    waiting = lottery.apply()
    limit = APPLYING + timedelta(days=residency.PICTURE_DAYS)

    assert residency.delete_pictures(at=limit) == 0
    assert residency.delete_pictures(at=limit + timedelta(seconds=1)) == 1
    assert residency.delete_pictures(at=limit + timedelta(days=300)) == 0

    assert decided.documents.get().picture_sealed is None
    assert waiting.documents.get().picture_sealed is not None


def test_a_deleted_picture_cannot_be_opened(lottery: Lottery):
    document = lottery.confirmed().documents.get()
    residency.delete_pictures(at=APPLYING + timedelta(days=400))
    document.refresh_from_db()

    with pytest.raises(errors.PictureGone):
        residency.open_picture(document=document, by=lottery.clerk, at=APPLYING)


def test_the_database_ties_a_deletion_to_its_time(lottery: Lottery):
    document = lottery.apply().documents.get()

    with pytest.raises(IntegrityError, match="vouchers_document_deleted_means_gone"):
        ResidencyDocument.objects.filter(pk=document.pk).update(picture_sealed=None)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_application():
    lottery = build_lottery()
    resident = lottery.person()
    outcomes: list[str] = []

    def send() -> None:
        try:
            lottery.apply(resident)
            outcomes.append("received")
        except errors.AlreadyApplied:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["received", "told", "told", "told"]
    assert Application.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_leave_one():
    lottery = build_lottery()
    other = staff_of(lottery.program.client, "OFFICE_CLERK")
    application = lottery.apply()
    outcomes: list[str] = []

    def decide(by, act) -> None:
        try:
            act(by)
            outcomes.append("decided")
        except errors.AlreadyDecided:
            outcomes.append("told")
        finally:
            connection.close()

    acts = [
        (lottery.clerk, lambda by: residency.confirm(
            application_id=application.pk, by=by, at=APPLYING)),
        (other, lambda by: residency.refuse(
            application_id=application.pk, reason="ちがう", by=by, at=APPLYING)),
    ]  # fmt: skip
    threads = [threading.Thread(target=decide, args=one) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["decided", "told"]


def test_a_number_with_one_wrong_sign_is_none():
    number = numbers.new_number()
    for place, sign in enumerate(number):
        for other in numbers.ALPHABET:
            changed = number[:place] + other + number[place + 1 :]
            assert (numbers.read_number(changed) is None) == (other != sign)


def test_an_act_outside_a_transaction_of_the_service_leaves_nothing_behind(lottery: Lottery):
    application = lottery.apply()

    with pytest.raises(errors.ReasonMissing), transaction.atomic():
        residency.refuse(application_id=application.pk, reason="", by=lottery.clerk, at=APPLYING)

    application.refresh_from_db()
    assert application.status == Status.RECEIVED
    assert not Notice.objects.exists()
