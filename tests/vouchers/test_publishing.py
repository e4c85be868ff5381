"""After the client's yes: everything is written at once, then everybody is told, in parts."""

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ledger.errors import CeilingExceeded
from pointsys.audit.models import AuditEvent
from pointsys.draws.models import Draw
from pointsys.notices.models import Notice
from tests.factories import ResidentFactory
from tests.vouchers.lottery import APPLYING, DECIDING, DRAWING, Lottery, build_lottery
from vouchers import tasks
from vouchers.models import Application, Buyer, Order, SaleRound
from vouchers.queries.drawing import progress_of
from vouchers.services import drawing, orders, publishing

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-04")]
Status = Application.Status


@pytest.fixture
def lottery() -> Lottery:
    return build_lottery(sets=5)


def carry_out(lottery: Lottery) -> SaleRound:
    return publishing.carry_out(sale_round_id=lottery.round_id, at=DECIDING)


def test_the_yes_is_recorded_at_once_and_nobody_is_told_by_it(lottery: Lottery):
    lottery.confirmed(lottery.person(mail="w@example.jp"), sets=2)
    lottery.hold_draw()

    sale_round = lottery.say_yes()

    assert lottery.round.draw.status == Draw.Status.APPROVED
    assert sale_round.status == SaleRound.Status.DRAWN
    assert Application.objects.get().status == Status.CONFIRMED
    assert not Order.objects.exists()
    assert not Notice.objects.exists()
    progress = progress_of(lottery.round)
    assert (progress.is_written, progress.told, progress.people) == (False, 0, 1)


def test_the_task_leaves_after_the_yes_is_committed(
    lottery: Lottery, django_capture_on_commit_callbacks
):
    lottery.confirmed()
    lottery.hold_draw()

    with time_machine.travel(DECIDING), django_capture_on_commit_callbacks(execute=True):
        lottery.say_yes()

    assert lottery.round.status == SaleRound.Status.SELLING
    assert Notice.objects.count() == 1
    assert progress_of(lottery.round) is None


def test_a_worker_that_dies_while_writing_leaves_nothing(lottery: Lottery, monkeypatch):
    lottery.confirmed()
    lottery.hold_draw()
    lottery.say_yes()

    with monkeypatch.context() as patched:
        patched.setattr(orders, "_write_orders", _die)
        with pytest.raises(RuntimeError):
            carry_out(lottery)

    assert Application.objects.get().status == Status.CONFIRMED
    assert lottery.round.status == SaleRound.Status.DRAWN
    assert not Buyer.objects.exists()
    assert publishing.rounds_with_work() == [lottery.round_id]
    with time_machine.travel(DECIDING):
        tasks.carry_out_draws()
    assert lottery.round.status == SaleRound.Status.SELLING
    assert publishing.rounds_with_work() == []


def test_a_worker_that_dies_while_telling_is_followed_by_another(lottery: Lottery, monkeypatch):
    for number in range(7):
        lottery.confirmed(lottery.person(mail=f"w{number}@example.jp"))
    lottery.hold_draw()
    lottery.say_yes()
    monkeypatch.setattr(publishing, "TOLD_AT_ONCE", 3)
    publishing.write_results(sale_round_id=lottery.round_id, at=DECIDING)
    publishing._tell_part(lottery.round_id, DECIDING)

    assert progress_of(lottery.round).told == Notice.objects.count() == 3
    assert publishing.rounds_with_work() == [lottery.round_id]
    carry_out(lottery)

    assert Notice.objects.count() == 7
    assert lottery.round.told_at == DECIDING


def test_carrying_out_again_changes_nothing(lottery: Lottery):
    lottery.confirmed(lottery.person(mail="w@example.jp"))
    lottery.decided()
    before = (lottery.round.taken_sets, Notice.objects.count(), AuditEvent.objects.count())

    assert not publishing.write_results(sale_round_id=lottery.round_id, at=DECIDING)
    assert publishing.tell_results(sale_round_id=lottery.round_id, at=DECIDING) == 0

    after = (lottery.round.taken_sets, Notice.objects.count(), AuditEvent.objects.count())
    assert after == before


def test_nothing_is_carried_out_before_the_yes(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    carry_out(lottery)

    assert publishing.rounds_with_work() == []
    assert lottery.round.status == SaleRound.Status.DRAWN
    assert not Notice.objects.exists()


def test_the_database_lets_nobody_be_told_before_the_sale(lottery: Lottery):
    for change in ({"told_at": DECIDING}, {"told_up_to": 1}):
        with pytest.raises(IntegrityError, match="tells_after_approval"), transaction.atomic():
            SaleRound.objects.filter(pk=lottery.round_id).update(**change)


def test_a_sale_beyond_the_planned_issuance_is_refused_to_the_approver():
    lottery = build_lottery(sets=5, issuance_ceiling_points=29_999)
    lottery.confirmed()
    lottery.hold_draw()

    with pytest.raises(CeilingExceeded), transaction.atomic():
        lottery.say_yes()

    assert lottery.round.draw.status == Draw.Status.DRAWN
    assert drawing.pending_approval(lottery.round) is not None


def test_each_result_is_in_the_history_with_who_approved_it(lottery: Lottery):
    for _ in range(3):
        lottery.confirmed(sets=2)
    lottery.decided()

    events = Application.pgh_event_model.objects.filter(status__in=[Status.WON, Status.LOST])
    assert events.count() == 3
    assert {event.pgh_context.metadata["user"] for event in events} == {lottery.approver.pk}


def test_thousands_of_applications_take_no_more_queries_than_a_few():
    def queries(people: int) -> list[int]:
        lottery = _with_applications(people)
        counts = []
        for act in (
            lottery.freeze,
            lambda: drawing.hold_draw(
                sale_round_id=lottery.round_id, public_value="1-2", by=lottery.clerk, at=DRAWING
            ),
            lottery.say_yes,
            lambda: publishing.write_results(sale_round_id=lottery.round_id, at=DECIDING),
            lambda: publishing._tell_part(lottery.round_id, DECIDING),
        ):
            with CaptureQueriesContext(connection) as captured:
                act()
            counts.append(len(captured))
        won = Order.objects.filter(sale_round_id=lottery.round_id)
        assert won.count() == lottery.round.taken_sets == people // 2
        return counts

    assert queries(3_000) == queries(30)


def _with_applications(people: int) -> Lottery:
    lottery = build_lottery(sets=people // 2)
    residents = type(lottery.person()).objects.bulk_create(
        ResidentFactory.build(client=lottery.program.client) for _ in range(people)
    )
    Application.objects.bulk_create(
        Application(
            sale_round_id=lottery.round_id,
            resident=resident,
            number=f"{people % 97:02}{serial:06}",
            sets=1 + serial % 3,
            status=Status.CONFIRMED,
            applied_at=APPLYING,
            decided_at=APPLYING,
            decided_by=lottery.clerk,
        )
        for serial, resident in enumerate(residents)
    )
    return lottery


def _die(*args: object, **kwargs: object) -> None:
    raise RuntimeError("the worker was killed")
