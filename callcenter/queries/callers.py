"""Who may be calling, and what an operator needs of them on one page (CC-02, CC-08)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from callcenter.models import Ticket
from cards import queries as cards
from cards.models import Card
from ledger import queries as ledger
from pointsys.common import municipalities, phone_digest, text
from pointsys.residents import queries as residents
from pointsys.residents.models import Resident
from settlement import queries as settlement
from settlement.models import Statement
from stores.models import Enrolment, Store
from vouchers.models import Application
from vouchers.queries import applications as vouchers

CANDIDATES: Final = 10
MOVES: Final = 5
CONTACTS: Final = 5
STATEMENTS: Final = 4
MOVE_WORDS: Final = {
    "GRANT": "付与", "PAYMENT": "支払い", "REFUND": "返金", "EXPIRY": "失効",
    "ADJUSTMENT": "調整", "MERGE": "統合", "EXCHANGE": "交換", "VOID": "無効",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Somebody who may be calling; a resident's name is masked until the operator chooses."""

    key: str
    name: str
    meta: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a look-up found; `is_cut` when there may be more than is shown."""

    words: str
    is_phone: bool
    candidates: tuple[Candidate, ...]
    tickets: tuple[Ticket, ...]
    is_cut: bool = False


def masked_name(name: str) -> str:
    """Return 鈴●● ●●: enough to recognise a caller who says the name, not to learn it."""
    parts = name.split()
    masked = ["●" * len(part) for part in parts]
    if masked and parts[0]:
        masked[0] = parts[0][0] + "●" * (len(parts[0]) - 1)
    return " ".join(masked)


def look_up(*, client_id: int, words: str) -> Found:
    """Return who of a client fits a telephone number, an id, a store's code or name, or a name."""
    words = text.single_line(words)[:80]
    phone = text.read_phone(words)
    if not words:
        return Found(words="", is_phone=False, candidates=(), tickets=())
    stores = Store.objects.filter(client_id=client_id)
    people = residents.residents_of_client(client_id)
    if phone.digits:
        tickets = _tickets_by_phone(client_id, words)
        found_stores = list(stores.filter(phone_key=phone.digits).order_by("code")[:CANDIDATES])
        found_people = list(
            residents.residents_with_phone(client_id=client_id, phone=words)[:CANDIDATES]
        )
        why = ("店舗の登録電話と一致", "利用者の登録電話と一致")
    else:
        tickets = ()
        plain = text.plain(words)
        key = text.name_key(words)
        by_name = Q(name_key__contains=key) if key else Q(pk__in=[])
        found_stores = list(
            stores.filter(Q(code__iexact=plain) | by_name).order_by("code")[: CANDIDATES + 1]
        )
        exact = people.filter(external_id__iexact=plain)
        found_people = list(
            (exact if exact.exists() else residents.matching(people, words))[: CANDIDATES + 1]
        )
        why = ("店名・店舗コードと一致", "氏名・IDと一致")
    candidates = [_store(row, why[0]) for row in found_stores]
    candidates += [_person(row, why[1]) for row in found_people]
    candidates += _earlier_callers(tickets, {row.key for row in candidates})
    return Found(
        words=words,
        is_phone=bool(phone.digits),
        candidates=tuple(candidates[:CANDIDATES]),
        tickets=tickets,
        is_cut=len(candidates) > CANDIDATES,
    )


def _tickets_by_phone(client_id: int, phone: str) -> tuple[Ticket, ...]:
    return tuple(
        Ticket.objects.filter(client_id=client_id, phone_digest__in=phone_digest.digests(phone))
        .select_related("number", "category", "resident", "store")
        .order_by("-opened_at", "-id")[:CONTACTS]
    )


def _earlier_callers(tickets: tuple[Ticket, ...], known: set[str]) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for ticket in tickets:
        if ticket.resident:
            one = _person(ticket.resident, "この番号からの以前の問合せ")
        elif ticket.store:
            one = _store(ticket.store, "この番号からの以前の問合せ")
        else:
            continue
        if one.key not in known:
            found.setdefault(one.key, one)
    return list(found.values())


def _person(row: Resident, why: str) -> Candidate:
    return Candidate(
        key=f"R{row.pk}",
        name=f"{masked_name(row.name) or '（氏名なし）'} 様",
        meta=f"利用者 {row.external_id}・{_place(row.municipality_code)}",
        why=why,
    )


