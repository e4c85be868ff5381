"""Which screen owns an approval, and whether it waits for this user.

A room that asks for decisions registers its kind in `OWNERS`: the words of its area, the page that
decides (its address takes the id of the row), who may decide, who may open that page, and
optionally the figure that the inbox shows beside the title. `tests/console/test_decisions.py` finds
a kind without an owner.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from consultations import perms as meetings
from consultations import queries as meeting_queries
from pointsys.approvals import queries as approvals
from pointsys.approvals.models import Approval
from pointsys.common import display
from pointsys.console import perms
from pointsys.console.queries.viewer import Viewer
from pointsys.users import queries as users
from settlement import perms as settlement
from settlement import queries as settlement_queries
from stores import perms as stores
from stores import queries as store_queries
from vouchers import perms as vouchers
from vouchers.queries import campaigns as voucher_queries

# Words by id of the row, for all rows of a kind in one query.
Figures = Callable[[Viewer, Collection[str]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Owner:
    """The room that acts on a kind of approval."""

    area: str
    url_name: str
    may_decide: Callable[[Viewer, int], bool]
    may_open: Callable[[Viewer, int], bool]
    figures: Figures | None = None


def _may_decide_batch(user: Viewer, client_id: int) -> bool:
    return users.has_role(user, client_id, settlement.APPROVE_ROLES)


def _may_open_batch(user: Viewer, client_id: int) -> bool:
    return users.has_role(user, client_id, settlement_queries.VIEW_ROLES)


def _may_open_store(user: Viewer, client_id: int) -> bool:
    return users.has_role(user, client_id, store_queries.VIEW_ROLES)


def _batch_figures(user: Viewer, ids: Collection[str]) -> dict[str, str]:
    found = settlement_queries.batches_visible_to(user).filter(pk__in=ids)
    return {
        str(
            batch.pk
        ): f"{display.grouped(batch.total_yen)}円　{display.grouped(batch.payout_count)}件"
        f"　振込日 {display.japanese_date(batch.payment_date)}"
        for batch in found
    }


def _draw_figures(user: Viewer, ids: Collection[str]) -> dict[str, str]:
    # Who won stands on the draw's own page: before the decision it is not for all who read here.
    found = list(voucher_queries.rounds_visible_to(user).filter(pk__in=ids))
    counted = voucher_queries.round_figures([sale_round.pk for sale_round in found])
    return {
        str(pk): f"抽選した申込 {display.grouped(one.confirmed)}件"
        f"　希望 {display.grouped(one.confirmed_sets)}セット"
        for pk, one in counted.items()
    }


def _event_figures(user: Viewer, ids: Collection[str]) -> dict[str, str]:
    found = meeting_queries.events_visible_to(user).filter(pk__in=ids)
    return {
        str(event.pk): f"{display.japanese_date(event.starts_at)}　{event.venue}" for event in found
    }


OWNERS: Final = {
    "settlement.batch": Owner(
        "精算", "settlement:batch", _may_decide_batch, _may_open_batch, _batch_figures
    ),
    "stores.account_change": Owner(
        "加盟店", "stores:account_change", stores.can_decide_account_changes, _may_open_store
    ),
    "vouchers.draw": Owner(
        "商品券", "vouchers:draw", vouchers.can_decide_draw, vouchers.can_see_draw, _draw_figures
    ),
    "consultations.event": Owner(
        "相談会",
        "consultations:event",
        meetings.can_decide_events,
        meetings.can_view_events_of,
        _event_figures,
    ),
}


LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """One approval as the inbox shows it; `is_mine` waits for the reader."""

    approval: Approval
    area: str
    href: str
    is_mine: bool
    is_own_work: bool
    figure: str = ""


def decisions_for(user: Viewer, *, only_pending: bool = True) -> list[Decision]:
    """Return the approvals of the user's clients, those that wait for the user first.

    Whoever works at the desk or at venues only sees those of areas that they may open.
    """
    shown_to_user = _shown_to(user)
    if shown_to_user is None:
        return []
    found = approvals.approvals_visible_to(user).select_related("asked_by", "decided_by")
    found = found.filter(shown_to_user)
    if only_pending:
        found = found.filter(status=Approval.Status.PENDING)
    shown = list(found.order_by("-asked_at", "-id")[:LISTED])
    figures = _figures(shown, user)
    decisions = [_decision(approval, user, figures) for approval in shown]
    return sorted(decisions, key=lambda decision: not decision.is_mine)


def _shown_to(user: Viewer) -> Q | None:
    shown = [
        Q(organization_id=client_id)
        if users.has_role(user, client_id, perms.CONSOLE_ROLES)
        else Q(organization_id=client_id, kind__in=_opened_kinds(user, client_id))
        for client_id in users.client_ids(user)
    ]
    return reduce(or_, shown) if shown else None


def _opened_kinds(user: Viewer, client_id: int) -> list[str]:
    return [kind for kind, owner in OWNERS.items() if owner.may_open(user, client_id)]


def waiting_count(user: Viewer) -> int:
    """Return how many decisions wait for this user; no query for whoever decides nothing."""
    mine = [
        Q(kind=kind, organization_id=client_id)
        for client_id in users.client_ids(user)
        for kind, owner in OWNERS.items()
        if owner.may_decide(user, client_id)
    ]
    if not mine:
        return 0
    pending = approvals.approvals_visible_to(user).filter(status=Approval.Status.PENDING)
    return pending.filter(reduce(or_, mine)).exclude(asked_by_id=user.pk).count()


def _figures(shown: list[Approval], user: Viewer) -> dict[tuple[str, str], str]:
    """Return the figures of what is pending, one query a kind."""
    found: dict[tuple[str, str], str] = {}
    for kind, owner in OWNERS.items():
        ids = [a.subject_id for a in shown if a.kind == kind and a.status == "PENDING"]
        if owner.figures and ids:
            found |= {(kind, pk): words for pk, words in owner.figures(user, ids).items()}
    return found


def _decision(approval: Approval, user: Viewer, figures: dict[tuple[str, str], str]) -> Decision:
    owner = OWNERS.get(approval.kind)
    is_pending = approval.status == Approval.Status.PENDING
    is_own_work = approval.asked_by_id == user.pk
    return Decision(
        approval=approval,
        area=owner.area if owner else "",
        href=_href(owner, approval, user),
        is_mine=bool(
            owner
            and is_pending
            and not is_own_work
            and owner.may_decide(user, approval.organization_id)
        ),
        is_own_work=is_own_work,
        figure=figures.get((approval.kind, approval.subject_id), ""),
    )


def _href(owner: Owner | None, approval: Approval, user: Viewer) -> str:
    """Return the page that decides; nothing where it would refuse the reader."""
    if owner is None or not owner.may_open(user, approval.organization_id):
        return ""
    try:
        return reverse(owner.url_name, args=[approval.subject_id])
    except NoReverseMatch:
        return ""
