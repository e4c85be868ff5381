"""Cards, lists of cards and terminals, made the way the office makes them."""

import base64
import hashlib
from typing import Any

from cards import identifiers
from cards.models import Card
from cards.services import issuing, stock
from pointsys.common.tabular import csv_bytes
from pointsys.programs.models import Program
from tests.factories import NOON

COLUMNS = ("カード番号", "種類", "システムコード", "IDm", "QRトークン")


def face_number(serial: int) -> str:
    """Return the card number with this serial; the same every time."""
    body = f"9{serial:014}"
    return body + identifiers.check_digit(body)


def idm(serial: int) -> str:
    """Return the IDm of the card with this serial."""
    return f"0114{serial:012X}"


def token(serial: int) -> str:
    """Return the QR token of the card with this serial."""
    digest = hashlib.sha256(f"token {serial}".encode()).digest()
    return base64.b32encode(digest).decode()[: identifiers.TOKEN_LENGTH]


def row(serial: int, **values: str) -> tuple[str, ...]:
    """Return one line of a maker's list, with some cells of one's own."""
    cells = dict(
        zip(
            COLUMNS,
            (face_number(serial), "FeliCa", "88B4", idm(serial), token(serial)),
            strict=True,
        )
    )
    return tuple((cells | values).values())


def listed(*rows: tuple[str, ...]) -> bytes:
    """Return a maker's list as a CSV file."""
    return csv_bytes(COLUMNS, rows)


def stock_of(program: Program, *serials: int, name: str = "第1回納品") -> list[Card]:
    """Register blank cards with these serials and return them in this order."""
    stock.import_stock(
        program=program,
        name=name,
        content=listed(*(row(serial) for serial in serials)),
        file_name="cards.csv",
        by=None,
        at=NOON,
    )
    found = {card.face_number: card for card in Card.objects.filter(program=program)}
    return [found[face_number(serial)] for serial in serials]


def issued(card: Card, **values: Any) -> Card:
    """Hand out a card, to nobody in particular unless a resident is named."""
    return issuing.issue_card(
        **{"card_id": card.pk, "resident_id": None, "by": None, "at": NOON, **values}
    )


def tap_of(serial: int) -> identifiers.Tap:
    """Return the tap of the card with this serial."""
    return identifiers.tap_of(technology="F", system_code="88B4", identifier=idm(serial))
