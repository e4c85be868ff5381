"""How often an address may type a wrong enrolment code before it has to wait."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
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
    return f"terminal-guesses:{sha256(_line(address).encode()).hexdigest()}"


def _line(address: str) -> str:
    """Return whose line it is: one customer's IPv6 line has more addresses than there are codes."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(ip_network((known, 64), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)
