from callcenter.models.categories import Category, Hint
from callcenter.models.desks import ClientClosedDay, Desk, DeskDay, DeskRecipient, OpeningHours
from callcenter.models.reports import DailyReport
from callcenter.models.tickets import Escalation, Ticket, TicketCounter, TicketNote, TicketNumber

__all__ = [
    "Category",
    "ClientClosedDay",
    "DailyReport",
    "Desk",
    "DeskDay",
    "DeskRecipient",
    "Escalation",
    "Hint",
    "OpeningHours",
    "Ticket",
    "TicketCounter",
    "TicketNote",
    "TicketNumber",
]
