"""Between the freeze and the result nothing moves: neither who takes part nor what they won.

Requests that came in before the end may be slow: the freeze and they are put in one order.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from pointsys.draws.models import Draw
from pointsys.users.models import Role
from tests.factories import staff_of
from tests.vouchers.lottery import APPLY_ENDS, APPLYING, DRAWING, Lottery, build_lottery, photo
from vouchers import errors
from vouchers.models import Application
from vouchers.services import applications, drawing, residency

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-04")]
Status = Application.Status
JUST_BEFORE = APPLY_ENDS - timedelta(seconds=1)


@pytest.fixture
def lottery() -> Lottery:
    return build_lottery(sets=5)


def refused(lottery: Lottery) -> Application:
    application = lottery.apply()
    return residency.refuse(
        application_id=application.pk, reason="読めません", by=lottery.clerk, at=APPLYING
    )


def send_again(application: Application, *, at=JUST_BEFORE) -> Application:
    return applications.send_again(
        application_id=application.pk, kind="LICENCE", picture=photo(), by=None, at=at
    )


def test_whoever_was_frozen_cannot_withdraw_by_a_late_request(lottery: Lottery):
    application = lottery.confirmed()
    lottery.freeze()

    with pytest.raises(errors.CannotWithdraw):
        applications.withdraw(application_id=application.pk, by=None, at=JUST_BEFORE)

    drawing.hold_draw(
        sale_round_id=lottery.round_id, public_value="1-2", by=lottery.clerk, at=DRAWING
    )
    lottery.approve()
    application.refresh_from_db()
    assert application.status == Status.WON


def test_nobody_comes_in_after_the_freeze_by_a_late_request(lottery: Lottery):
    lottery.confirmed()
    again = refused(lottery)
    lottery.freeze()

    with pytest.raises(errors.NotTakingApplications):
        lottery.apply(at=JUST_BEFORE)
    with pytest.raises(errors.CannotSendAgain):
        send_again(again)

    assert not Application.objects.filter(status=Status.RECEIVED).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "WITHDRAWN"},
        {"status": "EXCLUDED", "reason": "二重の申込"},
        {"status": "RECEIVED"},
        {"sets": 3},
    ],
)
def test_the_database_keeps_what_was_frozen(lottery: Lottery, change: dict[str, object]):
    application = lottery.confirmed(sets=2)
    # The negative control: before the freeze it may change.
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**change)
        transaction.set_rollback(True)
    lottery.freeze()

    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**change)


def test_the_database_takes_nobody_into_a_frozen_round(lottery: Lottery):
    lottery.confirmed()
    lottery.freeze()

    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Application.objects.create(
            sale_round=lottery.round,
            resident=lottery.person(),
            number="Z0000001",
            sets=1,
            applied_at=APPLYING,
        )


def test_the_database_gives_no_result_to_whoever_took_no_part(lottery: Lottery):
    other = refused(lottery)

    with pytest.raises(IntegrityError, match="result"), transaction.atomic():
        Application.objects.filter(pk=other.pk).update(status="WON", won_sets=1)


@pytest.mark.parametrize(
    "change",
    [{"won_sets": 1}, {"status": "LOST", "won_sets": 0}, {"status": "CONFIRMED", "won_sets": None}],
)
def test_the_database_keeps_a_result(lottery: Lottery, change: dict[str, object]):
    application = lottery.confirmed(sets=2)
    lottery.decided()

    with pytest.raises(IntegrityError, match="result"), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**change)


def test_a_refused_draw_sets_its_applications_free_for_the_next_one(lottery: Lottery):
    first, second = lottery.confirmed(), lottery.confirmed()
    lottery.hold_draw()
    drawing.refuse_draw(
        sale_round_id=lottery.round_id,
        reason="二重の申込があります",
        by=lottery.approver,
        at=DRAWING,
    )

    Application.objects.filter(pk=second.pk).update(status="EXCLUDED", reason="二重の申込")
    lottery.decided()

    first.refresh_from_db()
    assert first.status == Status.WON
    assert lottery.round.draw.entry_count == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["withdraw", "send_again", "apply"])
def test_a_request_that_is_still_running_and_the_freeze_wait_for_each_other(act: str):
    lottery = build_lottery(sets=5)
    lottery.confirmed()
    mine = lottery.confirmed() if act == "withdraw" else refused(lottery)
    newcomer = lottery.person()
    written, may_commit = Event(), Event()

    def request() -> None:
        try:
            with transaction.atomic():
                if act == "withdraw":
                    applications.withdraw(application_id=mine.pk, by=None, at=JUST_BEFORE)
                elif act == "send_again":
                    send_again(mine)
                else:
                    lottery.apply(newcomer, at=JUST_BEFORE)
                written.set()
                may_commit.wait(20)
        finally:
            written.set()
            connection.close()

    def freeze() -> errors.NotYetDecided | None:
        try:
            lottery.freeze()
            return None
        except errors.NotYetDecided as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(request)
        written.wait(20)
        freezing = pool.submit(freeze)
        with pytest.raises(TimeoutError):
            freezing.result(timeout=1)
        may_commit.set()
        running.result(20)
        outcome = freezing.result(20)

    if act == "withdraw":
        assert lottery.round.draw.entry_count == 1
    else:
        assert isinstance(outcome, errors.NotYetDecided)


@pytest.mark.parametrize(
    "role", [Role.AUDITOR, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.SYSTEM_ADMIN]
)
def test_the_admin_shows_no_entry_before_the_client_has_approved(lottery, role, client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    client.force_login(staff_of(lottery.program.client, role))
    lottery.confirmed()
    page = reverse("admin:draws_entry_changelist")
    lottery.hold_draw()
    entry = lottery.round.draw.entries.get()
    one = reverse("admin:draws_entry_change", args=[entry.pk])
    draw = reverse("admin:draws_draw_change", args=[entry.draw_id])

    assert str(entry.entry_no) not in client.get(page).content.decode()
    assert client.get(one).status_code != 200
    assert Draw.objects.get().seed not in client.get(draw).content.decode()

    lottery.approve()
    assert str(entry.entry_no) in client.get(page).content.decode()
    assert client.get(one).status_code == 200


def test_the_reason_of_a_refusal_is_in_its_own_row_and_not_in_the_record(lottery: Lottery):
    from pointsys.audit.models import AuditEvent

    lottery.confirmed()
    lottery.hold_draw()

    drawing.refuse_draw(
        sale_round_id=lottery.round_id,
        reason="山田太郎さんが二重です",
        by=lottery.approver,
        at=DRAWING,
    )

    assert lottery.round.draw.void_reason == "山田太郎さんが二重です"
    assert "山田" not in "".join(str(event.changes) for event in AuditEvent.objects.all())


@pytest.mark.req("AD-06")
def test_the_inbox_tells_what_was_drawn_and_no_winners(lottery: Lottery):
    from pointsys.console import decisions

    lottery.confirmed(sets=2)
    lottery.confirmed(sets=9)
    lottery.hold_draw()

    (decision,) = decisions.decisions_for(lottery.approver)

    assert decision.figure == "抽選した申込 2件　希望 11セット"
