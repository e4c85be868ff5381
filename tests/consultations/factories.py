"""Events of a program of Miyagi, on 20 September 2025, two weeks after they were planned."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from consultations import services
from consultations.models import Booking, Event
from consultations.queries import Person
from pointsys.common.clock import JST
from pointsys.programs.models import Program
from pointsys.users.models import Role, User
from tests.factories import ProgramFactory, staff_of

PLANNED = datetime(2025, 9, 1, 10, 0, tzinfo=JST)
DAY = datetime(2025, 9, 20, 13, 0, tzinfo=JST)
NATORI = "04207"
HANAKO = Person("鈴木 花子", "すずき はなこ", "090-0000-1234", "hanako@example.jp", "耳が遠い")
TARO = Person("佐藤 太郎", "さとう たろう", "022-000-5678")


def plan(**changes: Any) -> services.EventPlan:
    """Return the plan of a meeting in Natori: three hours, six slots of two seats."""
    whole = services.EventPlan(
        title="スマホ相談会 名取市",
        kind=Event.Kind.CONSULTATION,
        municipality_code=NATORI,
        venue="名取市文化会館 小ホール",
        address="宮城県名取市増田字柳田520",
        starts_at=DAY,
        ends_at=DAY + timedelta(hours=3),
        slot_minutes=30,
        seats_per_slot=2,
        method="対面。職員4名。",
    )
    return replace(whole, **changes)


class Office:
    """One client with its people, and the acts that lead to an event of a state."""

    def __init__(self, program: Program | None = None) -> None:
        self.program = program or ProgramFactory()
        client = self.program.client
        self.clerk = staff_of(client, Role.OFFICE_CLERK, name="計画 係")
        self.approver = staff_of(client, Role.CLIENT_APPROVER, name="承認 者")
        self.staff = staff_of(client, Role.EVENT_STAFF, name="会場 係")

    def draft(self, **changes: Any) -> Event:
        return services.create_event(
            program_id=self.program.pk, plan=plan(**changes), by=self.clerk, at=PLANNED
        )

    def decide(self, event: Event, *, approve: bool = True, comment: str = "") -> Event:
        event.refresh_from_db()
        digest = services.digest_of(event, services.waiting_plan_of(event))
        return services.decide_event(
            event_id=event.pk,
            approve=approve,
            digest=digest,
            comment=comment,
            by=self.approver,
            at=PLANNED,
        )

    def approved(self, **changes: Any) -> Event:
        event = self.draft(**changes)
        services.propose(event_id=event.pk, by=self.clerk, at=PLANNED)
        return self.decide(event)

    def published(self, **changes: Any) -> Event:
        event = self.approved(**changes)
        return services.publish(event_id=event.pk, by=self.clerk, at=PLANNED)

    def held(self, **changes: Any) -> Event:
        event = self.published(**changes)
        at = event.ends_at
        return services.mark_held(event_id=event.pk, by=self.staff, at=at)

    def arrive(
        self,
        event: Event,
        *,
        number: str = "",
        key: UUID | None = None,
        by: User | None = None,
        at: datetime | None = None,
    ) -> services.CheckedIn:
        moment = at or event.starts_at
        return services.check_in(
            event_id=event.pk,
            number=number,
            request_key=key or uuid4(),
            checked_in_at=moment,
            by=by or self.staff,
            at=moment,
        )


def book(event: Event, person: Person = HANAKO, *, slot: int = 0, **more: Any) -> Booking:
    """Book the nth time of an event on the web."""
    slots = list(event.slots.order_by("starts_at"))
    wanted: dict[str, Any] = {
        "slot_id": slots[slot].pk,
        "person": person,
        "channel": Booking.Channel.WEB,
        "request_key": uuid4(),
        "by": None,
        "at": PLANNED,
    }
    return services.book(**{**wanted, **more})
