"""Where points came from and where they went, for whoever checks the books.

A payment is followed back to the rounds that granted its points, a grant forward to the payments
that took them; sums over days and places are for reports.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from ledger.models import Lot, Transfer
from ledger.models.wallets import Source
from ledger.queries.months import StoreTotals, period_totals_sql
from ledger.queries.sources import SPENT_SQL
from pointsys.common.clock import jst_day_range
from pointsys.users import queries as users
from pointsys.users.models import User


@dataclass(frozen=True, slots=True)
class LotDraw:
    """What one payment took from one lot, and how the lot stands now."""

    lot_id: int
    grant_uuid: UUID
    granted_at: datetime
    round_id: int | None
    round_name: str
    source: str
    expires_at: datetime
    granted: int
    drawn: int
    remaining: int
    spent: int
    returned: int
    expired: int
    moved: int

    @property
    def source_words(self) -> str:
        """Who pays for the lot."""
        return str(Source(self.source).label)

    @property
    def difference(self) -> int:
        """What the lot holds less what its postings say: 0 where the books are right."""
        out = self.spent + self.expired + self.moved
        return self.remaining - (self.granted + self.returned - out)


@dataclass(frozen=True, slots=True)
class GrantBook:
    """What became of the points of one grant; its lots may belong to many wallets."""

    lots: int
    granted: int
    spent: int
    returned: int
    expired: int
    moved: int
    remaining: int
    lapsed: int

    @property
    def used(self) -> int:
        """What stores took, net of what came back to the lots."""
        return self.spent - self.returned

    @property
    def difference(self) -> int:
        """What the lots hold less what the postings say: 0 where the books are right."""
        return self.remaining - (self.granted - self.used - self.expired - self.moved)


@dataclass(frozen=True, slots=True)
class GrantSpend:
    """One payment that took points of a grant."""

    uuid: UUID
    receipt_number: str
    occurred_at: datetime
    store_code: str
    store_name: str
    points: int


@dataclass(frozen=True, slots=True)
class Moves:
    """What was issued, used and lost in a range of days."""

    issued: int
    payment_count: int
    paid: int
    refunded: int
    expired: int

    @property
    def used(self) -> int:
        """Payments less refunds."""
        return self.paid - self.refunded


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """What the stores of one municipality took in a range of days, net of refunds."""

    municipality_code: str
    points: int
    store_count: int


def transfer_to_follow(user: User | AnonymousUser, uuid: UUID) -> Transfer | None:
    """Return a transfer of the clients the user works for, with what its page shows."""
    return (
        Transfer.objects.select_related(
            "program", "store", "wallet", "payment__till", "reverses", "actor"
        )
        .filter(program__client_id__in=users.client_ids(user), uuid=uuid)
        .first()
    )


def draws_of(*, payment_id: int) -> list[LotDraw]:
    """Return the lots that a payment drew from, in the order in which it took them."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAWS_SQL, [payment_id])
        return [LotDraw(*row) for row in cursor.fetchall()]


_LOT_BOOK = """
    SELECT coalesce(sum(p.points) FILTER (WHERE p.from_lot_id = l.id
                        AND a.kind = 'STORE_PAYABLE'), 0)::bigint AS spent,
           coalesce(sum(p.points) FILTER (WHERE p.to_lot_id = l.id
                        AND p.transfer_id <> l.grant_transfer_id), 0)::bigint AS returned,
           coalesce(sum(p.points) FILTER (WHERE p.from_lot_id = l.id
                        AND a.kind = 'EXPIRED'), 0)::bigint AS expired,
           coalesce(sum(p.points) FILTER (WHERE p.from_lot_id = l.id
                        AND a.kind NOT IN ('STORE_PAYABLE', 'EXPIRED')), 0)::bigint AS moved
      FROM (SELECT * FROM ledger_posting WHERE from_lot_id = l.id
            UNION ALL
            SELECT * FROM ledger_posting WHERE to_lot_id = l.id) p
      JOIN ledger_account a ON a.id = p.to_account_id
"""
_DRAWS_SQL = f"""
    SELECT l.id, g.uuid, g.occurred_at, r.id, coalesce(r.name, ''), l.source, l.expires_at,
           l.granted, d.points, l.remaining, b.spent, b.returned, b.expired, b.moved
      FROM (SELECT from_lot_id, min(id) AS first_id, sum(points)::bigint AS points
              FROM ledger_posting
             WHERE transfer_id = %s AND from_lot_id IS NOT NULL GROUP BY from_lot_id) d
      JOIN ledger_lot l ON l.id = d.from_lot_id
      JOIN ledger_transfer g ON g.id = l.grant_transfer_id
      LEFT JOIN ledger_grantround r ON r.id = l.round_id
      CROSS JOIN LATERAL ({_LOT_BOOK}) b
     ORDER BY d.first_id
"""  # noqa: S608 - put together from constants


