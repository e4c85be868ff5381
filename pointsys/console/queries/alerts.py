"""What of a program needs a look, with the list behind it."""

from dataclasses import dataclass

from callcenter import perms as desk
from pointsys.console.queries.facts import Facts
from settlement import queries as settlement
from stores import queries as stores


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a look."""

    kind: str
    status: str
    words: str
    url_name: str
    filter: str = ""  # the query of the list behind it: "status=SUSPENDED"


def alerts_of(facts: Facts, *, suspended: int) -> tuple[Alert, ...]:
    """Return what needs a look, the most pressing first."""
    program, user = facts.program, facts.user
    found: list[Alert] = [*_unanswered(facts)]
    proposals = stores.open_proposals(stores.proposals_visible_to(user))
    duplicates = proposals.filter(application__program=program).count()
    without_account = stores.stores_without_account(program_id=program.pk)
    held = settlement.statements_visible_to(user).filter(program=program, hold="STOPPED").count()
    if held:
        found.append(Alert("stop", "保留", f"支払を止めている明細 {held}件", "settlement:periods"))
    if suspended:
        found.append(
            Alert(
                "stop",
                "利用停止",
                f"利用を止めている加盟店 {suspended}店",
                "stores:home",
                "status=SUSPENDED",
            )
        )
    if without_account:
        found.append(
            Alert(
                "wait",
                "注意",
                f"口座が未登録の加盟店 {without_account}店",
                "stores:home",
                "account=no",
            )
        )
    if duplicates:
        found.append(
            Alert("wait", "確認待ち", f"同じ店かもしれない申込 {duplicates}件", "stores:proposals")
        )
    return tuple(found)


def _unanswered(facts: Facts) -> list[Alert]:
    """Questions to the client whose time is over, whatever program they are about."""
    if not desk.can_open_tickets(facts.user) or not facts.backlog.overdue:
        return []
    words = f"{facts.program.client}のすべての事業で、期限を過ぎた上申 {facts.backlog.overdue}件"
    return [Alert("stop", "期限超過", words, "callcenter:tickets", "view=overdue")]
