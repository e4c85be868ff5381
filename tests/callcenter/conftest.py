import pytest

from tests.callcenter.factories import build_scene


@pytest.fixture
def scene():
    return build_scene()


@pytest.fixture(autouse=True)
def _second_factor_is_shown_elsewhere(settings):
    settings.REQUIRE_SECOND_FACTOR = False
