"""The demo's money for vouchers: slips, the counter, spending, and one month settled."""

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger import queries as ledger_queries
from ledger import services as ledger
from pointsys.common.clock import jst_date
from pointsys.common.tabular import csv_bytes
from pointsys.console.demo.plan import SEED
from vouchers.models import Order
from vouchers.services import deposits, lapsing, orders, payments

if TYPE_CHECKING:
    from pointsys.console.demo.vouchers import Sale

COLUMNS: Final = ("払込番号", "金額", "入金日", "取扱店", "整理番号")
SHOPS: Final = ("コンビニ 古川店", "ATM 本店", "コンビニ 駅前店")
# Of the winners some never pay; of those who do, every fifth comes to the counter.
UNPAID_EVERY: Final = 12
COUNTER_EVERY: Final = 5
BUYERS: Final = 14
VISITS: Final = 45


def pay_first_round(sale: "Sale") -> None:
    """Let winners pay: most by slip, some at the counter, a few not at all; with two oddities."""
    won = Order.objects.filter(sale_round=sale.rounds[1]).select_related("resident")
    waiting = list(won.order_by("resident__external_id"))
    paying = [order for place, order in enumerate(waiting) if place % UNPAID_EVERY != 7]
    at_counter = [order for place, order in enumerate(paying) if place % COUNTER_EVERY == 3]
    by_slip = [order for order in paying if order not in at_counter]
    for place, order in enumerate(at_counter):
        moment = sale.last_month(8 + place % 12, 10, place % 50)
        payments.record_receipt(
            order_id=order.pk,
            amount_yen=order.price_yen,
            form_key=_key(f"counter:{order.resident_id}:1"),
            by=sale.clerk,
            at=moment,
        )
    half = len(by_slip) // 2 + 1
    _import(sale, by_slip[:half], day=12, odd=[("572100000004", 5_000)])
    _import(sale, by_slip[half:], day=20, odd=[])
    lapsing.lapse_overdue(at=sale.last_month(28, 0, 15))


def sell_second_round(sale: "Sale") -> None:
    """Sell to the first who come: some pay at once, some by slip, some have not paid yet."""
    days = sale.stage.days
    opened = sale.last_month(25, 10)
    people = sale.residents[len(sale.residents) // 2 :][:BUYERS]
    step = (days.now - opened) / (len(people) + 1)
    for place, resident in enumerate(people):
        moment = opened + step * (place + 1)
        key, sets = _key(f"second:{resident.external_id}"), 1 + place % 4
        if place % 3 == 0:
            payments.sell_at_counter(
                sale_round_id=sale.rounds[2].pk,
                resident_id=resident.pk,
                sets=sets,
                request_key=key,
                residency_seen=False,
                by=sale.clerk,
                at=moment,
            )
            continue
        orders.place_order(
            sale_round_id=sale.rounds[2].pk,
            resident_id=resident.pk,
            sets=sets,
            request_key=key,
            at=moment,
        )
    lapsing.lapse_overdue(at=days.now)


def spend(sale: "Sale") -> None:
    """Let buyers of the first round spend at the sale's tills, last month and this month."""
    random = Random(f"{SEED}vouchers")  # noqa: S311 - the same every time
    paid = Order.objects.filter(sale_round=sale.rounds[1], status=Order.Status.PAID)
    buyers = list(paid.order_by("resident__external_id").values_list("resident_id", flat=True))
    tills = [till for store in sale.stage.till_ids for till in store]
    first = sale.last_month(21, 9)
    step = (sale.stage.days.now - timedelta(minutes=30) - first) / VISITS
    for visit in range(VISITS if buyers and tills else 0):
        moment = _in_opening_hours(first + step * visit, sale.stage.days.now)
        wallet = ledger_queries.wallet_of(
            resident_id=buyers[visit % len(buyers)], program_id=sale.stage.program.pk
        )
        assert wallet is not None
        left = ledger_queries.usable_points(wallet_id=wallet.pk, at=moment)
        points = min(random.choice((480, 980, 1_280, 2_500, 3_300, 5_400)), left)
        if points:
            ledger.pay(
                till_id=random.choice(tills),
                wallet_id=wallet.pk,
                points=points,
                request_key=_key(f"visit:{visit}"),
                at=moment,
            )


def _import(sale: "Sale", paid: list[Order], *, day: int, odd: list[tuple[str, int]]) -> None:
    """Import what came in by slip until a day of last month."""
    moment = sale.last_month(day, 9, 30)
    received: date = jst_date(moment - timedelta(days=1))
    rows = [
        (order.slip_number, order.price_yen, received.isoformat(), SHOPS[n % 3], f"{day}-{n}")
        for n, order in enumerate(paid)
    ]
    rows += [(slip, yen, received.isoformat(), SHOPS[0], f"{day}-x") for slip, yen in odd]
    if not rows:
        return
    file, _ = deposits.import_deposits(
        program_id=sale.stage.program.pk,
        content=csv_bytes(COLUMNS, rows),
        file_name=f"nyukin-{received:%m%d}.csv",
        by=sale.clerk,
        at=moment,
    )
    deposits.settle_waiting(at=moment, deposit_file_id=file.pk)


def _in_opening_hours(moment: datetime, now: datetime) -> datetime:
    return min(moment.replace(hour=10 + moment.hour % 8), now - timedelta(minutes=5))


def _key(words: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"demo:vouchers:{words}")


def close_first_round(sale: "Sale") -> None:
    """Close the lottery round; what its winners did not pay goes to the second round."""
    moment = sale.last_month(28, 10)
    plan = lapsing.plan_closing(sale_round_id=sale.rounds[1].pk, at=moment)
    lapsing.close_round(
        sale_round_id=sale.rounds[1].pk, expected_left=plan.left_sets, by=sale.clerk, at=moment
    )
