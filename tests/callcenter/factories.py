"""A desk that is open every day from 9:00 to 17:30, its categories and its people."""

from dataclasses import dataclass
from datetime import date, datetime, time

from callcenter import services
from callcenter.models import Category, Ticket
from pointsys.common.clock import JST
from pointsys.common.opening_hours import Hours
from pointsys.programs.models import Program
from pointsys.residents import services as residents
from pointsys.residents.models import Resident
from pointsys.users.models import Role, User
from tests.factories import OPENING, ProgramFactory, staff_of

TUESDAY = datetime(2025, 9, 16, 10, 0, tzinfo=JST)
WEEK = dict.fromkeys(range(7), Hours(time(9), time(17, 30)))
CATEGORIES = (
    services.CategorySpec(code="1", name="使い方"),
    services.CategorySpec(code="11", name="登録", parent="1"),
    services.CategorySpec(code="12", name="ログイン", parent="1"),
    services.CategorySpec(code="4", name="精算・振込"),
    services.CategorySpec(code="41", name="振込日の確認", parent="4"),
    services.CategorySpec(code="9", name="その他"),
)


@dataclass
class Scene:
    """A program with a desk for residents and one for stores, and everybody who works there."""

    program: Program
    operator: User
    supervisor: User
    viewer: User
    approver: User

    @property
    def client(self):
        return self.program.client

    def category(self, code: str) -> Category:
        return Category.objects.get(client=self.client, code=code)

    def open(self, *, code: str | None = "1", at: datetime = TUESDAY, **facts) -> Ticket:
        given = {
            "client_id": self.client.pk,
            "program_id": self.program.pk,
            "channel": "PHONE",
            "category_id": self.category(code).pk if code else None,
            "subject": "件名",
            "body": "聞いたこと",
            "by": self.operator,
            "at": at,
        }
        return services.open_ticket(**given | facts)


def build_scene() -> Scene:
    program = ProgramFactory()
    client = program.client
    scene = Scene(
        program=program,
        operator=staff_of(client, Role.DESK_OPERATOR, name="応対 する人"),
        supervisor=staff_of(client, Role.DESK_SUPERVISOR),
        viewer=staff_of(client, Role.CLIENT_VIEWER),
        approver=staff_of(client, Role.CLIENT_APPROVER),
    )
    for name, kind in (("利用者窓口", "RESIDENTS"), ("加盟店窓口", "STORES")):
        services.create_desk(
            client_id=client.pk,
            name=name,
            kind=kind,
            phone="0120-000-000",
            week=WEEK,
            first_day=date(2025, 4, 1),
            last_day=date(2026, 3, 25),
            by=scene.supervisor,
            at=OPENING,
        )
    services.create_categories(
        client_id=client.pk, specs=CATEGORIES, by=scene.supervisor, at=OPENING
    )
    return scene


def add_resident(client, *, external_id="app-1", name="湊 花子", phone="090-1234-5678") -> Resident:
    """Read one resident from a list, as residents really come."""
    content = f"外部ID,氏名,市区町村コード,生年,電話番号\n{external_id},{name},04202,1950,{phone}\n"
    residents.import_residents(
        client=client, content=content.encode(), file_name="list.csv", by=None, at=OPENING
    )
    return Resident.objects.get(client=client, external_id=external_id)