def _store(row: Store, why: str) -> Candidate:
    return Candidate(
        key=f"S{row.pk}",
        name=row.name,
        meta=f"加盟店 {row.code}・{_place(row.municipality_code) or row.address[:12]}",
        why=why,
    )


def _place(code: str) -> str:
    unit = municipalities.municipality(code) if code else None
    return unit.name if unit else ""


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of a resident's points in words."""

    at: datetime
    what: str
    points: int
    receipt_number: str
    program_name: str


@dataclass(frozen=True, slots=True)
class PanelBalance:
    """What a resident can spend in one program; of vouchers, what was bought and what was added."""

    balance: ledger.Balance
    is_voucher: bool = False
    principal: int = 0
    premium: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ResidentPanel:
    """What is read out to a resident: balances, movements, vouchers, cards, earlier calls."""

    resident: Resident
    place: str
    balances: tuple[PanelBalance, ...]
    moves: tuple[Move, ...]
    applications: tuple[Application, ...]
    cards: tuple[Card, ...]
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StorePanel:
    """What is read out to a store: its part, the newest statement and those before."""

    store: Store
    place: str
    enrolments: tuple[Enrolment, ...]
    sheet: settlement.StatementSheet | None
    statements: tuple[settlement.StatementRow, ...]
    tickets: tuple[Ticket, ...]


def resident_of_client(*, client_id: int, resident_id: int) -> Resident | None:
    """Return a resident of this client; another client's is none."""
    return residents.residents_of_client(client_id).filter(pk=resident_id).first()


def store_of_client(*, client_id: int, store_id: int) -> Store | None:
    """Return a store of this client; another client's is none."""
    return Store.objects.filter(client_id=client_id, pk=store_id).first()


def resident_panel(resident: Resident, *, at: datetime) -> ResidentPanel:
    """Return what an operator may read out to a resident; the caller records the access first."""
    balances = ledger.balances_of(resident_id=resident.pk, at=at)
    moves = [
        Move(
            line.at,
            MOVE_WORDS.get(line.kind, line.kind)
            + (
                f" {line.store_name or line.round_name}"
                if line.store_name or line.round_name
                else ""
            ),
            line.points,
            line.receipt_number,
            balance.program.name,
        )
        for balance in balances
        for line in ledger.history_of(wallet_id=balance.wallet_id, limit=MOVES)
    ]
    moves.sort(key=lambda move: move.at, reverse=True)
    return ResidentPanel(
        resident=resident,
        place=_place(resident.municipality_code),
        balances=_panel_balances(balances, at=at),
        moves=tuple(moves[:MOVES]),
        applications=tuple(vouchers.applications_of(resident)[:MOVES]),
        cards=tuple(cards.cards_of_resident(resident_id=resident.pk)[:MOVES]),
        tickets=_contacts(Ticket.objects.filter(resident=resident)),
    )


def _panel_balances(balances: list[ledger.Balance], *, at: datetime) -> tuple[PanelBalance, ...]:
    of_vouchers = ledger.voucher_program_ids([balance.program.pk for balance in balances])
    found = []
    for balance in balances:
        if balance.program.pk not in of_vouchers:
            found.append(PanelBalance(balance))
            continue
        sources = ledger.points_by_source(wallet_id=balance.wallet_id, at=at)
        found.append(
            PanelBalance(
                balance,
                is_voucher=True,
                principal=sources["VOUCHER_PRINCIPAL"],
                premium=sources["VOUCHER_PREMIUM"],
            )
        )
    return tuple(found)


def store_panel(store: Store, *, at: datetime) -> StorePanel:
    """Return what an operator may read out to a store: the statement and payout of now (CC-08)."""
    statements = settlement.with_payouts(
        Statement.objects.filter(store=store)
        .select_related("program__client", "period", "store")
        .order_by("-period__month", "-id")
    )[:STATEMENTS]
    rows = tuple(settlement.row_of(statement) for statement in statements)
    return StorePanel(
        store=store,
        place=_place(store.municipality_code),
        enrolments=tuple(store.enrolments.select_related("program").order_by("-enrolled_at")),
        sheet=settlement.statement_sheet(rows[0].statement, at) if rows else None,
        statements=rows,
        tickets=_contacts(Ticket.objects.filter(store=store)),
    )


def _contacts(tickets: QuerySet[Ticket]) -> tuple[Ticket, ...]:
    return tuple(
        tickets.select_related("number", "category").order_by("-opened_at", "-id")[:CONTACTS]
    )
