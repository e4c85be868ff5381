"""A whole round of grants: to all residents of the area, or to a list.

`plan_…` reads and decides nothing; `carry_out` opens the wallets, reserves the round from the
ceiling and grants in chunks. A round that died halfway goes on under the same name: a wallet gets
it once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from ledger.errors import (
    CeilingExceeded,
    OutsideGrantPeriod,
    RoundDiffers,
    WrongGrantList,
)
from ledger.models import GrantRound, Wallet
from ledger.queries import rounds
from ledger.services.grants import GrantResult, create_round, finish_round, grant_points
from ledger.services.wallets import open_wallets
from pointsys.common import tabular
from pointsys.programs import queries as programs
from pointsys.programs import services as program_services
from pointsys.programs.models import Program
from pointsys.residents.models import Resident
from pointsys.users.models import User

CHUNK: Final = 20_000
MOST_POINTS_EACH: Final = 1_000_000
LIMITS: Final = tabular.Limits(rows=500_000)
ID_NAMES: Final = frozenset({"アプリのid", "id", "external_id", "externalid", "住民id", "利用者id"})
POINT_NAMES: Final = frozenset({"ポイント", "points", "point", "付与ポイント", "付与数"})
TOO_WIDE: Final = '列が見出しより多くあります。金額の「,」は取るか、"1,000" のように囲んでください'
# How many rows of a list are shown before it is granted.
FIRST_ROWS: Final = 10

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of a list that gets nothing: where it stands, which field, and why."""

    place: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class GrantPlan:
    """Who would get how many points, before anything is written."""

    program: Program
    name: str
    method: GrantRound.Method
    points_by_resident: Mapping[int, int]
    rejected: tuple[RejectedRow, ...]
    left_points: int
    existing: GrantRound | None
    first_rows: tuple[tuple[str, int], ...] = ()

    @property
    def smallest_points(self) -> int:
        return min(self.points_by_resident.values(), default=0)

    @property
    def largest_points(self) -> int:
        return max(self.points_by_resident.values(), default=0)

    @property
    def target_count(self) -> int:
        return len(self.points_by_resident)

    @property
    def total_points(self) -> int:
        return sum(self.points_by_resident.values())

    @property
    def left_after(self) -> int:
        """What stays of the ceiling; a round that goes on has reserved its points before."""
        return self.left_points - (0 if self.existing else self.total_points)

    @property
    def fits(self) -> bool:
        return self.left_after >= 0


@dataclass(frozen=True, slots=True)
class GrantOutcome:
    """What a carried-out plan did; wallets that had theirs count as skipped."""

    grant_round: GrantRound
    opened_wallets: int
    granted_count: int
    granted_points: int
    skipped_count: int
    barred_count: int


def plan_for_all(*, program_id: int, name: str, points_each: int) -> GrantPlan:
    """Plan the same points for every resident of the program's client who lives in its area."""
    program = Program.objects.get(pk=program_id)
    residents = residents_in_area(program).values_list("pk", flat=True)
    return _plan(
        program=program,
        name=name,
        method=GrantRound.Method.ALL,
        points_by_resident=dict.fromkeys(residents, points_each),
        rejected=(),
    )


