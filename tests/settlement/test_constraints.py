"""Round the services: the database itself keeps what settlement promises."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from settlement.models import (
    BankFile,
    BankFileDownload,
    BankFileSubmission,
    Payout,
    PayoutBatch,
    Statement,
    StatementRun,
)
from tests.factories import UserFactory
from tests.settlement.builders import APPROVING, OCTOBER_STARTS, PREPARING, SEPTEMBER

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepared(busy_month):
    busy_month.close()
    return busy_month, busy_month.prepare()


def refused(constraint, act):
    """Run the act and expect this constraint or trigger to refuse it."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act()


def copied(row, **changes):
    """Insert a copy of a row with other values."""
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


@pytest.mark.req("SE-03")
def test_a_batch_is_not_approved_by_its_maker(prepared):
    scene, batch = prepared

    refused(
        "settlement_batch_approved_by_another",
        lambda: PayoutBatch.objects.filter(pk=batch.pk).update(
            status="APPROVED", approved_by=scene.preparer, approved_at=APPROVING
        ),
    )


@pytest.mark.req("SE-04")
def test_a_statement_has_one_live_payout(prepared):
    _, batch = prepared
    payout = batch.payouts.get(position=1)

    refused("settlement_payout_one_live", lambda: _copy_payout(payout))

    Payout.objects.filter(pk=payout.pk).update(status="FAILED")
    _copy_payout(payout)
    assert Payout.objects.filter(statement=payout.statement).count() == 2


def _copy_payout(payout):
    fresh = Payout.objects.get(pk=payout.pk)
    copied(fresh, uuid=Payout().uuid, position=9, status="PENDING", paid_at=None)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payout_is_above_zero(prepared, amount):
    _, batch = prepared
    payout = batch.payouts.get(position=1)
    Payout.objects.filter(pk=payout.pk).update(status="CANCELLED")

    refused(
        "settlement_payout_amount_positive",
        lambda: copied(payout, uuid=Payout().uuid, position=9, amount_yen=amount),
    )


def test_a_payout_pays_exactly_its_statement(prepared):
    _, batch = prepared
    payout = batch.payouts.get(position=1)
    Payout.objects.filter(pk=payout.pk).update(status="CANCELLED")

    refused(
        "settlement_payout_pays_its_statement",
        lambda: copied(payout, uuid=Payout().uuid, position=9, amount_yen=1_501),
    )


@pytest.mark.req("SE-01")
def test_a_store_has_one_statement_a_month(prepared):
    scene, _ = prepared
    statement = scene.statement("04-00001")

    refused("settlement_statement_once", lambda: copied(statement, document_number="2508-X"))


def test_two_statements_of_a_program_never_share_a_number(prepared):
    scene, _ = prepared
    statement = scene.statement("04-00001")
    other = scene.open_store("04-00099").store

    refused("settlement_statement_number_once", lambda: copied(statement, store=other))


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("amount_adds_up", {"amount_yen": 1_501}),
        ("status_matches_amount", {"status": "ZERO"}),
        ("status_matches_amount", {"status": "CARRIED"}),
        ("hold_matches_status", {"hold": "NO_ACCOUNT"}),
        ("hold_matches_status", {"status": "HELD", "hold": ""}),
        ("hold_matches_status", {"status": "HELD", "hold": "STOPPED"}),
        ("carry_names_its_source", {"carried_in_yen": -100, "amount_yen": 1_400}),
        ("sums_not_negative", {"payment_points": -1, "amount_yen": -1, "status": "CARRIED"}),
    ],
)
def test_a_statement_says_what_adds_up(prepared, constraint, changes):
    scene, _ = prepared
    statement = scene.statement("04-00001")
    store = scene.open_store("04-00099").store

    refused(
        f"settlement_statement_{constraint}",
        lambda: copied(statement, store=store, document_number="2508-X", **changes),
    )


