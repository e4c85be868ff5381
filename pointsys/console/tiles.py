"""The figures a reader's role sees first: six of a catalogue, each with the list behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.urls import NoReverseMatch, reverse

from pointsys.common import display
from pointsys.console import decisions, navigation
from pointsys.console.queries import Facts, Viewer
from pointsys.console.queries.deadlines import deadlines_of
from pointsys.users import queries as users
from pointsys.users.models import Role

SHOWN: Final = 6
grouped = display.grouped


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what, how much, of which time, and where its list is."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    label_unit: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A tile of the catalogue; `make` returns None where the program has no such thing."""

    make: Callable[[Facts], Tile | None]
    url_name: str = ""
    query: str = ""


# --- Points
def _issued(facts: Facts) -> Tile:
    ceiling, permille = facts.program.issuance_ceiling_points, facts.issued_permille
    note = f"計画 {grouped(ceiling)} の {permille // 10}.{permille % 10}％"
    return Tile("付与", grouped(facts.totals.issued), note=note, label_unit="ポイント")


def _used(facts: Facts) -> Tile:
    note = f"昨日 {grouped(facts.days[-2].points)}"
    return Tile("使用", grouped(facts.totals.spent), note=note, label_unit="ポイント")


def _unused(facts: Facts) -> Tile:
    end = display.japanese_date(display.last_usable_moment(facts.program.points_expire_at))
    return Tile("未使用", grouped(facts.totals.usable), note=f"{end}まで", label_unit="ポイント")


def _expired(facts: Facts) -> Tile:
    lost = facts.totals.expired + facts.totals.lapsed_unbooked
    return Tile("失効", grouped(lost), note="きょうまでの計", label_unit="ポイント")


def _payable(facts: Facts) -> Tile:
    note = f"振込済み {grouped(facts.totals.paid_out)}円"
    return Tile("加盟店への未払い", grouped(facts.totals.payable), "円", note)


def _paid_out(facts: Facts) -> Tile:
    return Tile("振込済み", grouped(facts.totals.paid_out), "円", "きょうまでの計")


def _payments(facts: Facts) -> Tile:
    note = f"きょう {grouped(facts.days[-1].payment_count)}件"
    return Tile("昨日の支払い", grouped(facts.days[-2].payment_count), "件", note)


# --- Stores
def _stores(facts: Facts) -> Tile:
    active = facts.stores_by_status.get("ACTIVE", 0)
    if not navigation.may_open(facts.user, "stores:home"):
        return Tile("加盟店", grouped(active), "店", "参加中")
    return Tile("加盟店", grouped(active), "店", f"審査待ち {grouped(facts.waiting_applications)}")


def _applications(facts: Facts) -> Tile:
    return Tile("加盟の申込", grouped(facts.waiting_applications), "件", "審査待ち")


def _without_account(facts: Facts) -> Tile:
    return Tile("口座が未登録の店", grouped(facts.stores_without_account), "店", "現在")


# --- Vouchers, cards, desk, meetings
def _vouchers(facts: Facts) -> Tile | None:
    sold = facts.vouchers
    if sold is None:
        return None
    note = f"申込 {grouped(sold.applications)}件　代金 {grouped(sold.sold_yen)}円"
    return Tile("商品券の販売", grouped(sold.sold_sets), "セット", note)


def _cards(facts: Facts) -> Tile | None:
    if facts.cards is None:
        return None
    note = f"使える端末 {grouped(facts.active_terminals)}台"
    return Tile("使用中のカード", grouped(facts.cards.in_use), "枚", note)


def _calls(facts: Facts) -> Tile:
    day = f"{facts.yesterday.month}/{facts.yesterday.day}"
    note = f"苦情 {facts.calls_yesterday.complaints}　上申 {facts.calls_yesterday.escalations}"
    return _of_client(
        facts, Tile(f"昨日の問合せ（{day}）", grouped(facts.calls_yesterday.count), "件", note)
    )


