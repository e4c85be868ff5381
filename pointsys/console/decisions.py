"""Which screen owns an approval, and whether it waits for this user."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse

from pointsys.approvals import queries as approvals
from pointsys.approvals.models import Approval
from pointsys.console.queries import Viewer
from pointsys.users import queries as users
from settlement import perms as settlement
from stores import perms as stores


@dataclass(frozen=True, slots=True)
class Owner:
    """The room that acts on a kind of approval."""

    area: str
    url_name: str
    may_decide: Callable[[Viewer, int], bool]


def _may_decide_batch(user: Viewer, client_id: int) -> bool:
    return users.has_role(user, client_id, settlement.APPROVE_ROLES)


OWNERS: Final = {
    "settlement.batch": Owner("精算", "settlement:batch", _may_decide_batch),
    "stores.account_change": Owner(
        "加盟店", "stores:account_change", stores.can_decide_account_changes
    ),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One approval as the inbox shows it; `is_mine` waits for the reader."""

    approval: Approval
    area: str
    href: str
    is_mine: bool
    is_own_work: bool


def decisions_for(user: Viewer, *, only_pending: bool = True) -> list[Decision]:
    """Return the approvals of the user's clients, those that wait for the user first."""
    found = approvals.approvals_visible_to(user).select_related("asked_by", "decided_by")
    if only_pending:
        found = found.filter(status=Approval.Status.PENDING)
    decisions = [_decision(approval, user) for approval in found.order_by("-asked_at", "-id")[:200]]
    return sorted(decisions, key=lambda decision: not decision.is_mine)


def _decision(approval: Approval, user: Viewer) -> Decision:
    owner = OWNERS.get(approval.kind)
    is_pending = approval.status == Approval.Status.PENDING
    is_own_work = approval.asked_by_id == user.pk
    return Decision(
        approval=approval,
        area=owner.area if owner else "",
        href=_href(owner, approval),
        is_mine=bool(
            owner
            and is_pending
            and not is_own_work
            and owner.may_decide(user, approval.organization_id)
        ),
        is_own_work=is_own_work,
    )


def _href(owner: Owner | None, approval: Approval) -> str:
    if owner is None:
        return ""
    try:
        return reverse(owner.url_name, args=[approval.subject_id])
    except NoReverseMatch:
        return ""
