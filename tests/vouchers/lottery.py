"""A lottery round from its first application to its draw, made by the rooms' own services."""

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from PIL import Image

from pointsys.common.clock import JST
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import Role, User
from tests.factories import OPENING, ProgramFactory, ResidentFactory, UserFactory, staff_of
from vouchers.models import Application, Campaign, SaleRound
from vouchers.services import applications, campaigns, drawing, publishing, residency

APPLY_STARTS = datetime(2025, 7, 1, 9, 0, tzinfo=JST)
APPLYING = datetime(2025, 7, 10, 12, 0, tzinfo=JST)
APPLY_ENDS = datetime(2025, 7, 21, 0, 0, tzinfo=JST)
DRAWING = datetime(2025, 7, 22, 10, 0, tzinfo=JST)
DECIDING = datetime(2025, 7, 24, 10, 0, tzinfo=JST)
PAY_STARTS = datetime(2025, 8, 1, 9, 0, tzinfo=JST)
PAY_ENDS = datetime(2025, 8, 21, 0, 0, tzinfo=JST)
TERMS = campaigns.Terms(set_price_yen=5_000, set_value_points=6_000, limit_sets_per_person=10)
NUMBERS = "123456-654321"


@lru_cache(maxsize=8)
def photo(width: int = 600, height: int = 400, kind: str = "JPEG") -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "lightblue").save(out, kind)
    return out.getvalue()


@dataclass
class Lottery:
    """A sale with one lottery round, its clerk and the client's approver."""

    campaign: Campaign
    round_id: int
    clerk: User
    approver: User

    @property
    def program(self) -> Program:
        return self.campaign.program

    @property
    def round(self) -> SaleRound:
        """The newest state of the round."""
        return SaleRound.objects.select_related("campaign__program", "draw").get(pk=self.round_id)

    def person(self, *, mail: str = "", **fields: object) -> Resident:
        """Make a resident of the client; with `mail` one who gets mails."""
        user = UserFactory(email=mail) if mail else None
        return ResidentFactory(client=self.program.client, user=user, **fields)

    def apply(
        self, resident: Resident | None = None, sets: int = 1, *, at: datetime = APPLYING
    ) -> Application:
        """Let somebody apply."""
        return applications.apply(
            sale_round_id=self.round_id,
            resident_id=(resident or self.person()).pk,
            sets=sets,
            kind="LICENCE",
            picture=photo(),
            by=None,
            at=at,
        )

    def confirmed(
        self, resident: Resident | None = None, sets: int = 1, *, at: datetime = APPLYING
    ) -> Application:
        """Let somebody apply and confirm where they live."""
        application = self.apply(resident, sets, at=at)
        return residency.confirm(application_id=application.pk, by=self.clerk, at=at)

    def freeze(self, *, at: datetime = DRAWING) -> None:
        """Fix the applications."""
        drawing.freeze(sale_round_id=self.round_id, by=self.clerk, at=at)

    def hold_draw(self, *, at: datetime = DRAWING) -> None:
        """Freeze and draw."""
        self.freeze(at=at)
        drawing.hold_draw(sale_round_id=self.round_id, public_value=NUMBERS, by=self.clerk, at=at)

    def approve(self, *, at: datetime = DECIDING) -> SaleRound:
        """Let the client say yes, and the task do the rest."""
        self.say_yes(at=at)
        return publishing.carry_out(sale_round_id=self.round_id, at=at)

    def say_yes(self, *, at: datetime = DECIDING) -> SaleRound:
        """Let the client say yes; the task has not run."""
        draw = self.round.draw
        assert draw is not None
        return drawing.approve_draw(
            sale_round_id=self.round_id, digest=draw.result_sha256, by=self.approver, at=at
        )

    def decided(self) -> SaleRound:
        """Go from the applications to the client's yes."""
        self.hold_draw()
        return self.approve()


def lottery_plan(sets: int = 5, **changes: object) -> campaigns.RoundPlan:
    """Return a lottery of July that is paid for in August."""
    facts: dict[str, object] = {
        "method": SaleRound.Method.LOTTERY,
        "planned_sets": sets,
        "apply_starts_at": APPLY_STARTS,
        "apply_ends_at": APPLY_ENDS,
        "purchase_starts_at": PAY_STARTS,
        "purchase_ends_at": PAY_ENDS,
        **changes,
    }
    return campaigns.RoundPlan(**facts)


def build_lottery(*, sets: int = 5, opened: bool = True, **program: object) -> Lottery:
    """Make a sale whose lottery round takes applications in July 2025."""
    made = ProgramFactory(name="まちの商品券", **program)
    clerk = staff_of(made.client, Role.OFFICE_CLERK, name="事務 花子")
    campaign = campaigns.create_campaign(program_id=made.pk, terms=TERMS, by=clerk, at=OPENING)
    sale_round = campaigns.add_round(
        campaign_id=campaign.pk, plan=lottery_plan(sets), by=clerk, at=OPENING
    )
    if opened:
        campaigns.open_round(sale_round_id=sale_round.pk, by=clerk, at=OPENING)
    return Lottery(
        campaign,
        sale_round.pk,
        clerk,
        staff_of(made.client, Role.CLIENT_APPROVER, name="承認 太郎"),
    )
