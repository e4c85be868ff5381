"""Limits of a program's cards, and what taps earn."""

import pytest
from django.db import IntegrityError, transaction

from cards import errors, queries
from cards.models import CardPolicy, EarnRule
from cards.services import policies
from ledger import errors as ledger_errors
from ledger import queries as ledger
from pointsys.audit.models import AuditEvent
from tests.factories import NOON, ProgramFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CA-04")]


def limit(program, use, day):
    return policies.set_limits(
        program_id=program.pk, use_limit_points=use, day_limit_points=day, by=None, at=NOON
    )


def test_a_program_without_limits_has_the_careful_ones():
    policy = queries.policy_of(ProgramFactory().pk)

    assert (policy.use_limit_points, policy.day_limit_points) == (1_000, 3_000)
    assert policy.pk is None


def test_limits_are_set_and_kept_on_record():
    program = ProgramFactory()

    limit(program, 500, 2_000)
    limit(program, 800, 800)

    policy = queries.policy_of(program.pk)
    assert (policy.use_limit_points, policy.day_limit_points) == (800, 800)
    event = AuditEvent.objects.filter(code="cards.limits.changed").order_by("-pk").first()
    assert (event.changes["before"], event.changes["after"]) == ([500, 2_000], [800, 800])


@pytest.mark.parametrize(("use", "day"), [(0, 100), (101, 100), (-1, 100)])
def test_limits_out_of_order_are_refused_by_service_and_database(use, day):
    program = ProgramFactory()

    with pytest.raises(errors.LimitsUnordered):
        limit(program, use, day)
    with pytest.raises(IntegrityError), transaction.atomic():
        CardPolicy.objects.create(program=program, use_limit_points=use, day_limit_points=day)


@pytest.mark.req("CA-08")
def test_an_earn_rule_reserves_its_total_from_the_ceiling():
    program = ProgramFactory(issuance_ceiling_points=1_000)

    rule = policies.create_earn_rule(
        program_id=program.pk, name="来店", points=10, total_points=600, by=None, at=NOON
    )

    assert ledger.reserved_points(program.pk) == 600
    assert rule.grant_round.method == "ACTIVITY"
    with pytest.raises(ledger_errors.CeilingExceeded):
        policies.create_earn_rule(
            program_id=program.pk, name="講座", points=10, total_points=600, by=None, at=NOON
        )
    with pytest.raises(errors.EarnRuleWrong):
        policies.create_earn_rule(
            program_id=program.pk, name="講座", points=10, total_points=9, by=None, at=NOON
        )
    with pytest.raises(errors.EarnRuleNameTaken):
        policies.create_earn_rule(
            program_id=program.pk, name="来店", points=10, total_points=100, by=None, at=NOON
        )
    assert EarnRule.objects.count() == 1


def test_whether_typed_numbers_pay_is_the_programs_decision_and_off_by_itself():
    program = ProgramFactory()
    assert not queries.policy_of(program.pk).typed_numbers_pay

    for decided in (True, False):
        policies.set_limits(
            program_id=program.pk,
            use_limit_points=500,
            day_limit_points=500,
            typed_numbers_pay=decided,
            by=None,
            at=NOON,
        )
        assert queries.policy_of(program.pk).typed_numbers_pay is decided

    event = AuditEvent.objects.filter(code="cards.limits.changed").order_by("-pk").first()
    assert event.changes["typed_numbers_pay"] == [True, False]
    limit(program, 500, 500)
    assert not queries.policy_of(program.pk).typed_numbers_pay


def test_an_earn_rule_is_closed_and_opened_again():
    program = ProgramFactory()
    rule = policies.create_earn_rule(
        program_id=program.pk, name="来店", points=10, total_points=600, by=None, at=NOON
    )

    for is_active in (False, False, True):
        policies.switch_earn_rule(rule_id=rule.pk, is_active=is_active, by=None, at=NOON)
        rule.refresh_from_db()
        assert rule.is_active == is_active

    codes = AuditEvent.objects.filter(code__startswith="cards.earn_rule.").order_by("pk")
    assert list(codes.values_list("code", flat=True)) == [
        "cards.earn_rule.created",
        "cards.earn_rule.closed",
        "cards.earn_rule.opened",
    ]
