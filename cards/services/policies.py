"""What cards of a program may do, and what a tap at a terminal earns."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db import IntegrityError, transaction

from cards import queries
from cards.errors import EarnRuleNameTaken, EarnRuleWrong, LimitsUnordered
from cards.models import CardPolicy, EarnRule
from ledger import services as ledger
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User

if TYPE_CHECKING:
    from ledger.models import GrantRound


@transaction.atomic
def set_limits(
    *,
    program_id: int,
    use_limit_points: int,
    day_limit_points: int,
    typed_numbers_pay: bool = False,
    by: User | None,
    at: datetime,
) -> CardPolicy:
    """Set how many points a card may spend at once and on a day without a PIN.

    `typed_numbers_pay` says whether the number on a card's face, typed at a terminal, may spend as
    the card itself may; it does so only where somebody has decided it.

    Raises:
        LimitsUnordered: less than one point at once, or more at once than on a day.
    """
    if not 1 <= use_limit_points <= day_limit_points:
        raise LimitsUnordered(day_limit=day_limit_points)
    program = Program.objects.get(pk=program_id)
    before = queries.policy_of(program_id)
    policy, _ = CardPolicy.objects.update_or_create(
        program_id=program_id,
        defaults={
            "use_limit_points": use_limit_points,
            "day_limit_points": day_limit_points,
            "typed_numbers_pay": typed_numbers_pay,
        },
    )
    audit.record(
        code="cards.limits.changed",
        target=policy,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={
            "before": [before.use_limit_points, before.day_limit_points],
            "after": [use_limit_points, day_limit_points],
            "typed_numbers_pay": [before.typed_numbers_pay, typed_numbers_pay],
        },
    )
    return policy


@transaction.atomic
def create_earn_rule(
    *,
    program_id: int,
    name: str,
    points: int,
    total_points: int,
    store_id: int | None = None,
    by: User | None,
    at: datetime,
) -> EarnRule:
    """Let a tap at a terminal earn points, up to a total that is reserved from the ceiling.

    Raises:
        EarnRuleWrong: the total does not cover a single tap.
        EarnRuleNameTaken: the program has a rule or a round of this name.
        CeilingExceeded: the program's planned issuance does not cover the total.
    """
    if total_points < points:
        raise EarnRuleWrong(points=points)
    program = Program.objects.get(pk=program_id)
    try:
        with transaction.atomic():
            grant_round = ledger.create_round(
                program_id=program_id,
                name=f"カード：{name}",
                method=cast("GrantRound.Method", "ACTIVITY"),
                reserved_points=total_points,
                by=by,
                at=at,
            )
            rule = EarnRule.objects.create(
                program_id=program_id,
                name=name,
                points=points,
                store_id=store_id,
                grant_round=grant_round,
            )
    except IntegrityError as error:
        raise EarnRuleNameTaken(name=name) from error
    audit.record(
        code="cards.earn_rule.created",
        target=rule,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"points": points, "reserved_points": total_points},
    )
    return rule


@transaction.atomic
def switch_earn_rule(*, rule_id: int, is_active: bool, by: User | None, at: datetime) -> EarnRule:
    """Open or close a grant at terminals; what was granted stays."""
    rule = (
        EarnRule.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=rule_id)
    )
    if rule.is_active != is_active:
        rule.is_active = is_active
        rule.save(update_fields=["is_active"])
        audit.record(
            code="cards.earn_rule.opened" if is_active else "cards.earn_rule.closed",
            target=rule,
            organization_id=rule.program.client_id,
            by=by,
            at=at,
        )
    return rule
