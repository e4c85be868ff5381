"""The demo's part of cards and the terminals that read them."""

import base64
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cards import identifiers
from cards.identifiers import Tap
from cards.models import Card, Terminal
from cards.services import issuing, lifecycle, policies, stock, tapping, terminals
from pointsys.common.clock import jst_date
from pointsys.common.tabular import csv_bytes
from pointsys.console.demo.plan import at
from pointsys.console.demo.setting import Stage, external_ids_of
from pointsys.residents.models import Resident

KEY: Final = UUID("0d6f5b3a-5a0e-4c0e-9a37-6f1f1f0c5a77")
STOCK: Final = 200
ISSUED: Final = 40
WITHOUT_NAME: Final = 4
# Cards by their serial: the first was lost, the second replaced it, the fifth is blocked.
LOST, REPLACEMENT, BLOCKED = 1, 2, 5
SPENT: Final = (280, 450, 120, 600)
EARN_POINTS: Final = 10
# The demo's terminal has a key that everybody can compute: it exists nowhere else.
DEMO_KEY: Final = 20_250_528
# Shops, by their place in the list, that have a terminal.
SHOPS: Final = (1, 2, 3)


def face_number(serial: int) -> str:
    """Return the card number of a demo card."""
    digits = str(int.from_bytes(sha256(f"demo card {serial}".encode()).digest()))[:14]
    body = identifiers.FACE_PREFIX + digits
    return body + identifiers.check_digit(body)


def token(serial: int) -> str:
    """Return what the QR code of a demo card holds."""
    digest = sha256(f"demo token {serial}".encode()).digest()
    return base64.b32encode(digest).decode("ascii")[: identifiers.TOKEN_LENGTH]


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
    cards = _make_stock(stage)
    _make_rules(stage)
    _issue(stage, cards)
    terminal = _make_terminals(stage)
    for part, points in ((0.1, 280), (0.2, 450)):
        _use(terminal, LOST, at=_moment(stage, part), points=points)
    _lose(stage, cards)
    for part, points in ((0.5, 120), (0.8, 600)):
        _use(terminal, REPLACEMENT, at=_moment(stage, part), points=points)
    for serial in range(6, 26):
        _use(
            terminal,
            serial,
            at=_moment(stage, 0.3 + serial / 50),
            points=SPENT[serial % len(SPENT)],
        )


def _moment(stage: Stage, part: float) -> datetime:
    """Return an instant of this month, from its first morning (0) to now (1)."""
    now = stage.days.now
    start = min(at(stage.days.this_month, 0), now)
    moment = start + (now - start) * part
    if jst_date(moment) == jst_date(now):
        return moment
    # On a whole day shops are open; later parts of the month stay later.
    return at(jst_date(moment), 10 + int(part * 8), int(part * 480) % 60)


def _make_stock(stage: Stage) -> dict[int, Card]:
    rows = [
        (face_number(serial), "FeliCa", identifiers.OWN_SYSTEM, f"0114{serial:012X}", token(serial))
        for serial in range(1, STOCK + 1)
    ]
    columns = ("カード番号", "種類", "システムコード", "IDm", "QRトークン")
    stock.import_stock(
        program=stage.program,
        name="第1回納品 200枚",
        content=csv_bytes(columns, rows),
        file_name="card-1.csv",
        by=stage.clerk,
        at=stage.days.before_start(5),
    )
    found = {card.face_number: card for card in Card.objects.filter(program=stage.program)}
    return {serial: found[face_number(serial)] for serial in range(1, STOCK + 1)}


def _make_rules(stage: Stage) -> None:
    moment = stage.days.before_start(4)
    policies.set_limits(
        program_id=stage.program.pk,
        use_limit_points=1_000,
        day_limit_points=3_000,
        by=stage.clerk,
        at=moment,
    )
    policies.create_earn_rule(
        program_id=stage.program.pk,
        name="来店ポイント",
        points=EARN_POINTS,
        total_points=100_000,
        by=stage.clerk,
        at=moment,
    )


def _issue(stage: Stage, cards: dict[int, Card]) -> None:
    """Hand out forty cards before use begins; the second stays in stock for the exchange."""
    names = external_ids_of(stage)[: ISSUED - WITHOUT_NAME]
    residents = {
        resident.external_id: resident.pk
        for resident in Resident.objects.filter(client=stage.program.client, external_id__in=names)
    }
    holders: list[int | None] = [residents[name] for name in names]
    serials = (LOST, *range(3, ISSUED + 2))
    holders += [None] * (len(serials) - len(holders))
    start = stage.days.before_start(3)
    for place, (serial, holder) in enumerate(zip(serials, holders, strict=True)):
        issuing.issue_card(
            card_id=cards[serial].pk,
            resident_id=holder,
            by=stage.clerk,
            at=start + timedelta(minutes=7 * place),
        )


def _lose(stage: Stage, cards: dict[int, Card]) -> None:
    lost = cards[LOST].pk
    lifecycle.block_card(card_id=lost, reason="紛失", by=stage.clerk, at=_moment(stage, 0.25))
    lifecycle.replace_card(
        card_id=lost,
        new_card_id=cards[REPLACEMENT].pk,
        reason="紛失",
        by=stage.clerk,
        at=_moment(stage, 0.3),
    )
    lifecycle.block_card(
        card_id=cards[BLOCKED].pk, reason="盗難", by=stage.clerk, at=_moment(stage, 0.6)
    )


def _make_terminals(stage: Stage) -> Terminal:
    """Make one terminal that works, one that waits for its device and one that was stolen."""
    before = stage.days.before_start(2)
    key = ec.derive_private_key(DEMO_KEY, ec.SECP256R1()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    working, stolen = (
        terminals.create_terminal(
            store_id=stage.stores[shop].pk,
            till_id=stage.till_ids[shop][0],
            name=name,
            by=stage.clerk,
            at=before,
        )
        for shop, name in zip(SHOPS, ("1階レジのタブレット", "貸し出し中の端末"), strict=False)
    )
    terminals.enrol(code=working[1], public_key_spki=spki, at=before + timedelta(minutes=3))
    terminals.revoke_terminal(
        terminal_id=stolen[0].pk,
        reason="盗難の連絡があったため",
        by=stage.clerk,
        at=_moment(stage, 0.1),
    )
    shop = SHOPS[2]
    terminals.create_terminal(
        store_id=stage.stores[shop].pk,
        till_id=stage.till_ids[shop][0],
        name="レジ横のスマートフォン",
        by=stage.clerk,
        at=stage.days.now - timedelta(minutes=3),
    )
    return Terminal.objects.select_related("program", "store", "till").get(pk=working[0].pk)


def _use(terminal: Terminal, serial: int, *, at: datetime, points: int) -> None:
    """Tap once: earn, and spend where the balance covers it."""
    tap = Tap(identifiers.QR, token=token(serial))
    tapping.earn(terminal=terminal, tap=tap, at=at)
    sight = tapping.look(terminal=terminal, tap=tap, at=at)
    if sight.limits.possible_points >= points:
        tapping.spend(
            terminal=terminal,
            tap=tap,
            points=points,
            request_key=uuid5(KEY, f"{serial}-{at.isoformat()}"),
            at=at,
        )


def card_of_the_demo() -> Card | None:
    """Return the card of the resident who appears everywhere, for whoever tries a terminal."""
    return Card.objects.filter(face_number=face_number(REPLACEMENT)).first()
