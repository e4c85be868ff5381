"""The code of a QR stand and the mark by which we know that we printed it.

A code is 7 random characters and 1 check character over 32 signs that people do not mix up. The
mark (MAC) in the QR stops stands made by others; it never authorises a payment by itself.
"""

import base64
import hmac
import re
import secrets
import unicodedata
from hashlib import sha256
from typing import Final, Protocol
from urllib.parse import urlencode

from django.conf import settings

from stores.errors import SigningKeyMissing

# Without 0 and O, 1 and I: what is left is told apart on paper and over the telephone.
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 8
MAC_LENGTH: Final = 10  # base32 characters of 5 bits: 50 bits

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−ー－・.]+")
# x^5 + x^2 + 1 makes the 32 signs a field; its powers of 2 are all different, so the check
# character catches every single wrong sign and every exchange of two.
_FIELD_POLYNOMIAL: Final = 0b100101


class SignedTill(Protocol):
    """What the address of a till is made of."""

    @property
    def code(self) -> str: ...

    @property
    def key_id(self) -> str: ...


def new_code() -> str:
    """Return a random code; whether it is taken is for the database to say."""
    data = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return data + check_character(data)


def check_character(data: str) -> str:
    """Return the last character of the code that begins with these seven."""
    total = 0
    for character in data:
        total = _doubled(total) ^ _VALUES[character]
    return ALPHABET[_doubled(total)]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & 0b100000 else value


def read_code(text: str) -> str | None:
    """Return the code that was typed, or None when this cannot be one; nothing is guessed.

    Lower case, full width, blanks and hyphens are as good as the printed form. A 0, O, 1 or I is
    none of our signs, so it is refused rather than taken for another.
    """
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(code) != CODE_LENGTH or any(character not in _VALUES for character in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def is_code(text: str) -> bool:
    """Say whether a typed text is a possible code."""
    return read_code(text) is not None


def has_foreign_sign(text: str) -> bool:
    """Say whether a text holds 0, O, 1 or I, which no code has: worth telling the person."""
    typed = unicodedata.normalize("NFKC", text).upper()
    return any(character in "0O1I" for character in typed)


def grouped_code(code: str) -> str:
    """Return the code as it is printed: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def newest_key_id() -> str:
    """Return the id of the key that new stands are signed with.

    Raises:
        SigningKeyMissing: the installation has no key.
    """
    for entry in settings.TILL_SIGNING_KEYS:
        return str(entry).partition(":")[0]
    raise SigningKeyMissing(key_id="")


def till_mac(code: str, key_id: str) -> str:
    """Return the mark of a code under one key, in lower-case base32.

    Raises:
        SigningKeyMissing: the key was retired.
    """
    key = _key(key_id)
    if key is None:
        raise SigningKeyMissing(key_id=key_id)
    digest = hmac.new(key, code.encode("ascii"), sha256).digest()
    return base64.b32encode(digest).decode("ascii")[:MAC_LENGTH].lower()


def is_mac_valid(code: str, key_id: str, mac: str) -> bool:
    """Say, in constant time, whether we printed this code with this key; no input raises."""
    try:
        expected = till_mac(code, key_id)
    except (SigningKeyMissing, UnicodeEncodeError):
        return False
    return hmac.compare_digest(expected.encode(), mac.lower().encode("utf-8", "replace"))


def till_path(till: SignedTill) -> str:
    """Return the path and query that open the till's payment page."""
    query = urlencode({"k": till.key_id, "v": till_mac(till.code, till.key_id)})
    return f"/s/{till.code}?{query}"


def till_url(till: SignedTill) -> str:
    """Return the address that the QR carries.

    Raises:
        SigningKeyMissing: the key the till was issued with was retired.
    """
    return f"{settings.SITE_ORIGIN.rstrip('/')}{till_path(till)}"


def _key(key_id: str) -> bytes | None:
    for entry in settings.TILL_SIGNING_KEYS:
        known_id, _, key = str(entry).partition(":")
        if known_id == key_id:
            return base64.b64decode(key)
    return None
