import pytest

from consultations.coverage_map import PLACES, tile_map
from consultations.queries import Unit, UnitCoverage
from pointsys.common.municipalities import MIYAGI_UNITS


@pytest.mark.req("CO-01")
def test_every_unit_has_a_tile_of_its_own() -> None:
    assert set(PLACES) == {unit.code for unit in MIYAGI_UNITS}
    assert len({(place.column, place.row) for place in PLACES.values()}) == 39


def test_tiles_say_state_and_count_in_words() -> None:
    units = [
        UnitCoverage(Unit("04207", "名取市", ""), held=2),
        UnitCoverage(Unit("04211", "岩沼市", ""), planned=1),
        UnitCoverage(Unit("04302", "七ヶ宿町", "")),
    ]

    drawn = tile_map(units)

    assert drawn is not None
    assert [tile.words for tile in drawn.tiles] == ["2回", "予定", "未計画"]
    assert "未計画1（七ヶ宿町）" in drawn.finding


def test_without_a_place_there_is_no_map() -> None:
    assert tile_map([]) is None
    assert tile_map([UnitCoverage(Unit("31203", "倉吉市", ""))]) is None