def grant_book(*, transfer_id: int, at: datetime) -> GrantBook:
    """Return what became of the points of one grant, over all of its lots."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*), coalesce(sum(l.granted), 0)::bigint,
                   coalesce(sum(b.spent), 0)::bigint, coalesce(sum(b.returned), 0)::bigint,
                   coalesce(sum(b.expired), 0)::bigint, coalesce(sum(b.moved), 0)::bigint,
                   coalesce(sum(l.remaining), 0)::bigint,
                   coalesce(sum(l.remaining) FILTER (WHERE l.expires_at <= %s), 0)::bigint
              FROM ledger_lot l CROSS JOIN LATERAL ({_LOT_BOOK}) b
             WHERE l.grant_transfer_id = %s
            """,  # noqa: S608 - put together from constants
            [at, transfer_id],
        )
        return GrantBook(*cursor.fetchone())


def spends_of_grant(*, transfer_id: int, limit: int) -> list[GrantSpend]:
    """Return the payments that took points of a grant, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.uuid, pay.receipt_number, t.occurred_at, s.code, s.name, d.points
              FROM (SELECT p.transfer_id, sum(p.points)::bigint AS points
                      FROM ledger_lot l JOIN ledger_posting p ON p.from_lot_id = l.id
                     WHERE l.grant_transfer_id = %s GROUP BY p.transfer_id) d
              JOIN ledger_transfer t ON t.id = d.transfer_id AND t.kind = 'PAYMENT'
              JOIN ledger_payment pay ON pay.transfer_id = t.id
              JOIN stores_store s ON s.id = t.store_id
             ORDER BY t.id DESC LIMIT %s
            """,
            [transfer_id, limit],
        )
        return [GrantSpend(*row) for row in cursor.fetchall()]


def grant_lots(*, transfer_id: int, limit: int) -> list[Lot]:
    """Return the first lots of a grant with their rounds."""
    return list(
        Lot.objects.filter(grant_transfer_id=transfer_id)
        .select_related("round", "wallet")
        .order_by("id")[:limit]
    )


def grants_of_occasion(*, program_id: int, occasion: str) -> list[Lot]:
    """Return the lots that one occasion (a purchase, a visit) brought, in book order."""
    if not occasion:
        return []
    return list(
        Lot.objects.filter(wallet__program_id=program_id, occasion=occasion)
        .select_related("round", "grant_transfer")
        .order_by("id")
    )


def line_number_of(transfer: Transfer) -> int:
    """Return which line of its store's month a payment or refund is, counted from 1."""
    assert transfer.store_id is not None
    month = Transfer.objects.filter(
        program_id=transfer.program_id,
        store_id=transfer.store_id,
        period=transfer.period,
        kind__in=[Transfer.Kind.PAYMENT, Transfer.Kind.REFUND],
    )
    earlier = month.filter(occurred_at__lt=transfer.occurred_at).count()
    same = month.filter(occurred_at=transfer.occurred_at, id__lte=transfer.pk).count()
    return earlier + same


def store_month_payments(
    *, program_id: int, store_id: int, month: date, limit: int
) -> list[Transfer]:
    """Return the first payments of a store's month, oldest first."""
    return list(
        Transfer.objects.filter(
            program_id=program_id, store_id=store_id, period=month, kind=Transfer.Kind.PAYMENT
        )
        .select_related("payment")
        .order_by("occurred_at", "id")[:limit]
    )


