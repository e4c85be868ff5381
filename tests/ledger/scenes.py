"""A resident with points, a shop with a till, and a browser in between."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.test import Client

from ledger.models import Wallet
from pointsys.residents.models import Resident
from stores import till_codes
from stores.models import Till
from tests.factories import ResidentFactory, TillFactory, WalletFactory
from tests.ledger.builders import give


@dataclass
class Scene:
    """Everything one visit at a till needs."""

    till: Till
    resident: Resident
    wallet: Wallet
    client: Client

    @property
    def path(self) -> str:
        """What the QR of the till opens."""
        return till_codes.till_path(self.till)

    def post(self, url: str, **data: Any):
        return self.client.post(url, data)

    def confirm_url(self, points: object) -> str:
        """Type an amount and return the address of its confirm page."""
        response = self.post(self.path, points=points)
        assert response.status_code == 302, response.content.decode()
        return response["Location"]

    def order(self, confirm_url: str) -> dict[str, str]:
        """Return what the confirm page's form carries."""
        html = self.client.get(confirm_url).content.decode()
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
        return {name: fields[name] for name in ("points", "key", "signature")}

    def pay(self, points: object) -> Any:
        """Walk the whole way and return the answer to the last button."""
        url = self.confirm_url(points)
        return self.client.post(url, self.order(url))


def at_a_till(*, points: int = 12_480, **till: Any) -> Scene:
    """Return a signed-in resident with points in front of a till of the same program."""
    till_row = TillFactory(code=till_codes.new_code(), **till)
    resident = ResidentFactory(client=till_row.program.client, signed_up=True)
    wallet = WalletFactory(program=till_row.program, resident=resident)
    if points:
        give(wallet, points)
    client = Client()
    client.force_login(resident.user)
    return Scene(till=till_row, resident=resident, wallet=wallet, client=client)


def key_of(url: str) -> UUID:
    """Return the key in the address of a confirm page."""
    found = re.search(r"key=([0-9a-f-]{36})", urlsplit(url).query)
    assert found
    return UUID(found[1])
