"""How often an address may type a wrong enrolment code before it has to wait."""

from hashlib import sha256
from typing import Final

from django.core.cache import cache

MOST: Final = 10
SECONDS: Final = 15 * 60


def are_too_many(address: str) -> bool:
    """Say whether this address has to wait."""
    return int(cache.get(_key(address)) or 0) >= MOST


def count(address: str) -> None:
    """Remember one wrong code of this address."""
    key = _key(address)
    cache.add(key, 0, SECONDS)
    try:
        cache.incr(key)
    except ValueError:
        # It ended between the two; the next wrong code begins anew.
        cache.add(key, 1, SECONDS)


def _key(address: str) -> str:
    # Addresses are personal data: the cache keeps a digest of them.
    return f"terminal-guesses:{sha256(address.encode()).hexdigest()}"