def plan_for_list(*, program_id: int, name: str, content: bytes) -> GrantPlan:
    """Plan the points of a list with the columns アプリのID and ポイント; wrong rows get nothing.

    Raises:
        TableRefused: the file is no readable table.
        WrongGrantList: a column is missing.
    """
    program = Program.objects.get(pk=program_id)
    table, id_column, points_column = _grant_table(content)
    known = _known_residents(
        program, [_text(record.values.get(id_column, "")) for record in table.records]
    )
    points_by_resident: dict[int, int] = {}
    place_by_id: dict[str, str] = {}
    rejected: list[RejectedRow] = []
    for record in table.records:
        place = table.place(record.number)
        external_id = _text(record.values.get(id_column, ""))
        points = _points(record.values.get(points_column, ""))
        if fault := _id_fault(program, external_id, known, place_by_id):
            rejected.append(RejectedRow(place, "アプリのID", fault))
            continue
        if fault := TOO_WIDE if record.is_too_wide else _points_fault(points):
            rejected.append(RejectedRow(place, "ポイント", fault))
            continue
        assert points is not None
        place_by_id[external_id] = place
        points_by_resident[known[external_id][0]] = points
    return _plan(
        program=program,
        name=name,
        method=GrantRound.Method.LIST,
        points_by_resident=points_by_resident,
        rejected=tuple(rejected),
        first_rows=tuple(
            (external_id, points_by_resident[known[external_id][0]])
            for external_id in islice(place_by_id, FIRST_ROWS)
        ),
    )


def carry_out(
    *, plan: GrantPlan, by: User | None, at: datetime, progress: Progress | None = None
) -> GrantOutcome:
    """Grant a plan: reserve it under its name, or go on with the round of that name.

    Raises:
        CeilingExceeded: the ceiling does not cover a new round; nothing is written.
        RoundDiffers: the name belongs to a round of another method or size.
        OutsideGrantPeriod: the program does not grant at this time.
    """
    # The database refuses it too, but only after the round would have been reserved.
    if not plan.program.grant_starts_at <= at < plan.program.grant_ends_at:
        raise OutsideGrantPeriod
    resident_ids = sorted(plan.points_by_resident)
    grant_round = _reserve(plan, by=by, at=at)
    opened, total, done = 0, GrantResult(), 0
    for chunk in _chunks(resident_ids):
        opened += open_wallets(program_id=plan.program.pk, resident_ids=chunk, at=at)
        if grant_round.status != GrantRound.Status.DONE:
            total = _added(total, _grant_chunk(plan, grant_round, chunk, by=by, at=at))
        else:
            total = _added(total, GrantResult(skipped_count=len(chunk)))
        done += len(chunk)
        if progress:
            progress(done, len(resident_ids))
    grant_round = finish_round(round_id=grant_round.pk, by=by, at=at)
    return GrantOutcome(
        grant_round=grant_round,
        opened_wallets=opened,
        granted_count=total.granted_count,
        granted_points=total.granted_points,
        skipped_count=total.skipped_count,
        barred_count=total.barred_count,
    )


def open_wallets_in_area(*, program_id: int, at: datetime) -> int:
    """Open a wallet for every resident of the client in the area; return how many were new."""
    program = Program.objects.get(pk=program_id)
    resident_ids = list(residents_in_area(program).values_list("pk", flat=True))
    return sum(
        open_wallets(program_id=program_id, resident_ids=chunk, at=at)
        for chunk in _chunks(resident_ids)
    )


def residents_in_area(program: Program) -> QuerySet[Resident]:
    """Return the residents of the program's client who live in its area, by id (LG-16)."""
    lives_in_area = Q(pk__in=[])
    for area_code in program.area_codes:
        lives_in_area |= Q(municipality_code__startswith=area_code)
    return Resident.objects.filter(lives_in_area, client_id=program.client_id).order_by("pk")


def _plan(
    *,
    program: Program,
    name: str,
    method: GrantRound.Method,
    points_by_resident: Mapping[int, int],
    rejected: tuple[RejectedRow, ...],
    first_rows: tuple[tuple[str, int], ...] = (),
) -> GrantPlan:
    return GrantPlan(
        program=program,
        name=name,
        method=method,
        points_by_resident=points_by_resident,
        rejected=rejected,
        left_points=program.issuance_ceiling_points - rounds.reserved_points(program.pk),
        existing=GrantRound.objects.filter(program=program, name=name).first(),
        first_rows=first_rows,
    )


