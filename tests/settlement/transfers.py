"""Transfers that tests start from; every account is invented."""

from dataclasses import replace
from datetime import date
from typing import Any

from settlement.zengin import TransferHeader, TransferRow

HEADER = TransferHeader(
    consignor_code="9900000001",
    consignor_name="カ）サンプルジムキョク",
    bank_code="0125",
    bank_name="シチジュウシチ",
    branch_code="100",
    branch_name="ホンテン",
    account_type="1",
    account_number="9000001",
    transfer_date=date(2025, 6, 20),
)
ROW = TransferRow(
    bank_code="0125",
    bank_name="シチジュウシチ",
    branch_code="404",
    branch_name="イシノマキ",
    account_type="1",
    account_number="9876501",
    payee_name="カ）ミナトショウテン",
    amount_yen=152_300,
    customer_code_1="1001",
    customer_code_2="202505",
)


def header(**changes: Any) -> TransferHeader:
    """Return the sample header with changes."""
    return replace(HEADER, **changes)


def row(**changes: Any) -> TransferRow:
    """Return the sample row with changes."""
    return replace(ROW, **changes)
