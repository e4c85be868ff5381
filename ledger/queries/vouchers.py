"""Which programs sell vouchers: their balance is told in 円分 and kept apart from points."""

from collections.abc import Collection

from ledger.models import GrantRound
from ledger.models.wallets import Source

SOURCES = (Source.VOUCHER_PRINCIPAL, Source.VOUCHER_PREMIUM)


def voucher_program_ids(program_ids: Collection[int]) -> set[int]:
    """Return which of these programs have rounds that buyers paid for, in one query."""
    rounds = GrantRound.objects.filter(program_id__in=program_ids, source__in=SOURCES)
    return set(rounds.order_by().values_list("program_id", flat=True).distinct())
