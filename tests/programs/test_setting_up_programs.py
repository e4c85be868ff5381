import dataclasses
import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pointsys.audit.models import AuditEvent
from pointsys.common.clock import JST
from pointsys.programs import errors, presets, queries, services
from pointsys.programs.models import Program
from pointsys.users.models import Membership, Organization, Role, User

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 4, 1, 9, tzinfo=JST)


@pytest.fixture
def client_org():
    return Organization.objects.create(kind="CLIENT", code="miyagi", name="宮城県")


@pytest.fixture
def operator():
    return Organization.objects.create(kind="CONTRACTOR", code="office", name="事務局")


@pytest.fixture
def clerk(client_org, operator):
    user = User.objects.create_user("clerk", name="担当", employer=operator)
    Membership.objects.create(user=user, organization=client_org, role=Role.OFFICE_CLERK)
    return user


@pytest.fixture
def miyagi(client_org, operator, clerk):
    return services.create_program(
        code="miyagi-2025",
        client_id=client_org.pk,
        operator_id=operator.pk,
        rules=presets.MIYAGI,
        by=clerk,
        at=NOW,
    )


def change(program, **changes):
    commitments = changes.pop("commitments", services.Commitments())
    rules = dataclasses.replace(queries.rules_of(program), **changes)
    return services.change_rules(
        program_id=program.pk, rules=rules, commitments=commitments, by=None, at=NOW
    )


@pytest.mark.req("LG-01")
def test_the_miyagi_preset_carries_the_rules_of_the_specification(miyagi):
    miyagi.refresh_from_db()

    assert miyagi.issuance_ceiling_points == 443_750_000
    assert timezone.localtime(miyagi.usage_starts_at) == datetime(2025, 5, 28, tzinfo=JST)
    assert timezone.localtime(miyagi.points_expire_at) == datetime(2026, 3, 1, tzinfo=JST)
    assert miyagi.system_fee_basis_points == 50
    assert (miyagi.settlement_payment_day, miyagi.settlement_payment_shift) == (20, "PREVIOUS")
    assert queries.rules_of(miyagi) == presets.MIYAGI


@pytest.mark.req("ST-04")
@pytest.mark.parametrize(
    ("name", "has_tobacco", "has_religion"),
    [("miyagi-2024", False, False), ("miyagi-2025", True, False), ("kurayoshi-2025", True, True)],
)
def test_each_list_of_prohibited_goods_names_its_clause(name, has_tobacco, has_religion):
    goods = {good.code: good for good in presets.PROHIBITED_GOODS[name]}

    assert all(good.source for good in goods.values())
    assert ("tobacco" in goods) is has_tobacco
    assert ("religion-politics" in goods) is has_religion
    assert {"securities", "gift-certificates", "prepaid-cards", "revenue-stamps"} <= set(goods)


@pytest.mark.req("ST-04")
@pytest.mark.parametrize("name", presets.PROHIBITED_GOODS)
def test_no_label_of_a_ready_list_names_a_client(name):
    labels = [good.label for good in presets.PROHIBITED_GOODS[name]]

    assert labels
    assert not any(word in label for label in labels for word in ("倉吉", "宮城", "県が", "市が"))


@pytest.mark.req("ST-04")
def test_the_list_for_any_client_s_vouchers_quotes_nobody_s_specification():
    assert not any(good.source for good in presets.VOUCHERS)
    assert [good.code for good in presets.VOUCHERS] == [g.code for g in presets.KURAYOSHI_2025]


@pytest.mark.req("SP-15")
def test_setting_up_a_program_is_recorded_with_its_rules(miyagi, clerk):
    event = AuditEvent.objects.get(code="programs.created")

    assert event.by == clerk
    assert event.changes["after"]["issuance_ceiling_points"] == 443_750_000


def test_a_code_names_one_program_only(miyagi):
    with pytest.raises(errors.ProgramCodeTaken):
        services.create_program(
            code=miyagi.code,
            client_id=miyagi.client_id,
            operator_id=miyagi.operator_id,
            rules=presets.MIYAGI,
            by=None,
            at=NOW,
        )