def _tickets(facts: Facts) -> Tile:
    backlog = facts.backlog
    note = f"上申中 {backlog.escalated}　期限超過 {backlog.overdue}"
    waiting = grouped(backlog.open + backlog.escalated)
    return _of_client(facts, Tile("問合せ（未完了）", waiting, "件", note))


def _escalations(facts: Facts) -> Tile:
    note = f"期限超過 {facts.backlog.overdue}"
    waiting = grouped(facts.backlog.escalated)
    return _of_client(facts, Tile("回答待ちの上申", waiting, "件", note))


def _complaints(facts: Facts) -> Tile:
    note = f"未報告 {grouped(facts.backlog.unreported)}"
    return _of_client(facts, Tile("苦情", grouped(facts.backlog.complaints), "件", note))


def _of_client(facts: Facts, tile: Tile) -> Tile:
    """Say that a figure counts the whole client, not the program of the page."""
    return replace(tile, note=f"{tile.note}　{facts.program.client}のすべての事業")


def _events(facts: Facts) -> Tile | None:
    if facts.events is None:
        return None
    note = f"来場 {grouped(facts.events.visitors)}人"
    return Tile("開いた相談会", grouped(facts.events.events_held), "回", note)


def _coverage(facts: Facts) -> Tile | None:
    events = facts.events
    if events is None or not events.units_total:
        return None
    note = f"{grouped(events.units_total)}区域のうち"
    return Tile("相談会を開いた区域", grouped(events.units_covered), "区域", note)


def _next_event(facts: Facts) -> Tile | None:
    if facts.events is None:
        return None
    if facts.next_event is None:
        return Tile("次の相談会", "—", note="予定はありません")
    starts_at, venue = facts.next_event
    day, _, weekday = display.japanese_date(starts_at).partition("（")
    clock = f"{display.local_moment(starts_at):%H:%M}"
    return Tile("次の相談会", day, f"（{weekday}{clock}" if weekday else "", venue)


# --- Work
def _decisions(facts: Facts) -> Tile:
    waiting = grouped(decisions.waiting_count(facts.user))
    return Tile("あなたの決定待ち", waiting, "件", "すべての事業")


def _deadline(facts: Facts) -> Tile:
    found = deadlines_of(program=facts.program, at=facts.at)
    if not found:
        return Tile("次の期限", "—", note="ありません")
    day, _, weekday = display.japanese_date(found[0].day).partition("（")
    note = f"{found[0].words}　期限を過ぎています" if found[0].is_late else found[0].words
    return Tile("次の期限", day, f"（{weekday}" if weekday else "", note)


def _residents(facts: Facts) -> Tile:
    note = f"残高のある人など {grouped(facts.totals.wallets)}人"
    return Tile("登録した利用者", grouped(facts.residents), "人", note)


def _looks(facts: Facts) -> Tile:
    return Tile("個人情報の閲覧", grouped(facts.looks_yesterday), "件", "昨日の記録")


def _acts(facts: Facts) -> Tile:
    return Tile("操作の記録", grouped(facts.acts_yesterday), "件", "昨日")


def _staff(facts: Facts) -> Tile:
    return Tile("担当者", grouped(facts.staff), "人", "役割のある人")


def _failed_mails(facts: Facts) -> Tile:
    return Tile("送れないメール", grouped(facts.failed_mails), "通", "現在")


def _terminals(facts: Facts) -> Tile | None:
    if facts.cards is None:
        return None
    return Tile("使える端末", grouped(facts.active_terminals), "台", "現在")


