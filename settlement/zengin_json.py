"""The JSON form of a transfer file, as `manage.py zengin` and the golden vectors use it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from pointsys.common.zengin import yucho
from pointsys.common.zengin.errors import YuchoRefused
from pointsys.common.zengin.records import Framing, Overflow, Separator
from settlement.zengin import Problem, TransferRefused
from settlement.zengin_layout import (
    CODES_OFFSET,
    DATA,
    DATA_WITH_EDI,
    HEADER,
    IDENTIFICATION_OFFSET,
    FileProfile,
    MonthDay,
    TransferFile,
    TransferHeader,
    TransferRow,
)

_Choice = TypeVar("_Choice", bound=StrEnum)

# People may explain themselves anywhere; any other unknown key is a slip of the pen.
COMMENTS = {"id", "about", "comment", "note", "expected"}
DATE_EXAMPLE = "2025-06-20のように入力してください。"
HEADER_LABELS = {field.name: field.label for field in HEADER} | {"transfer_date": "振込指定日"}
ROW_LABELS = {field.name: field.label for field in (*DATA, *DATA_WITH_EDI)} | {
    "amount": "振込金額",
    "yucho": "ゆうちょ",
}
HEADER_KEYS = {field.name for field in fields(TransferHeader)}
ROW_KEYS = {field.name for field in fields(TransferRow)} - {"amount_yen"} | {"amount", "yucho"}
YUCHO_KEYS = {"symbol", "number"}
REQUIRED_KEYS = ("bank_code", "branch_code", "account_type", "account_number", "payee_name")
PLACED_KEYS = {*REQUIRED_KEYS, "bank_name", "branch_name"} - {"payee_name"}
OPTION_KEYS = {
    "line_separator",
    "separator_after_last",
    "eof",
    "on_overflow",
    "new_code",
    "clearing_house",
    "transfer_category",
    "customer_codes_as_text",
    "bank_names",
    "allow_bank_holiday",
}


@dataclass(frozen=True)
class TransferInput:
    """What one JSON document asks to be written."""

    header: TransferHeader
    rows: tuple[TransferRow, ...]
    profile: FileProfile


def transfer_from_json(text: str) -> TransferInput:
    """Return the header, rows and profile of a JSON document.

    Raises:
        TransferRefused: not JSON, another shape, or a value of the wrong kind.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(None, "ファイル", "JSONとして読めません。") from error
    _require_keys(None, document, {"options", "header", "rows"}, label="ファイル")
    rows = document.get("rows")
    if not isinstance(rows, list):
        raise _refused(None, "rows", "振込の一覧（配列）がありません。")
    return TransferInput(
        header=_header(document.get("header")),
        rows=tuple(_row(number, row) for number, row in enumerate(rows, start=1)),
        profile=_profile(document.get("options", {})),
    )


def transfer_to_json(transfer: TransferFile, data: bytes, *, file_name: str) -> dict[str, Any]:
    """Return the JSON document that encodes to these bytes, with what the file adds up to."""
    return {
        "id": file_name.rpartition(".")[0] or file_name,
        "options": _options_json(transfer.profile),
        "header": {
            name: str(value) for name, value in vars(transfer.header).items() if value != ""
        },
        "rows": [_row_json(row) for row in transfer.rows],
        "expected": {
            "record_count": len(transfer.records),
            "payment_count": transfer.payment_count,
            "total_amount": transfer.total_yen,
            "byte_length": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "file": file_name,
            "encoding": "Shift_JIS (single-byte JIS X 0201 only)",
            "records": list(transfer.records),
            "payments": [
                _payment_json(row, record)
                for row, record in zip(transfer.rows, transfer.records[1:-2], strict=True)
            ],
        },
    }


def _header(source: Any) -> TransferHeader:
    _require_keys(None, source, HEADER_KEYS, label="header")
    values = {
        name: _text(None, HEADER_LABELS[name], source.get(name))
        for name in HEADER_KEYS - {"transfer_date"}
    }
    return TransferHeader(transfer_date=_transfer_date(source.get("transfer_date")), **values)


def _transfer_date(value: Any) -> date | MonthDay:
    text = _text(None, "振込指定日", value)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        # Without a year, as decoding gives it: the file itself has none.
        day = MonthDay.parse(text)
        if day.exists:
            return day
    except ValueError as error:
        raise _refused(None, "振込指定日", DATE_EXAMPLE) from error
    raise _refused(None, "振込指定日", DATE_EXAMPLE)


