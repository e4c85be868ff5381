"""Every write of events, one function an act."""

from consultations.services.bookings import (
    book,
    cancel_booking,
    remind_of_tomorrow,
)
from consultations.services.changes import change_event
from consultations.services.planning import change_draft, create_event, decide_event, propose
from consultations.services.plans import (
    EventPlan,
    digest_of,
    pending_approval,
    plan_of,
    waiting_plan_of,
)
from consultations.services.rules import (
    DEFAULT_HELP,
    ensure_help_items,
    link_survey,
    make_default_survey,
    save_rules,
)
from consultations.services.running import cancel_event, mark_held, publish
from consultations.services.visits import CheckedIn, check_in, record_help, respond, undo_check_in

__all__ = [
    "DEFAULT_HELP",
    "CheckedIn",
    "EventPlan",
    "book",
    "cancel_booking",
    "cancel_event",
    "change_draft",
    "change_event",
    "check_in",
    "create_event",
    "decide_event",
    "digest_of",
    "ensure_help_items",
    "link_survey",
    "make_default_survey",
    "mark_held",
    "pending_approval",
    "plan_of",
    "propose",
    "publish",
    "record_help",
    "remind_of_tomorrow",
    "respond",
    "save_rules",
    "undo_check_in",
    "waiting_plan_of",
]
