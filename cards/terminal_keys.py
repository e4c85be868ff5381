"""How a terminal signs: what is signed, how it is checked, and the code it is enrolled with.

Signed are, each on a line of its own: the method, the path with its query as the application sees
it, the time in milliseconds since 1970, the nonce, and the SHA-256 of the raw body in hexadecimal.
A browser's ECDSA gives r and s as 64 bytes; they are wrapped into DER here.
"""

import re
import secrets
import unicodedata
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from django.utils.crypto import salted_hmac

SIGNATURE_BYTES: Final = 64
SPKI_BYTES_MOST: Final = 200
CODE_LENGTH: Final = 12
_CODE_SALT: Final = "cards.terminal_code"
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−ー－・.]+")
_MOST_TYPED: Final = 100


def signed_bytes(*, method: str, full_path: str, time_ms: int, nonce: UUID, body: bytes) -> bytes:
    """Return what a terminal signs for a request."""
    parts = (method.upper(), full_path, str(time_ms), str(nonce), sha256(body).hexdigest())
    return "\n".join(parts).encode("utf-8", "surrogateescape")


def is_signed_by(spki: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the key made this raw r‖s signature; no input raises."""
    key = read_public_key(spki)
    if key is None or len(signature) != SIGNATURE_BYTES:
        return False
    half = SIGNATURE_BYTES // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def read_public_key(spki: bytes) -> ec.EllipticCurvePublicKey | None:
    """Return the ECDSA P-256 key in a SubjectPublicKeyInfo, or None for anything else."""
    if not 0 < len(spki) <= SPKI_BYTES_MOST:
        return None
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    return None


def canonical_spki(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the one spelling under which a key is stored and found again."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


# --- The code of the enrolment ---------------------------------------------------------------
def new_code() -> str:
    """Return a random code of twelve digits, the last of which checks the others."""
    body = "".join(secrets.choice("0123456789") for _ in range(CODE_LENGTH - 1))
    return body + _check_digit(body)


def read_code(text: str) -> str | None:
    """Return the code that was typed, or None when a digit is wrong or missing."""
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:_MOST_TYPED]))
    if len(typed) != CODE_LENGTH or not (typed.isascii() and typed.isdecimal()):
        return None
    return typed if _check_digit(typed[:-1]) == typed[-1] else None


def grouped_code(code: str) -> str:
    """Return the code as it is read aloud: 1234-5678-9012."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def code_digest(code: str) -> str:
    """Return what a code is stored as: it is short, so only a keyed hash hides it."""
    return salted_hmac(_CODE_SALT, code, algorithm="sha256").hexdigest()


def _check_digit(body: str) -> str:
    # Verhoeff would catch more; Luhn finds every wrong digit and nearly every exchange of two.
    total = 0
    for position, character in enumerate(reversed(body)):
        value = int(character) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
