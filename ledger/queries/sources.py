"""Who pays for what: points by the source of the lots they came from."""

from collections import defaultdict
from datetime import date, datetime

from django.db import connection
from django.db.models import Sum

from ledger.models.wallets import Source
from ledger.queries.wallets import live_lots

# A refund undoes the draws of its payment in reverse, after the refunds before it (refund_v1.sql).
# Points of dead lots go to the expired fund without a lot, so their source is found the same way:
# the stretch that the refund covers is laid over the draws.
SPENT_SQL = """
    WITH moved AS (
        SELECT id, kind, store_id, reverses_id
          FROM ledger_transfer
         WHERE program_id = %(program)s AND kind IN ('PAYMENT', 'REFUND')
           AND (%(period)s::date IS NULL OR period = %(period)s)
           AND (%(store)s::bigint IS NULL OR store_id = %(store)s)
    ), refunded AS (
        SELECT r.id, r.reverses_id, r.store_id, r.points,
               sum(r.points) OVER (PARTITION BY r.reverses_id ORDER BY r.id) - r.points AS starts
          FROM ledger_transfer r
         WHERE r.kind = 'REFUND'
           AND r.reverses_id IN (SELECT reverses_id FROM moved WHERE kind = 'REFUND')
    ), drawn AS (
        SELECT p.transfer_id, l.source, p.points,
               sum(p.points) OVER (PARTITION BY p.transfer_id ORDER BY p.id DESC) - p.points
                   AS starts
          FROM ledger_posting p JOIN ledger_lot l ON l.id = p.from_lot_id
         WHERE p.transfer_id IN (SELECT reverses_id FROM moved WHERE kind = 'REFUND')
    ), parts AS (
        SELECT m.store_id, l.source, p.points
          FROM moved m
          JOIN ledger_posting p ON p.transfer_id = m.id
          JOIN ledger_lot l ON l.id = p.from_lot_id
         WHERE m.kind = 'PAYMENT'
        UNION ALL
        SELECT r.store_id, d.source,
               greatest(r.starts, d.starts) - least(r.starts + r.points, d.starts + d.points)
          FROM moved m
          JOIN refunded r ON r.id = m.id
          JOIN drawn d ON d.transfer_id = r.reverses_id
           AND d.starts < r.starts + r.points AND r.starts < d.starts + d.points
    )
    SELECT store_id, source, sum(points)::bigint
      FROM parts GROUP BY store_id, source ORDER BY store_id, source
"""


def points_by_source(*, wallet_id: int, at: datetime) -> dict[str, int]:
    """Return what the wallet can spend at an instant by `Source` value; sources without leave 0."""
    sums = (
        live_lots(at=at)
        .filter(wallet_id=wallet_id)
        .order_by()
        .values_list("source")
        .annotate(points=Sum("remaining"))
    )
    return dict.fromkeys(Source.values, 0) | dict(sums)


def spent_by_source(
    *, program_id: int, period: date | None = None, store_id: int | None = None
) -> dict[str, int]:
    """Return what stores took, net of refunds, by `Source` value; every source has its figure.

    With a period (the 1st of a settlement month) it is the movements booked in it: a refund of an
    earlier month's payment counts there, so a figure can be negative, as in its statement.
    """
    totals = dict.fromkeys(Source.values, 0)
    for _, source, points in _spent(program_id, period, store_id):
        totals[source] += points
    return totals


def spent_by_store_and_source(
    *, program_id: int, period: date | None = None
) -> dict[int, dict[str, int]]:
    """Return `spent_by_source` of every store with movements, by store id, in one query."""
    totals: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Source.values, 0))
    for store_id, source, points in _spent(program_id, period, None):
        totals[store_id][source] = points
    return dict(totals)


def _spent(
    program_id: int, period: date | None, store_id: int | None
) -> list[tuple[int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(SPENT_SQL, {"program": program_id, "period": period, "store": store_id})
        return list(cursor.fetchall())
