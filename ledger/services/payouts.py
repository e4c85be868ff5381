from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.sql_calls import call_sql
from pointsys.users.models import User


@dataclass(frozen=True)
class PayoutBooking:
    """One bank transfer that was carried out; `key` is kept for ever (`payout:<uuid>`)."""

    key: str
    store_id: int
    points: int


def book_payouts(
    *, program_id: int, bookings: Sequence[PayoutBooking], by: User | None, at: datetime
) -> int:
    """Book transfers from what is owed to what is paid, each key once; return how many were new.

    Raises:
        IdempotencyConflict: a key was used for another store or amount.
    """
    outcome = call_sql(
        "payout_v1",
        program_id,
        [booking.key for booking in bookings],
        [booking.store_id for booking in bookings],
        [booking.points for booking in bookings],
        at,
        by.pk if by else None,
    )
    return int(outcome.facts["booked_count"])
