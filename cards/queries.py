import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from cards import identifiers
from cards.identifiers import Tap
from cards.models import Card, CardEarn, CardPayment, CardPolicy, EarnRule, StockBatch, Terminal
from pointsys.users import queries as users
from pointsys.users.models import Role, User

Viewer = User | AnonymousUser
SHOWN_DIGITS: Final = 4
VIEW_ROLES: Final = frozenset(
    {
        Role.OFFICE_CLERK,
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.PRIVACY_OFFICER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
    }
)
# A lost card is reported by telephone: whoever answers stops it at once.
BLOCK_ROLES: Final = frozenset({Role.OFFICE_CLERK, Role.DESK_OPERATOR, Role.DESK_SUPERVISOR})


def cards_visible_to(user: Viewer) -> QuerySet[Card]:
    """Return the cards of the user's clients, the newest issue first."""
    return (
        Card.objects.filter(program__client_id__in=users.client_ids(user, VIEW_ROLES))
        .select_related("program__client", "batch")
        .order_by("-issued_at", "-pk")
    )


def cards_stoppable_by(user: Viewer) -> QuerySet[Card]:
    """Return the cards that the user may stop: the desk sees a card on its caller's page only."""
    return Card.objects.filter(
        program__client_id__in=users.client_ids(user, BLOCK_ROLES)
    ).select_related("program__client")


def batches_visible_to(user: Viewer) -> QuerySet[StockBatch]:
    """Return the deliveries of blank cards of the user's clients, newest first."""
    return (
        StockBatch.objects.filter(program__client_id__in=users.client_ids(user, VIEW_ROLES))
        .select_related("program", "imported_by")
        .order_by("-imported_at", "-pk")
    )


def terminals_visible_to(user: Viewer) -> QuerySet[Terminal]:
    """Return the terminals of the user's clients by store."""
    return (
        Terminal.objects.filter(program__client_id__in=users.client_ids(user, VIEW_ROLES))
        .select_related("program__client", "store", "till")
        .order_by("store__code", "name", "pk")
    )


def earn_rules_visible_to(user: Viewer) -> QuerySet[EarnRule]:
    """Return the grants at terminals of the user's clients, by name."""
    return (
        EarnRule.objects.filter(program__client_id__in=users.client_ids(user, VIEW_ROLES))
        .select_related("program__client", "store", "grant_round")
        .order_by("-is_active", "name", "pk")
    )


def policy_of(program_id: int) -> CardPolicy:
    """Return what cards of a program may do; the defaults, not yet saved, where nobody set it."""
    return CardPolicy.objects.filter(program_id=program_id).first() or CardPolicy(
        program_id=program_id
    )


def card_by_tap(*, program_id: int, tap: Tap) -> Card | None:
    """Return the program's card that was read, in whatever state and under any known pepper."""
    digests = identifiers.digests(tap)
    if tap.technology == identifiers.QR:
        found = Card.objects.filter(token_hmac__in=digests)
    else:
        found = Card.objects.filter(identifier_hmac__in=digests)
    return found.filter(program_id=program_id).select_related("program", "wallet").first()


def card_by_face_number(*, program_id: int, face_number: str) -> Card | None:
    """Return the program's card with this number on its face."""
    return (
        Card.objects.filter(program_id=program_id, face_number=face_number)
        .select_related("program", "wallet")
        .first()
    )


def card_counts(*, program_id: int) -> dict[str, int]:
    """Return how many cards of a program are in each state, every state named."""
    counted = dict(
        Card.objects.filter(program_id=program_id)
        .order_by()
        .values_list("status")
        .annotate(Count("pk"))
    )
    return {status: counted.get(status, 0) for status in Card.Status.values}


def live_card_of_wallet(wallet_id: int) -> Card | None:
    """Return the card that a wallet is used with now."""
    return Card.objects.filter(wallet_id=wallet_id, status=Card.Status.ISSUED).first()


def cards_of_resident(*, resident_id: int) -> QuerySet[Card]:
    """Return the cards a resident has had, those in use first."""
    return (
        Card.objects.filter(wallet__resident_id=resident_id)
        .select_related("program")
        .order_by("stopped_at", "-issued_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class CardUse:
    """One tap that moved points; `points` is signed."""

    at: datetime
    store_name: str
    terminal_name: str
    what: str
    points: int


def uses_of_card(card_id: int, *, limit: int = 20) -> list[CardUse]:
    """Return the newest payments and grants of a card, in two queries."""
    payments = (
        CardPayment.objects.filter(card_id=card_id)
        .select_related("terminal__store")
        .order_by("-tapped_at", "-pk")[:limit]
    )
    earns = (
        CardEarn.objects.filter(card_id=card_id)
        .select_related("terminal__store", "rule")
        .order_by("-tapped_at", "-pk")[:limit]
    )
    uses = [
        CardUse(p.tapped_at, p.terminal.store.name, p.terminal.name, "支払い", -p.points)
        for p in payments
    ] + [
        CardUse(e.tapped_at, e.terminal.store.name, e.terminal.name, e.rule.name, e.points)
        for e in earns
    ]
    return sorted(uses, key=lambda use: use.at, reverse=True)[:limit]


def matching(cards: QuerySet[Card], words: str) -> QuerySet[Card]:
    """Return the card whose number is typed, or those that end with the four digits shown."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", words))
    if len(digits) == SHOWN_DIGITS:
        return cards.filter(face_number__endswith=digits)
    return cards.filter(face_number=digits) if digits else cards.none()
