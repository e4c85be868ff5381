"""ゆうちょ銀行: symbol and number to the branch and account number that transfers use."""

import unicodedata
from dataclasses import dataclass, field

from pointsys.common.zengin.errors import YuchoRefused

BANK_CODE = "9900"
BANK_NAME = "ﾕｳﾁﾖ"
DIGIT_READINGS = ("ｾﾞﾛ", "ｲﾁ", "ﾆ", "ｻﾝ", "ﾖﾝ", "ｺﾞ", "ﾛｸ", "ﾅﾅ", "ﾊﾁ", "ｷﾕｳ")

ORDINARY = "1"
CURRENT = "2"


@dataclass(frozen=True, kw_only=True)
class YuchoAccount:
    """An account of bank 9900 as a transfer names it."""

    branch_code: str
    branch_name: str
    account_type: str
    account_number: str = field(repr=False)
    bank_code: str = BANK_CODE
    bank_name: str = BANK_NAME


def transfer_account(symbol: str, number: str) -> YuchoAccount:
    """Return the account for transfers from a passbook's symbol (記号) and number (番号).

    Raises:
        YuchoRefused: `field` says whether the symbol or the number is not a possible one.
    """
    symbol, number = _digits(symbol, "symbol", "記号"), _digits(number, "number", "番号")
    if len(symbol) != 5 or symbol[0] not in "01" or symbol[4] != "0":
        raise YuchoRefused(
            field="symbol", reason="記号は、1か0で始まり0で終わる数字5けたで入力してください。"
        )
    is_ordinary = symbol[0] == "1"
    if is_ordinary and not (2 <= len(number) <= 8 and number.endswith("1")):
        raise YuchoRefused(
            field="number", reason="番号は、1で終わる数字8けた以内で入力してください。"
        )
    if not is_ordinary and len(number) > 6:
        raise YuchoRefused(
            field="number",
            reason="0で始まる記号（振替口座）の番号は、数字6けた以内で入力してください。",
        )
    if check_digit(symbol, number) != int(symbol[3]):
        raise YuchoRefused(
            field="symbol",
            reason="記号と番号の組合せが正しくありません。通帳を見て、もう一度入力してください。",
        )
    branch_code = symbol[1:3] + ("8" if is_ordinary else "9")
    return YuchoAccount(
        branch_code=branch_code,
        branch_name=branch_reading(branch_code),
        account_type=ORDINARY if is_ordinary else CURRENT,
        # The last digit of an ordinary account is always 1 and is not part of the number.
        account_number=(number[:-1] if is_ordinary else number).zfill(7),
    )


def check_digit(symbol: str, number: str) -> int:
    """Return the fourth digit that a symbol must have with this number.

    Over the symbol (its check digit as 0) and the number padded to 8: per triple a + 3b + 2c, the
    last reduced by 9 from 5 on, and the thirteenth digit; modulo 10.
    """
    digits = [int(d) for d in f"{symbol[:3]}0{symbol[4]}{number.zfill(8)}"]
    total = digits[12]
    for i in range(0, 12, 3):
        a, b, c = digits[i : i + 3]
        total += a + 3 * b + 2 * c - (9 if c >= 5 else 0)
    return total % 10


def branch_reading(branch_code: str) -> str:
    """Return the name of a ゆうちょ branch: its digits read one by one."""
    return "".join(DIGIT_READINGS[int(digit)] for digit in branch_code)


def _digits(value: str, field: str, label: str) -> str:
    digits = unicodedata.normalize("NFKC", value).strip()
    if not (digits.isascii() and digits.isdigit()):
        raise YuchoRefused(field=field, reason=f"{label}は、数字だけで入力してください。")
    return digits
