"""Setting up a sale: its terms, its rounds, and the two acts that let people in."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import connection, transaction
from django.db.models import Max

from ledger import services as ledger
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.programs.models import Program
from pointsys.users.models import User
from vouchers.errors import (
    ApplicationPeriodMissing,
    ApplicationPeriodOver,
    CampaignExists,
    CampaignStarted,
    DepositsAfterGrants,
    NotALottery,
    NotFirstCome,
    NotPreparing,
    PeriodOutOfOrder,
    PurchaseOutsideProgram,
    PurchasePeriodOver,
    RoundStarted,
    SaleStarted,
    ValueBelowPrice,
)
from vouchers.models import Campaign, SaleRound

if TYPE_CHECKING:
    from ledger.models import GrantRound
    from ledger.models.wallets import Source

Method = SaleRound.Method
Status = SaleRound.Status
# The buyer's money is spent before what the client adds (design.md 4).
PRINCIPAL_RANK: Final = 0
PREMIUM_RANK: Final = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What a set costs and is worth, and how many one person may have in a round."""

    set_price_yen: int
    set_value_points: int
    limit_sets_per_person: int
    pay_within_days: int = 7
    deposit_lag_days: int = 3


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """How and when one round sells; ends are exclusive. A lottery has a period for applications."""

    method: str
    planned_sets: int
    purchase_starts_at: datetime
    purchase_ends_at: datetime
    apply_starts_at: datetime | None = None
    apply_ends_at: datetime | None = None


@transaction.atomic
def create_campaign(*, program_id: int, terms: Terms, by: User | None, at: datetime) -> Campaign:
    """Set up the sale of a program; its balance is that program's wallet.

    Raises:
        CampaignExists: the program has one.
        ValueBelowPrice: a set would be worth less than it costs.
    """
    program = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program_id)
    _check_terms(terms)
    if Campaign.objects.filter(program=program).exists():
        raise CampaignExists
    campaign = Campaign.objects.create(program=program, **asdict(terms))
    _record("vouchers.campaign.created", campaign, program, asdict(terms), by=by, at=at)
    return campaign


@transaction.atomic
def change_campaign(*, campaign_id: int, terms: Terms, by: User | None, at: datetime) -> Campaign:
    """Change what a set costs and is worth, as long as no round has been opened.

    Raises:
        CampaignStarted: somebody may have applied or bought under the old terms.
        ValueBelowPrice: a set would be worth less than it costs.
    """
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=campaign_id)
    )
    _check_terms(terms)
    if campaign.rounds.exclude(status=Status.PREPARING).exists():
        raise CampaignStarted
    for name, value in asdict(terms).items():
        setattr(campaign, name, value)
    campaign.save(update_fields=list(asdict(terms)))
    _record("vouchers.campaign.changed", campaign, campaign.program, asdict(terms), by=by, at=at)
    return campaign


@transaction.atomic
def add_round(*, campaign_id: int, plan: RoundPlan, by: User | None, at: datetime) -> SaleRound:
    """Plan one more round, numbered after the last; nobody can apply or buy before it is opened.

    Raises:
        PeriodOutOfOrder, ApplicationPeriodMissing: its dates cannot be.
        PurchaseOutsideProgram, DepositsAfterGrants: the program could not grant what is paid.
    """
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=campaign_id)
    )
    _check_plan(plan, campaign)
    last = campaign.rounds.aggregate(last=Max("number"))["last"] or 0
    sale_round = SaleRound.objects.create(campaign=campaign, number=last + 1, **_columns_of(plan))
    _record(
        "vouchers.round.added", sale_round, campaign.program, _facts_of(sale_round), by=by, at=at
    )
    return sale_round


@transaction.atomic
def change_round(
    *, sale_round_id: int, plan: RoundPlan, by: User | None, at: datetime
) -> SaleRound:
    """Change a round that has not been opened yet.

    Raises:
        RoundStarted: people can apply or buy, or did.
        PeriodOutOfOrder, ApplicationPeriodMissing: its dates cannot be.
        PurchaseOutsideProgram, DepositsAfterGrants: the program could not grant what is paid.
    """
    sale_round = locked_round(sale_round_id)
    if sale_round.status != Status.PREPARING:
        raise RoundStarted(number=sale_round.number, status=sale_round.get_status_display())
    _check_plan(plan, sale_round.campaign)
    columns = _columns_of(plan)
    for name, value in columns.items():
        setattr(sale_round, name, value)
    sale_round.save(update_fields=list(columns))
    program = sale_round.campaign.program
    _record("vouchers.round.changed", sale_round, program, _facts_of(sale_round), by=by, at=at)
    return sale_round


