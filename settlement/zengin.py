"""総合振込 (type 21): the bank transfer file, as bytes in and out.

A file is a header, one record per payee, a trailer with count and sum, and an end record, each 120
bytes of JIS X 0201. What differs between banks is a `FileProfile`; the layout is a table in
`settlement.zengin_layout`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from pointsys.common.calendar import closing_reason, weekday_name
from pointsys.common.zengin.errors import FieldRefused, FileRefused, ZenginRefused
from pointsys.common.zengin.records import (
    ENCODING,
    Framing,
    Layout,
    Value,
    decode_record,
    encode_record,
    join_records,
    split_records,
)
from settlement.zengin_layout import (
    CODES_OFFSET,
    DATA,
    DATA_WITH_EDI,
    DATA_WITH_TEXT_CODES,
    EDI_MARK,
    END,
    HEADER,
    IDENTIFICATION_OFFSET,
    JIS,
    MAX_AMOUNT_YEN,
    MAX_PAYMENTS,
    MAX_TOTAL_YEN,
    NEW_CODES,
    PAYEE_ACCOUNT_TYPES,
    PAYER_ACCOUNT_TYPES,
    RECORD_BYTES,
    STANDARD_PROFILE,
    TRAILER,
    TRANSFER_CATEGORIES,
    TRANSFER_TYPE,
    FileProfile,
    MonthDay,
    TransferFile,
    TransferHeader,
    TransferRow,
)

__all__ = [
    "FileProfile",
    "MonthDay",
    "Problem",
    "TransferFile",
    "TransferHeader",
    "TransferRefused",
    "TransferRow",
    "decode_transfer_file",
    "encode_transfer_file",
]


class Problem(NamedTuple):
    """One thing to mend; `row` counts the given rows from 1 and is None outside them."""

    row: int | None
    label: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.row}行目の{self.label}" if self.row else self.label
        return f"{place}：{self.reason}"


class TransferRefused(ZenginRefused):
    """The file cannot be written or read; `problems` lists everything to mend."""

    code = "settlement.transfer_file"
    message = "{first}{more}"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = f"（ほか{len(problems) - 1}件）" if len(problems) > 1 else ""
        super().__init__(first=str(problems[0]), more=more)


def encode_transfer_file(
    header: TransferHeader, rows: Sequence[TransferRow], profile: FileProfile = STANDARD_PROFILE
) -> bytes:
    """Return the bytes of a transfer file, rows in the given order.

    Raises:
        TransferRefused: lists every field of every row that the file cannot carry.
    """
    problems: list[Problem] = []
    records: list[bytes] = []
    total_yen = 0
    try:
        records.append(_header_record(header, profile))
    except FieldRefused as error:
        problems.append(Problem(None, error.label, error.reason))
    for number, row in enumerate(rows, start=1):
        if row.amount_yen == 0:
            continue
        try:
            records.append(_data_record(row, profile))
            total_yen += row.amount_yen
        except FieldRefused as error:
            problems.append(Problem(number, error.label, error.reason))
    payment_count = len(records) - 1
    problems = problems or _limits_broken(payment_count, total_yen, profile)
    if problems:
        raise TransferRefused(problems)
    trailer = {"record_type": 8, "payment_count": payment_count, "total_yen": total_yen}
    records += [encode_record(TRAILER, trailer), encode_record(END, {"record_type": 9})]
    return join_records(records, profile.framing)


def decode_transfer_file(data: bytes, *, near: date | None = None) -> TransferFile:
    """Return what a transfer file says; encoding it again gives the same bytes.

    The file has no year: the transfer date is a `MonthDay`, or with `near` the nearest date.

    Raises:
        TransferRefused: another format or code, an illegal value, or a trailer that disagrees.
    """
    try:
        records, framing = split_records(data, RECORD_BYTES)
        _refuse_wrong_order(records)
        header = _read_header(records[0], near)
        trailer = _read(TRAILER, records[-2])
        _read(END, records[-1])
    except FileRefused as error:
        raise TransferRefused([Problem(None, "ファイル", error.reason)]) from error
    except FieldRefused as error:
        raise TransferRefused([Problem(None, error.label, error.reason)]) from error
    rows, profile = _read_rows(records[1:-2], framing)
    total_yen = sum(row.amount_yen for row in rows)
    _refuse_wrong_trailer(trailer, len(rows), total_yen)
    return TransferFile(
        header=header,
        rows=rows,
        profile=profile,
        payment_count=len(rows),
        total_yen=total_yen,
        records=tuple(record.decode(ENCODING) for record in records),
    )


def _header_record(header: TransferHeader, profile: FileProfile) -> bytes:
    day = header.transfer_date
    if isinstance(day, date) and profile.requires_bank_day and (why := closing_reason(day)):
        raise FieldRefused(
            label="振込指定日",
            reason=f"{day}（{weekday_name(day)}）は銀行の休業日です（{why}）。"
            "銀行営業日にしてください。",
        )
    _require_one_of("預金種目", header.account_type, PAYER_ACCOUNT_TYPES)
    _require_text("委託者名", header.consignor_name)
    return encode_record(
        HEADER,
        {
            "record_type": 1,
            "type_code": TRANSFER_TYPE,
            "code_kind": JIS,
            "transfer_mmdd": f"{day.month:02}{day.day:02}",
            **_fields(header, "consignor_code", "consignor_name", *_ACCOUNT_FIELDS),
            **_bank_names(header, profile),
        },
        profile.on_overflow,
    )


def _data_record(row: TransferRow, profile: FileProfile) -> bytes:
    new_code = profile.new_code if row.new_code is None else row.new_code
    category = _or_default(row.transfer_category, profile.transfer_category).strip()
    if isinstance(row.amount_yen, bool) or not 1 <= row.amount_yen <= MAX_AMOUNT_YEN:
        raise FieldRefused(label="振込金額", reason=f"1円から{MAX_AMOUNT_YEN:,}円までです。")
    _require_one_of("預金種目", row.account_type, PAYEE_ACCOUNT_TYPES)
    _require_one_of("新規コード", new_code, NEW_CODES)
    _require_one_of("振込指定区分", category, TRANSFER_CATEGORIES)
    _require_text("受取人名", row.payee_name)
    if row.edi and (row.customer_code_1 or row.customer_code_2):
        raise FieldRefused(label="EDI情報", reason="顧客コードと同時には書けません。")
    return encode_record(
        _data_layout(has_edi=bool(row.edi), codes_as_text=profile.customer_codes_as_text),
        {
            "record_type": 2,
            "clearing_house": _or_default(row.clearing_house, profile.clearing_house),
            "new_code": new_code,
            "customer_code_1": row.customer_code_1 or _no_code(profile),
            "customer_code_2": row.customer_code_2 or _no_code(profile),
            "edi": row.edi,
            "transfer_category": category,
            "identification": EDI_MARK if row.edi else "",
            **_fields(row, "payee_name", "amount_yen", *_ACCOUNT_FIELDS),
            **_bank_names(row, profile),
        },
        profile.on_overflow,
    )


_ACCOUNT_FIELDS = ("bank_code", "branch_code", "account_type", "account_number")


def _fields(source: TransferHeader | TransferRow, *names: str) -> dict[str, Value]:
    return {name: getattr(source, name) for name in names}


def _bank_names(source: TransferHeader | TransferRow, profile: FileProfile) -> dict[str, Value]:
    return _fields(source, "bank_name", "branch_name") if profile.writes_bank_names else {}


def _no_code(profile: FileProfile) -> str:
    return "" if profile.customer_codes_as_text else "0"


def _or_default(value: str | None, default: str) -> str:
    return default if value is None else value


def _data_layout(*, has_edi: bool, codes_as_text: bool) -> Layout:
    if has_edi:
        return DATA_WITH_EDI
    return DATA_WITH_TEXT_CODES if codes_as_text else DATA


def _require_one_of(label: str, value: str, allowed: Mapping[str, str]) -> None:
    if str(value) not in allowed:
        choices = "、".join(f"{code or '空白'}（{name}）" for code, name in allowed.items())
        raise FieldRefused(label=label, reason=f"{choices}のどれかにしてください。")


def _require_text(label: str, value: str) -> None:
    if not value.strip():
        raise FieldRefused(label=label, reason="空です。入力してください。")


def _limits_broken(payment_count: int, total_yen: int, profile: FileProfile) -> list[Problem]:
    if payment_count == 0:
        return [Problem(None, "ファイル", "1円以上の振込が1件もありません。")]
    if payment_count > min(profile.max_payments, MAX_PAYMENTS):
        limit = f"{min(profile.max_payments, MAX_PAYMENTS):,}"
        return [Problem(None, "合計件数", f"{payment_count:,}件あります。{limit}件までです。")]
    if total_yen > MAX_TOTAL_YEN:
        limit = f"{MAX_TOTAL_YEN:,}"
        return [Problem(None, "合計金額", f"{total_yen:,}円あります。{limit}円までです。")]
    return []


def _refuse_wrong_order(records: Sequence[bytes]) -> None:
    kinds = "".join(chr(record[0]) for record in records)
    if re.fullmatch("12+89", kinds):
        return
    expected = "1（ヘッダー）、2（データ）、8（トレーラー）、9（エンド）"
    raise FileRefused(
        f"レコードのデータ区分が{expected}の順に並んでいません。"
        "総合振込のファイルではないか、途中で切れています。"
    )


def _read(layout: Layout, record: bytes) -> dict[str, str]:
    values = decode_record(layout, record)
    if values["filler"]:
        raise FieldRefused(label="ダミー", reason="空白のはずの場所に文字があります。")
    return values


def _read_header(record: bytes, near: date | None) -> TransferHeader:
    # Before any field: the fields of another format stand elsewhere and would be blamed instead.
    type_code, code_kind = record[1:3].decode(ENCODING), record[3:4].decode(ENCODING)
    if type_code != TRANSFER_TYPE:
        raise FieldRefused(
            label="種別コード", reason=f"{type_code}です。総合振込は{TRANSFER_TYPE}です。"
        )
    if code_kind != JIS:
        raise FieldRefused(
            label="コード区分", reason=f"{code_kind}です。JIS（{JIS}）だけを扱います。"
        )
    values = _read(HEADER, record)
    _require_one_of("預金種目", values["account_type"], PAYER_ACCOUNT_TYPES)
    _require_text("委託者名", values["consignor_name"])
    day = MonthDay(int(values["transfer_mmdd"][:2]), int(values["transfer_mmdd"][2:]))
    if not day.exists:
        raise FieldRefused(label="振込指定日", reason="月日として正しくありません。")
    names = ("consignor_code", "consignor_name", "bank_name", "branch_name", *_ACCOUNT_FIELDS)
    return TransferHeader(
        transfer_date=day.near(near) if near else day, **{name: values[name] for name in names}
    )


def _read_rows(
    records: Sequence[bytes], framing: Framing
) -> tuple[tuple[TransferRow, ...], FileProfile]:
    codes = slice(CODES_OFFSET, CODES_OFFSET + 20)
    as_text = any(not _has_edi(record) and not record[codes].isdigit() for record in records)
    rows: list[TransferRow] = []
    problems: list[Problem] = []
    profile = FileProfile(framing=framing, customer_codes_as_text=as_text)
    for number, record in enumerate(records, start=1):
        layout = _data_layout(has_edi=_has_edi(record), codes_as_text=as_text)
        try:
            values = _read(layout, record)
            if not rows:
                profile = replace(
                    profile,
                    clearing_house=values["clearing_house"],
                    transfer_category=values["transfer_category"],
                )
            rows.append(_read_row(values, profile))
        except FieldRefused as error:
            problems.append(Problem(number, error.label, error.reason))
    if problems:
        raise TransferRefused(problems)
    return tuple(rows), profile


def _read_row(values: Mapping[str, str], profile: FileProfile) -> TransferRow:
    if values["identification"] not in ("", EDI_MARK):
        raise FieldRefused(label="識別表示", reason="Yか空白のはずです。")
    if values["identification"] == EDI_MARK:
        _require_text("EDI情報", values["edi"])
    if int(values["amount_yen"]) == 0:
        raise FieldRefused(label="振込金額", reason="0円です。")
    _require_text("受取人名", values["payee_name"])
    _require_one_of("預金種目", values["account_type"], PAYEE_ACCOUNT_TYPES)
    _require_one_of("新規コード", values["new_code"], NEW_CODES)
    _require_one_of("振込指定区分", values["transfer_category"], TRANSFER_CATEGORIES)
    given = {
        name: values[name]
        for name in ("new_code", "clearing_house", "transfer_category")
        if values[name] != getattr(profile, name)
    }
    names = ("bank_name", "branch_name", "payee_name", *_ACCOUNT_FIELDS)
    return TransferRow(
        amount_yen=int(values["amount_yen"]),
        customer_code_1=values.get("customer_code_1", ""),
        customer_code_2=values.get("customer_code_2", ""),
        edi=values.get("edi", ""),
        **{name: values[name] for name in names},
        **given,
    )


def _has_edi(record: bytes) -> bool:
    return record[IDENTIFICATION_OFFSET : IDENTIFICATION_OFFSET + 1] == EDI_MARK.encode()


def _refuse_wrong_trailer(trailer: Mapping[str, str], count: int, total_yen: int) -> None:
    problems = []
    if int(trailer["payment_count"]) != count:
        written = int(trailer["payment_count"])
        problems.append(
            Problem(None, "合計件数", f"トレーラーは{written:,}件、明細は{count:,}件です。")
        )
    if int(trailer["total_yen"]) != total_yen:
        written = int(trailer["total_yen"])
        problems.append(
            Problem(None, "合計金額", f"トレーラーは{written:,}円、明細は{total_yen:,}円です。")
        )
    if problems:
        raise TransferRefused(problems)
