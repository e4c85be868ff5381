"""Two people at once: real threads, real commits, and a control that shows the race is real."""

from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from ledger import services as ledger
from pointsys.approvals.models import Approval
from settlement import errors, services
from settlement.models import BankFile, Payout, PayoutBatch, Statement, StatementRun
from settlement.services import closing
from tests.ledger.test_races import at_once
from tests.settlement.builders import (
    APPROVING,
    AUGUST,
    CLOSING,
    PAYMENT_DAY,
    SUBMITTING,
    build_scene,
)

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


@pytest.fixture
def scene():
    scene = build_scene()
    for number in range(5):
        scene.open_store(f"04-{number:05}")
        scene.pay(f"04-{number:05}", 100 + number)
    return scene


@pytest.mark.req("SE-01")
def test_closes_at_once_make_one_set_of_statements(scene):
    runs = at_once([scene.close] * THREADS)

    assert len({run.pk for run in runs}) == 1
    assert Statement.objects.count() == 5
    assert StatementRun.objects.get().statement_count == 5


def test_without_the_lock_two_closes_would_meet_the_constraint(scene):
    """The negative control: both see no statements, and only the database stops the second."""
    ledger.close_month(program_id=scene.program.pk, month=AUGUST, by=scene.preparer, at=CLOSING)
    period = scene.program.periods.get(month=AUGUST)
    barrier = Barrier(2)

    def naive():
        with transaction.atomic():
            seen = StatementRun.objects.filter(period=period).exists()
            barrier.wait()
            try:
                with transaction.atomic():
                    closing._insert_statements(
                        scene.program, period_id=period.pk, month=AUGUST, at=CLOSING
                    )
            except IntegrityError as error:
                return seen, "settlement_statement_" in str(error)
            return seen, False

    results = at_once([naive, naive])

    assert sorted(results) == [(False, False), (False, True)]


@pytest.mark.req("SE-03")
def test_prepares_at_once_make_one_file(scene):
    scene.close()

    batches = at_once([scene.prepare] * THREADS)

    assert len({batch.pk for batch in batches}) == 1
    assert (PayoutBatch.objects.count(), BankFile.objects.count()) == (1, 1)
    assert Payout.objects.count() == 5
    assert Approval.objects.filter(status="PENDING").count() == 1


def test_without_the_lock_two_prepares_would_pick_the_same_statements(scene):
    """The negative control: what each would pay is what the other pays."""
    from settlement import queries

    scene.close()
    barrier = Barrier(2)

    def naive():
        with transaction.atomic():
            lines = queries.payable_lines(program_id=scene.program.pk, until_month=AUGUST)
            barrier.wait()
            return [line.statement.pk for line in lines]

    first, second = at_once([naive, naive])

    assert first == second
    assert len(first) == 5


@pytest.mark.req("SE-04")
def test_submissions_at_once_register_one(scene):
    scene.close()
    batch = scene.approve(scene.prepare())
    services.download_file(batch_id=batch.pk, by=scene.approver, at=APPROVING)

    def submit():
        try:
            return services.register_submission(
                batch_id=batch.pk,
                channel="INTERNET",
                bank_receipt_number="R-0001",
                submitted_at=SUBMITTING,
                by=scene.approver,
                at=SUBMITTING,
            )
        except errors.AlreadySubmitted as refusal:
            return refusal

    results = at_once([submit] * THREADS)

    assert sum(isinstance(result, errors.AlreadySubmitted) for result in results) == THREADS - 1


@pytest.mark.req("SE-11")
def test_recording_as_paid_at_once_books_once(scene):
    from ledger.models import Transfer

    scene.close()
    batch = scene.submit(scene.approve(scene.prepare()))

    at_once(
        [lambda: services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=PAYMENT_DAY)]
        * THREADS
    )

    assert Transfer.objects.filter(kind=Transfer.Kind.PAYOUT).count() == 5


def test_a_prepare_beside_an_approval_never_replaces_the_approved_file(scene):
    scene.open_store("04-00009", account=False)
    scene.pay("04-00009", 900)
    scene.close()
    batch = scene.prepare()
    scene.give_account("04-00009")

    def approve():
        try:
            return scene.approve(batch)
        except errors.SettlementError as refusal:
            return refusal

    def prepare():
        try:
            return scene.prepare()
        except errors.BatchInTheMaking as refusal:
            return refusal

    at_once([approve, prepare])

    statuses = sorted(PayoutBatch.objects.values_list("status", flat=True))
    pending = Payout.objects.filter(status="PENDING").count()
    assert (statuses, pending) in ((["APPROVED"], 5), (["PREPARED", "SUPERSEDED"], 6))
