import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Field
from django.utils import timezone

from pointsys.audit import services as audit
from pointsys.common.municipalities import PREFECTURES
from pointsys.programs import errors, queries
from pointsys.programs.models import Program, ProhibitedGood
from pointsys.programs.rules import COLUMNS, Good, ProgramRules, columns_of, covers, plain
from pointsys.users.models import Organization, User

AREA_CODE: Final = re.compile(r"(\d{2})(\d{3})?")
# The largest amount any page, statement or bank file of a program has room for.
MOST_POINTS: Final = 99_999_999_999
RANGES: Final = {
    "issuance_ceiling_points": (0, MOST_POINTS),
    "payment_limit_points": (1, 10_000_000),
    "refund_limit_points": (0, 10_000_000),
    "settlement_payment_day": (1, 28),
    "file_lead_bank_days": (1, 10),
    "system_fee_basis_points": (0, 10_000),
}
CHOICES: Final = ("theme", "status", "settlement_payment_shift", "system_fee_rounding")
TEXTS: Final = ("name", "area_name", "desk_name", "desk_phone", "desk_hours")


@dataclass(frozen=True, slots=True)
class Commitments:
    """What has already happened under a program's rules; the rooms above know it and pass it in."""

    reserved_points: int = 0
    first_payment_at: datetime | None = None
    last_payment_at: datetime | None = None
    store_municipality_codes: tuple[str, ...] = ()


@transaction.atomic
def create_program(
    *,
    code: str,
    client_id: int,
    operator_id: int,
    rules: ProgramRules,
    by: User | None,
    at: datetime,
) -> Program:
    """Set up a program of one client with all its rules and its list of prohibited goods.

    Raises:
        ProgramCodeTaken: the code names another program.
        NotAClient, NotAContractor: an organization of the wrong kind.
        ProgramError: a rule contradicts another; the error names the field.
    """
    client = Organization.objects.get(pk=client_id)
    operator = Organization.objects.get(pk=operator_id)
    if client.kind != Organization.Kind.CLIENT:
        raise errors.NotAClient(name=client.name)
    if operator.kind != Organization.Kind.CONTRACTOR:
        raise errors.NotAContractor(name=operator.name)
    check_new(code=code, rules=rules)
    program = Program.objects.create(
        code=code, client=client, operator=operator, **columns_of(rules)
    )
    _write_goods(program, rules.prohibited_goods)
    audit.record(
        code="programs.created",
        target=program,
        organization_id=client.pk,
        by=by,
        at=at,
        changes={"after": _snapshot(rules)},
    )
    return program


@transaction.atomic
def change_rules(
    *,
    program_id: int,
    rules: ProgramRules,
    commitments: Commitments,
    by: User | None,
    at: datetime,
) -> Program:
    """Replace a program's rules, recording each changed rule with its old and new value.

    The caller holds the program's row (`lock_program`) since it counted the commitments.

    Raises:
        ProgramError: a rule contradicts another or what has already happened under it.
    """
    program = lock_program(program_id)
    before = queries.rules_of(program)
    check_change(before=before, after=rules, commitments=commitments, at=at)
    changed = _differences(before, rules)
    if not changed:
        return program
    for name, value in columns_of(rules).items():
        setattr(program, name, value)
    program.save(update_fields=COLUMNS)
    if "prohibited_goods" in changed:
        _write_goods(program, rules.prohibited_goods)
    audit.record(
        code="programs.rules_changed",
        target=program,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes=changed,
    )
    return program


def check_change(
    *, before: ProgramRules, after: ProgramRules, commitments: Commitments, at: datetime
) -> None:
    """Refuse what `change_rules` would refuse, without writing.

    Raises:
        ProgramError: naming the field.
    """
    check_rules(after)
    _check_commitments(before, after, commitments, at=at)


def check_new(*, code: str, rules: ProgramRules) -> None:
    """Refuse what `create_program` would refuse, without writing.

    Raises:
        ProgramCodeTaken, ProgramError.
    """
    if Program.objects.filter(code=code).exists():
        raise errors.ProgramCodeTaken(program_code=code)
    check_rules(rules)


def lock_program(program_id: int) -> Program:
    """Lock a program's row to the transaction's end; rules and reservations wait for each other."""
    return Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program_id)


