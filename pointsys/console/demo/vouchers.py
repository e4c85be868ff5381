"""The demo's part of the sale of vouchers, from its lottery to the counter.

Round 1 was drawn and approved last month, round 2 is first come and selling, and round 3 takes
applications now, with documents that wait for whoever tries the demo.
"""

import dataclasses
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from pointsys.common.clock import next_month
from pointsys.console.demo import setting, voucher_sales
from pointsys.console.demo.plan import SEED, at
from pointsys.console.demo.setting import Stage
from pointsys.programs import presets
from pointsys.programs import services as programs
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import User
from stores import services as stores
from stores.models import MergeProposal, Store, StoreApplication
from stores.services import imports
from vouchers.models import Application, Campaign, SaleRound
from vouchers.services import (
    applications,
    campaigns,
    drawing,
    noticing,
    publishing,
    residency,
)

CODE: Final = "miyagi-shohinken"
SHOPS: Final = 20
APPLICANTS: Final = 120
QUEUE: Final = 9
ASKED: Final = (1, 2, 2, 3, 3, 4, 5, 5, 8, 10)
KINDS: Final = ("LICENCE", "LICENCE", "LICENCE", "MY_NUMBER_FRONT", "UTILITY_BILL")
WITNESSES: Final = "481207-650938"
TERMS: Final = campaigns.Terms(
    set_price_yen=5_000, set_value_points=6_000, limit_sets_per_person=10
)