def test_a_negative_amount_is_carried_once_and_as_it_is(scene):
    scene.open_store("04-00001")
    scene.open_store("04-00002")
    payment = scene.pay("04-00001", 900)
    scene.close()
    scene.refund(payment, 800, at=OCTOBER_STARTS - timedelta(days=10))
    scene.close(SEPTEMBER, at=OCTOBER_STARTS)
    october = SEPTEMBER.replace(month=10)
    scene.close(october, at=OCTOBER_STARTS.replace(month=11))
    negative = scene.statement("04-00001", SEPTEMBER)
    unused = scene.statement("04-00002")
    new = {"store": scene.open_store("04-00099").store, "document_number": "2508-X"}

    refused(
        "carried_from_id_key",
        lambda: copied(
            unused,
            **new,
            carried_from=negative,
            carried_in_yen=-800,
            amount_yen=-800,
            status="CARRIED",
        ),
    )
    still_waiting = scene.statement("04-00001", october)
    refused(
        "settlement_statement_carries_its_source",
        lambda: copied(
            scene.statement("04-00002"),
            **new,
            carried_from=still_waiting,
            carried_in_yen=-799,
            amount_yen=-799,
            status="CARRIED",
        ),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "APPROVED"},
        {"status": "SUBMITTED"},
        {"status": "PAID"},
        {"status": "REJECTED"},
        {"approved_at": APPROVING},
        {"paid_at": APPROVING},
        {"submitted_at": APPROVING},
    ],
)
def test_the_state_of_a_batch_is_tied_to_its_times(prepared, changes):
    _, batch = prepared

    refused("settlement_", lambda: PayoutBatch.objects.filter(pk=batch.pk).update(**changes))


def test_one_batch_of_a_program_is_in_the_making(prepared):
    _, batch = prepared

    refused("settlement_batch_one_in_the_making", lambda: copied(batch, sequence=2))


def test_a_batch_never_goes_back(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))

    refused(
        "forward_only",
        lambda: PayoutBatch.objects.filter(pk=batch.pk).update(
            status="APPROVED", submitted_at=None
        ),
    )


@pytest.mark.req("SE-03")
def test_who_approved_and_sent_a_batch_is_written_once(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))
    somebody = UserFactory()

    for changes in (
        {"approved_by": somebody},
        {"approved_at": PREPARING},
        {"submitted_at": PREPARING},
    ):
        refused(
            "written_once",
            lambda changes=changes: PayoutBatch.objects.filter(pk=batch.pk).update(**changes),
        )


def test_a_cancelled_payout_never_comes_back(prepared):
    _, batch = prepared
    batch.payouts.update(status="CANCELLED")

    refused("forward_only", lambda: batch.payouts.update(status="PENDING"))


def test_a_file_is_submitted_once(prepared):
    scene, batch = prepared
    scene.submit(scene.approve(batch))
    submission = BankFileSubmission.objects.get()

    refused("file_id", lambda: copied(submission, bank_receipt_number="R-0002"))


def test_the_sequence_of_a_profile_has_no_doubles(prepared):
    _, batch = prepared
    file = batch.file
    other = PayoutBatch.objects.get(pk=batch.pk)
    PayoutBatch.objects.filter(pk=batch.pk).update(
        status="SUPERSEDED", dropped_at=PREPARING, dropped_by=batch.prepared_by
    )
    copied(other, sequence=2)

    refused(
        "settlement_bankfile_sequence_once",
        lambda: copied(file, batch=other, uuid=BankFile().uuid),
    )


@pytest.mark.parametrize("model", [BankFile, BankFileDownload, BankFileSubmission, StatementRun])
@pytest.mark.parametrize(
    "act",
    [lambda rows: rows.update(id=F("id")), lambda rows: rows._raw_delete("default")],
    ids=["update", "delete"],
)
def test_records_of_what_happened_are_append_only(prepared, model, act):
    scene, batch = prepared
    scene.submit(scene.approve(batch))

    assert model.objects.exists()
    refused("append_only", lambda: act(model.objects.all()))


@pytest.mark.parametrize("model", [BankFile, BankFileDownload, BankFileSubmission])
def test_files_are_not_truncated(model):
    def act():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")

    refused("no_truncate", act)


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Statement, "amount_yen", 1),
        (Statement, "payment_points", 1),
        (Statement, "store_name", "別の店"),
        (Payout, "amount_yen", 1),
        (Payout, "account_sealed", b"x"),
        (PayoutBatch, "total_yen", 1),
        (PayoutBatch, "payment_date", SEPTEMBER),
    ],
)
def test_what_was_stated_and_sent_is_not_rewritten(prepared, model, column, value):
    row = model.objects.order_by("pk").first()

    refused("fixed_columns", lambda: model.objects.filter(pk=row.pk).update(**{column: value}))


@pytest.mark.parametrize("model", [Statement, Payout, PayoutBatch])
def test_statements_payouts_and_batches_are_not_deleted(prepared, model):
    refused("no_delete", lambda: model.objects.all()._raw_delete("default"))
