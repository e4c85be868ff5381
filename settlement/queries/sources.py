"""Who pays for what stores took: principal and premium apart to the yen (S4-5(1)オ)."""

from dataclasses import dataclass
from datetime import date

from ledger import queries as ledger


@dataclass(frozen=True, slots=True)
class VoucherShares:
    """What stores took of vouchers, net of refunds; 1 円分 is 1 yen."""

    principal: int
    premium: int
    other: int

    @property
    def total(self) -> int:
        return self.principal + self.premium + self.other


def voucher_shares(
    *, program_id: int, month: date, store_id: int | None = None
) -> VoucherShares | None:
    """Return the parts of a month, of one store or of all; None where no vouchers are sold."""
    if not ledger.voucher_program_ids([program_id]):
        return None
    spent = ledger.spent_by_source(program_id=program_id, period=month, store_id=store_id)
    principal, premium = spent["VOUCHER_PRINCIPAL"], spent["VOUCHER_PREMIUM"]
    return VoucherShares(principal, premium, sum(spent.values()) - principal - premium)
