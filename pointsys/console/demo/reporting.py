"""Targets that were agreed on, and the weekly reports up to now."""

from datetime import timedelta
from typing import Final

from pointsys.common.clock import jst_date
from pointsys.console import services
from pointsys.console.demo.plan import at
from pointsys.console.demo.setting import Stage
from pointsys.console.models import KpiTarget
from pointsys.console.queries import weekly
from pointsys.programs.models import Program

WEEKS: Final = 3
MADE_AT: Final = 6  # o'clock
VOUCHER_SETS: Final = 100
TARGETS: Final = (
    (KpiTarget.Code.POINTS_USED, 2_500_000),
    (KpiTarget.Code.PAYMENTS, 6_000),
    (KpiTarget.Code.STORES, 60),
    (KpiTarget.Code.EVENTS, 12),
)


def load(stage: Stage) -> None:
    """Set targets, and make the reports of the last weeks on their Mondays."""
    days = stage.days
    program = stage.program
    for code, target in TARGETS:
        services.set_target(
            program_id=program.pk,
            code=code,
            target=target,
            due_date=jst_date(days.end),
            by=stage.clerk,
            at=days.before_start(10),
        )
    services.set_weekday(program_id=program.pk, weekday=0, by=stage.clerk, at=days.before_start(10))
    today = jst_date(days.now)
    monday = today - timedelta(days=today.weekday())
    # The sale of vouchers is a program of its own of the same client.
    for one in Program.objects.filter(client_id=program.client_id).order_by("pk"):
        if one != program:
            services.set_target(
                program_id=one.pk,
                code=KpiTarget.Code.VOUCHER_SETS,
                target=VOUCHER_SETS,
                due_date=jst_date(days.end),
                by=stage.clerk,
                at=days.before_start(10),
            )
        for number in range(WEEKS, 0, -1):
            week_start = monday - number * weekly.WEEK
            made_at = days.not_later(at(week_start + weekly.WEEK, MADE_AT))
            services.make_weekly_report(program_id=one.pk, week_start=week_start, at=made_at)
