from datetime import datetime, timedelta

import pytest

from callcenter import queries
from callcenter.models import DailyReport, Escalation, Ticket, TicketNote
from pointsys.common.clock import JST, jst_date
from pointsys.console.demo import desk, setting
from pointsys.console.demo.plan import Days

pytestmark = [pytest.mark.django_db, pytest.mark.req("CC-04")]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, 12, 0, tzinfo=JST),
        datetime(2027, 1, 1, 0, 30, tzinfo=JST),  # the desk is closed and the client is away
    ],
)
def test_the_demo_tells_two_weeks_of_calls_on_any_date(now):
    days = Days(now)
    staff = setting.make_staff(days)
    stage, _ = setting.make_programs(days, staff)
    setting.make_stores(stage)
    setting.make_residents(stage, number=40)

    desk.load(stage)

    client_id = stage.program.client_id
    tickets = Ticket.objects.filter(client_id=client_id)
    asked = Escalation.objects.filter(ticket__in=tickets)
    assert tickets.count() == desk.TICKETS
    assert tickets.filter(resident__external_id="mj-000001").count() == 2
    assert tickets.filter(is_complaint=True).count() == 1
    assert (asked.count(), asked.filter(answered_at__isnull=False).count()) == (3, 1)
    assert asked.filter(queries.overdue(now)).count() == 1
    reported = set(DailyReport.objects.values_list("day", flat=True))
    yesterday = jst_date(now) - timedelta(days=1)
    assert (yesterday in reported) is queries.is_open_day(queries.desks_of(client_id), yesterday)
    assert not any(queries.is_late(report) for report in DailyReport.objects.all())
    assert not tickets.filter(opened_at__gt=now).exists()
    assert not asked.filter(answered_at__gt=now).exists()
    assert not DailyReport.objects.filter(made_at__gt=now).exists()
    assert not TicketNote.objects.filter(at__gt=now).exists()
