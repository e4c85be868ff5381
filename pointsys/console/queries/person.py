"""One resident in every room: what they hold, bought, carry, asked and visited."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from callcenter import queries as desk
from cards import queries as cards
from cards.models import Card
from consultations import queries as meetings
from consultations.models import Attendance
from ledger import queries as ledger
from pointsys.console.queries.viewer import Viewer
from pointsys.residents.models import Resident
from pointsys.users.models import User
from vouchers.models import Application, Order
from vouchers.queries import applications as vouchers

if TYPE_CHECKING:
    from callcenter.models import Ticket

MOVES: Final = 20


@dataclass(frozen=True, slots=True)
class Money:
    """What somebody holds in one program, and how it moved lately."""

    balance: ledger.Balance
    moves: list[ledger.HistoryLine]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of somebody to the desk; `is_open_to_reader` where the reader may open it."""

    ticket: "Ticket"
    is_open_to_reader: bool


@dataclass(frozen=True, slots=True)
class PersonEverywhere:
    """What every room keeps of one resident, as far as the reader may see it."""

    resident: Resident
    money: list[Money]
    applications: list[Application]
    orders: list[Order]
    cards: list[Card]
    tickets: list[Asked]
    visits: list[Attendance]


def person_everywhere(
    resident: Resident, *, user: User, at: datetime, sees_sales: bool, sees_cards: bool
) -> PersonEverywhere:
    """Return what every room keeps of a resident; the caller records the access first."""
    balances = ledger.balances_of(resident_id=resident.pk, at=at)
    return PersonEverywhere(
        resident=resident,
        money=[
            Money(one, ledger.history_of(wallet_id=one.wallet_id, limit=MOVES)) for one in balances
        ],
        applications=list(vouchers.own_applications(resident)) if sees_sales else [],
        orders=_orders(resident) if sees_sales else [],
        cards=list(cards.cards_of_resident(resident_id=resident.pk)) if sees_cards else [],
        tickets=_tickets(resident, user=user, at=at),
        visits=_visits(resident, user),
    )


def _orders(resident: Resident) -> list[Order]:
    return list(
        Order.objects.filter(resident=resident)
        .select_related("sale_round__campaign__program")
        .order_by("-ordered_at", "-pk")
    )


def _tickets(resident: Resident, *, user: User, at: datetime) -> list[Asked]:
    found = desk.resident_panel(resident, at=at).tickets
    ids = [ticket.pk for ticket in found]
    open_to = set(
        desk.tickets_visible_to(user).filter(pk__in=ids).order_by().values_list("pk", flat=True)
    )
    return [Asked(ticket, ticket.pk in open_to) for ticket in found]


def _visits(resident: Resident, user: Viewer) -> list[Attendance]:
    return list(
        meetings.attendances_visible_to(user)
        .filter(resident=resident, undone_at__isnull=True)
        .order_by("-checked_in_at", "-pk")
    )
