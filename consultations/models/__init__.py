from consultations.models.events import Booking, Event, Slot
from consultations.models.plan import EventRules, HelpItem, SurveyLink
from consultations.models.visits import Attendance, HelpGiven

__all__ = [
    "Attendance",
    "Booking",
    "Event",
    "EventRules",
    "HelpGiven",
    "HelpItem",
    "Slot",
    "SurveyLink",
]
