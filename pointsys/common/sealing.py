"""Encryption of single values at rest: AES-256-GCM, bound to the row that holds them.

A sealed value moved to another row does not open there, because the row's context is authenticated
with it. Layout of a sealed value: 1 byte format (1), 4 bytes key id, 12 bytes nonce, ciphertext.
"""

import base64
import hashlib
import json
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

FORMAT = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value cannot be opened: wrong row, wrong key or altered bytes."""


@lru_cache(maxsize=8)
def _cipher(key_base64: str) -> tuple[bytes, AESGCM]:
    key = base64.b64decode(key_base64)
    return hashlib.sha256(key).digest()[:KEY_ID_BYTES], AESGCM(key)


def seal(value: bytes, *, context: str) -> bytes:
    """Encrypt with the newest key, bound to `context` (e.g. `stores.bank_account:<uuid>`)."""
    key_id, cipher = _cipher(settings.FIELD_ENCRYPTION_KEYS[0])
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + key_id + nonce + cipher.encrypt(nonce, value, context.encode())


def unseal(sealed: bytes, *, context: str) -> bytes:
    """Decrypt what `seal` made for the same context.

    Raises:
        SealBroken: the value was altered, belongs to another row, or its key is gone.
    """
    sealed = bytes(sealed)
    body = 1 + KEY_ID_BYTES
    nonce, ciphertext = sealed[body : body + NONCE_BYTES], sealed[body + NONCE_BYTES :]
    for key_base64 in settings.FIELD_ENCRYPTION_KEYS:
        key_id, cipher = _cipher(key_base64)
        if sealed[:body] == FORMAT + key_id:
            try:
                return cipher.decrypt(nonce, ciphertext, context.encode())
            # ValueError: so much is cut off that not even the nonce is whole.
            except (InvalidTag, ValueError) as error:
                raise SealBroken(context) from error
    raise SealBroken(context)


def seal_json(value: dict[str, Any], *, context: str) -> bytes:
    """Seal a small dictionary as JSON."""
    return seal(json.dumps(value, ensure_ascii=False, sort_keys=True).encode(), context=context)


def unseal_json(sealed: bytes, *, context: str) -> dict[str, Any]:
    """Open what `seal_json` made; raises `SealBroken`."""
    opened: dict[str, Any] = json.loads(unseal(sealed, context=context))
    return opened
