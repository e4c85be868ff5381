from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from callcenter import perms as desk
from cards import perms as cards
from consultations import perms as meetings
from ledger import perms as ledger
from pointsys.console import decisions, perms
from pointsys.console.queries import Viewer
from pointsys.programs import perms as programs
from pointsys.residents import perms as residents
from pointsys.users.models import Membership, Role, User
from settlement import perms as settlement
from stores import perms as stores
from vouchers import perms as vouchers


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the staff menu; `whole` marks it on its own address only."""

    url_name: str
    label: str
    whole: bool = False
    count: int = 0


Opens = Callable[[Viewer], bool]
# In the order of the day's work.
OFFERED: Final[tuple[tuple[Opens, NavItem], ...]] = (
    (perms.can_open_home, NavItem("console:home", "ホーム", whole=True)),
    (perms.can_open_home, NavItem("console:approvals", "承認")),
    (ledger.can_view_rounds, NavItem("grants:list", "付与")),
    (vouchers.can_open_vouchers, NavItem("vouchers:home", "商品券")),
    (cards.can_open_cards, NavItem("cards:home", "カード")),
    (stores.can_open_stores, NavItem("stores:home", "加盟店")),
    (perms.can_view_payments, NavItem("console:payments", "支払い")),
    (settlement.can_view_settlement, NavItem("settlement:periods", "精算")),
    (residents.can_view_residents, NavItem("residents:list", "利用者")),
    (desk.can_take_calls, NavItem("callcenter:home", "窓口")),
    (desk.can_open_tickets, NavItem("callcenter:tickets", "問合せ")),
    (desk.can_view_reports, NavItem("callcenter:reports", "日報")),
    (meetings.can_view_events, NavItem("consultations:home", "相談会")),
    (perms.can_view_reports, NavItem("console:reports", "週報")),
    (programs.can_view_programs, NavItem("console:programs", "事業")),
    (perms.can_follow, NavItem("console:follow_find", "追跡")),
    (perms.can_view_audit, NavItem("console:audit", "監査")),
)


def items_for(user: Viewer) -> list[NavItem]:
    """Return the areas that the user may open, in the order of the day's work."""
    return [item for allowed, item in OFFERED if allowed(user)]


def menu_for(user: Viewer) -> list[NavItem]:
    """Return the areas with how many decisions wait for the user beside their entry."""
    waiting = decisions.waiting_count(user)
    return [
        replace(item, count=waiting) if item.url_name == "console:approvals" else item
        for item in items_for(user)
    ]


def may_open(user: Viewer, url_name: str) -> bool:
    """Tell whether the user may open one of the pages of the menu."""
    return any(allowed(user) for allowed, item in OFFERED if item.url_name == url_name)


def role_words(user: Viewer) -> str:
    """Return where the user works and as what: 宮城県 発注者 承認."""
    if not isinstance(user, User):
        return ""
    held = Membership.objects.filter(user=user).values_list("role", flat=True).distinct()
    labels = [Role(role).label for role in sorted(held, key=Role.values.index)]
    where = [user.employer.name] if user.employer else []
    more = [f"ほか{len(labels) - 1}"] if len(labels) > 1 else []
    return " ".join([*where, *labels[:1], *more])
