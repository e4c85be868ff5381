"""The people whom the journeys follow from room to room."""

from typing import Final

from pointsys.residents import services as residents
from pointsys.residents.models import Resident
from pointsys.users.models import Organization
from tests.factories import OPENING

PHONE: Final = "090-1234-5678"
EMAIL: Final = "hanako@example.jp"


def hanako(client: Organization) -> Resident:
    """Return a resident of this client who came from a list, with telephone and e-mail sign-in."""
    lines = (
        "外部ID,氏名,氏名カナ,市区町村コード,生年,性別,メール,電話番号,住所",
        f"mj-000001,湊 花子,ミナト ハナコ,04202,1951,女性,{EMAIL},{PHONE},宮城県石巻市立町1-1",
    )
    residents.import_residents(
        client=client,
        content="\n".join(lines).encode(),
        file_name="hanako.csv",
        by=None,
        at=OPENING,
    )
    return Resident.objects.get(client=client, external_id="mj-000001")
