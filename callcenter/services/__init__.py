"""Every write of the call centre, one function an act."""

from callcenter.services.calls import Call, finish_call
from callcenter.services.escalations import answer, escalate
from callcenter.services.reports import (
    correct_report,
    has_changed,
    make_missing_reports,
    make_report,
)
from callcenter.services.set_up import (
    CategorySpec,
    add_client_closed_day,
    add_recipient,
    create_categories,
    create_desk,
    create_hint,
    retire_category,
    set_desk_day,
)
from callcenter.services.tickets import (
    SUBJECT_MAX,
    add_note,
    change_category,
    close_ticket,
    mark_complaint,
    open_ticket,
    report_complaint,
    report_waiting_complaints,
    reserve_number,
)

__all__ = [
    "SUBJECT_MAX",
    "Call",
    "CategorySpec",
    "add_client_closed_day",
    "add_note",
    "add_recipient",
    "answer",
    "change_category",
    "close_ticket",
    "correct_report",
    "create_categories",
    "create_desk",
    "create_hint",
    "escalate",
    "finish_call",
    "has_changed",
    "make_missing_reports",
    "make_report",
    "mark_complaint",
    "open_ticket",
    "report_complaint",
    "report_waiting_complaints",
    "reserve_number",
    "retire_category",
    "set_desk_day",
]
