"""What a reader or a camera tells of a card: read, refused in words, and kept only as keyed HMAC.

Canonical forms: `F:<system code>:<IDm>`, `A:<UID>`, `Q:<token>`, in upper-case hexadecimal and
base32. The form is what is hashed; it is never stored, logged or shown. The look-up tries every
pepper that is still known, so that a new one can be added while old cards are in use.
"""

import base64
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.conf import settings

from cards import errors

FELICA, TYPE_A, QR = "F", "A", "Q"
QR_PREFIX: Final = "PSC1:"
TOKEN_LENGTH: Final = 26  # base32 characters of 5 bits: 130 bits
# FeliCa Lite-S of our own comes first; a keyboard reader does not tell the system it has polled.
OWN_SYSTEM: Final = "88B4"
TRANSIT_SYSTEM: Final = "0003"
KNOWN_SYSTEMS: Final = (OWN_SYSTEM, TRANSIT_SYSTEM, "FE00", "FFFF")
FACE_LENGTH: Final = 16
# An IDm begins with the chip's system number, which stays far below 9: 16 digits that begin so are
# a card number and never a chip.
FACE_PREFIX: Final = "9"

_HEX: Final = re.compile(r"[0-9A-F]+")
_TOKEN: Final = re.compile(rf"[A-Z2-7]{{{TOKEN_LENGTH}}}")
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−ー－・.]+")
_MOST_TYPED: Final = 200


@dataclass(frozen=True, slots=True)
class Tap:
    """One reading of a card; its identifier stays out of logs and tracebacks.

    `system_code` is empty for a reader that does not tell it.
    """

    technology: str
    system_code: str = ""
    identifier: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def canonical_forms(self) -> tuple[str, ...]:
        """The forms under which the card can be registered, the likeliest first."""
        if self.technology == QR:
            return (f"{QR}:{self.token}",)
        if self.technology == TYPE_A:
            return (f"{TYPE_A}:{self.identifier}",)
        systems = (self.system_code,) if self.system_code else KNOWN_SYSTEMS
        return tuple(f"{FELICA}:{system}:{self.identifier}" for system in systems)


def read_tap(text: str) -> Tap:
    """Return the card that a keyboard reader typed or a camera saw.

    Full width, lower case, blanks and hyphens are as good as the plain form; a canonical form and
    `B:…` (a bridge's word for Type B) are understood too.

    Raises:
        CardUnreadable, PhoneRefused, ShortUidRefused, TypeBRefused.
    """
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:_MOST_TYPED])).upper()
    if typed.startswith(QR_PREFIX):
        return tap_of(technology=QR, token=typed.removeprefix(QR_PREFIX))
    kind, _, rest = typed.rpartition(":")
    if kind:
        technology, _, system_code = kind.partition(":")
        if technology == QR:
            return tap_of(technology=QR, token=rest)
        return tap_of(technology=technology, system_code=system_code, identifier=rest)
    # Eight bytes are an IDm; UIDs of Type A have 4, 7 or 10.
    technology = FELICA if len(typed) == 16 else TYPE_A
    return tap_of(technology=technology, identifier=typed)


def tap_of(*, technology: str, system_code: str = "", identifier: str = "", token: str = "") -> Tap:
    """Return the tap that a terminal or bridge reports in its parts.

    Raises:
        CardUnreadable, PhoneRefused, ShortUidRefused, TypeBRefused.
    """
    system_code, identifier, token = (
        part.strip().upper() for part in (system_code, identifier, token)
    )
    match technology.strip().upper():
        case "B":
            raise errors.TypeBRefused
        case "Q" if _TOKEN.fullmatch(token):
            return Tap(QR, token=token)
        case "F":
            return _felica(system_code, identifier)
        case "A":
            return _type_a(identifier)
    raise errors.CardUnreadable


def _felica(system_code: str, idm: str) -> Tap:
    is_system = not system_code or (len(system_code) == 4 and _HEX.fullmatch(system_code))
    if not is_system or len(idm) != 16 or not _HEX.fullmatch(idm):
        raise errors.CardUnreadable
    if idm.startswith("02FE"):
        raise errors.PhoneRefused
    if idm in {"0" * 16, "F" * 16}:
        raise errors.CardUnreadable
    return Tap(FELICA, system_code=system_code, identifier=idm)


