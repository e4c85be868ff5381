from typing import Final

from django.db import connection

# Among advisory locks the ledger is 20416; with its own number settlement never keeps payments
# waiting.
SETTLEMENT_LOCK: Final = 20417


def lock_settlement(program_id: int) -> None:
    """Let one act at a time make statements or batches of a program, until the commit."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SETTLEMENT_LOCK, program_id])
