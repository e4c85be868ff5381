from collections.abc import Sequence
from datetime import datetime

from ledger.models import Wallet


def open_wallets(*, program_id: int, resident_ids: Sequence[int], at: datetime) -> int:
    """Open a wallet for each resident who has none in the program; return how many were new."""
    before = Wallet.objects.filter(program_id=program_id).count()
    Wallet.objects.bulk_create(
        [
            Wallet(program_id=program_id, resident_id=resident_id, opened_at=at)
            for resident_id in sorted(resident_ids)
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )
    return Wallet.objects.filter(program_id=program_id).count() - before