def store_month_totals(*, program_id: int, store_id: int, month: date) -> StoreTotals | None:
    """Return what one store took and gave back in a month, as the ledger has it now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({period_totals_sql()}) AS one WHERE store_id = %(store_id)s",  # noqa: S608 - a constant
            {"program_id": program_id, "store_id": store_id, "month": month},
        )
        row = cursor.fetchone()
    return StoreTotals(*row) if row else None


def moves_between(*, program_id: int, first: date, last: date) -> Moves:
    """Return what was issued, used and lost from one day in Japan to another, both included.

    Points are lost on the day of their last usable moment, booked or not; a refund into a lot
    that has died is lost on the day of the refund.
    """
    begins, ends = jst_day_range(first)[0], jst_day_range(last)[1]
    given: dict[str, Any] = {
        "program": program_id,
        "first": first,
        "last": last,
        "begins": begins,
        "ends": ends,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVES_SQL, given)
        issued, payments, paid, refunded = cursor.fetchone()
        cursor.execute(_LOST_SQL, given)
        (expired,) = cursor.fetchone()
    return Moves(issued, payments, paid, refunded, expired)


_MOVES_SQL = """
    SELECT coalesce(sum(points) FILTER (WHERE kind = 'GRANT'), 0)::bigint,
           count(*) FILTER (WHERE kind = 'PAYMENT'),
           coalesce(sum(points) FILTER (WHERE kind = 'PAYMENT'), 0)::bigint,
           coalesce(sum(points) FILTER (WHERE kind = 'REFUND'), 0)::bigint
      FROM ledger_transfer
     WHERE program_id = %(program)s AND booked_date BETWEEN %(first)s AND %(last)s
       AND kind IN ('GRANT', 'PAYMENT', 'REFUND')
"""
# A lot dies at `expires_at`, which is the first instant after its last day.
_LOST_SQL = """
    WITH dead AS (
        SELECT l.id, l.remaining FROM ledger_lot l JOIN ledger_wallet w ON w.id = l.wallet_id
         WHERE w.program_id = %(program)s
           AND l.expires_at > %(begins)s AND l.expires_at <= %(ends)s
    )
    SELECT ((SELECT coalesce(sum(remaining), 0) FROM dead)
          + (SELECT coalesce(sum(p.points), 0) FROM dead
               JOIN ledger_posting p ON p.from_lot_id = dead.id
               JOIN ledger_account a ON a.id = p.to_account_id AND a.kind = 'EXPIRED')
          + (SELECT coalesce(sum(p.points), 0) FROM ledger_transfer t
               JOIN ledger_posting p ON p.transfer_id = t.id
               JOIN ledger_account a ON a.id = p.to_account_id AND a.kind = 'EXPIRED'
              WHERE t.program_id = %(program)s AND t.kind = 'REFUND'
                AND t.booked_date BETWEEN %(first)s AND %(last)s))::bigint
"""


def spent_by_source_between(*, program_id: int, first: date, last: date) -> dict[str, int]:
    """Return what stores took in a range of days, net of refunds, by `Source` value."""
    totals = dict.fromkeys(Source.values, 0)
    with connection.cursor() as cursor:
        given = {"program": program_id, "store": None, "first": first, "last": last}
        cursor.execute(_SPENT_BETWEEN_SQL, given)
        for _, source, points in cursor.fetchall():
            totals[source] += points
    return totals


# The same sums as of a month, over days: one place knows whose points a refund gives back.
_MONTH = "(%(period)s::date IS NULL OR period = %(period)s)"
assert SPENT_SQL.count(_MONTH) == 1
_SPENT_BETWEEN_SQL = SPENT_SQL.replace(_MONTH, "booked_date BETWEEN %(first)s AND %(last)s")


def use_by_municipality(*, program_id: int, first: date, last: date) -> list[PlaceUse]:
    """Return what the stores of each municipality took, net of refunds, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.municipality_code,
                   coalesce(sum(CASE t.kind WHEN 'REFUND' THEN -t.points
                                            ELSE t.points END), 0)::bigint AS points,
                   count(DISTINCT s.id)
              FROM ledger_transfer t JOIN stores_store s ON s.id = t.store_id
             WHERE t.program_id = %s AND t.booked_date BETWEEN %s AND %s
               AND t.kind IN ('PAYMENT', 'REFUND')
             GROUP BY s.municipality_code ORDER BY points DESC, s.municipality_code
            """,
            [program_id, first, last],
        )
        return [PlaceUse(*row) for row in cursor.fetchall()]
