"""The ledger's rules once more, slowly and in memory, to compare the SQL functions with."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class OracleLot:
    number: int
    remaining: int
    usable_from: datetime
    expires_at: datetime
    source: str = "PROGRAM"
    rank: int = 0

    def is_live(self, at: datetime) -> bool:
        return self.remaining > 0 and self.usable_from <= at < self.expires_at


@dataclass
class OraclePayment:
    draws: list[tuple[OracleLot, int]]
    refunded: int = 0
    # One yen after the other, in the order in which refunds give them back.
    returns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for lot, drawn in reversed(self.draws):
            self.returns += [lot.source] * drawn

    @property
    def points(self) -> int:
        return sum(points for _, points in self.draws)


@dataclass
class OracleRound:
    """A round that grants by occasion."""

    number: int
    left: int
    usable_from: datetime
    expires_at: datetime
    source: str
    rank: int


@dataclass
class OracleWallet:
    """One wallet; acts return True where the ledger must accept and False where it must refuse."""

    lots: list[OracleLot] = field(default_factory=list)
    payments: list[OraclePayment] = field(default_factory=list)
    issued: int = 0
    expired: int = 0
    occasions: dict[tuple[int, str], int] = field(default_factory=dict)

    def usable(self, at: datetime) -> int:
        return sum(lot.remaining for lot in self.lots if lot.is_live(at))

    def grant(self, points: int, usable_from: datetime, expires_at: datetime) -> None:
        self.lots.append(OracleLot(len(self.lots), points, usable_from, expires_at))
        self.issued += points

    def grant_one(self, rounds: "OracleRound", points: int, occasion: str) -> str:
        """Return what the ledger must answer: granted, replayed, or the refusal's code."""
        known = self.occasions.get((rounds.number, occasion))
        if known is not None:
            return "REPLAYED" if known == points else "ledger.idempotency_conflict"
        if points > rounds.left:
            return "ledger.round_exhausted"
        rounds.left -= points
        self.occasions[rounds.number, occasion] = points
        self.lots.append(
            OracleLot(
                len(self.lots),
                points,
                rounds.usable_from,
                rounds.expires_at,
                rounds.source,
                rounds.rank,
            )
        )
        self.issued += points
        return "GRANTED"

    def usable_by_source(self, at: datetime) -> Counter[str]:
        live: Counter[str] = Counter()
        for lot in self.lots:
            live[lot.source] += lot.remaining if lot.is_live(at) else 0
        return live

    def spent_by_source(self) -> Counter[str]:
        return Counter(
            source for payment in self.payments for source in payment.returns[payment.refunded :]
        )

    def pay(self, points: int, at: datetime) -> bool:
        if self.usable(at) < points:
            return False
        draws = []
        live = sorted(
            (lot for lot in self.lots if lot.is_live(at)),
            key=lambda lot: (lot.expires_at, lot.rank, lot.number),
        )
        for lot in live:
            take = min(points, lot.remaining)
            if take:
                lot.remaining -= take
                points -= take
                draws.append((lot, take))
        self.payments.append(OraclePayment(draws))
        return True

    def refund(self, payment: OraclePayment, points: int, at: datetime) -> bool:
        if points > payment.points - payment.refunded:
            return False
        skip = payment.refunded
        payment.refunded += points
        for lot, drawn in reversed(payment.draws):
            given = min(max(drawn - skip, 0), points)
            skip = max(skip - drawn, 0)
            points -= given
            if at < lot.expires_at:
                lot.remaining += given
            else:
                self.expired += given
        return True
