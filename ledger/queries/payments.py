from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from ledger.models import Payment, Posting, Transfer
from pointsys.common.clock import jst_day_range
from pointsys.users import queries as users
from pointsys.users.models import User


@dataclass(frozen=True)
class RefundPlan:
    """Where a refund would go: points that come back usable and points whose lots have died."""

    alive_points: int
    lapsed_points: int


@dataclass(frozen=True)
class DayTotals:
    """A store's day: payments that stand, their points, and points given back."""

    count: int
    points: int
    refunded_points: int


def payments_visible_to(user: User | AnonymousUser) -> QuerySet[Payment]:
    """Return payments of the user's clients, of the stores they work for, and their own."""
    if not user.is_authenticated:
        return Payment.objects.none()
    return Payment.objects.filter(
        Q(transfer__program__client_id__in=users.client_ids(user))
        | Q(transfer__store__staff__user_id=user.pk)
        | Q(transfer__wallet__resident__user_id=user.pk)
    ).distinct()


def payment_by_key(*, wallet_id: int, request_key: UUID) -> Payment | None:
    """Return the payment that a request of this wallet made, if it went through."""
    return (
        Payment.objects.select_related("transfer__store", "till")
        .filter(transfer__wallet_id=wallet_id, transfer__key=f"pay:{request_key}")
        .first()
    )


def store_payments(
    *, store_ids: Collection[int], since: datetime, until: datetime
) -> QuerySet[Payment]:
    """Return payments of the stores in [since, until), newest first."""
    return (
        Payment.objects.filter(
            transfer__store_id__in=store_ids,
            transfer__occurred_at__gte=since,
            transfer__occurred_at__lt=until,
        )
        .select_related("transfer", "till")
        .order_by("-transfer_id")
    )


def store_day_totals(*, store_ids: Collection[int], day: date) -> DayTotals:
    """Return the stores' totals of one day in Japan; fully refunded payments do not count."""
    since, until = jst_day_range(day)
    totals = store_payments(store_ids=store_ids, since=since, until=until).aggregate(
        count=Count("pk", filter=Q(refunded_points__lt=F("points"))),
        points=Sum("points"),
        refunded_points=Sum("refunded_points"),
    )
    refunded = totals["refunded_points"] or 0
    return DayTotals(totals["count"], (totals["points"] or 0) - refunded, refunded)


def refund_of_store(*, store_id: int, transfer_uuid: UUID) -> Transfer | None:
    """Return a refund that a store gave, with the payment it gave back."""
    return (
        Transfer.objects.select_related("reverses__payment__till")
        .filter(kind=Transfer.Kind.REFUND, store_id=store_id, uuid=transfer_uuid)
        .first()
    )


def plan_refund(*, payment_id: int, points: int, at: datetime) -> RefundPlan:
    """Return where a refund of a payment would go at an instant, for the confirm page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(points) FILTER (WHERE is_alive), 0)::bigint,"
            " coalesce(sum(points) FILTER (WHERE NOT is_alive), 0)::bigint"
            " FROM refund_plan_v1(%s, %s, %s)",
            [payment_id, points, at],
        )
        return RefundPlan(*cursor.fetchone())


def postings_of(*, transfer_id: int) -> QuerySet[Posting]:
    """Return the postings of a transfer with their accounts, lots and rounds, in book order."""
    return (
        Posting.objects.filter(transfer_id=transfer_id)
        .select_related(
            "from_account",
            "to_account",
            "from_lot__round",
            "to_lot__round",
            "from_lot__grant_transfer",
        )
        .order_by("id")
    )


def refunds_of(*, payment_id: int) -> QuerySet[Transfer]:
    """Return the refunds of a payment, oldest first."""
    return (
        Transfer.objects.filter(reverses_id=payment_id, kind=Transfer.Kind.REFUND)
        .select_related("actor")
        .order_by("id")
    )
