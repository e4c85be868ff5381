"""The demo from nothing to two months of trade, step by step."""

from datetime import datetime
from typing import Final, TextIO

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.audit.models import AuditEvent
from pointsys.common.errors import DomainError
from pointsys.console.demo import cards, desk, events, reporting, setting, trade, vouchers
from pointsys.console.demo.plan import Days, at
from pointsys.console.demo.progress import Progress
from pointsys.console.demo.setting import Stage
from pointsys.programs.models import Program

LOADED: Final = "console.demo_loaded"
STEPS: Final = 12
PEOPLE: Final = 2_000
SMALL_PEOPLE: Final = 60
WINNERS: Final = 700
SMALL_SCALE: Final = 0.06


class DemoHalfLoaded(DomainError):
    code = "console.demo_half_loaded"
    message = (
        "前回の読み込みが途中で終わっています。`make reset` で消してから、もう一度始めてください。"
    )


def is_loaded() -> bool:
    """Tell whether the demo is there already.

    Raises:
        DemoHalfLoaded: an earlier run did not come to its end.
    """
    if AuditEvent.objects.filter(code=LOADED).exists():
        return True
    if Program.objects.filter(code=setting.MIYAGI_CODE).exists():
        raise DemoHalfLoaded
    return False


def load(*, now: datetime, people: int = PEOPLE, scale: float = 1.0, out: TextIO) -> int:
    """Make the demo as it stands at `now` and return the number of payments.

    `people` and `scale` make it smaller for tests. Settlement commits by itself, so this cannot
    run inside a transaction; a run that dies halfway is named by `is_loaded`.
    """
    days = Days(now)
    progress = Progress(STEPS, out)
    progress.begin("発注者・担当者・事業")
    staff = setting.make_staff(days)
    big, small = setting.make_programs(days, staff)
    progress.end()

    progress.begin("加盟店")
    setting.make_stores(big)
    setting.make_stores(small)
    progress.end()

    progress.begin("利用者と付与")
    setting.make_residents(big, number=people)
    setting.make_residents(small, number=SMALL_PEOPLE, codes=("04215",))
    for stage in (big, small):
        setting.grant_to_all(stage, points=trade.FIRST_POINTS)
    progress.end()

    progress.begin("小さい事業の2か月")
    paid = _two_months(small, people=SMALL_PEOPLE, scale=SMALL_SCALE, winners=SMALL_PEOPLE // 3)
    progress.end()
    paid += _big_program(big, people=people, scale=scale, progress=progress)
    for name, room in (
        ("カード", cards),
        ("商品券", vouchers),
        ("コールセンター", desk),
        ("相談会", events),
        ("目標と週報", reporting),
    ):
        progress.begin(name)
        room.load(big)
        progress.end()
    _mark(big)
    return paid


def _big_program(stage: Stage, *, people: int, scale: float, progress: Progress) -> int:
    purses = trade.purses_of(stage)
    visits = trade.visits_of(stage, people=people, scale=scale)
    draw_at = at(stage.days.last_month.replace(day=15), 10)
    before, after = trade.split(visits, lambda visit: visit.at < draw_at)
    last_month, this_month = trade.split(
        after, lambda visit: visit.at < at(stage.days.this_month, 0)
    )

    tick = progress.begin("先月の支払い")
    paid = trade.trade(stage, purses, before, tick)
    trade.second_round(stage, purses, winners=min(WINNERS, people // 2))
    paid += trade.trade(stage, purses, last_month, tick)
    progress.end()

    progress.begin("先月の精算")
    trade.settle_last_month(stage)
    progress.end()

    tick = progress.begin("今月の支払い")
    paid += trade.trade(stage, purses, this_month, tick)
    trade.loose_ends(stage)
    progress.end()
    return paid


def _two_months(stage: Stage, *, people: int, scale: float, winners: int) -> int:
    """Trade for two months and close neither: whoever tries the demo closes the first."""
    purses = trade.purses_of(stage)
    visits = trade.visits_of(stage, people=people, scale=scale)
    trade.second_round(stage, purses, winners=winners)
    return trade.trade(stage, purses, visits, lambda done, whole: None)


@transaction.atomic
def _mark(stage: Stage) -> None:
    audit.record(
        code=LOADED,
        target=stage.program,
        organization_id=stage.program.client_id,
        by=None,
        at=stage.days.now,
    )