CATALOGUE: Final[dict[str, Spec]] = {
    "issued": Spec(_issued, "grants:list"),
    "used": Spec(_used, "console:payments"),
    "unused": Spec(_unused),
    "expired": Spec(_expired),
    "payable": Spec(_payable, "settlement:periods"),
    "paid_out": Spec(_paid_out, "settlement:periods"),
    "payments": Spec(_payments, "console:payments"),
    "stores": Spec(_stores, "stores:home"),
    "applications": Spec(_applications, "stores:applications", "status=SUBMITTED"),
    "without_account": Spec(_without_account, "stores:home", "account=no"),
    "vouchers": Spec(_vouchers, "vouchers:home"),
    "cards": Spec(_cards, "cards:home"),
    "terminals": Spec(_terminals, "cards:home"),
    "calls": Spec(_calls, "callcenter:reports"),
    "tickets": Spec(_tickets, "callcenter:tickets"),
    "escalations": Spec(_escalations, "callcenter:tickets", "view=escalated"),
    "complaints": Spec(_complaints, "callcenter:tickets", "view=complaints"),
    "events": Spec(_events, "consultations:home"),
    "coverage": Spec(_coverage, "consultations:home"),
    "next_event": Spec(_next_event, "consultations:home"),
    "decisions": Spec(_decisions, "console:approvals"),
    "deadline": Spec(_deadline),
    "residents": Spec(_residents, "residents:list"),
    "looks": Spec(_looks, "console:audit"),
    "acts": Spec(_acts, "console:audit"),
    "staff": Spec(_staff),
    "failed_mails": Spec(_failed_mails),
}
# The first six that the program has are shown, so each list names some more.
BY_ROLE: Final[dict[str, tuple[str, ...]]] = {
    Role.CLIENT_VIEWER: (
        *("issued", "used", "stores", "vouchers", "calls", "events"),
        *("unused", "expired", "deadline", "payable"),
    ),
    Role.CLIENT_APPROVER: (
        *("decisions", "issued", "used", "vouchers", "escalations", "coverage"),
        *("stores", "deadline", "unused"),
    ),
    Role.OFFICE_CLERK: (
        *("applications", "used", "vouchers", "cards", "calls", "next_event"),
        *("stores", "deadline", "without_account"),
    ),
    Role.FINANCE_PREPARER: (
        *("payable", "deadline", "used", "without_account", "paid_out", "vouchers"),
        *("payments", "stores"),
    ),
    Role.FINANCE_APPROVER: (
        *("decisions", "deadline", "payable", "paid_out", "used", "vouchers"),
        *("without_account", "payments"),
    ),
    Role.PRIVACY_OFFICER: (
        *("looks", "residents", "decisions", "acts", "cards", "stores"),
        *("deadline", "unused"),
    ),
    Role.AUDITOR: (
        *("issued", "used", "unused", "expired", "payable", "acts"),
        *("vouchers", "paid_out"),
    ),
    Role.SYSTEM_ADMIN: (
        *("staff", "acts", "failed_mails", "terminals", "stores", "deadline"),
        *("issued", "decisions"),
    ),
    Role.DESK_SUPERVISOR: (
        *("tickets", "escalations", "complaints", "calls", "next_event", "stores"),
        *("payments", "deadline", "unused"),
    ),
    Role.DESK_OPERATOR: (
        *("tickets", "calls", "next_event", "stores", "payments", "deadline"),
        *("escalations", "unused"),
    ),
    Role.EVENT_STAFF: (
        *("next_event", "events", "coverage", "decisions", "stores", "deadline"),
        *("payments", "unused", "used"),
    ),
}


def tiles_for(facts: Facts) -> list[Tile]:
    """Return the six tiles of the reader's role for this program's client."""
    found: list[Tile] = []
    for code in _codes(facts):
        spec = CATALOGUE[code]
        tile = spec.make(facts)
        if tile is not None:
            found.append(replace(tile, href=_href(spec, facts)))
        if len(found) == SHOWN:
            break
    return found


def _codes(facts: Facts) -> Sequence[str]:
    held = users.roles_of(facts.user).get(facts.program.client_id, set())
    role = next((role for role in BY_ROLE if role in held), Role.CLIENT_VIEWER)
    return BY_ROLE[role]


def _href(spec: Spec, facts: Facts) -> str:
    if not spec.url_name or not _may_open(facts.user, spec.url_name):
        return ""
    try:
        address = reverse(spec.url_name)
    except NoReverseMatch:
        return ""
    query = "&".join(part for part in (f"program={facts.program.code}", spec.query) if part)
    return f"{address}?{query}"


def _may_open(user: Viewer, url_name: str) -> bool:
    # The lists below an area open for whoever opens the area.
    return navigation.may_open(user, "stores:home" if url_name.startswith("stores:") else url_name)
