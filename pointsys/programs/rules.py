"""The rules of a program as one value: what a form, a file and a preset give to the services."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Good:
    """One kind of goods that points never buy, and the clause that says so."""

    code: str
    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """Everything about a program that staff can set; instants are aware, ends are exclusive."""

    name: str
    area_codes: tuple[str, ...]
    area_name: str
    grant_starts_at: datetime
    grant_ends_at: datetime
    usage_starts_at: datetime
    usage_ends_at: datetime
    points_expire_at: datetime
    issuance_ceiling_points: int
    desk_phone: str
    desk_hours: str
    desk_name: str = "コールセンター"
    theme: str = "green"
    status: str = "PREPARING"
    payment_limit_points: int | None = None
    refund_limit_points: int = 10_000
    settlement_payment_day: int = 20
    settlement_payment_shift: str = "PREVIOUS"
    file_lead_bank_days: int = 2
    system_fee_basis_points: int = 0
    system_fee_rounding: str = "DOWN"
    prohibited_goods: tuple[Good, ...] = ()


INSTANTS: Final = (
    "grant_starts_at",
    "grant_ends_at",
    "usage_starts_at",
    "usage_ends_at",
    "points_expire_at",
)
COLUMNS: Final = tuple(
    field.name for field in dataclasses.fields(ProgramRules) if field.name != "prohibited_goods"
)


def columns_of(rules: ProgramRules) -> dict[str, Any]:
    """Return the values of the program's own columns."""
    values = {name: getattr(rules, name) for name in COLUMNS}
    values["area_codes"] = list(rules.area_codes)
    return values


def plain(value: Any) -> Any:
    """Return a rule as the audit record keeps it: instants as ISO 8601 in Japan time."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    return list(value) if isinstance(value, tuple) else value


def covers(area_codes: Sequence[str], municipality_code: str) -> bool:
    """Tell whether a municipality lies in the area; a prefecture's code covers all of its units."""
    return bool(municipality_code) and municipality_code.startswith(tuple(area_codes))
