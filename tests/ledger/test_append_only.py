import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ledger.models import Lot, Payment, Period, Posting, Transfer
from pointsys.audit import services as audit
from pointsys.audit.models import AuditEvent
from pointsys.users.models import Organization
from tests.factories import NOON, TillFactory, UserFactory, WalletFactory
from tests.ledger.builders import give, give_one, make_round, spend

pytestmark = [pytest.mark.django_db, pytest.mark.req("LG-04", "SP-15")]
BOOKS = ["ledger_transfer", "ledger_posting", "audit_auditevent", "audit_accessrecord"]


@pytest.fixture
def books():
    wallet = WalletFactory()
    give(wallet, 1_000)
    spend(wallet, TillFactory(program=wallet.program), 100)
    event = AuditEvent.objects.first()
    assert event is not None
    audit.record_access(
        subject=wallet,
        organization_id=wallet.program.client_id,
        purpose="試験",
        by=UserFactory(),
        at=NOON,
    )


def refused(statement: str, *, as_role: str | None = None) -> bool:
    """Tell whether the database refuses a statement, and undo it where it does not."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if as_role:
                    cursor.execute(f"SET LOCAL ROLE {as_role}")
                cursor.execute(statement)
            transaction.set_rollback(True)
    except (IntegrityError, DatabaseError):
        return True
    return False


@pytest.mark.parametrize("table", BOOKS)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_even_a_superuser_meets_the_triggers(books, table, statement):
    assert refused(statement.format(table))


def test_without_the_triggers_the_same_statements_pass(books):
    """The negative control: what refuses above is the trigger, not something else."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")

    assert not refused("UPDATE ledger_posting SET points = points + 1")


@pytest.mark.parametrize("table", BOOKS)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_serving_role_lacks_the_right(books, table, statement):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('pointsys_app', %s, 'INSERT')", [table])
        assert cursor.fetchone() == (True,)
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            cursor.execute("SELECT has_table_privilege('pointsys_app', %s, %s)", [table, right])
            assert cursor.fetchone() == (False,), right

    assert refused(statement.format(table), as_role="pointsys_app")


@pytest.mark.parametrize(
    "table",
    [
        "settlement_bankfile",
        "settlement_bankfiledownload",
        "settlement_bankfilesubmission",
        "settlement_statementrun",
        "programs_programevent",
        "stores_bankaccountevent",
        "users_membershipevent",
    ],
)
def test_registers_and_histories_are_closed_to_the_serving_role(db, table):
    with connection.cursor() as cursor:
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            cursor.execute("SELECT has_table_privilege('pointsys_app', %s, %s)", [table, right])
            assert cursor.fetchone() == (False,), right


def test_the_serving_role_can_do_its_work(books):
    wallet = WalletFactory()
    till = TillFactory(program=wallet.program)
    give(wallet, 500)
    grant_round = make_round(wallet)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE pointsys_app")
    payment = spend(wallet, till, 200)
    granted = give_one(grant_round, wallet, 300)

    assert (payment.points, granted.points) == (200, 300)


@pytest.mark.parametrize(
    "change",
    [
        {"granted": 2_000},
        {"expires_at": NOON},
        {"source": "STORE"},
        {"occasion": "order:1"},
    ],
)
def test_a_lot_keeps_what_it_was_granted_as(books, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.update(**change)


def test_a_payment_keeps_all_but_what_was_refunded(books):
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(points=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_points=101)
    Payment.objects.update(refunded_points=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_points=0)


def test_a_closed_month_never_reopens(books):
    program_id = Transfer.objects.values_list("program_id", flat=True).first()
    period = Period.objects.create(
        program_id=program_id, month="2025-08-01", status="CLOSED", closed_at=NOON
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        Period.objects.filter(pk=period.pk).update(status="OPEN", closed_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Period.objects.filter(pk=period.pk).delete()


def test_a_posting_moves_a_positive_number_of_points(books):
    posting = Posting.objects.first()
    posting.pk = None
    posting.points = 0

    with pytest.raises(IntegrityError, match="points_positive"), transaction.atomic():
        posting.save(force_insert=True)


def test_rows_outside_the_books_stay_editable():
    Organization.objects.create(kind="CLIENT", code="x", name="某県")

    assert not refused("UPDATE users_organization SET name = 'y'")
