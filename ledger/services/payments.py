import base64
from datetime import datetime
from uuid import UUID

from django.conf import settings

from ledger.models import Payment
from ledger.sql_calls import call_sql
from pointsys.users.models import User

# For callers above, who do not name ledger tables.
Channel = Payment.Channel


def pay(
    *,
    till_id: int,
    wallet_id: int,
    points: int,
    request_key: UUID,
    at: datetime,
    channel: Payment.Channel = Payment.Channel.QR,
    by: User | None = None,
) -> Payment:
    """Take points from a wallet for the store of a till, exactly once per request key.

    `at` is the instant the request came in; it decides usage period and expiry.

    Raises:
        InsufficientPoints, PointsExpired: the live lots do not cover the points.
        WrongProgram, StoreNotActive, TillRevoked: the till takes no points of this wallet.
        WalletNotActive, ProgramNotOpen, UsageNotStarted, UsageEnded, AboveLimit: the rules forbid.
        IdempotencyConflict: the key was already used for a different request.
        KeyBurned: the key was given up before ("not paid" has been shown).
    """
    outcome = call_sql(
        "pay_v1",
        till_id,
        wallet_id,
        points,
        payment_key(request_key),
        at,
        channel,
        by.pk if by else None,
        base64.b64decode(settings.RECEIPT_NUMBER_KEY),
    )
    if outcome.code == "REPLAYED":
        return _payment(outcome.transfer_id)
    # The function has just told every column: reading the row again would double the round trips.
    row = {
        "transfer_id": outcome.transfer_id,
        "till_id": till_id,
        "channel": channel,
        "receipt_number": outcome.facts["receipt_number"],
        "points": points,
        "refunded_points": 0,
    }
    return Payment.from_db("default", list(row), list(row.values()))


def burn_key(
    *, wallet_id: int, request_key: UUID, at: datetime, by: User | None = None
) -> Payment | None:
    """Settle what became of a request: its payment, or None with the key burned for ever.

    Only after None may "not paid" be shown: a late original is refused from then on.

    Raises:
        IdempotencyConflict: the key belongs to another wallet.
    """
    outcome = call_sql("void_v1", wallet_id, payment_key(request_key), at, by.pk if by else None)
    return _payment(outcome.transfer_id) if outcome.code == "PAID" else None


def payment_key(request_key: UUID) -> str:
    """Return the ledger key of a payment request."""
    return f"pay:{request_key}"


def _payment(transfer_id: int | None) -> Payment:
    assert transfer_id is not None
    return Payment.objects.select_related("transfer").get(transfer_id=transfer_id)