@transaction.atomic
def move_purchase_period(
    *, sale_round_id: int, starts_at: datetime, ends_at: datetime, by: User, at: datetime
) -> SaleRound:
    """Move the time to buy of a round that does not sell yet, also when it has been drawn.

    Its period for applications stays: whoever applied did so under it. The winners are told the
    new dates with their result.

    Raises:
        SaleStarted: people buy already, or did.
        PurchasePeriodOver: the new end has passed as well.
        PeriodOutOfOrder, PurchaseOutsideProgram, DepositsAfterGrants: its dates cannot be.
    """
    sale_round = locked_round(sale_round_id)
    if sale_round.status in {Status.SELLING, Status.CLOSED}:
        raise SaleStarted(number=sale_round.number, status=sale_round.get_status_display())
    plan = RoundPlan(
        method=sale_round.method,
        planned_sets=sale_round.planned_sets,
        purchase_starts_at=starts_at,
        purchase_ends_at=ends_at,
        apply_starts_at=sale_round.apply_starts_at,
        apply_ends_at=sale_round.apply_ends_at,
    )
    _check_plan(plan, sale_round.campaign)
    if at >= ends_at:
        raise PurchasePeriodOver(number=sale_round.number)
    facts: dict[str, Any] = {
        "number": sale_round.number,
        "purchase_starts_at": [sale_round.purchase_starts_at.isoformat(), starts_at.isoformat()],
        "purchase_ends_at": [sale_round.purchase_ends_at.isoformat(), ends_at.isoformat()],
    }
    sale_round.purchase_starts_at, sale_round.purchase_ends_at = starts_at, ends_at
    sale_round.save(update_fields=["purchase_starts_at", "purchase_ends_at"])
    program = sale_round.campaign.program
    _record("vouchers.round.period_moved", sale_round, program, facts, by=by, at=at)
    return sale_round


@transaction.atomic
def open_round(*, sale_round_id: int, by: User, at: datetime) -> SaleRound:
    """Let residents apply for a lottery round within its dates; terms and dates are fixed by it.

    Raises:
        NotPreparing: it was opened before.
        NotALottery: nobody applies for a round that is first come, first served.
        ApplicationPeriodOver: its applications would end before they began.
    """
    _hold_terms(sale_round_id)
    sale_round = locked_round(sale_round_id)
    if sale_round.status != Status.PREPARING:
        raise NotPreparing(number=sale_round.number, status=sale_round.get_status_display())
    if sale_round.method != Method.LOTTERY:
        raise NotALottery(number=sale_round.number)
    assert sale_round.apply_ends_at is not None
    if at >= sale_round.apply_ends_at:
        raise ApplicationPeriodOver(number=sale_round.number)
    sale_round.status = Status.APPLYING
    sale_round.save(update_fields=["status"])
    program = sale_round.campaign.program
    _record("vouchers.round.opened", sale_round, program, _facts_of(sale_round), by=by, at=at)
    return sale_round


@transaction.atomic
def start_selling(*, sale_round_id: int, by: User, at: datetime) -> SaleRound:
    """Open a round that is first come, first served; its dates say when people can buy.

    Raises:
        NotPreparing: it was opened before.
        NotFirstCome: a lottery sells after its draw.
        PurchasePeriodOver: its sale would end before it began.
        CeilingExceeded: the program's planned issuance does not cover the round.
    """
    _hold_terms(sale_round_id)
    sale_round = locked_round(sale_round_id)
    if sale_round.status != Status.PREPARING:
        raise NotPreparing(number=sale_round.number, status=sale_round.get_status_display())
    if sale_round.method != Method.FIRST_COME:
        raise NotFirstCome(number=sale_round.number)
    if at >= sale_round.purchase_ends_at:
        raise PurchasePeriodOver(number=sale_round.number)
    return open_sale(sale_round, by=by, at=at)


def open_sale(sale_round: SaleRound, *, by: User, at: datetime) -> SaleRound:
    """Let a locked round sell; its points are reserved here where they are not yet.

    Raises:
        CeilingExceeded: the program's planned issuance does not cover the round.
    """
    if sale_round.principal_round_id is None:
        reserve_points(sale_round, by=by, at=at)
    sale_round.status = Status.SELLING
    sale_round.save(update_fields=["status"])
    facts = {"sets": sale_round.sets, "number": sale_round.number}
    program = sale_round.campaign.program
    _record("vouchers.round.selling", sale_round, program, facts, by=by, at=at)
    return sale_round


