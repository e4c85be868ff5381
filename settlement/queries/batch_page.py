"""What an approver looks at before deciding on a file."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Sum

from pointsys.common.clock import previous_month
from settlement.models import BankFile, BankFileDownload, Payout, PayoutBatch
from settlement.queries.statements import DEAD_PAYOUTS

REGISTER_LINES = 8
SENT = (PayoutBatch.Status.SUBMITTED, PayoutBatch.Status.PAID)


@dataclass(frozen=True)
class DoublePaymentChecks:
    """Four ways in which money has been paid twice elsewhere, counted for one file."""

    sent_before: list[PayoutBatch]
    overlapping_statements: int
    repeated_accounts: int

    @property
    def are_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.overlapping_statements and not self.repeated_accounts


@dataclass(frozen=True)
class SentMonth:
    """What went to the bank for a month."""

    payout_count: int
    total_yen: int


def double_payment_checks(batch: PayoutBatch) -> DoublePaymentChecks:
    """Look for ways in which this file would pay something twice."""
    sent = list(
        PayoutBatch.objects.filter(period_id=batch.period_id, status__in=SENT)
        .exclude(pk=batch.pk)
        .select_related("period")
        .order_by("sequence")
    )
    overlapping = (
        Payout.objects.filter(statement__payouts__batch_id=batch.pk)
        .exclude(batch_id=batch.pk)
        .exclude(status__in=DEAD_PAYOUTS)
        .count()
    )
    repeated = (
        Payout.objects.filter(batch_id=batch.pk)
        .values("account_fingerprint", "amount_yen")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
        .count()
    )
    return DoublePaymentChecks(sent, overlapping, repeated)


def register_of(batch: PayoutBatch) -> list[BankFile]:
    """Return the files of the same profile, newest first, with who took them."""
    downloads = BankFileDownload.objects.select_related("by").order_by("at")
    return list(
        BankFile.objects.filter(profile_id=batch.profile_id)
        .select_related("batch__period", "batch__prepared_by", "submission")
        .prefetch_related(Prefetch("downloads", queryset=downloads))
        .order_by("-sequence")[:REGISTER_LINES]
    )


def month_before(batch: PayoutBatch) -> SentMonth | None:
    """Return what was sent for the month before, for comparison."""
    sums = PayoutBatch.objects.filter(
        program_id=batch.program_id,
        period__month=previous_month(batch.period.month),
        status__in=SENT,
    ).aggregate(count=Sum("payout_count"), yen=Sum("total_yen"))
    if not sums["count"]:
        return None
    return SentMonth(int(sums["count"]), int(sums["yen"]))
