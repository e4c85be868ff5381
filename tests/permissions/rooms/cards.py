from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.permissions.world import World

# Shells without any data; what a terminal shows comes from its signed requests.
PUBLIC: set[str] = {"terminal:home", "terminal:enrol"}


def add_rows(world: "World") -> None:
    """Name rows of cards for the addresses that carry them."""