@transaction.atomic
def _reserve(plan: GrantPlan, *, by: User | None, at: datetime) -> GrantRound:
    # The lock makes two confirmations of one round wait for each other; the second one goes on.
    program_services.lock_program(plan.program.pk)
    existing = GrantRound.objects.filter(program=plan.program, name=plan.name).first()
    if existing is None:
        return create_round(
            program_id=plan.program.pk,
            name=plan.name,
            method=plan.method,
            reserved_points=plan.total_points,
            by=by,
            at=at,
        )
    if (existing.method, existing.reserved_points) != (plan.method, plan.total_points):
        raise RoundDiffers(name=plan.name, reserved_points=existing.reserved_points)
    return existing


def _grant_chunk(
    plan: GrantPlan, grant_round: GrantRound, chunk: Sequence[int], *, by: User | None, at: datetime
) -> GrantResult:
    wallets = Wallet.objects.filter(program=plan.program, resident_id__in=chunk)
    points_by_wallet = {
        wallet_id: plan.points_by_resident[resident_id]
        for wallet_id, resident_id in wallets.values_list("pk", "resident__pk")
    }
    return grant_points(round_id=grant_round.pk, points_by_wallet=points_by_wallet, by=by, at=at)


def _added(one: GrantResult, other: GrantResult) -> GrantResult:
    return GrantResult(
        one.granted_count + other.granted_count,
        one.granted_points + other.granted_points,
        one.skipped_count + other.skipped_count,
        one.barred_count + other.barred_count,
    )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _heading(cell: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)).lower()


def _is_header(cells: Sequence[str]) -> bool:
    headings = {_heading(cell) for cell in cells}
    return bool(headings & ID_NAMES) and bool(headings & POINT_NAMES)


def _grant_table(content: bytes) -> tuple[tabular.Table, str, str]:
    for table in tabular.read_tables(content, is_header=_is_header, limits=LIMITS):
        if _is_header(table.columns):
            named = {_heading(column): column for column in reversed(table.columns)}
            id_column = next(named[name] for name in named if name in ID_NAMES)
            points_column = next(named[name] for name in named if name in POINT_NAMES)
            return table, id_column, points_column
    raise WrongGrantList


def _known_residents(program: Program, external_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return id and municipality of the client's residents in the list, by external id."""
    return {
        external_id: (pk, municipality_code)
        for start in range(0, len(external_ids), CHUNK)
        for external_id, pk, municipality_code in Resident.objects.filter(
            client_id=program.client_id, external_id__in=external_ids[start : start + CHUNK]
        ).values_list("external_id", "pk", "municipality_code")
    }


def _text(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _points(cell: str) -> int | None:
    digits = _text(cell)
    # Commas only where thousands end: 1,5 is more likely a decimal than fifteen.
    if not re.fullmatch(r"\d{1,9}|\d{1,3}(,\d{3}){1,2}", digits):
        return None
    return int(digits.replace(",", ""))


def _id_fault(
    program: Program,
    external_id: str,
    known: Mapping[str, tuple[int, str]],
    place_by_id: Mapping[str, str],
) -> str:
    if not external_id:
        return "アプリのIDがありません"
    if external_id not in known:
        return "このIDの利用者は登録されていません"
    if external_id in place_by_id:
        return f"同じIDが{place_by_id[external_id]}にもあります"
    if not programs.is_in_area(program, known[external_id][1]):
        return "住まいが、事業の対象地域の外です"
    return ""


def _points_fault(points: int | None) -> str:
    if points is None:
        return "ポイントは、1以上の整数で書いてください"
    if not 1 <= points <= MOST_POINTS_EACH:
        return f"ポイントは、1から{MOST_POINTS_EACH:,}までで書いてください"
    return ""


def refuse_beyond_ceiling(plan: GrantPlan) -> None:
    """Refuse a plan that the ceiling does not cover, for a dry run.

    Raises:
        CeilingExceeded: with what is left.
    """
    if not plan.fits:
        raise CeilingExceeded(left_points=plan.left_points)