def test_client_and_operator_cannot_change_places(client_org, operator):
    with pytest.raises(errors.NotAClient):
        services.create_program(
            code="x",
            client_id=operator.pk,
            operator_id=client_org.pk,
            rules=presets.MIYAGI,
            by=None,
            at=NOW,
        )


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        (
            {"usage_ends_at": presets.MIYAGI.usage_starts_at},
            errors.PeriodOutOfOrder,
            "usage_ends_at",
        ),
        (
            {"grant_ends_at": presets.MIYAGI.grant_starts_at},
            errors.PeriodOutOfOrder,
            "grant_ends_at",
        ),
        (
            {"points_expire_at": presets.MIYAGI.usage_starts_at},
            errors.ExpiryBeforeUse,
            "points_expire_at",
        ),
        (
            {"grant_ends_at": presets.MIYAGI.points_expire_at + timedelta(seconds=1)},
            errors.GrantsOutliveUse,
            "grant_ends_at",
        ),
        ({"area_codes": ()}, errors.AreaUnknown, "area_codes"),
        ({"area_codes": ("48",)}, errors.AreaUnknown, "area_codes"),
        ({"area_codes": ("0410",)}, errors.AreaUnknown, "area_codes"),
        ({"settlement_payment_day": 29}, errors.RuleOutOfRange, "settlement_payment_day"),
        ({"issuance_ceiling_points": -1}, errors.RuleOutOfRange, "issuance_ceiling_points"),
        ({"theme": "gold"}, errors.RuleNotAChoice, "theme"),
        ({"desk_phone": " "}, errors.RuleMissing, "desk_phone"),
        (
            {"prohibited_goods": presets.MIYAGI_2025 + presets.MIYAGI_2025[:1]},
            errors.ProhibitedGoodTwice,
            "prohibited_goods",
        ),
    ],
)
def test_rules_that_contradict_are_refused_at_their_field(miyagi, changes, refusal, field):
    with pytest.raises(refusal) as refused:
        change(miyagi, **changes)

    assert refused.value.field == field
    assert queries.rules_of(Program.objects.get(pk=miyagi.pk)) == presets.MIYAGI


@pytest.mark.req("SP-15")
def test_a_changed_rule_is_recorded_with_its_value_before_and_after(miyagi):
    change(miyagi, issuance_ceiling_points=450_000_000, name="みやぎポイント 令和7年度")

    event = AuditEvent.objects.get(code="programs.rules_changed")
    assert event.changes == {
        "issuance_ceiling_points": {"before": 443_750_000, "after": 450_000_000},
        "name": {"before": "みやぎポイント", "after": "みやぎポイント 令和7年度"},
    }
    history = miyagi.events.order_by("pgh_id").values_list("issuance_ceiling_points", flat=True)
    assert list(history) == [443_750_000, 450_000_000]


def test_saving_unchanged_rules_records_nothing(miyagi):
    change(miyagi)

    assert not AuditEvent.objects.filter(code="programs.rules_changed").exists()


@pytest.mark.req("LG-14")
def test_the_ceiling_cannot_fall_below_what_is_reserved(miyagi):
    with pytest.raises(errors.CeilingBelowReserved, match="1,000,000"):
        change(
            miyagi,
            issuance_ceiling_points=999_999,
            commitments=services.Commitments(reserved_points=1_000_000),
        )

    kept = services.Commitments(reserved_points=1_000_000)
    assert change(miyagi, issuance_ceiling_points=1_000_000, commitments=kept)


def test_the_usage_period_cannot_leave_a_payment_outside(miyagi):
    paid_at = datetime(2025, 7, 1, 12, tzinfo=JST)
    paid = services.Commitments(first_payment_at=paid_at, last_payment_at=paid_at)

    with pytest.raises(errors.UsageCutsPayments) as late_start:
        change(miyagi, usage_starts_at=paid_at + timedelta(seconds=1), commitments=paid)
    with pytest.raises(errors.UsageCutsPayments) as early_end:
        change(miyagi, usage_ends_at=paid_at, commitments=paid)

    assert late_start.value.field == "usage_starts_at"
    assert early_end.value.field == "usage_ends_at"


