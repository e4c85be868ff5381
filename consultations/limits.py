"""How often one browser, and one address, may book or look for a booking.

Addresses are shared (a city hall, a mobile network), so the limit of an address is wide; that of a
browser's session is what stops somebody who tries numbers or takes seats by the dozen.
"""

from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS: Final = 600
PER_SESSION: Final = 10
PER_ADDRESS: Final = 120


def is_over_limit(request: HttpRequest, what: str) -> bool:
    """Count this try and tell whether there were too many in ten minutes."""
    if not request.session.session_key:
        request.session.save()
    address = request.META.get("REMOTE_ADDR", "")
    counted = (
        (f"events:{what}:s:{request.session.session_key}", PER_SESSION),
        (f"events:{what}:a:{address}", PER_ADDRESS),
    )
    over = [_count(key) > limit for key, limit in counted]  # each try counts in both
    return any(over)


def _count(key: str) -> int:
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        cache.set(key, 1, timeout=WINDOW_SECONDS)
        return 1
