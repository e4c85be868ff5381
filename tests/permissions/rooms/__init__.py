"""What each room adds to the world of the permission sweep: addresses, and pages for everybody.

A room's module has `PUBLIC` (names of URLs that anybody may open) and `add_rows(world)`, which
fills `world.by_parameter`, `world.by_name` and, where the demo lacks one, rows of its tables.
"""

from tests.permissions.rooms import callcenter, cards, console, consultations, vouchers

ROOMS = (vouchers, cards, callcenter, consultations, console)
