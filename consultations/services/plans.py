"""What is planned of an event, fixed by a digest, and the question put to the client about it."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from consultations.errors import ChangeWaits, EventOutsideArea, EventTimesWrong
from consultations.models import Event
from consultations.queries import units_of
from pointsys.approvals import queries as approvals
from pointsys.approvals import services as approval_services
from pointsys.approvals.models import Approval
from pointsys.audit import services as audit
from pointsys.common.clock import jst_date
from pointsys.programs.models import Program
from pointsys.users.models import User

APPROVAL_KIND: Final = "consultations.event"


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What is planned and decided: name, kind, place, time, seats and method."""

    title: str
    kind: str
    municipality_code: str
    venue: str
    address: str
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int
    seats_per_slot: int
    method: str

    def as_json(self) -> dict[str, Any]:
        """Return the values as a row keeps them while they wait."""
        return asdict(self) | {
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "EventPlan":
        """Read what `as_json` wrote."""
        times = {name: datetime.fromisoformat(values[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**values, **times})


def plan_of(event: Event) -> EventPlan:
    """Return the values that are in force."""
    return EventPlan(**{one.name: getattr(event, one.name) for one in fields(EventPlan)})


def waiting_plan_of(event: Event) -> EventPlan:
    """Return what a decision is about: the change that waits, else the values themselves."""
    return EventPlan.of_json(event.change) if event.change else plan_of(event)


def digest_of(event: Event, plan: EventPlan) -> str:
    """Return the SHA-256 of what the client decides on."""
    times = {
        "starts_at": int(plan.starts_at.timestamp()),
        "ends_at": int(plan.ends_at.timestamp()),
    }
    whole = {**asdict(plan), **times, "event": event.pk}
    return hashlib.sha256(
        json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()


def check_plan(program: Program, plan: EventPlan) -> None:
    """Refuse a plan that no event can have.

    Raises:
        EventTimesWrong: the end is not later on the same day.
        EventOutsideArea: the municipality is no unit of the program's area.
    """
    if plan.ends_at <= plan.starts_at or jst_date(plan.ends_at) != jst_date(plan.starts_at):
        raise EventTimesWrong
    codes = {unit.code for unit in units_of(program)}
    if (plan.kind != Event.Kind.WEB) != (plan.municipality_code in codes):
        raise EventOutsideArea


def put_plan(event: Event, plan: EventPlan) -> list[str]:
    """Write a plan's values into the row and return the names of those that changed."""
    changed = [
        one.name for one in fields(plan) if getattr(event, one.name) != getattr(plan, one.name)
    ]
    for name in changed:
        setattr(event, name, getattr(plan, name))
    return changed


def ask(event: Event, plan: EventPlan, what: str, *, by: User, at: datetime) -> Approval:
    """Put one question to the client; one at a time for an event.

    Raises:
        ChangeWaits: the last question is not decided yet.
    """
    if pending_approval(event) is not None:
        raise ChangeWaits
    return approval_services.ask(
        organization_id=event.program.client_id,
        kind=APPROVAL_KIND,
        subject=event,
        digest=digest_of(event, plan),
        title=f"{what}　{event.title}",
        by=by,
        at=at,
    )


def pending_approval(event: Event) -> Approval | None:
    """Return the question about this event that nobody has decided yet."""
    return (
        approvals.approvals_of(event)
        .filter(kind=APPROVAL_KIND, status=Approval.Status.PENDING)
        .first()
    )


def record(act: str, event: Event, by: User, at: datetime, **facts: Any) -> None:
    """Write one act on an event, in the caller's transaction."""
    audit.record(
        code=f"consultations.event.{act}",
        target=event,
        organization_id=event.program.client_id,
        by=by,
        at=at,
        changes=facts,
    )
