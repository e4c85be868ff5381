"""The ledger's rules once more, slowly and in memory, to compare the SQL functions with."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class OracleLot:
    number: int
    remaining: int
    usable_from: datetime
    expires_at: datetime

    def is_live(self, at: datetime) -> bool:
        return self.remaining > 0 and self.usable_from <= at < self.expires_at


@dataclass
class OraclePayment:
    draws: list[tuple[OracleLot, int]]
    refunded: int = 0

    @property
    def points(self) -> int:
        return sum(points for _, points in self.draws)


@dataclass
class OracleWallet:
    """One wallet; acts return True where the ledger must accept and False where it must refuse."""

    lots: list[OracleLot] = field(default_factory=list)
    payments: list[OraclePayment] = field(default_factory=list)
    issued: int = 0
    expired: int = 0

    def usable(self, at: datetime) -> int:
        return sum(lot.remaining for lot in self.lots if lot.is_live(at))

    def grant(self, points: int, usable_from: datetime, expires_at: datetime) -> None:
        self.lots.append(OracleLot(len(self.lots), points, usable_from, expires_at))
        self.issued += points

    def pay(self, points: int, at: datetime) -> bool:
        if self.usable(at) < points:
            return False
        draws = []
        live = sorted(
            (lot for lot in self.lots if lot.is_live(at)),
            key=lambda lot: (lot.expires_at, lot.number),
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
