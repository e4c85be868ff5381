"""The schematic map of Miyagi's 39 units: tiles on a grid, where neighbours are roughly neighbours.

Tiles carry name, state and count in words; the table beside the map says the same (design: colour
never speaks alone).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consultations.queries import UnitCoverage

STEP_X, STEP_Y, TILE_X, TILE_Y = 56, 50, 52, 46
# Rows from north to south; each entry is column:code:short name.
_ROWS: Final = (
    "2:04213:栗原 4:04212:登米 6:04205:気仙沼",
    "1:04445:加美 2:04215:大崎 3:04505:美里 4:04501:涌谷 6:04606:南三陸",
    "1:04444:色麻 2:04424:大衡 3:04422:大郷 4:04401:松島 5:04214:東松島 6:04202:石巻 7:04581:女川",
    "1:04421:大和 2:04216:富谷 3:04406:利府 4:04203:塩竈 5:04404:七ヶ浜",
    "1:04105:泉区 2:04102:宮城野区 3:04209:多賀城",
    "0:04324:川崎 1:04101:青葉区 2:04103:若林区",
    "0:04301:蔵王 1:04104:太白区 2:04207:名取",
    "0:04302:七ヶ宿 1:04322:村田 2:04211:岩沼",
    "0:04206:白石 1:04321:大河原 2:04323:柴田 3:04361:亘理",
    "1:04341:丸森 2:04208:角田 3:04362:山元",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit's tile lies, and its short name."""

    column: int
    row: int
    name: str


def _places() -> dict[str, Place]:
    places = {}
    for row, line in enumerate(_ROWS):
        for entry in line.split():
            column, code, name = entry.split(":")
            places[code] = Place(int(column), row, name)
    return places


PLACES: Final = _places()


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile as the template draws it."""

    x: int
    y: int
    middle: int
    name: str
    state: str
    words: str

    @property
    def name_y(self) -> int:
        return self.y + 20

    @property
    def words_y(self) -> int:
        return self.y + 37


@dataclass(frozen=True, slots=True)
class TileMap:
    """The whole map with its finding in one sentence."""

    width: int
    height: int
    tile_width: int
    tile_height: int
    tiles: tuple[Tile, ...]
    finding: str


def tile_map(units: Sequence[UnitCoverage]) -> TileMap | None:
    """Return the map of these units; None where one of them has no place on it."""
    if not units or any(unit.unit.code not in PLACES for unit in units):
        return None
    places = [PLACES[unit.unit.code] for unit in units]
    left, top = min(p.column for p in places), min(p.row for p in places)
    tiles = tuple(_tile(unit, place, left, top) for unit, place in zip(units, places, strict=True))
    return TileMap(
        width=max(tile.x for tile in tiles) + TILE_X + 2,
        height=max(tile.y for tile in tiles) + TILE_Y + 2,
        tile_width=TILE_X,
        tile_height=TILE_Y,
        tiles=tiles,
        finding=_finding(units),
    )


def _tile(unit: UnitCoverage, place: Place, left: int, top: int) -> Tile:
    x, y = 2 + STEP_X * (place.column - left), 2 + STEP_Y * (place.row - top)
    words = f"{unit.held}回" if unit.held else unit.state_words
    return Tile(x, y, x + TILE_X // 2, place.name, unit.state, words)


def _finding(units: Sequence[UnitCoverage]) -> str:
    by_state = {state: [u for u in units if u.state == state] for state in ("done", "plan", "none")}
    missing = "・".join(unit.unit.name for unit in by_state["none"])
    end = f"（{missing}）" if missing else ""
    return (
        f"{len(units)}区域の略図。実施済{len(by_state['done'])}、予定{len(by_state['plan'])}、"
        f"未計画{len(by_state['none'])}{end}。同じ内容が表にあります。"
    )
