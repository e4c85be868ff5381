"""Sales and their rounds: which a user may see, how they stand in numbers, what comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet, Sum

from pointsys.programs.models import Program
from pointsys.users import queries as users
from pointsys.users.models import Role, User
from vouchers.models import Application, Campaign, SaleRound

VIEW_ROLES: Final = frozenset(
    {
        Role.OFFICE_CLERK,
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.AUDITOR,
    }
)
Status = Application.Status


def campaigns_visible_to(user: User | AnonymousUser) -> QuerySet[Campaign]:
    """Return the sales of the clients for which the user's role sees them."""
    return Campaign.objects.filter(
        program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("program__client")


def rounds_visible_to(user: User | AnonymousUser) -> QuerySet[SaleRound]:
    """Return the rounds of the sales that the user may see."""
    return SaleRound.objects.filter(
        campaign__program__client_id__in=users.client_ids(user, VIEW_ROLES)
    ).select_related("campaign__program__client", "draw")


def campaigns_for_residents_of(client_id: int) -> QuerySet[Campaign]:
    """Return the sales that residents of a client are shown: those of programs that are open."""
    return (
        Campaign.objects.filter(program__client_id=client_id, program__status=Program.Status.OPEN)
        .select_related("program__client")
        .prefetch_related("rounds")
        .order_by("program__usage_ends_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """How the applications of a round stand; `confirmed` counts those drawn as well."""

    applications: int = 0
    waiting: int = 0
    confirmed: int = 0
    refused: int = 0
    withdrawn: int = 0
    asked_sets: int = 0
    confirmed_sets: int = 0
    won: int = 0
    lost: int = 0
    won_sets: int = 0


_CONFIRMED: Final = Q(status__in=[Status.CONFIRMED, Status.WON, Status.LOST])
_ALIVE: Final = ~Q(status__in=[Status.WITHDRAWN, Status.EXCLUDED])


def round_figures(round_ids: Iterable[int]) -> dict[int, RoundFigures]:
    """Return the figures of several rounds in one query; a round nobody applied for has zeros."""
    wanted = list(round_ids)
    rows = (
        Application.objects.filter(sale_round__in=wanted)
        .values("sale_round_id")
        .annotate(
            applications=Count("pk", filter=_ALIVE),
            waiting=Count("pk", filter=Q(status=Status.RECEIVED)),
            confirmed=Count("pk", filter=_CONFIRMED),
            refused=Count("pk", filter=Q(status=Status.REFUSED)),
            withdrawn=Count("pk", filter=Q(status=Status.WITHDRAWN)),
            asked_sets=Sum("sets", filter=_ALIVE, default=0),
            confirmed_sets=Sum("sets", filter=_CONFIRMED, default=0),
            won=Count("pk", filter=Q(status=Status.WON)),
            lost=Count("pk", filter=Q(status=Status.LOST)),
            given_sets=Sum("won_sets", default=0),
        )
    )
    found = {row["sale_round_id"]: _figures_of(row) for row in rows}
    return {round_id: found.get(round_id, RoundFigures()) for round_id in wanted}


def _figures_of(row: Mapping[str, Any]) -> RoundFigures:
    counted = {field.name: row[field.name] for field in fields(RoundFigures) if field.name in row}
    return RoundFigures(**counted, won_sets=row["given_sets"])


def is_taking_applications(sale_round: SaleRound, at: datetime) -> bool:
    """Tell whether a resident can apply now: opened, within its dates, and nothing is frozen."""
    return (
        sale_round.method == SaleRound.Method.LOTTERY
        and sale_round.status == SaleRound.Status.APPLYING
        and sale_round.draw_id is None
        and sale_round.apply_starts_at is not None
        and sale_round.apply_ends_at is not None
        and sale_round.apply_starts_at <= at < sale_round.apply_ends_at
    )


@dataclass(frozen=True, slots=True)
class NextStep:
    """What has to happen next with a round; `code` names the act, `words` tell staff."""

    code: str
    words: str


def next_step(sale_round: SaleRound, figures: RoundFigures, at: datetime) -> NextStep:
    """Return the one thing that a round waits for."""
    status = SaleRound.Status(sale_round.status)
    if status == SaleRound.Status.PREPARING:
        return _first_step(sale_round)
    if status == SaleRound.Status.DRAWN:
        return _next_step_when_drawn(sale_round, at)
    if status == SaleRound.Status.SELLING:
        return _next_step_while_selling(sale_round, at)
    if status == SaleRound.Status.CLOSED:
        return NextStep("closed", "終了しました")
    return _next_step_while_applying(sale_round, figures, at)


def _first_step(sale_round: SaleRound) -> NextStep:
    if sale_round.method == SaleRound.Method.FIRST_COME:
        return NextStep("sell", "購入の期間が来る前に、販売を始める操作をする")
    return NextStep("open", "申込の期間が来る前に、受付を始める操作をする")


def _next_step_when_drawn(sale_round: SaleRound, at: datetime) -> NextStep:
    if sale_round.draw is not None and sale_round.draw.status == "APPROVED":
        return NextStep("publish", "承認された結果を書き込んでいます（数分で終わります）")
    if at >= sale_round.purchase_ends_at:
        return NextStep("decide", "購入の期間が終わったため、承認できません。期間を変える")
    return NextStep("decide", "発注者が抽選の結果を承認する")


def _next_step_while_selling(sale_round: SaleRound, at: datetime) -> NextStep:
    if at >= sale_round.purchase_ends_at:
        return NextStep("close", "購入の期間が終わりました。入金を確かめて、販売を締める")
    return NextStep("selling", "販売中（購入の期間が終わるまで待つ）")


def _next_step_while_applying(
    sale_round: SaleRound, figures: RoundFigures, at: datetime
) -> NextStep:
    assert sale_round.apply_starts_at is not None
    assert sale_round.apply_ends_at is not None
    if figures.waiting:
        return NextStep("review", f"住所の確認（{figures.waiting:,}件）")
    if at < sale_round.apply_starts_at:
        return NextStep("wait", "申込の開始を待つ")
    if at < sale_round.apply_ends_at:
        return NextStep("wait", "申込の終了を待つ")
    draw = sale_round.draw
    if draw is not None and draw.status == "FROZEN":
        return NextStep("draw", "立会人の数を入れて抽選する")
    return NextStep("freeze", "申込を確定する（抽選の準備）")