@dataclass(slots=True)
class Sale:
    """What the steps of the sale hand to one another; `stage` is that of the vouchers' program."""

    stage: Stage
    campaign: Campaign
    residents: list[Resident]
    rounds: dict[int, SaleRound] = field(default_factory=dict)

    @property
    def clerk(self) -> User:
        return self.stage.clerk

    def last_month(self, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """Return a time of day last month."""
        return at(self.stage.days.last_month.replace(day=day), hour, minute)


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`."""
    sale = _set_up(stage)
    _first_round(sale)
    voucher_sales.pay_first_round(sale)
    _second_round(sale)
    voucher_sales.close_first_round(sale)
    voucher_sales.sell_second_round(sale)
    voucher_sales.spend(sale)
    _third_round(sale)
    noticing.remind(at=stage.days.now)


def _set_up(stage: Stage) -> Sale:
    days = stage.days
    program = programs.create_program(
        code=CODE,
        client_id=stage.program.client_id,
        operator_id=stage.program.operator_id,
        rules=dataclasses.replace(
            presets.KURAYOSHI,
            name="みやぎプレミアム商品券",
            theme="plum",
            status=Program.Status.OPEN,
            area_codes=("04",),
            area_name="宮城県内",
            grant_starts_at=days.before_start(30, hour=0),
            grant_ends_at=days.end,
            usage_starts_at=at(days.last_month.replace(day=6), 0),
            usage_ends_at=days.end,
            points_expire_at=days.end,
            issuance_ceiling_points=20_000_000,
            desk_name="みやぎプレミアム商品券 コールセンター",
            desk_phone="0120-000-002",
            prohibited_goods=presets.VOUCHERS,
        ),
        by=stage.clerk,
        at=days.before_start(35),
    )
    voucher_stage = Stage(
        days, program, stage.staff, stage.shops[:SHOPS], stage.prefix, stage.profile_id
    )
    _enrol_shops(voucher_stage)
    campaign = campaigns.create_campaign(
        program_id=program.pk, terms=TERMS, by=stage.clerk, at=days.before_start(34)
    )
    residents = list(Resident.objects.filter(client=program.client).order_by("external_id"))
    return Sale(voucher_stage, campaign, residents)


def _enrol_shops(stage: Stage) -> None:
    """Let known shops join: the same list again, each row judged to be the shop it names."""
    days, program = stage.days, stage.program
    imports.import_store_list(
        program=program,
        source_name="商品券の参加希望店",
        content=setting.store_list(stage.shops),
        file_name="shohinken-sanka.csv",
        by=stage.clerk,
        at=days.before_start(20),
    )
    proposals = MergeProposal.objects.filter(application__program=program).select_related(
        "application", "other_store"
    )
    for proposal in proposals.order_by("pk"):
        other = proposal.other_store
        stores.decide_merge_proposal(
            proposal_id=proposal.pk,
            is_same=other is not None and other.name == proposal.application.name,
            by=stage.clerk,
            at=days.before_start(19),
        )
    rows = StoreApplication.objects.filter(program=program).order_by("row_number")
    approved = stores.approve_applications(
        application_ids=list(rows.values_list("pk", flat=True)),
        reason="みやぎ地域ポイントの加盟店。参加の希望を確認しました。",
        by=stage.clerk,
        at=days.before_start(18),
    )
    assert not approved.refused, approved.refused
    stage.stores = list(
        Store.objects.filter(enrolments__program=program).order_by("code").distinct()
    )
    stores.issue_missing_tills(
        program_id=program.pk,
        store_ids=[store.pk for store in stage.stores],
        by=stage.clerk,
        at=days.before_start(17),
    )
    stage.till_ids = [
        list(store.tills.filter(program=program).order_by("number").values_list("pk", flat=True))
        for store in stage.stores
    ]


def _first_round(sale: Sale) -> None:
    """Hold the lottery: applied for before last month, drawn and approved in its first days."""
    days = sale.stage.days
    people = sale.residents[: min(APPLICANTS, len(sale.residents) // 2)]
    # Fewer sets than are asked for, and one at least for everybody: the draw decides who gets more.
    sale_round = _lottery(
        sale,
        number=1,
        sets=len(people) + len(people) * 2 // 3,
        applying=(days.before_start(15, hour=9), sale.last_month(3)),
        buying=(sale.last_month(6, 9), sale.last_month(24)),
    )
    step = timedelta(days=15) / max(len(people), 1)
    for place, resident in enumerate(people):
        applied_at = days.before_start(15, hour=10) + step * place
        application = _apply(sale, sale_round, resident, place=place, at=applied_at)
        residency.confirm(
            application_id=application.pk,
            by=sale.clerk,
            at=min(applied_at + timedelta(hours=20), sale.last_month(3, 15)),
        )
    drawing.freeze(sale_round_id=sale_round.pk, by=sale.clerk, at=sale.last_month(4, 10))
    approval = drawing.hold_draw(
        sale_round_id=sale_round.pk,
        public_value=WITNESSES,
        by=sale.clerk,
        at=sale.last_month(4, 11),
    )
    drawing.approve_draw(
        sale_round_id=sale_round.pk,
        digest=approval.digest,
        by=sale.stage.staff["ken-shonin"],
        at=sale.last_month(5, 10),
    )
    sale.rounds[1] = publishing.carry_out(sale_round_id=sale_round.pk, at=sale.last_month(5, 10))


def _second_round(sale: Sale) -> None:
    """Sell first come, first served, from the end of last month until the end of next month."""
    days = sale.stage.days
    sale_round = campaigns.add_round(
        campaign_id=sale.campaign.pk,
        plan=campaigns.RoundPlan(
            method=SaleRound.Method.FIRST_COME,
            planned_sets=150,
            purchase_starts_at=sale.last_month(25, 9),
            purchase_ends_at=at(next_month(next_month(days.this_month)), 0),
        ),
        by=sale.clerk,
        at=days.before_start(33),
    )
    sale.rounds[2] = campaigns.start_selling(
        sale_round_id=sale_round.pk, by=sale.clerk, at=sale.last_month(24, 15)
    )


def _third_round(sale: Sale) -> None:
    """Take applications now: some confirmed, one refused, the others wait in the queue."""
    days = sale.stage.days
    begun = sale.last_month(26, 9)
    ends = at((days.now + timedelta(days=14)).date(), 0)
    sale_round = _lottery(
        sale,
        number=3,
        sets=10,
        applying=(begun, ends),
        buying=(ends + timedelta(days=7, hours=9), ends + timedelta(days=28)),
    )
    sale.rounds[3] = sale_round
    people = sale.residents[3 : 3 + QUEUE]
    step = (days.now - begun) / (len(people) + 1)
    for place, resident in enumerate(people):
        applied_at = begun + step * (place + 1)
        application = _apply(sale, sale_round, resident, place=place, at=applied_at)
        decided_at = days.not_later(applied_at + timedelta(hours=5))
        if place < 2:
            residency.confirm(application_id=application.pk, by=sale.clerk, at=decided_at)
        elif place == 2:
            residency.refuse(
                application_id=application.pk,
                reason="書類の文字が読めませんでした。明るい所で、書類の全体を写してください。",
                by=sale.clerk,
                at=decided_at,
            )


def _lottery(
    sale: Sale,
    *,
    number: int,
    sets: int,
    applying: tuple[datetime, datetime],
    buying: tuple[datetime, datetime],
) -> SaleRound:
    sale_round = campaigns.add_round(
        campaign_id=sale.campaign.pk,
        plan=campaigns.RoundPlan(
            method=SaleRound.Method.LOTTERY,
            planned_sets=sets,
            apply_starts_at=applying[0],
            apply_ends_at=applying[1],
            purchase_starts_at=buying[0],
            purchase_ends_at=buying[1],
        ),
        by=sale.clerk,
        at=applying[0] - timedelta(days=2),
    )
    assert sale_round.number == number
    return campaigns.open_round(
        sale_round_id=sale_round.pk, by=sale.clerk, at=applying[0] - timedelta(days=1)
    )


def _apply(
    sale: Sale, sale_round: SaleRound, resident: Resident, *, place: int, at: datetime
) -> Application:
    random = Random(f"{SEED}{sale_round.number}{place}")  # noqa: S311 - the same every time
    # Some come by telephone: the call centre types it in for them.
    is_assisted = place % 25 == 7
    return applications.apply(
        sale_round_id=sale_round.pk,
        resident_id=resident.pk,
        sets=random.choice(ASKED),
        kind=random.choice(KINDS),
        picture=_document(place % 4),
        by=None,
        assisted_by=sale.stage.staff["madoguchi"] if is_assisted else None,
        at=at,
    )


@lru_cache(maxsize=4)
def _document(shade: int) -> bytes:
    """Return a picture that looks like a document and says that it is none."""
    papers = ("#dfeaf5", "#e8f0df", "#f4ead9", "#ece4f1")
    picture = Image.new("RGB", (856, 540), papers[shade])
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 856, 84), fill="#6b7f94")
    pen.text((32, 22), "SAMPLE", fill="white", font_size=40)
    pen.rectangle((604, 128, 816, 396), fill="#c3ccd4")
    pen.ellipse((660, 164, 760, 264), fill="#94a1ad")
    pen.rectangle((634, 288, 786, 396), fill="#94a1ad")
    for line, width in enumerate((440, 380, 500, 320, 460)):
        top = 140 + line * 62
        pen.rectangle((40, top, 40 + width, top + 22), fill="#8d99a5")
    pen.text((40, 468), "DEMO / NO REAL PERSON", fill="#4d4d4d", font_size=28)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
