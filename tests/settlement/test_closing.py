from datetime import timedelta

import pytest

from ledger import errors as ledger_errors
from ledger import queries as ledger_queries
from ledger import services as ledger
from settlement import queries, services
from settlement.errors import EarlierStatementsMissing
from settlement.models import Statement, StatementRun
from tests.factories import NOON
from tests.settlement.builders import AUGUST, CLOSING, OCTOBER_STARTS, SEPTEMBER

pytestmark = pytest.mark.django_db


def figures(statement):
    return (
        statement.payment_count,
        statement.payment_points,
        statement.refund_count,
        statement.refund_points,
        statement.amount_yen,
        statement.status,
        statement.hold,
    )


@pytest.mark.req("SE-01")
def test_every_store_of_the_month_gets_one_statement(busy_month):
    run = busy_month.close()

    assert {code: figures(busy_month.statement(code)) for code in busy_month.tills} == {
        "04-00001": (2, 1_500, 0, 0, 1_500, "PAYABLE", ""),
        "04-00002": (1, 5_000, 0, 0, 5_000, "PAYABLE", ""),
        "04-00003": (1, 700, 0, 0, 700, "HELD", "NO_ACCOUNT"),
        "04-00004": (1, 450, 1, 450, 0, "ZERO", ""),
        "04-00005": (0, 0, 0, 0, 0, "ZERO", ""),
    }
    assert (run.statement_count, run.ledger_yen) == (5, 7_200)
    assert busy_month.statement("04-00001").document_number == "2508-04-00001"


@pytest.mark.req("SE-03")
@pytest.mark.req("SE-11")
def test_the_statements_add_up_to_the_ledger(busy_month):
    busy_month.close()

    ledger_says = queries.ledger_totals(program_id=busy_month.program.pk, month=AUGUST)
    period = ledger_queries.periods_of(busy_month.program.pk).get(month=AUGUST)
    assert queries.statement_totals(period_id=period.pk) == ledger_says
    assert ledger_says.owed_yen == 7_200


@pytest.mark.req("SE-01")
def test_a_payment_after_the_close_is_stated_in_the_next_month(busy_month):
    busy_month.close()
    busy_month.pay("04-00001", 40, at=NOON)

    busy_month.close(SEPTEMBER, at=OCTOBER_STARTS)

    assert busy_month.statement("04-00001").amount_yen == 1_500
    assert busy_month.statement("04-00001", SEPTEMBER).amount_yen == 40


def test_closing_again_changes_nothing(busy_month):
    first = busy_month.close()
    busy_month.open_store("04-00006")

    second = busy_month.close(at=CLOSING + timedelta(days=3))

    assert second == first
    assert StatementRun.objects.get().built_at == CLOSING
    assert Statement.objects.count() == 5


def test_a_close_that_crashed_before_the_statements_is_completed_by_the_next(busy_month):
    ledger.close_month(
        program_id=busy_month.program.pk, month=AUGUST, by=busy_month.preparer, at=CLOSING
    )
    assert not Statement.objects.exists()

    run = busy_month.close(at=CLOSING + timedelta(hours=1))

    assert run.statement_count == Statement.objects.count() == 5


def test_months_are_stated_in_order_even_after_a_crash(busy_month):
    ledger.close_month(
        program_id=busy_month.program.pk, month=AUGUST, by=busy_month.preparer, at=CLOSING
    )

    with pytest.raises(EarlierStatementsMissing) as refusal:
        busy_month.close(SEPTEMBER, at=OCTOBER_STARTS)

    assert refusal.value.context["month"] == AUGUST
    assert not ledger_queries.is_closed(program_id=busy_month.program.pk, month=SEPTEMBER)


def test_a_month_that_is_not_over_is_not_closed(busy_month):
    with pytest.raises(ledger_errors.MonthNotOver):
        busy_month.close(at=CLOSING - timedelta(hours=1))

    assert not Statement.objects.exists()


def test_a_month_before_the_program_is_refused(busy_month):
    with pytest.raises(ledger_errors.AlreadyClosed):
        services.close_period(
            program_id=busy_month.program.pk,
            month=AUGUST.replace(month=7),
            by=busy_month.preparer,
            at=CLOSING,
        )


