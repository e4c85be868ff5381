from dataclasses import dataclass

from ledger import perms as ledger
from pointsys.console import perms
from pointsys.console.queries import Viewer
from pointsys.programs import perms as programs
from pointsys.residents import perms as residents
from pointsys.users.models import Membership, Role, User
from settlement import perms as settlement
from stores import perms as stores


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the staff menu; `whole` marks it on its own address only."""

    url_name: str
    label: str
    whole: bool = False


def items_for(user: Viewer) -> list[NavItem]:
    """Return the areas that the user may open, in the order of the day's work."""
    offered = [
        (perms.can_open_console, NavItem("console:home", "ホーム", whole=True)),
        (ledger.can_view_rounds, NavItem("grants:list", "付与")),
        (stores.can_open_stores, NavItem("stores:home", "加盟店")),
        (residents.can_view_residents, NavItem("residents:list", "利用者")),
        (perms.can_view_payments, NavItem("console:payments", "支払い")),
        (settlement.can_view_settlement, NavItem("settlement:periods", "精算")),
        (perms.can_open_console, NavItem("console:approvals", "承認")),
        (programs.can_view_programs, NavItem("console:programs", "事業")),
        (perms.can_view_audit, NavItem("console:audit", "監査")),
    ]
    return [item for allowed, item in offered if allowed(user)]


def role_words(user: Viewer) -> str:
    """Return where the user works and as what: 宮城県 発注者 承認."""
    if not isinstance(user, User):
        return ""
    held = Membership.objects.filter(user=user).values_list("role", flat=True).distinct()
    labels = [Role(role).label for role in sorted(held, key=Role.values.index)]
    where = [user.employer.name] if user.employer else []
    more = [f"ほか{len(labels) - 1}"] if len(labels) > 1 else []
    return " ".join([*where, *labels[:1], *more])
