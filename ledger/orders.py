"""What a confirm page promises to pay, signed so that no part of it can be exchanged."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

SIGNER: Final = Signer(salt="ledger.orders")


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as it stands on the confirm page; `key` makes its repeats one payment."""

    till_id: int
    wallet_id: int
    points: int
    key: uuid.UUID

    @property
    def signature(self) -> str:
        """Return the proof that this server made the order for this till and wallet."""
        return SIGNER.signature(f"{self.till_id}:{self.wallet_id}:{self.points}:{self.key}")

    def is_signed_by(self, signature: str) -> bool:
        """Tell whether a signature belongs to exactly this order."""
        return constant_time_compare(signature, self.signature)


def new_order(*, till_id: int, wallet_id: int, points: int) -> Order:
    """Make an order with a fresh key."""
    return Order(till_id=till_id, wallet_id=wallet_id, points=points, key=uuid.uuid4())