def _type_a(uid: str) -> Tap:
    if len(uid) not in {8, 14, 20} or not _HEX.fullmatch(uid):
        raise errors.CardUnreadable
    if len(uid) == 8:
        # 08 says that the identifier is drawn anew for each tap: a telephone.
        raise errors.PhoneRefused if uid.startswith("08") else errors.ShortUidRefused
    if set(uid) in ({"0"}, {"F"}):
        raise errors.CardUnreadable
    return Tap(TYPE_A, identifier=uid)


# --- Digests ---------------------------------------------------------------------------------
def newest_version() -> int:
    """Return the version of the pepper that new cards are kept under."""
    return _peppers()[0][0]


def newest_pepper() -> bytes:
    """Return the key that new cards are kept under."""
    return _peppers()[0][1]


def digest(tap: Tap) -> str:
    """Return what a card is stored under, by the newest pepper and the likeliest form."""
    return _hmac(_peppers()[0][1], tap.canonical_forms[0])


def digests(tap: Tap) -> list[str]:
    """Return everything the card may be stored under: each known pepper and possible form."""
    return [_hmac(pepper, form) for _, pepper in _peppers() for form in tap.canonical_forms]


@dataclass(frozen=True, slots=True)
class StockDigests:
    """What one carrier of a blank card is or may be stored under.

    `newest` is what it is stored under now; `same_form` is the same under any known pepper;
    `any_form` adds the same chip listed with another system code.
    """

    newest: str
    same_form: frozenset[str]
    any_form: frozenset[str]


def stock_digests(tap: Tap) -> StockDigests:
    """Return what a carrier on a maker's list is compared with, each hash made once."""
    form = tap.canonical_forms[0]
    others = replace(tap, system_code="").canonical_forms if tap.technology == FELICA else ()
    peppers = _peppers()
    same = [_hmac(pepper, form) for _, pepper in peppers]
    further = [_hmac(pepper, other) for _, pepper in peppers for other in others if other != form]
    return StockDigests(same[0], frozenset(same), frozenset((*same, *further)))


def _hmac(pepper: bytes, form: str) -> str:
    return hmac.digest(pepper, form.encode("ascii"), sha256).hex()


def _peppers() -> tuple[tuple[int, bytes], ...]:
    return _decoded(tuple(settings.CARD_PEPPERS))


@lru_cache(maxsize=4)
def _decoded(entries: tuple[str, ...]) -> tuple[tuple[int, bytes], ...]:
    pairs = (entry.partition(":") for entry in entries)
    return tuple((int(version), base64.b64decode(key)) for version, _, key in pairs)


# --- What is printed on a card ---------------------------------------------------------------
def new_token() -> str:
    """Return a random token for the QR code of a card."""
    return base64.b32encode(secrets.token_bytes(17)).decode("ascii")[:TOKEN_LENGTH]


def qr_payload(token: str) -> str:
    """Return what the QR code of a card holds: no address, nothing of its holder."""
    return QR_PREFIX + token


def new_face_number() -> str:
    """Return a random card number with its check digit; whether it is taken, the database says."""
    body = FACE_PREFIX + "".join(secrets.choice("0123456789") for _ in range(FACE_LENGTH - 2))
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the last digit (Luhn) of the number that begins with these fifteen."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = int(character) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def read_face_number(text: str) -> str | None:
    """Return the card number that was typed, or None when this cannot be one."""
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:_MOST_TYPED]))
    if len(typed) != FACE_LENGTH or not (typed.isascii() and typed.isdecimal()):
        return None
    if not typed.startswith(FACE_PREFIX):
        return None
    return typed if check_digit(typed[:-1]) == typed[-1] else None


def grouped(face_number: str) -> str:
    """Return the number as it is printed: 9123 4567 8901 2345."""
    return " ".join(face_number[start : start + 4] for start in range(0, FACE_LENGTH, 4))


def masked(face_number: str) -> str:
    """Return the number as screens, receipts and logs show it: only the last four digits."""
    return f"●●●● {face_number[-4:]}"
