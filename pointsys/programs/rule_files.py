"""Program rules as a JSON object: one key per rule, instants as ISO 8601."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pointsys.programs.errors import RuleFileWrong
from pointsys.programs.rules import INSTANTS, Good, ProgramRules

INTEGERS: Final = frozenset(
    {
        "issuance_ceiling_points",
        "payment_limit_points",
        "refund_limit_points",
        "settlement_payment_day",
        "file_lead_bank_days",
        "system_fee_basis_points",
    }
)
KNOWN: Final = {field.name: field for field in dataclasses.fields(ProgramRules)}


def rules_from(document: Any, *, base: ProgramRules | None = None) -> ProgramRules:
    """Read rules from a JSON value, over the rules of a preset where one is given.

    Raises:
        RuleFileWrong: an unknown key, a missing rule or a value of the wrong kind, by name.
    """
    if not isinstance(document, Mapping):
        raise RuleFileWrong(detail="全体が「{ … }」の形ではありません")
    unknown = sorted(set(document) - set(KNOWN))
    if unknown:
        raise RuleFileWrong(detail=f"知らない項目があります（{'、'.join(unknown)}）")
    values = {name: _value(name, given) for name, given in document.items()}
    if base is not None:
        return dataclasses.replace(base, **values)
    missing = [
        name
        for name, field in KNOWN.items()
        if name not in values and field.default is dataclasses.MISSING
    ]
    if missing:
        raise RuleFileWrong(detail=f"項目がありません（{'、'.join(missing)}）")
    return ProgramRules(**values)


def _value(name: str, given: Any) -> Any:
    if name in INSTANTS:
        return _instant(name, given)
    if name in INTEGERS:
        return _integer(name, given)
    if name == "area_codes":
        return _texts(name, given)
    if name == "prohibited_goods":
        return _goods(given)
    if not isinstance(given, str):
        raise RuleFileWrong(detail=f"{name} は文字列にしてください")
    return given.strip()


def _instant(name: str, given: Any) -> datetime:
    try:
        instant = parse_datetime(given) if isinstance(given, str) else None
    except ValueError:
        instant = None
    if instant is None:
        raise RuleFileWrong(detail=f"{name} は「2026-03-01T00:00」のような日時にしてください")
    return timezone.make_aware(instant) if timezone.is_naive(instant) else instant


def _integer(name: str, given: Any) -> int | None:
    if given is None and name == "payment_limit_points":
        return None
    if isinstance(given, bool) or not isinstance(given, int):
        raise RuleFileWrong(detail=f"{name} は整数にしてください")
    return given


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise RuleFileWrong(detail=f"{name} は文字列の並びにしてください")
    return tuple(given)


def _goods(given: Any) -> tuple[Good, ...]:
    keys = {"code", "label", "source"}
    if not isinstance(given, list) or not all(
        isinstance(item, Mapping)
        and {"code", "label"} <= set(item) <= keys
        and all(isinstance(text, str) for text in item.values())
        for item in given
    ):
        raise RuleFileWrong(
            detail="prohibited_goods は code と label（と source）の並びにしてください"
        )
    return tuple(Good(**item) for item in given)
