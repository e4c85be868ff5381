"""Store lists become applications: looked at first, then written once, however often they are read.

A row is known again by its source and its key (the list's own id, else name and place), so reading
the same list twice creates nothing. Suspected duplicates are proposed, never merged.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import starmap
from typing import Any, Final, Literal

from django.db import transaction
from django.db.models import QuerySet

from pointsys.audit import services as audit
from pointsys.common import text
from pointsys.programs.models import Program
from pointsys.users.models import Organization, User
from stores.importing.duplicates import Candidate, Proposal, Ref, propose_duplicates
from stores.importing.readers import StoreList, area_finding, read_store_list
from stores.importing.rows import Finding, RowError, StoreRow
from stores.models import ImportRun, MergeProposal, Store, StoreApplication

KIND: Final = "STORES"
_BATCH: Final = 1_000
_SOURCE_MAX, _FILE_NAME_MAX = 80, 200
# What a run keeps of its rejected rows; the report on screen has them all.
_REJECTED_KEPT: Final = 1_000
_COPIED: Final = (
    "name", "name_kana", "industry", "postal_code", "municipality_code", "address", "phone",
    "website", "latitude", "longitude", "name_key", "address_key", "phone_key", "row_number",
)  # fmt: skip
_RENEWED: Final = (*_COPIED, "raw", "findings")


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that says other things than last time; `is_renewed` when its application follows."""

    row_number: int
    is_renewed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What came, or would come, of reading a list."""

    program_code: str
    source: str
    file_name: str
    is_dry_run: bool
    row_count: int
    created_count: int
    unchanged_count: int
    changed: tuple[ChangedRow, ...]
    rejected: tuple[RowError, ...]
    findings: dict[str, int]
    proposal_count: int
    run_id: int | None = None

    @property
    def accepted_count(self) -> int:
        """Rows that are applications now, or were before."""
        return self.row_count - len(self.rejected)

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of `import_stores --json`."""
        return asdict(self) | {"accepted_count": self.accepted_count}


