"""Two months of payments and refunds, and the settlement of the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from ledger import queries as ledger_queries
from ledger import services as ledger
from pointsys.console.demo import setting, shops
from pointsys.console.demo.plan import SEED, PlannedPayment, at, planned_payments
from pointsys.console.demo.progress import Tick
from pointsys.console.demo.setting import Stage
from settlement import services as settlement
from stores import services as stores
from stores.models import Enrolment
from stores.services import imports

FIRST_POINTS: Final = 4_000
SECOND_POINTS: Final = 2_000
SMALLEST: Final = 100
# Whoever tries the demo as a resident finds something left to pay with.
KEPT_BY_SHOWN_RESIDENTS: Final = (2_480, 1_480, 860)
REFUND_EVERY: Final = 140
# The suspended shop took its last payment some days before it was stopped.
CHANNELS: Final = (ledger.Channel.QR, ledger.Channel.CODE)
QUIET_DAYS: Final = timedelta(days=4)


@dataclass(slots=True)
class Purses:
    """What each person has left, kept beside the ledger so that most visits can be paid."""

    wallet_ids: list[int]
    points: list[int] = field(default_factory=list)


def purses_of(stage: Stage) -> Purses:
    """Return the purses after the first round."""
    by_external_id = ledger_queries.wallet_ids_by_external_id(
        program_id=stage.program.pk, external_ids=setting.external_ids_of(stage)
    )
    wallet_ids = [by_external_id[external_id] for external_id in sorted(by_external_id)]
    return Purses(wallet_ids, [FIRST_POINTS] * len(wallet_ids))


def visits_of(stage: Stage, *, people: int, scale: float = 1.0) -> list[PlannedPayment]:
    """Return who will want to pay where and when."""
    return planned_payments(
        days=stage.days,
        shop_weights=[shop.weight for shop in stage.shops],
        people=people,
        scale=scale,
    )


def trade(stage: Stage, purses: Purses, visits: Sequence[PlannedPayment], tick: Tick) -> int:
    """Pay the visits in their order, with some refunds; return how many were paid."""
    random = Random(f"{SEED}{stage.prefix}{len(visits)}")  # noqa: S311 - the same every time
    quiet_from = stage.days.now - QUIET_DAYS
    paid = 0
    for done, visit in enumerate(visits, start=1):
        is_quiet = stage.prefix == "mj" and visit.shop == setting.SUSPENDED
        if is_quiet and visit.at >= quiet_from:
            continue
        limit = stage.program.payment_limit_points or visit.wish
        points = min(visit.wish, purses.points[visit.person] - kept_by(visit.person), limit)
        if points < SMALLEST:
            continue
        payment = ledger.pay(
            till_id=random.choice(stage.till_ids[visit.shop]),
            wallet_id=purses.wallet_ids[visit.person],
            points=points,
            request_key=uuid5(NAMESPACE_URL, f"demo:{stage.prefix}:{visit.serial}"),
            at=visit.at,
            channel=random.choices(CHANNELS, (9, 1))[0],
        )
        purses.points[visit.person] -= points
        paid += 1
        if visit.serial % REFUND_EVERY == 7:
            purses.points[visit.person] += _refund(stage, payment.pk, points, visit, random)
        if done % 50 == 0:
            tick(done, len(visits))
    return paid


def kept_by(person: int) -> int:
    """Return what a person does not spend: the shown residents stand first in every list."""
    return KEPT_BY_SHOWN_RESIDENTS[person] if person < len(KEPT_BY_SHOWN_RESIDENTS) else 0


def _refund(
    stage: Stage, payment_id: int, points: int, visit: PlannedPayment, random: Random
) -> int:
    """Give back all or half of a payment a little later, and return the points."""
    moment = visit.at + timedelta(minutes=random.randint(2, 25))
    if moment >= stage.days.now or moment.month != visit.at.month:
        return 0
    back = points if random.random() < 0.6 else points // 2
    plan = ledger_queries.plan_refund(payment_id=payment_id, points=back, at=moment)
    ledger.refund_payment(
        payment_id=payment_id,
        points=back,
        alive_points=plan.alive_points,
        request_key=uuid5(NAMESPACE_URL, f"demo:refund:{stage.prefix}:{visit.serial}"),
        at=moment,
        by=None,
        as_office=False,
        reason="金額の打ち間違い",
    )
    return back


def split(
    visits: Sequence[PlannedPayment], is_early: Callable[[PlannedPayment], bool]
) -> tuple[list[PlannedPayment], list[PlannedPayment]]:
    """Return the visits for which the test holds, and the others."""
    return [v for v in visits if is_early(v)], [v for v in visits if not is_early(v)]


def second_round(stage: Stage, purses: Purses, *, winners: int) -> None:
    """Grant the second round and remember it in the purses."""
    external_ids = setting.external_ids_of(stage)
    random = Random(f"{SEED}winners{stage.prefix}")  # noqa: S311 - the same every time
    chosen = sorted(random.sample(range(len(external_ids)), winners))
    setting.grant_to_list(
        stage, external_ids=[external_ids[n] for n in chosen], points=SECOND_POINTS
    )
    for person in chosen:
        purses.points[person] += SECOND_POINTS


def settle_last_month(stage: Stage) -> None:
    """Close last month and take its file as far as today allows."""
    days, month = stage.days, stage.days.last_month
    preparer, approver = stage.staff["keiri-sakusei"], stage.staff["keiri-shonin"]
    settlement.close_period(
        program_id=stage.program.pk,
        month=month,
        by=preparer,
        at=days.not_later(at(days.this_month, 2)),
    )
    batch = settlement.prepare_batch(
        program_id=stage.program.pk,
        month=month,
        profile_id=stage.profile_id,
        by=preparer,
        at=days.not_later(at(days.this_month.replace(day=3), 10, 30)),
    )
    settlement.approve_batch(
        batch_id=batch.pk,
        typed_count=batch.payout_count,
        typed_total_yen=batch.total_yen,
        by=approver,
        at=days.not_later(at(days.this_month.replace(day=4), 15)),
    )
    sent_at = at(days.this_month.replace(day=5), 10)
    if days.now < sent_at:
        return
    settlement.download_file(batch_id=batch.pk, by=approver, at=sent_at)
    settlement.register_submission(
        batch_id=batch.pk,
        channel="INTERNET",
        bank_receipt_number=f"{batch.payment_date:%m%d}-{stage.program.pk:04d}",
        submitted_at=sent_at + timedelta(minutes=10),
        by=approver,
        at=sent_at + timedelta(minutes=15),
    )
    paid_at = at(batch.payment_date, 10)
    if days.now >= paid_at:
        settlement.record_batch_paid(batch_id=batch.pk, by=preparer, at=paid_at)


def loose_ends(stage: Stage) -> None:
    """Leave work on the desks: new applications, a suspected duplicate, a stop, a new account."""
    days = stage.days
    for source, listed, phone_start in (
        ("新規の申込", shops.WAITING_SHOPS, 500),
        ("決済サービスの加盟店一覧", shops.SHOPS_AGAIN, 600),
    ):
        imports.import_store_list(
            program=stage.program,
            source_name=source,
            content=setting.store_list(listed, phone_start=phone_start),
            file_name=f"{source}.csv",
            by=stage.clerk,
            at=days.now - timedelta(days=2),
        )
    stores.suspend_enrolment(
        enrolment_id=Enrolment.objects.get(
            program=stage.program, store=stage.stores[setting.SUSPENDED]
        ).pk,
        reason="営業時間外の支払いが続いたため、県と協議中",
        by=stage.clerk,
        at=days.now - timedelta(days=3),
    )
    stores.submit_bank_account(
        store_id=stage.stores[setting.CHANGES_ACCOUNT].pk,
        details=setting.account_of(stage, setting.CHANGES_ACCOUNT, salt="new"),
        by=stage.clerk,
        at=days.now - timedelta(days=1),
    )
