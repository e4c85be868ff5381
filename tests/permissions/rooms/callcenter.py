from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.permissions.world import World

PUBLIC: set[str] = set()


def add_rows(world: "World") -> None:
    """Name rows of callcenter for the addresses that carry them."""