def reserve_points(sale_round: SaleRound, *, by: User, at: datetime) -> None:
    """Reserve what a locked round can grant: the buyers' part and the premium.

    Raises:
        CeilingExceeded: the program's planned issuance does not cover the round.
    """
    assert connection.in_atomic_block, "the round is locked by the caller"
    campaign = sale_round.campaign
    sale_round.principal_round = _grant_round(
        sale_round,
        part="購入分",
        source="VOUCHER_PRINCIPAL",
        rank=PRINCIPAL_RANK,
        points_a_set=campaign.set_price_yen,
        by=by,
        at=at,
    )
    if campaign.set_premium_points:
        sale_round.premium_round = _grant_round(
            sale_round,
            part="上乗せ分",
            source="VOUCHER_PREMIUM",
            rank=PREMIUM_RANK,
            points_a_set=campaign.set_premium_points,
            by=by,
            at=at,
        )
    sale_round.save(update_fields=["principal_round", "premium_round"])


def locked_round(sale_round_id: int) -> SaleRound:
    """Return a round whose row is locked until the caller's transaction ends."""
    return (
        SaleRound.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign__program__client", "draw")
        .get(pk=sale_round_id)
    )


def _hold_terms(sale_round_id: int) -> None:
    """Lock the sale of a round, so that no price changes while the round is opened."""
    Campaign.objects.select_for_update(no_key=True, of=("self",)).get(rounds=sale_round_id)


def _grant_round(
    sale_round: SaleRound,
    *,
    part: str,
    source: str,
    rank: int,
    points_a_set: int,
    by: User,
    at: datetime,
) -> "GrantRound":
    program = sale_round.campaign.program
    method = "LOTTERY" if sale_round.method == Method.LOTTERY else "LIST"
    return ledger.create_round(
        program_id=program.pk,
        name=f"商品券 第{sale_round.number}回 {part}",
        method=cast("GrantRound.Method", method),
        reserved_points=points_a_set * sale_round.sets,
        source=cast("Source", source),
        funding_rank=rank,
        usable_from=program.usage_starts_at,
        expires_at=program.points_expire_at,
        by=by,
        at=at,
    )


def _check_terms(terms: Terms) -> None:
    if terms.set_value_points < terms.set_price_yen:
        raise ValueBelowPrice


def _check_plan(plan: RoundPlan, campaign: Campaign) -> None:
    program = campaign.program
    if plan.method == Method.LOTTERY:
        if plan.apply_starts_at is None or plan.apply_ends_at is None:
            raise ApplicationPeriodMissing
        _check_order(plan.apply_starts_at, plan.apply_ends_at, "申込の開始", "申込の終了")
        if plan.apply_ends_at > plan.purchase_starts_at:
            raise PeriodOutOfOrder(earlier="申込の終了", later="購入の開始")
    _check_order(plan.purchase_starts_at, plan.purchase_ends_at, "購入の開始", "購入の終了")
    # Paid orders are granted at once, and the ledger grants within this period only.
    inside = program.grant_starts_at <= plan.purchase_starts_at
    if not (inside and plan.purchase_ends_at <= program.grant_ends_at):
        raise PurchaseOutsideProgram(
            starts=display.japanese_date(program.grant_starts_at, with_year=True),
            ends=display.japanese_date(
                display.last_usable_moment(program.grant_ends_at), with_year=True
            ),
        )
    # Who paid by slip on the last day has a balance only when the file of that day has come.
    last_end = program.grant_ends_at - timedelta(days=campaign.deposit_lag_days)
    if plan.purchase_ends_at > last_end:
        raise DepositsAfterGrants(
            ends=display.japanese_date(display.last_usable_moment(last_end), with_year=True),
            days=campaign.deposit_lag_days,
        )


def _check_order(starts_at: datetime, ends_at: datetime, earlier: str, later: str) -> None:
    if starts_at >= ends_at:
        raise PeriodOutOfOrder(earlier=earlier, later=later)


def _columns_of(plan: RoundPlan) -> dict[str, Any]:
    columns = asdict(plan)
    is_lottery = plan.method == Method.LOTTERY
    # What is sold first come, first served asks nobody where they live (S4-5(2)イ(オ)).
    columns["residents_only"] = is_lottery
    if not is_lottery:
        columns["apply_starts_at"] = columns["apply_ends_at"] = None
    return columns


def _facts_of(sale_round: SaleRound) -> dict[str, Any]:
    instants = {
        name: getattr(sale_round, name).isoformat()
        for name in ("apply_starts_at", "apply_ends_at", "purchase_starts_at", "purchase_ends_at")
        if getattr(sale_round, name)
    }
    return {
        "number": sale_round.number,
        "method": sale_round.method,
        "sets": sale_round.planned_sets,
        **instants,
    }


def _record(
    code: str,
    target: Campaign | SaleRound,
    program: Program,
    facts: dict[str, Any],
    *,
    by: User | None,
    at: datetime,
) -> None:
    audit.record(
        code=code,
        target=target,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes=facts,
    )