def test_a_store_that_joined_after_the_month_or_left_unused_gets_no_statement(busy_month):
    joined = busy_month.open_store("04-00006")
    joined.store.enrolments.update(enrolled_at=CLOSING)
    left = busy_month.open_store("04-00007")
    left.store.enrolments.update(status="WITHDRAWN", reason="閉店")

    busy_month.close()

    assert not Statement.objects.filter(store__in=[joined.store, left.store]).exists()


@pytest.mark.req("ST-14")
def test_a_store_that_left_is_still_owed_what_it_took(busy_month):
    busy_month.tills["04-00002"].store.enrolments.update(status="WITHDRAWN", reason="閉店")

    busy_month.close()

    assert busy_month.statement("04-00002").amount_yen == 5_000


@pytest.mark.req("LG-07")
def test_a_negative_month_is_carried_into_the_next_once(scene):
    scene.open_store("04-00001")
    payment = scene.pay("04-00001", 900)
    scene.close()
    scene.refund(payment, 800, at=OCTOBER_STARTS - timedelta(days=10))
    scene.close(SEPTEMBER, at=OCTOBER_STARTS)
    october, november = SEPTEMBER.replace(month=10), SEPTEMBER.replace(month=11)
    scene.pay("04-00001", 3_000, at=OCTOBER_STARTS + timedelta(days=3))

    scene.close(october, at=OCTOBER_STARTS.replace(month=11))
    scene.close(november, at=OCTOBER_STARTS.replace(month=12))

    negative = scene.statement("04-00001", SEPTEMBER)
    after = scene.statement("04-00001", october)
    assert (negative.amount_yen, negative.status) == (-800, "CARRIED")
    assert (negative.refund_count, negative.adjustment_count) == (0, 1)
    assert (after.carried_in_yen, after.carried_from, after.amount_yen) == (-800, negative, 2_200)
    assert scene.statement("04-00001", november).carried_in_yen == 0


def test_a_carried_amount_waits_for_a_month_that_covers_it(scene):
    scene.open_store("04-00001")
    payment = scene.pay("04-00001", 900)
    scene.close()
    scene.refund(payment, 800, at=OCTOBER_STARTS - timedelta(days=10))
    scene.close(SEPTEMBER, at=OCTOBER_STARTS)
    # A store that has left keeps its line until the amount is made good.
    scene.tills["04-00001"].store.enrolments.update(status="WITHDRAWN", reason="閉店")

    scene.close(SEPTEMBER.replace(month=10), at=OCTOBER_STARTS.replace(month=11))

    waiting = scene.statement("04-00001", SEPTEMBER.replace(month=10))
    assert (waiting.amount_yen, waiting.status) == (-800, "CARRIED")


def test_closing_takes_the_same_few_queries_for_many_stores(scene, django_assert_max_num_queries):
    for number in range(30):
        scene.open_store(f"04-{number:05}")
        scene.pay(f"04-{number:05}", 100)

    with django_assert_max_num_queries(30):
        scene.close()

    assert Statement.objects.count() == 30


@pytest.mark.req("LG-07")
@pytest.mark.req("SE-05")
def test_a_refund_after_the_close_is_an_adjustment_of_the_next_statement(scene):
    scene.open_store("04-00001")
    payment = scene.pay("04-00001", 900)
    scene.close()
    september = CLOSING + timedelta(days=5)
    scene.refund(payment, 200, at=september)
    scene.refund(scene.pay("04-00001", 500, at=september), 50, at=september)

    scene.close(SEPTEMBER, at=OCTOBER_STARTS)

    statement = scene.statement("04-00001", SEPTEMBER)
    assert (statement.refund_count, statement.refund_points) == (1, 50)
    assert (statement.adjustment_count, statement.adjustment_yen) == (1, -200)
    assert statement.amount_yen == 500 - 50 - 200
    lines = list(
        ledger_queries.store_month_lines(
            program_id=scene.program.pk, store_id=statement.store_id, month=SEPTEMBER
        )
    )
    assert sorted((line.points, line.is_late) for line in lines) == [
        (-200, True),
        (-50, False),
        (500, False),
    ]
