from collections.abc import Sequence
from datetime import datetime

from ledger.models import Wallet


def open_wallet(*, program_id: int, resident_id: int | None, at: datetime) -> int:
    """Return the id of the resident's wallet in a program, opened now if there was none.

    Without a resident (a card that nobody has registered) it is a new wallet each time.
    """
    wallet = Wallet(program_id=program_id, resident_id=resident_id, opened_at=at)
    if resident_id is None:
        wallet.save(force_insert=True)
        return wallet.pk
    known = Wallet.objects.filter(program_id=program_id, resident_id=resident_id)
    found = known.values_list("pk", flat=True).first()
    if found is None:
        # Somebody else may be opening it right now: then theirs is the one.
        Wallet.objects.bulk_create([wallet], ignore_conflicts=True)
        found = known.values_list("pk", flat=True).get()
    return found


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