@dataclass(frozen=True, kw_only=True, slots=True)
class SuspectedDuplicate:
    """One proposal in words, for the preview."""

    row_number: int
    name: str
    other: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPreview:
    """What a person looks at before a list is taken: columns as understood, rows as read."""

    report: ImportReport
    columns: tuple[tuple[str, str], ...]
    unused_columns: tuple[str, ...]
    rows: tuple[StoreRow, ...]
    duplicates: tuple[SuspectedDuplicate, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    store_list: StoreList
    new: list[StoreRow]
    unchanged_count: int
    renewed: list[tuple[int, StoreRow]]
    stale: list[StoreRow]
    proposals: list[Proposal]
    names: dict[Ref, str] = field(default_factory=dict)


def preview_store_list(
    *, program: Program, source_name: str, content: bytes, file_name: str, shown_rows: int = 20
) -> ImportPreview:
    """Return what importing the list would do, writing nothing.

    Raises:
        TableRefused: the file is no store list, or cannot be read safely.
    """
    source = source_of(source_name, file_name)
    plan = _plan(program, source, read_store_list(content))
    duplicates = tuple(
        SuspectedDuplicate(
            row_number=plan.new[proposal.ref[1]].row_number,
            name=plan.new[proposal.ref[1]].name,
            other=plan.names[proposal.other],
            reason=proposal.evidence.value,
        )
        for proposal in plan.proposals
    )
    columns = plan.store_list.columns.by_field
    used = set(columns.values())
    return ImportPreview(
        report=_report(program, source, file_name, plan, is_dry_run=True),
        columns=tuple((meaning.value, column) for meaning, column in columns.items()),
        unused_columns=tuple(c for c in plan.store_list.table.columns if c not in used),
        rows=tuple(plan.new[:shown_rows]),
        duplicates=duplicates,
    )


@transaction.atomic
def import_store_list(
    *,
    program: Program,
    source_name: str,
    content: bytes,
    file_name: str,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Make an application of every new row, exactly once per source and row key.

    A row that changed renews its application while that is undecided; a decided one stays as it
    was decided, and the report says so.

    Raises:
        TableRefused: the file is no store list, or cannot be read safely; nothing was written.
    """
    source = source_of(source_name, file_name)
    store_list = read_store_list(content)
    # Decisions of a client take the same row: two imports, or an import and a decision, queue up.
    Organization.objects.select_for_update(no_key=True, of=("self",)).get(pk=program.client_id)
    plan = _plan(program, source, store_list)
    if dry_run:
        return _report(program, source, file_name, plan, is_dry_run=True)
    run = ImportRun.objects.create(
        program=program,
        kind=KIND,
        source=source,
        file_name=file_name[:_FILE_NAME_MAX],
        file_sha256=hashlib.sha256(content).hexdigest(),
        row_count=store_list.row_count,
        created_count=len(plan.new),
        unchanged_count=plan.unchanged_count,
        rejected=[asdict(error) for error in store_list.errors[:_REJECTED_KEPT]],
        at=at,
        by=by,
    )
    created = _create(plan.new, program=program, source=source, run=run, at=at)
    _renew(plan.renewed)
    _propose(plan.proposals, created)
    report = _report(program, source, file_name, plan, is_dry_run=False)
    audit.record(
        code="stores.list.imported",
        target=run,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={
            "rows": report.row_count,
            "created": report.created_count,
            "renewed": len(plan.renewed),
            "rejected": len(report.rejected),
            "proposals": report.proposal_count,
        },
    )
    return replace(report, run_id=run.pk)


def source_of(source_name: str, file_name: str) -> str:
    """Return the name under which a list is known again: as given, else the file's own name."""
    return (text.single_line(source_name) or text.single_line(file_name) or "一覧")[:_SOURCE_MAX]


# --- What is to be done -----------------------------------------------------------------------
def _plan(program: Program, source: str, store_list: StoreList) -> _Plan:
    known = {
        key: (pk, status, raw)
        for key, pk, status, raw in StoreApplication.objects.filter(
            program=program, source=source
        ).values_list("source_key", "pk", "status", "raw")
    }
    new: list[StoreRow] = []
    renewed: list[tuple[int, StoreRow]] = []
    stale: list[StoreRow] = []
    for row in _judged(store_list.rows, program):
        if row.source_key not in known:
            new.append(row)
            continue
        pk, status, raw = known[row.source_key]
        if raw == row.original:
            continue
        if status == StoreApplication.Status.SUBMITTED:
            renewed.append((pk, row))
        else:
            stale.append(row)
    existing, names = _existing(program) if new else ([], {})
    names |= {("row", position): row.name for position, row in enumerate(new)}
    return _Plan(
        store_list=store_list,
        new=new,
        unchanged_count=len(store_list.rows) - len(new) - len(renewed) - len(stale),
        renewed=renewed,
        stale=stale,
        proposals=propose_duplicates(list(starmap(_candidate, enumerate(new))), existing),
        names=names,
    )


def _judged(rows: Iterable[StoreRow], program: Program) -> Iterable[StoreRow]:
    """Tell each row whether it lies in the program's area."""
    for row in rows:
        finding = area_finding(row, area_codes=program.area_codes, area_name=program.area_name)
        yield replace(row, findings=(*row.findings, finding)) if finding else row


def _candidate(position: int, row: StoreRow) -> Candidate:
    return Candidate(
        ("row", position), row.name_key, row.address_key, row.phone_key, row.is_shared_line
    )


def _existing(program: Program) -> tuple[list[Candidate], dict[Ref, str]]:
    """Return the client's stores, then the program's undecided applications, as candidates."""
    rows: list[tuple[Literal["store", "application"], QuerySet[Any]]] = [
        ("store", Store.objects.filter(client_id=program.client_id)),
        (
            "application",
            StoreApplication.objects.filter(
                program=program, status=StoreApplication.Status.SUBMITTED
            ),
        ),
    ]
    candidates: list[Candidate] = []
    names: dict[Ref, str] = {}
    for kind, queryset in rows:
        found = queryset.order_by("pk").values_list(
            "pk", "name", "name_key", "address_key", "phone_key"
        )
        for pk, name, name_key, address_key, phone_key in found:
            is_shared = text.is_shared_line(phone_key)
            candidates.append(Candidate((kind, pk), name_key, address_key, phone_key, is_shared))
            names[(kind, pk)] = name
    return candidates, names


# --- Writing ----------------------------------------------------------------------------------
def _create(
    rows: Sequence[StoreRow], *, program: Program, source: str, run: ImportRun, at: datetime
) -> list[StoreApplication]:
    applications = [
        StoreApplication(
            program=program,
            import_run=run,
            source=source,
            source_key=row.source_key,
            submitted_at=at,
            **_values(row),
        )
        for row in rows
    ]
    return StoreApplication.objects.bulk_create(applications, batch_size=_BATCH)


def _renew(renewed: Sequence[tuple[int, StoreRow]]) -> None:
    applications = [StoreApplication(pk=pk, **_values(row)) for pk, row in renewed]
    StoreApplication.objects.bulk_update(applications, _RENEWED, batch_size=_BATCH)


def _values(row: StoreRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COPIED} | {
        "raw": row.original,
        "findings": [asdict(finding) for finding in row.findings],
    }


def _propose(proposals: Sequence[Proposal], created: Sequence[StoreApplication]) -> None:
    rows = []
    for proposal in proposals:
        kind, handle = proposal.other
        proposed = MergeProposal(
            application=created[proposal.ref[1]], reason=proposal.evidence.value
        )
        if kind == "store":
            proposed.other_store_id = handle
        elif kind == "application":
            proposed.other_application_id = handle
        else:
            proposed.other_application = created[handle]
        rows.append(proposed)
    MergeProposal.objects.bulk_create(rows, batch_size=_BATCH)


def _report(
    program: Program, source: str, file_name: str, plan: _Plan, *, is_dry_run: bool
) -> ImportReport:
    changed = [ChangedRow(row.row_number, True) for _, row in plan.renewed]
    changed += [ChangedRow(row.row_number, False) for row in plan.stale]
    return ImportReport(
        program_code=program.code,
        source=source,
        file_name=file_name,
        is_dry_run=is_dry_run,
        row_count=plan.store_list.row_count,
        created_count=len(plan.new),
        unchanged_count=plan.unchanged_count,
        changed=tuple(sorted(changed, key=lambda row: row.row_number)),
        rejected=plan.store_list.errors,
        findings=_counted(finding for row in plan.new for finding in row.findings),
        proposal_count=len(plan.proposals),
    )


def _counted(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(Counter(finding.code for finding in findings).most_common())
