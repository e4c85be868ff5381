import pytest

from tests.factories import NOON
from tests.settlement.builders import Scene, build_scene


@pytest.fixture
def scene(db: None) -> Scene:
    """A program used from August 2025, without stores."""
    return build_scene()


@pytest.fixture
def busy_month(scene: Scene) -> Scene:
    """August: one store to be paid, one without account, one refunded to zero, one unused."""
    scene.open_store("04-00001")
    scene.open_store("04-00002")
    scene.open_store("04-00003", account=False)
    scene.open_store("04-00004")
    scene.open_store("04-00005")
    scene.pay("04-00001", 1_200)
    scene.pay("04-00001", 300)
    scene.pay("04-00002", 5_000)
    scene.pay("04-00003", 700)
    scene.refund(scene.pay("04-00004", 450), 450, at=NOON)
    return scene
