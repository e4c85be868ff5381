"""An uploaded file between its preview and its confirmation.

It lies sealed in the shared cache, for half an hour and for one user and purpose: no web server
keeps it on disk, any of them can go on, and what is never confirmed disappears by itself.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache

from pointsys.common.errors import DomainError
from pointsys.common.sealing import SealBroken, seal, unseal

HOLD_SECONDS: Final = 30 * 60
_SEPARATOR: Final = b"\n"


class HeldFileGone(DomainError):
    code = "common.held_file_gone"
    message = (
        "選んだファイルの預かり時間（30分）が過ぎました。お手数ですが、もう一度えらんでください。"
    )


@dataclass(frozen=True, slots=True)
class HeldFile:
    """What was uploaded: the name as the user knows it and the bytes."""

    name: str
    content: bytes


def hold(*, name: str, content: bytes, purpose: str, user_id: int) -> str:
    """Keep a file for its confirmation and return the token that names it in the form."""
    token = secrets.token_urlsafe(24)
    key = _key(token, purpose, user_id)
    whole = json.dumps({"name": name}).encode() + _SEPARATOR + content
    cache.set(key, seal(whole, context=key), timeout=HOLD_SECONDS)
    return token


def held(*, token: str, purpose: str, user_id: int) -> HeldFile:
    """Return the file that the same user gave for the same purpose.

    Raises:
        HeldFileGone: it was never there, belongs to somebody else, or its time is over.
    """
    key = _key(token, purpose, user_id)
    sealed = cache.get(key)
    if sealed is None:
        raise HeldFileGone
    try:
        head, content = unseal(sealed, context=key).split(_SEPARATOR, 1)
    except SealBroken as error:
        raise HeldFileGone from error
    return HeldFile(json.loads(head)["name"], content)


def release(*, token: str, purpose: str, user_id: int) -> None:
    """Forget the file: it was used or is not wanted any more."""
    cache.delete(_key(token, purpose, user_id))


def _key(token: str, purpose: str, user_id: int) -> str:
    safe = "".join(c for c in token if c.isalnum() or c in "-_")[:64]
    return f"held:{purpose}:{user_id}:{safe}"