def test_the_area_keeps_every_enrolled_store(miyagi):
    with pytest.raises(errors.AreaDropsStores, match="1店"):
        change(
            miyagi,
            area_codes=("04101",),
            commitments=services.Commitments(store_municipality_codes=("04101", "04202")),
        )


def test_a_program_does_not_end_while_points_can_be_used(miyagi):
    with pytest.raises(errors.EndedTooEarly):
        change(miyagi, status="ENDED")


def test_a_changed_list_of_prohibited_goods_replaces_the_old_one(miyagi):
    change(miyagi, prohibited_goods=presets.MIYAGI_2024)

    assert queries.goods_of(miyagi) == presets.MIYAGI_2024
    event = AuditEvent.objects.get(code="programs.rules_changed")
    assert "tobacco" in event.changes["prohibited_goods"]["before"]
    assert "tobacco" not in event.changes["prohibited_goods"]["after"]


def test_a_prefecture_covers_its_municipalities_and_nothing_else(miyagi):
    assert queries.is_in_area(miyagi, "04101")
    assert not queries.is_in_area(miyagi, "03201")
    assert not queries.is_in_area(miyagi, "")


def test_staff_see_the_programs_of_their_clients_only(miyagi, clerk, operator):
    other = Organization.objects.create(kind="CLIENT", code="kurayoshi", name="倉吉市")
    stranger = User.objects.create_user("stranger", name="別", employer=operator)
    Membership.objects.create(user=stranger, organization=other, role=Role.OFFICE_CLERK)

    assert list(queries.programs_visible_to(clerk)) == [miyagi]
    assert list(queries.programs_visible_to(stranger)) == []


@pytest.mark.req("AD-10")
def test_the_command_makes_a_program_from_a_preset_with_own_dates(client_org, operator, clerk):
    out = StringIO()

    call_command(
        "create_program",
        preset="miyagi",
        code="miyagi-next",
        client="miyagi",
        operator="office",
        by="clerk",
        usage_starts_at="2026-05-28T00:00",
        usage_ends_at="2027-03-01T00:00",
        grant_starts_at="2026-05-28T00:00",
        grant_ends_at="2027-03-01T00:00",
        points_expire_at="2027-03-01T00:00",
        json=True,
        stdout=out,
    )

    made = Program.objects.get(pk=json.loads(out.getvalue())["id"])
    assert timezone.localtime(made.usage_starts_at) == datetime(2026, 5, 28, tzinfo=JST)
    assert made.issuance_ceiling_points == 443_750_000
    assert AuditEvent.objects.get(target_id=str(made.pk)).by == clerk


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "全体が"),
        ('{"colour": "red"}', "知らない項目があります（colour）"),
        ('{"name": "x"}', "項目がありません"),
        ('{"usage_ends_at": "2026-02-31T00:00"}', "usage_ends_at"),
        ('{"issuance_ceiling_points": 1.5}', "issuance_ceiling_points は整数"),
        ('{"prohibited_goods": [{"label": "x"}]}', "prohibited_goods"),
        ("not json", "規則のファイルを読めません"),
        ("\udcff", "規則のファイルを読めません"),
    ],
)
def test_a_wrong_rule_file_is_refused_with_its_fault(
    client_org, operator, tmp_path, text, complaint
):
    file = tmp_path / "rules.json"
    file.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(CommandError, match=complaint):
        call_command(
            "create_program", code="x", client="miyagi", operator="office", file=file, preset=None
        )

    assert not Program.objects.exists()


def test_the_longest_running_open_program_comes_first(miyagi, clerk, operator):
    def other(code, *, status, days):
        return services.create_program(
            code=code,
            client_id=miyagi.client_id,
            operator_id=operator.pk,
            rules=dataclasses.replace(
                queries.rules_of(miyagi),
                status=status,
                usage_starts_at=miyagi.usage_starts_at + timedelta(days=days),
            ),
            by=None,
            at=NOW,
        )

    change(miyagi, status="OPEN")
    later = other("later", status="OPEN", days=20)
    older_and_over = other("over", status="ENDED", days=0)

    assert list(queries.programs_visible_to(clerk)) == [miyagi, later, older_and_over]
