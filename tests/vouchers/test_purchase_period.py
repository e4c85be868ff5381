"""The office can move the time to buy until the sale begins, also after the draw (VO-04, VO-05)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from pointsys.audit.models import AuditEvent
from pointsys.common.clock import JST
from tests.vouchers.lottery import APPLY_ENDS, PAY_ENDS, PAY_STARTS, Lottery, build_lottery
from vouchers import errors
from vouchers.forms.office import CampaignForm
from vouchers.models import Campaign, Order, SaleRound
from vouchers.services import campaigns

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-04")]
LATE = PAY_ENDS + timedelta(days=1)
NEW_STARTS = datetime(2025, 9, 1, 9, 0, tzinfo=JST)
NEW_ENDS = datetime(2025, 9, 21, 0, 0, tzinfo=JST)


@pytest.fixture(autouse=True)
def _one_factor(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def drawn() -> Lottery:
    lottery = build_lottery(sets=5)
    lottery.confirmed()
    lottery.hold_draw()
    return lottery


def move(lottery: Lottery, *, starts_at=NEW_STARTS, ends_at=NEW_ENDS, at=LATE) -> SaleRound:
    return campaigns.move_purchase_period(
        sale_round_id=lottery.round_id,
        starts_at=starts_at,
        ends_at=ends_at,
        by=lottery.clerk,
        at=at,
    )


def test_a_yes_that_comes_late_is_taken_once_the_period_was_moved(drawn: Lottery):
    with pytest.raises(errors.PurchasePeriodPassed):
        drawn.approve(at=LATE)

    move(drawn)
    drawn.approve(at=LATE)

    assert drawn.round.status == SaleRound.Status.SELLING
    assert Order.objects.get().pay_until == NEW_ENDS
    assert drawn.round.apply_ends_at == APPLY_ENDS
    moved = AuditEvent.objects.get(code="vouchers.round.period_moved")
    ends = [datetime.fromisoformat(text) for text in moved.changes["purchase_ends_at"]]
    assert ends == [PAY_ENDS, NEW_ENDS]


@pytest.mark.parametrize(
    ("period", "refusal"),
    [
        ({"ends_at": LATE, "starts_at": PAY_STARTS}, errors.PurchasePeriodOver),
        ({"starts_at": NEW_ENDS}, errors.PeriodOutOfOrder),
        ({"starts_at": APPLY_ENDS - timedelta(days=1)}, errors.PeriodOutOfOrder),
        ({"ends_at": NEW_ENDS + timedelta(days=3650)}, errors.PurchaseOutsideProgram),
    ],
)
def test_a_period_that_cannot_be_is_refused(drawn: Lottery, period, refusal):
    with pytest.raises(refusal):
        move(drawn, **period)

    assert drawn.round.purchase_ends_at == PAY_ENDS


def test_the_period_of_a_sale_stays(drawn: Lottery):
    drawn.approve()

    with pytest.raises(errors.SaleStarted):
        move(drawn)


def test_the_office_moves_it_on_its_page(drawn: Lottery):
    client = Client()
    client.force_login(drawn.clerk)
    page = reverse("vouchers:round_period", args=[drawn.round_id])
    values = {"purchase_starts_at": "2025-09-01T09:00", "purchase_ends_at": "2025-08-01T00:00"}
    with time_machine.travel(LATE, tick=False):
        shown = client.get(reverse("vouchers:round", args=[drawn.round_id])).content.decode()
        wrong = client.post(page, values)
        right = client.post(page, {**values, "purchase_ends_at": "2025-09-21T00:00"})

    assert page in shown
    assert "購入の期間が終わったため" in shown
    assert wrong.status_code == 200
    assert "より前の日時にしてください" in wrong.content.decode()
    assert right.status_code == 302
    assert drawn.round.purchase_ends_at == NEW_ENDS


def test_only_the_office_moves_it(drawn: Lottery):
    client = Client()
    client.force_login(drawn.approver)

    assert client.get(reverse("vouchers:round_period", args=[drawn.round_id])).status_code == 403


@pytest.mark.req("VO-01")
def test_the_office_sets_the_days_to_pay_and_the_days_a_file_takes():
    campaign = build_lottery(opened=False).campaign
    typed = {**CampaignForm.of(campaign), "pay_within_days": "１０", "deposit_lag_days": "0"}
    form = CampaignForm(typed)
    assert form.is_valid(), form.errors

    campaigns.change_campaign(campaign_id=campaign.pk, terms=form.terms(), by=None, at=PAY_STARTS)

    changed = Campaign.objects.get(pk=campaign.pk)
    assert (changed.pay_within_days, changed.deposit_lag_days) == (10, 0)
    assert "払い込めるか" in CampaignForm().as_p()


@pytest.mark.req("VO-01")
@pytest.mark.parametrize("days", ["0", "61", "99999999999999999999", "\0", "", "-1"])
def test_days_to_pay_that_make_no_sense_are_refused(days: str):
    campaign = build_lottery(opened=False).campaign

    form = CampaignForm({**CampaignForm.of(campaign), "pay_within_days": days})

    assert "pay_within_days" in form.errors
