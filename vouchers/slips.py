"""The number on a payment slip: eleven random digits and a check digit.

The check digit (Damm's) finds every single wrong digit and every exchange of two neighbours. The
first digit is never 0, so that no spreadsheet shortens the number.
"""

import re
import secrets
import unicodedata
from typing import Final

LENGTH: Final = 12
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−ー－]+")
# A quasigroup of order 10 in which no digit maps a neighbouring pair and its exchange alike.
_TABLE: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def new_slip_number() -> str:
    """Return a random number; whether it is taken is for the database to say."""
    data = str(1 + secrets.randbelow(9)) + f"{secrets.randbelow(10 ** (LENGTH - 2)):0{LENGTH - 2}d}"
    return data + check_digit(data)


def check_digit(data: str) -> str:
    """Return the last digit of the number that begins with these."""
    interim = 0
    for digit in data:
        interim = int(_TABLE[interim][int(digit)])
    return str(interim)


def plain_slip_number(text: str) -> str:
    """Return a number as it was written, in plain digits without separators."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def is_slip_number(number: str) -> bool:
    """Tell whether these twelve digits can be a slip number."""
    return (
        len(number) == LENGTH
        and number.isascii()
        and number.isdecimal()
        and check_digit(number[:-1]) == number[-1]
    )