def _row(number: int, source: Any) -> TransferRow:
    _require_keys(number, source, ROW_KEYS, label="振込")
    amount = source.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise _refused(number, "振込金額", "円の整数を、引用符なしの数字で入力してください。")
    values: dict[str, Any] = {
        name: _text(number, ROW_LABELS[name], source[name])
        for name in ROW_KEYS - {"amount", "yucho"}
        if source.get(name) is not None
    }
    # A store that sold nothing may have no account yet; its row is left out of the file.
    if source.get("yucho") is not None and amount != 0:
        values |= _yucho_account(number, source)
    return TransferRow(amount_yen=amount, **(dict.fromkeys(REQUIRED_KEYS, "") | values))


def _yucho_account(number: int, source: Mapping[str, Any]) -> dict[str, str]:
    account = source["yucho"]
    _require_keys(number, account, YUCHO_KEYS, label="ゆうちょ")
    if any(source.get(name) for name in PLACED_KEYS):
        raise _refused(number, "ゆうちょ", "銀行・支店・口座と同時には指定できません。")
    symbol = _text(number, "ゆうちょの記号", account.get("symbol"))
    passbook_number = _text(number, "ゆうちょの番号", account.get("number"))
    try:
        return asdict(yucho.transfer_account(symbol, passbook_number))
    except YuchoRefused as error:
        label = "ゆうちょの記号" if error.field == "symbol" else "ゆうちょの番号"
        raise _refused(number, label, error.reason) from error


def _profile(source: Any) -> FileProfile:
    _require_keys(None, source, OPTION_KEYS, label="options")
    return FileProfile(
        framing=Framing(
            separator=_choice(source, "line_separator", Separator, Separator.CRLF),
            after_last=_flag(source, "separator_after_last", default=True),
            eof=_flag(source, "eof", default=False),
        ),
        on_overflow=_choice(source, "on_overflow", Overflow, Overflow.ERROR),
        new_code=_option_text(source, "new_code", "0"),
        clearing_house=_option_text(source, "clearing_house", "0000"),
        transfer_category=_option_text(source, "transfer_category", "7"),
        customer_codes_as_text=_flag(source, "customer_codes_as_text", default=False),
        writes_bank_names=_flag(source, "bank_names", default=True),
        requires_bank_day=not _flag(source, "allow_bank_holiday", default=False),
    )


def _text(row: int | None, label: str, value: Any) -> str:
    """Return text as given; a number may come without quotes, a missing value is empty."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refused(row, label, "文字で入力してください。")
    return str(value)


def _option_text(source: Mapping[str, Any], key: str, default: str) -> str:
    return default if source.get(key) is None else _text(None, f"options.{key}", source[key])


def _flag(source: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = source.get(key, default)
    if not isinstance(value, bool):
        raise _refused(None, f"options.{key}", "trueかfalseにしてください。")
    return value


def _choice(
    source: Mapping[str, Any], key: str, choices: type[_Choice], default: _Choice
) -> _Choice:
    value = source.get(key, default)
    try:
        return choices(value)
    except ValueError:
        names = "、".join(choices)
        raise _refused(None, f"options.{key}", f"{names}のどれかにしてください。") from None


def _require_keys(row: int | None, source: Any, allowed: set[str], *, label: str) -> None:
    if not isinstance(source, dict):
        raise _refused(row, label, "項目の組（オブジェクト）がありません。")
    if unknown := sorted(source.keys() - allowed - COMMENTS):
        raise _refused(row, label, f"「{unknown[0]}」という項目はありません。")


def _refused(row: int | None, label: str, reason: str) -> TransferRefused:
    return TransferRefused([Problem(row, label, reason)])


def _options_json(profile: FileProfile) -> dict[str, Any]:
    standard = FileProfile()
    options: dict[str, Any] = {
        "line_separator": str(profile.framing.separator),
        "separator_after_last": profile.framing.after_last,
    }
    if profile.framing.eof:
        options["eof"] = True
    for name in ("clearing_house", "transfer_category", "customer_codes_as_text"):
        if getattr(profile, name) != getattr(standard, name):
            options[name] = getattr(profile, name)
    return options


def _row_json(row: TransferRow) -> dict[str, Any]:
    values = {"amount" if k == "amount_yen" else k: v for k, v in vars(row).items()}
    # What is None or empty is the profile's business or absent; "" in these two means spaces.
    return {
        key: value
        for key, value in values.items()
        if value or (value == "" and key in ("clearing_house", "transfer_category"))
    }


def _payment_json(row: TransferRow, record: str) -> dict[str, Any]:
    return {
        "bank_code": row.bank_code,
        "bank_name": row.bank_name,
        "branch_code": row.branch_code,
        "branch_name": row.branch_name,
        "account_type": row.account_type,
        "account_number": row.account_number,
        "payee_name": row.payee_name,
        "amount": row.amount_yen,
        "new_code": record[CODES_OFFSET - 1],
        "codes_or_edi": record[CODES_OFFSET : CODES_OFFSET + 20],
        "identification": record[IDENTIFICATION_OFFSET],
    }
