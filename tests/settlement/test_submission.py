import pytest

from ledger import queries as ledger_queries
from pointsys.audit.models import AuditEvent
from settlement import errors, services
from settlement.models import BankFileDownload, BankFileSubmission
from settlement.services.files import open_file
from tests.settlement.builders import APPROVING, PAYMENT_DAY, SUBMITTING

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepared(busy_month):
    busy_month.close()
    return busy_month, busy_month.prepare()


def test_a_file_is_not_handed_out_before_its_approval(prepared):
    scene, batch = prepared

    with pytest.raises(errors.NotApproved):
        services.download_file(batch_id=batch.pk, by=scene.approver, at=APPROVING)

    assert not BankFileDownload.objects.exists()


@pytest.mark.req("SE-03")
def test_every_download_serves_the_approved_bytes_and_is_written_down(prepared):
    scene, batch = prepared
    scene.approve(batch)

    first = services.download_file(batch_id=batch.pk, by=scene.approver, at=APPROVING)
    second = services.download_file(batch_id=batch.pk, by=scene.preparer, at=SUBMITTING)

    assert first == second
    assert first.content == open_file(batch.file)
    assert first.name == f"{scene.program.code}_B-2508-01_no0001.txt"
    assert list(BankFileDownload.objects.order_by("pk").values_list("by", "at")) == [
        (scene.approver.pk, APPROVING),
        (scene.preparer.pk, SUBMITTING),
    ]


def test_what_was_taken_in_time_can_be_looked_at_again_later(prepared):
    scene, batch = prepared
    scene.approve(batch)
    taken = services.download_file(batch_id=batch.pk, by=scene.approver, at=APPROVING)
    scene.give_account("04-00001", number="7654321")

    again = services.download_file(batch_id=batch.pk, by=scene.approver, at=PAYMENT_DAY)

    assert again == taken


@pytest.mark.req("SE-04")
def test_a_file_is_submitted_once(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))

    with pytest.raises(errors.AlreadySubmitted, match="もう一度送ることはできません"):
        services.register_submission(
            batch_id=batch.pk,
            channel="INTERNET",
            bank_receipt_number="R-0002",
            submitted_at=SUBMITTING,
            by=scene.approver,
            at=SUBMITTING,
        )

    assert BankFileSubmission.objects.get().bank_receipt_number == "R-0001"


@pytest.mark.parametrize("approved", [False, True])
def test_a_submission_needs_an_approved_and_downloaded_file(prepared, approved):
    scene, batch = prepared
    if approved:
        scene.approve(batch)

    with pytest.raises(errors.NotDownloaded if approved else errors.WrongStatus):
        services.register_submission(
            batch_id=batch.pk,
            channel="INTERNET",
            bank_receipt_number="R-0001",
            submitted_at=SUBMITTING,
            by=scene.approver,
            at=SUBMITTING,
        )


@pytest.mark.req("SE-11")
def test_a_paid_file_moves_what_is_owed_to_what_is_paid_once(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))
    before = ledger_queries.program_totals(program_id=scene.program.pk, at=PAYMENT_DAY)

    services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=PAYMENT_DAY)
    services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=PAYMENT_DAY)

    after = ledger_queries.program_totals(program_id=scene.program.pk, at=PAYMENT_DAY)
    assert (before.payable, before.paid_out) == (7_200, 0)
    assert (after.payable, after.paid_out) == (700, 6_500)
    assert set(batch.payouts.values_list("status", "paid_at")) == {("PAID", PAYMENT_DAY)}
    assert AuditEvent.objects.filter(code="settlement.batch.paid").count() == 1


def test_nothing_is_recorded_as_paid_before_it_is_sent_or_before_its_day(prepared):
    scene, batch = prepared
    scene.approve(batch)
    with pytest.raises(errors.WrongStatus):
        services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=PAYMENT_DAY)
    scene.submit(batch)

    with pytest.raises(errors.PaidBeforePaymentDate, match="9月19日"):
        services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=SUBMITTING)


def test_every_act_is_in_the_audit_record(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))
    services.record_batch_paid(batch_id=batch.pk, by=scene.preparer, at=PAYMENT_DAY)

    acts = AuditEvent.objects.filter(code__startswith="settlement.batch").order_by("pk")
    assert [(event.code, event.by_id) for event in acts] == [
        ("settlement.batch.prepared", scene.preparer.pk),
        ("settlement.batch.approved", scene.approver.pk),
        ("settlement.batch.downloaded", scene.approver.pk),
        ("settlement.batch.submitted", scene.approver.pk),
        ("settlement.batch.paid", scene.preparer.pk),
    ]