def check_rules(rules: ProgramRules) -> None:
    """Refuse rules that contradict one another.

    Raises:
        ProgramError: naming the field to change.
    """
    _check_values(rules)
    for prefix, label in (("grant", "付与期間"), ("usage", "利用期間")):
        if getattr(rules, f"{prefix}_starts_at") >= getattr(rules, f"{prefix}_ends_at"):
            raise errors.PeriodOutOfOrder(field=f"{prefix}_ends_at", label=label)
    if rules.points_expire_at <= rules.usage_starts_at:
        raise errors.ExpiryBeforeUse
    if rules.grant_ends_at > rules.points_expire_at:
        raise errors.GrantsOutliveUse
    if not rules.area_codes:
        raise errors.AreaUnknown(area_code="")
    for area_code in rules.area_codes:
        found = AREA_CODE.fullmatch(area_code)
        if not found or not 1 <= int(found[1]) <= len(PREFECTURES):
            raise errors.AreaUnknown(area_code=area_code)
    seen: set[str] = set()
    for good in rules.prohibited_goods:
        if good.code in seen:
            raise errors.ProhibitedGoodTwice(good_code=good.code)
        seen.add(good.code)


def _check_values(rules: ProgramRules) -> None:
    for name in TEXTS:
        if not getattr(rules, name).strip():
            raise errors.RuleMissing(field=name, label=_label(name))
    for name, (low, high) in RANGES.items():
        value = getattr(rules, name)
        if value is not None and not low <= value <= high:
            raise errors.RuleOutOfRange(field=name, label=_label(name), low=low, high=high)
    for name in CHOICES:
        known = dict(_column(name).flatchoices)
        if getattr(rules, name) not in known:
            raise errors.RuleNotAChoice(field=name, label=_label(name), known="、".join(known))


def _column(name: str) -> "Field[Any, Any]":
    column = Program._meta.get_field(name)
    assert isinstance(column, Field)
    return column


def _label(name: str) -> str:
    return str(_column(name).verbose_name)


def _check_commitments(
    before: ProgramRules, rules: ProgramRules, commitments: Commitments, *, at: datetime
) -> None:
    if rules.issuance_ceiling_points < commitments.reserved_points:
        raise errors.CeilingBelowReserved(reserved_points=commitments.reserved_points)
    first, last = commitments.first_payment_at, commitments.last_payment_at
    if first and first < rules.usage_starts_at:
        raise errors.UsageCutsPayments(field="usage_starts_at", at=_words(first))
    if last and last >= rules.usage_ends_at:
        raise errors.UsageCutsPayments(field="usage_ends_at", at=_words(last))
    # A store that the office accepted from outside the area does not stand against a change.
    dropped = sum(
        covers(before.area_codes, municipality_code)
        and not covers(rules.area_codes, municipality_code)
        for municipality_code in commitments.store_municipality_codes
    )
    if dropped:
        raise errors.AreaDropsStores(store_count=dropped)
    if rules.status == Program.Status.ENDED and at < rules.usage_ends_at:
        raise errors.EndedTooEarly


def _words(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _snapshot(rules: ProgramRules) -> dict[str, Any]:
    values = {name: plain(value) for name, value in columns_of(rules).items()}
    return {**values, "prohibited_goods": [good.code for good in rules.prohibited_goods]}


def _differences(before: ProgramRules, after: ProgramRules) -> dict[str, Any]:
    old, new = _snapshot(before), _snapshot(after)
    changed = {
        name: {"before": old[name], "after": new[name]} for name in old if old[name] != new[name]
    }
    if "prohibited_goods" not in changed and before.prohibited_goods != after.prohibited_goods:
        # The codes are the same; a label or a clause was reworded.
        labels = {good.code: good.label for good in before.prohibited_goods}
        changed["prohibited_goods"] = {
            "reworded": [g.code for g in after.prohibited_goods if labels.get(g.code) != g.label]
        }
    return changed


def _write_goods(program: Program, goods: tuple[Good, ...]) -> None:
    kept = {good.code for good in goods}
    ProhibitedGood.objects.filter(program=program).exclude(code__in=kept).delete()
    for position, good in enumerate(goods, start=1):
        ProhibitedGood.objects.update_or_create(
            program=program,
            code=good.code,
            defaults={"label": good.label, "source": good.source, "position": position},
        )
