from typing import TYPE_CHECKING

from pointsys.console.demo import setting
from pointsys.console.models import KpiTarget, WeeklyReport
from pointsys.residents.models import Resident

if TYPE_CHECKING:
    from tests.permissions.world import World

PUBLIC: set[str] = set()


def add_rows(world: "World") -> None:
    """Name rows of the console for the addresses that carry them."""
    report = WeeklyReport.objects.filter(program__code=setting.MIYAGI_CODE).first()
    target = KpiTarget.objects.filter(program__code=setting.MIYAGI_CODE).first()
    resident = Resident.objects.get(external_id="mj-000001")
    assert report is not None
    assert target is not None
    for name in ("console:report", "console:report_pdf", "console:report_xlsx"):
        world.by_name[name] = {"report_id": report.pk}
    world.by_name["console:target_remove"] = {"target_id": target.pk}
    world.by_name["console:follow"] = {"uuid": world.by_parameter["transfer"]}
    world.by_name["console:resident"] = {"resident_uuid": resident.uuid}
