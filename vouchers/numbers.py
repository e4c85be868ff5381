"""The number by which an application is spoken of: seven signs and a check sign.

The signs are those that people do not mix up on paper or on the telephone; the check sign catches
every single wrong sign and every exchange of two.
"""

import re
import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH: Final = 8
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−ー－]+")
# x^5 + x^2 + 1 makes the 32 signs a field, in which all powers of 2 differ.
_FIELD_POLYNOMIAL: Final = 0b100101


def new_number() -> str:
    """Return a random number; whether it is taken is for the database to say."""
    data = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return data + check_character(data)


def check_character(data: str) -> str:
    """Return the last sign of the number that begins with these."""
    total = 0
    for character in data:
        total = _doubled(total) ^ _VALUES[character]
    return ALPHABET[_doubled(total)]


def read_number(text: str) -> str | None:
    """Return the number that was typed or said, or None when this cannot be one."""
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(number) != LENGTH or any(character not in _VALUES for character in number):
        return None
    return number if check_character(number[:-1]) == number[-1] else None


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & 0b100000 else value
