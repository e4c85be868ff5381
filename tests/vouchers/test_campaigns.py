from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from ledger.errors import CeilingExceeded
from pointsys.audit.models import AuditEvent
from pointsys.common.clock import JST
from tests.factories import END, NOON, OPENING
from tests.vouchers.lottery import (
    APPLY_ENDS,
    APPLY_STARTS,
    APPLYING,
    PAY_ENDS,
    PAY_STARTS,
    TERMS,
    build_lottery,
    lottery_plan,
)
from vouchers import errors
from vouchers.models import Application, Campaign, SaleRound
from vouchers.queries.campaigns import next_step, round_figures
from vouchers.services import campaigns

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-01")]
DAY = timedelta(days=1)


def first_come(sets: int = 40, **changes: object) -> campaigns.RoundPlan:
    facts = {
        "method": SaleRound.Method.FIRST_COME,
        "planned_sets": sets,
        "purchase_starts_at": PAY_STARTS,
        "purchase_ends_at": PAY_ENDS,
        **changes,
    }
    return campaigns.RoundPlan(**facts)


def test_a_sale_has_two_rounds_of_its_own_kind():
    lottery = build_lottery(sets=60_000, opened=False, issuance_ceiling_points=600_000_000)
    second = campaigns.add_round(
        campaign_id=lottery.campaign.pk, plan=first_come(40_000), by=lottery.clerk, at=OPENING
    )

    assert [r.number for r in lottery.campaign.rounds.all()] == [1, 2]
    assert (second.residents_only, lottery.round.residents_only) == (False, True)
    assert lottery.campaign.set_premium_points == 1_000


def test_terms_change_until_the_first_round_is_opened():
    lottery = build_lottery(opened=False)
    cheaper = campaigns.Terms(4_000, 5_000, 5)

    changed = campaigns.change_campaign(
        campaign_id=lottery.campaign.pk, terms=cheaper, by=lottery.clerk, at=OPENING
    )
    campaigns.open_round(sale_round_id=lottery.round_id, by=lottery.clerk, at=OPENING)

    assert changed.set_price_yen == 4_000
    with pytest.raises(errors.CampaignStarted):
        campaigns.change_campaign(
            campaign_id=lottery.campaign.pk, terms=TERMS, by=lottery.clerk, at=OPENING
        )


def test_a_program_has_one_sale():
    lottery = build_lottery()

    with pytest.raises(errors.CampaignExists):
        campaigns.create_campaign(
            program_id=lottery.program.pk, terms=TERMS, by=lottery.clerk, at=OPENING
        )


def test_a_set_is_worth_its_price_at_least():
    lottery = build_lottery(opened=False)

    with pytest.raises(errors.ValueBelowPrice):
        campaigns.change_campaign(
            campaign_id=lottery.campaign.pk,
            terms=campaigns.Terms(5_000, 4_999, 10),
            by=lottery.clerk,
            at=OPENING,
        )
    with pytest.raises(IntegrityError, match="vouchers_campaign_value_covers_price"):
        Campaign.objects.filter(pk=lottery.campaign.pk).update(set_value_points=4_999)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"apply_starts_at": None}, errors.ApplicationPeriodMissing),
        ({"apply_ends_at": APPLY_STARTS}, errors.PeriodOutOfOrder),
        ({"apply_ends_at": PAY_STARTS + DAY}, errors.PeriodOutOfOrder),
        ({"purchase_ends_at": PAY_STARTS}, errors.PeriodOutOfOrder),
        ({"purchase_ends_at": END + DAY}, errors.PurchaseOutsideProgram),
    ],
)
def test_periods_that_cannot_be_are_refused(changes, refusal):
    lottery = build_lottery(opened=False)

    with pytest.raises(refusal):
        campaigns.change_round(
            sale_round_id=lottery.round_id,
            plan=lottery_plan(**changes),
            by=lottery.clerk,
            at=OPENING,
        )


def test_a_round_that_was_opened_does_not_change():
    lottery = build_lottery()

    with pytest.raises(errors.RoundStarted):
        campaigns.change_round(
            sale_round_id=lottery.round_id, plan=lottery_plan(9), by=lottery.clerk, at=OPENING
        )

    assert lottery.round.planned_sets == 5


def test_a_round_is_opened_once():
    lottery = build_lottery()

    with pytest.raises(errors.NotPreparing):
        campaigns.open_round(sale_round_id=lottery.round_id, by=lottery.clerk, at=OPENING)

    assert AuditEvent.objects.filter(code="vouchers.round.opened").count() == 1


def test_a_round_whose_applications_are_over_is_not_opened():
    lottery = build_lottery(opened=False)

    with pytest.raises(errors.ApplicationPeriodOver):
        campaigns.open_round(sale_round_id=lottery.round_id, by=lottery.clerk, at=APPLY_ENDS)


def test_a_lottery_does_not_sell_without_its_draw():
    lottery = build_lottery(opened=False)

    with pytest.raises(errors.NotFirstCome):
        campaigns.start_selling(sale_round_id=lottery.round_id, by=lottery.clerk, at=OPENING)


@pytest.mark.req("VO-08")
def test_a_first_come_round_reserves_price_and_premium_apart():
    lottery = build_lottery()
    second = campaigns.add_round(
        campaign_id=lottery.campaign.pk, plan=first_come(40), by=lottery.clerk, at=OPENING
    )

    opened = campaigns.start_selling(sale_round_id=second.pk, by=lottery.clerk, at=OPENING)

    assert opened.principal_round.reserved_points == 200_000
    assert opened.premium_round.reserved_points == 40_000
    assert opened.principal_round.source == "VOUCHER_PRINCIPAL"
    assert opened.premium_round.funding_rank > opened.principal_round.funding_rank


def test_a_round_beyond_the_ceiling_does_not_sell():
    lottery = build_lottery(issuance_ceiling_points=200_000)
    second = campaigns.add_round(
        campaign_id=lottery.campaign.pk, plan=first_come(40), by=lottery.clerk, at=OPENING
    )

    with pytest.raises(CeilingExceeded):
        campaigns.start_selling(sale_round_id=second.pk, by=lottery.clerk, at=OPENING)

    second.refresh_from_db()
    assert second.status == SaleRound.Status.PREPARING


def test_the_next_step_follows_dates_and_numbers():
    lottery = build_lottery()
    before = datetime(2025, 6, 1, tzinfo=JST)

    def code(at: datetime) -> str:
        figures = round_figures([lottery.round_id])[lottery.round_id]
        return next_step(lottery.round, figures, at).code

    assert code(before) == "wait"
    lottery.apply()
    assert code(APPLYING) == "review"
    lottery.confirmed()
    Application.objects.filter(status="RECEIVED").update(status="WITHDRAWN")
    assert code(APPLYING) == "wait"
    assert code(NOON) == "freeze"
    lottery.freeze()
    assert code(NOON) == "draw"
