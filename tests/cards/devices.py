"""A terminal's device as the site sees it: its own key, and requests signed by it."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from cards import terminal_keys
from cards.models import Card, EarnRule, Terminal
from cards.services import policies, terminals
from pointsys.programs.models import Program
from stores.models import Till
from tests.cards.factories import issued, stock_of
from tests.factories import NOON, ProgramFactory, ResidentFactory, TillFactory
from tests.ledger.builders import give


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Sign as a browser does: r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Device:
    """What stands in the store."""

    terminal: Terminal
    key: ec.EllipticCurvePrivateKey
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def headers(
        self,
        path: str,
        body: bytes,
        *,
        at: datetime,
        method: str = "POST",
        nonce: UUID | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> dict[str, str]:
        """Return the headers that sign a request."""
        nonce = nonce or uuid4()
        time_ms = int(at.timestamp() * 1000)
        message = terminal_keys.signed_bytes(
            method=method, full_path=path, time_ms=time_ms, nonce=nonce, body=body
        )
        return {
            "X-Terminal": str(self.terminal.uuid),
            "X-Terminal-Time": str(time_ms),
            "X-Terminal-Nonce": str(nonce),
            "X-Terminal-Signature": base64.b64encode(
                raw_signature(key or self.key, message)
            ).decode(),
        }

    def send(
        self, act: str, body: bytes, headers: dict[str, str] | None = None, *, at: datetime = NOON
    ):
        """Post these very bytes."""
        path = f"/terminal/api/{act}"
        signed = self.headers(path, body, at=at) if headers is None else headers
        return self.client.post(path, body, content_type="application/json", headers=signed)

    def ask(self, act: str, *, at: datetime = NOON, **given: Any):
        """Ask as the page does."""
        return self.send(act, json.dumps(given).encode(), at=at)


@dataclass
class Scene:
    """A store with a terminal, and a card with points in front of it."""

    program: Program
    till: Till
    device: Device
    card: Card

    @property
    def terminal(self) -> Terminal:
        return self.device.terminal

    @property
    def wallet_id(self) -> int:
        assert self.card.wallet_id is not None
        return self.card.wallet_id


def enrolled(till: Till, *, name: str = "レジ横のタブレット", at: datetime = NOON) -> Device:
    """Make a terminal of the till and enrol a device as it."""
    key = new_key()
    _, code = terminals.create_terminal(
        store_id=till.store_id, till_id=till.pk, name=name, by=None, at=at
    )
    terminal = terminals.enrol(code=code, public_key_spki=spki(key), at=at + timedelta(seconds=30))
    return Device(terminal=terminal, key=key)


def at_a_terminal(*, points: int = 5_000, at: datetime = NOON, **program: Any) -> Scene:
    """Return a terminal and an issued card (serial 1) with points."""
    till = TillFactory(program=ProgramFactory(**program))
    device = enrolled(till, at=at)
    [blank] = stock_of(till.program, 1)
    resident = ResidentFactory(client=till.program.client)
    card = issued(blank, resident_id=resident.pk)
    assert card.wallet is not None
    if points:
        give(card.wallet, points)
    return Scene(program=till.program, till=till, device=device, card=card)


def open_rule(
    program: Program, *, points: int = 10, reserved: int = 1_000, store_id: int | None = None
) -> EarnRule:
    """Open a grant for taps at terminals."""
    return policies.create_earn_rule(
        program_id=program.pk,
        name=f"来店ポイント {program.earn_rules.count() + 1}",
        points=points,
        total_points=reserved,
        store_id=store_id,
        by=None,
        at=NOON,
    )
