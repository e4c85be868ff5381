from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection


@dataclass(frozen=True)
class ProgramTotals:
    """A program's points at an instant; issued = usable + waiting + lapsed + spent + expired …

    `lapsed_unbooked` are dead lots that the sweep has not booked yet; `spent` is what stores took,
    net of refunds, and splits into `payable` (owed) and `paid_out`.
    """

    issued: int
    wallets: int
    usable: int
    waiting: int
    lapsed_unbooked: int
    expired: int
    payable: int
    paid_out: int

    @property
    def spent(self) -> int:
        """Points taken by stores, net of refunds."""
        return self.payable + self.paid_out


@dataclass(frozen=True)
class DayUse:
    """Payments and refunds booked on one day."""

    day: date
    payment_count: int
    payment_points: int
    refund_points: int


def program_totals(*, program_id: int, at: datetime) -> ProgramTotals:
    """Return the totals of a program from its postings and lots as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.kind, coalesce(sum(m.points), 0)::bigint
              FROM ledger_account a
              JOIN (SELECT to_account_id AS account_id, points FROM ledger_posting
                    UNION ALL
                    SELECT from_account_id, -points FROM ledger_posting) m ON m.account_id = a.id
             WHERE a.program_id = %s GROUP BY a.kind
            """,
            [program_id],
        )
        books = dict(cursor.fetchall())
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM ledger_wallet WHERE program_id = %(program)s),
                   coalesce(sum(l.remaining) FILTER (
                       WHERE l.usable_from <= %(at)s AND %(at)s < l.expires_at), 0)::bigint,
                   coalesce(sum(l.remaining) FILTER (WHERE %(at)s < l.usable_from), 0)::bigint,
                   coalesce(sum(l.remaining) FILTER (WHERE l.expires_at <= %(at)s), 0)::bigint
              FROM ledger_lot l JOIN ledger_wallet w ON w.id = l.wallet_id
             WHERE w.program_id = %(program)s AND l.remaining > 0
            """,
            {"program": program_id, "at": at},
        )
        wallets, usable, waiting, lapsed = cursor.fetchone()
    return ProgramTotals(
        issued=-books.get("ISSUANCE", 0) - books.get("STORE_FUNDING", 0),
        wallets=wallets,
        usable=usable,
        waiting=waiting,
        lapsed_unbooked=lapsed,
        expired=books.get("EXPIRED", 0),
        payable=books.get("STORE_PAYABLE", 0),
        paid_out=books.get("PAID_OUT", 0),
    )


def daily_use(*, program_id: int, first: date, last: date) -> list[DayUse]:
    """Return payments and refunds of each day with movements, first to last inclusive."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT booked_date,
                   count(*) FILTER (WHERE kind = 'PAYMENT'),
                   coalesce(sum(points) FILTER (WHERE kind = 'PAYMENT'), 0)::bigint,
                   coalesce(sum(points) FILTER (WHERE kind = 'REFUND'), 0)::bigint
              FROM ledger_transfer
             WHERE program_id = %s AND booked_date BETWEEN %s AND %s
               AND kind IN ('PAYMENT', 'REFUND')
             GROUP BY booked_date ORDER BY booked_date
            """,
            [program_id, first, last],
        )
        return [DayUse(*row) for row in cursor.fetchall()]
