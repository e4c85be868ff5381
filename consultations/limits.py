"""How often one browser, and one address, may book or look for a booking.

Addresses are shared (a city hall, a mobile network), so the limit of an address is wide, and one
that is known to be shared has none. That of a browser's session stops who takes seats by the
dozen; who throws its session away and guesses digits is stopped by the booking's own limit.
"""

from ipaddress import ip_address
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS: Final = 600
PER_SESSION: Final = 10
PER_ADDRESS: Final = 120
GUESSES_LAST_SECONDS: Final = 24 * 3600
GUESSES_A_BOOKING: Final = 20


def is_over_limit(request: HttpRequest, what: str) -> bool:
    """Count this try and tell whether there were too many in ten minutes."""
    if not request.session.session_key:
        request.session.save()
    # The adapter knows how many proxies of ours stand before us: behind one, REMOTE_ADDR is the
    # proxy's, and everybody would count as one caller.
    address = get_adapter(request).get_client_ip(request).partition("/")[0]
    counted = [(f"events:{what}:s:{request.session.session_key}", PER_SESSION)]
    if not any(ip_address(address) in network for network in settings.SHARED_ADDRESSES):
        counted.append((f"events:{what}:a:{address}", PER_ADDRESS))
    over = [_count(key) > limit for key, limit in counted]  # each try counts in both
    return any(over)


def is_guessed_too_often(number: str) -> bool:
    """Count a try to cancel one booking, wherever it comes from; four digits are soon guessed."""
    tries = _count(f"events:guess:{number}", lasts=GUESSES_LAST_SECONDS)
    return tries > GUESSES_A_BOOKING


def _count(key: str, *, lasts: int = WINDOW_SECONDS) -> int:
    cache.add(key, 0, timeout=lasts)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        cache.set(key, 1, timeout=lasts)
        return 1
