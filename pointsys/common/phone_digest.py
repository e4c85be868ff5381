"""Keyed digests of telephone numbers: a sealed number is found again without being opened.

A digest names the key it was made with, so that a number is found under every key still in use
and rows of an old key are recognised.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Final

from django.conf import settings

from pointsys.common import text

LENGTH_MAX: Final = 80
_PURPOSE: Final = b"pointsys.phone_digest"


@lru_cache(maxsize=8)
def _derived(key_base64: str) -> tuple[str, bytes]:
    key = base64.b64decode(key_base64)
    return hashlib.sha256(key).hexdigest()[:8], hmac.new(key, _PURPOSE, hashlib.sha256).digest()


def current_key_id() -> str:
    """Return the name of the key that new digests are made with."""
    return _derived(settings.FIELD_ENCRYPTION_KEYS[0])[0]


def digest(phone: str) -> str:
    """Return the digest of a telephone number under the newest key; empty for what is none."""
    digits = text.read_phone(phone).digits
    return _digest(digits, settings.FIELD_ENCRYPTION_KEYS[0]) if digits else ""


def digests(phone: str) -> list[str]:
    """Return the digests of a number under every key still in use; none for what is no number."""
    digits = text.read_phone(phone).digits
    return [_digest(digits, key) for key in settings.FIELD_ENCRYPTION_KEYS] if digits else []


def _digest(digits: str, key_base64: str) -> str:
    key_id, key = _derived(key_base64)
    return f"{key_id}:{hmac.new(key, digits.encode(), hashlib.sha256).hexdigest()}"
