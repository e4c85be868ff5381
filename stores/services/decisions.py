"""What becomes of applications: approved, refused, or merged into a shop that is known already.

Every decision of one client takes the client's row first: two people who decide at the same time
queue up there, so store codes have no gaps and no application is judged on stale facts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import IntegerField, Max
from django.db.models.functions import Cast, Substr

from pointsys.audit import services as audit
from pointsys.users.models import Organization, User
from stores import errors, queries
from stores.models import Enrolment, MergeProposal, Store, StoreApplication
from stores.services import notices

STORE_FIELDS: Final = (
    "name", "name_kana", "industry", "postal_code", "municipality_code", "address", "phone",
    "website", "latitude", "longitude", "name_key", "address_key", "phone_key",
)  # fmt: skip
CODE_DIGITS: Final = 5
LARGEST_NUMBER: Final = 999_999_999
_SUBMITTED: Final = StoreApplication.Status.SUBMITTED
_DECISION_FIELDS: Final = ("status", "store", "decided_at", "decided_by", "decision_reason")


@dataclass(frozen=True, slots=True)
class BulkApproval:
    """What came of approving many: the stores, and why each other application stays undecided."""

    stores: list[Store] = field(default_factory=list)
    refused: list[tuple[StoreApplication, str]] = field(default_factory=list)


@transaction.atomic
def approve_application(
    *,
    application_id: int,
    reason: str,
    by: User,
    at: datetime,
    accept_outside_area: bool = False,
) -> Store:
    """Make a store of an application, or let the known store it names join, and enrol it.

    Raises:
        ReasonMissing, AlreadyDecided: nothing to decide, or no reason given.
        MergeUndecided: a suspected duplicate has not been judged.
        WaitsForOther: it is the same shop as another application that is still undecided.
        OutsideArea: the address may lie outside and nobody has ticked that this was seen.
    """
    reason = _given(reason)
    [application] = _locked([application_id])
    refusal = _refusal(application, _plan([application]), accept_outside_area=accept_outside_area)
    if refusal:
        raise refusal
    [store] = _approve([application], reason=reason, by=by, at=at)
    return store


@transaction.atomic
def approve_applications(
    *,
    application_ids: Sequence[int],
    reason: str,
    by: User,
    at: datetime,
    accept_outside_area: bool = False,
) -> BulkApproval:
    """Approve those that need no closer look, in one step; every other one says why not.

    `accept_outside_area` says that the addresses of all of them have been seen.

    Raises:
        ReasonMissing: no reason was given.
    """
    reason = _given(reason)
    applications = _locked(application_ids)
    plan = _plan(applications)
    accepted: list[StoreApplication] = []
    refused: list[tuple[StoreApplication, str]] = []
    for application in applications:
        refusal = _refusal(application, plan, accept_outside_area=accept_outside_area)
        if refusal:
            refused.append((application, str(refusal)))
        else:
            accepted.append(application)
    return BulkApproval(_approve(accepted, reason=reason, by=by, at=at), refused)


@transaction.atomic
def reject_application(
    *, application_id: int, reason: str, by: User, at: datetime
) -> StoreApplication:
    """Refuse an application with a reason; one that was waiting to merge into it becomes free.

    Raises:
        ReasonMissing, AlreadyDecided.
    """
    reason = _given(reason)
    [application] = _locked([application_id])
    _check_undecided(application)
    _decide(
        application,
        status=StoreApplication.Status.REJECTED,
        store=None,
        reason=reason,
        by=by,
        at=at,
    )
    return application


@transaction.atomic
def decide_merge_proposal(
    *, proposal_id: int, is_same: bool, by: User, at: datetime
) -> MergeProposal:
    """Record whether two rows are one shop; the same shop is merged as soon as there is a store.

    An application merges into a store that takes part in its program. A store that does not take
    part yet joins when the application is approved; an undecided other is waited for.

    Raises:
        AlreadyDecided: the proposal or its application was decided before.
        OtherWasRejected: the other application was refused, so there is nothing to merge into.
        MergeCircle: the other one already waits for this application.
    """
    proposal = MergeProposal.objects.get(pk=proposal_id)
    _locked([proposal.application_id])
    proposal = (
        MergeProposal.objects.select_for_update(no_key=True, of=("self",))
        .select_related(
            "application", "application__program", "other_application__store", "other_store"
        )
        .get(pk=proposal_id)
    )
    application = proposal.application
    _check_undecided(application)
    if proposal.status != MergeProposal.Status.PENDING:
        raise errors.AlreadyDecided(name=application.name, status=proposal.get_status_display())
    if is_same:
        _check_can_merge(proposal)
    proposal.status = MergeProposal.Status.SAME if is_same else MergeProposal.Status.DIFFERENT
    proposal.decided_at, proposal.decided_by = at, by
    proposal.save(update_fields=["status", "decided_at", "decided_by"])
    audit.record(
        code=f"stores.merge_proposal.{proposal.status.lower()}",
        target=proposal,
        organization_id=application.program.client_id,
        by=by,
        at=at,
        changes={"application": application.pk},
    )
    store = proposal.other_store or (
        proposal.other_application.store if proposal.other_application else None
    )
    if is_same and store and _takes_part(application.program_id, store.pk):
        _merge(application, store=store, by=by, at=at)
    return proposal


def _check_can_merge(proposal: MergeProposal) -> None:
    other = proposal.other_application
    if other is None:
        return
    if other.status == StoreApplication.Status.REJECTED:
        raise errors.OtherWasRejected(other=other.name)
    seen: set[int] = set()
    waiting_for = [other.pk]
    while waiting_for:
        pk = waiting_for.pop()
        if pk == proposal.application_id:
            raise errors.MergeCircle(name=proposal.application.name, other=other.name)
        if pk not in seen:
            seen.add(pk)
            waiting_for.extend(
                MergeProposal.objects.filter(
                    application_id=pk,
                    status=MergeProposal.Status.SAME,
                    other_application__isnull=False,
                ).values_list("other_application_id", flat=True)
            )


# --- Rules ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Plan:
    """The judged duplicates of the applications at hand, read after the lock."""

    undecided: dict[int, int]
    same_as: dict[int, MergeProposal]


def _plan(applications: Iterable[StoreApplication]) -> _Plan:
    undecided: dict[int, int] = {}
    same_as: dict[int, MergeProposal] = {}
    proposals = (
        MergeProposal.objects.filter(application__in=[a.pk for a in applications])
        .exclude(status=MergeProposal.Status.DIFFERENT)
        .select_related("other_application__store", "other_store")
        .order_by("id")
    )
    for proposal in proposals:
        pk = proposal.application_id
        if proposal.status == MergeProposal.Status.PENDING:
            undecided[pk] = undecided.get(pk, 0) + 1
        elif not _is_moot(proposal):
            same_as.setdefault(pk, proposal)
    return _Plan(undecided, same_as)


def _is_moot(proposal: MergeProposal) -> bool:
    """Nothing waits for an application that was refused after it had been called the same shop."""
    other = proposal.other_application
    return other is not None and other.status == StoreApplication.Status.REJECTED


def _refusal(
    application: StoreApplication, plan: _Plan, *, accept_outside_area: bool
) -> errors.StoreError | None:
    if application.status != _SUBMITTED:
        return errors.AlreadyDecided(name=application.name, status=application.get_status_display())
    if count := plan.undecided.get(application.pk):
        return errors.MergeUndecided(name=application.name, count=count)
    same_as = plan.same_as.get(application.pk)
    if same_as and _store_of(same_as) is None:
        assert same_as.other_application is not None
        return errors.WaitsForOther(name=application.name, other=same_as.other_application.name)
    if queries.is_maybe_outside(application) and not accept_outside_area:
        return errors.OutsideArea(name=application.name)
    return None


def _store_of(proposal: MergeProposal) -> Store | None:
    if proposal.other_store:
        return proposal.other_store
    return proposal.other_application.store if proposal.other_application else None


def _given(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise errors.ReasonMissing
    return reason


def _check_undecided(application: StoreApplication) -> None:
    if application.status != _SUBMITTED:
        raise errors.AlreadyDecided(name=application.name, status=application.get_status_display())


# --- Writing ----------------------------------------------------------------------------------
def _locked(application_ids: Sequence[int]) -> list[StoreApplication]:
    """Return the applications as they are while no other decision of their client can run."""
    clients = (
        StoreApplication.objects.filter(pk__in=application_ids)
        .order_by()
        .values_list("program__client_id", flat=True)
        .distinct()
    )
    list(
        Organization.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=list(clients))
        .order_by("pk")
    )
    found = list(
        StoreApplication.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .filter(pk__in=application_ids)
        .order_by("pk")
    )
    if len(found) != len(set(application_ids)):
        raise StoreApplication.DoesNotExist
    return found


def _approve(
    applications: list[StoreApplication], *, reason: str, by: User, at: datetime
) -> list[Store]:
    """Approve checked applications: known stores join, the others become new stores."""
    known = _known_stores(applications)
    joining, merging = _told_apart(applications, known)
    new = [application for application in joining if application.pk not in known]
    stores = known | dict(zip((a.pk for a in new), _create_stores(new), strict=True))
    _enrol(joining, stores, at=at)
    for application in joining:
        application.status = StoreApplication.Status.APPROVED
        application.store = stores[application.pk]
        application.decided_at, application.decided_by = at, by
        application.decision_reason = reason
    StoreApplication.objects.bulk_update(joining, _DECISION_FIELDS, batch_size=500)
    _record(joining, code="stores.application.approved", by=by, at=at)
    for application in joining:
        notices.tell_approved(
            store=stores[application.pk],
            program=application.program,
            application_id=application.pk,
            at=at,
        )
    _merge_waiting(joining, by=by, at=at)
    for application in merging:
        _merge(application, store=stores[application.pk], by=by, at=at)
    return [stores[application.pk] for application in applications]


def _known_stores(applications: list[StoreApplication]) -> dict[int, Store]:
    """Return the stores that applications were called the same shop as, by application."""
    known = {pk: _store_of(proposal) for pk, proposal in _plan(applications).same_as.items()}
    return {pk: store for pk, store in known.items() if store}


def _told_apart(
    applications: list[StoreApplication], known: dict[int, Store]
) -> tuple[list[StoreApplication], list[StoreApplication]]:
    """Return who takes part from now on, and who only repeats a store that does already."""
    taking_part = set(
        Enrolment.objects.filter(store__in=[store.pk for store in known.values()])
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .values_list("program_id", "store_id")
    )
    joining: list[StoreApplication] = []
    merging: list[StoreApplication] = []
    for application in applications:
        store = known.get(application.pk)
        if store is None:
            joining.append(application)
            continue
        part = (application.program_id, store.pk)
        (merging if part in taking_part else joining).append(application)
        taking_part.add(part)
    return joining, merging


def _create_stores(applications: list[StoreApplication]) -> list[Store]:
    stores = [
        Store(
            client_id=application.program.client_id,
            code=code,
            **{name: getattr(application, name) for name in STORE_FIELDS},
        )
        for application, code in zip(applications, _next_codes(applications), strict=True)
    ]
    return Store.objects.bulk_create(stores, batch_size=500)


def _next_codes(applications: list[StoreApplication]) -> list[str]:
    """Return the next codes, counted for each client and prefecture: 04-00001."""
    last: dict[tuple[int, str], int] = {}
    codes: list[str] = []
    for application in applications:
        program = application.program
        prefix = str(program.area_codes[0])[:2] if program.area_codes else "00"
        key = (program.client_id, prefix)
        if key not in last:
            last[key] = _last_number(client_id=program.client_id, prefix=prefix)
        last[key] += 1
        if last[key] > LARGEST_NUMBER:
            raise errors.StoreCodesExhausted
        codes.append(f"{prefix}-{last[key]:0{CODE_DIGITS}d}")
    return codes


def _last_number(*, client_id: int, prefix: str) -> int:
    numbers = Store.objects.filter(client_id=client_id, code__regex=rf"^{prefix}-[0-9]{{1,9}}$")
    found = numbers.aggregate(last=Max(Cast(Substr("code", 4), IntegerField())))["last"]
    return int(found or 0)


def _enrol(applications: list[StoreApplication], stores: dict[int, Store], *, at: datetime) -> None:
    """Let each store take part; one that had left comes back."""
    Enrolment.objects.bulk_create(
        [
            Enrolment(program_id=a.program_id, store=stores[a.pk], enrolled_at=at)
            for a in applications
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["program", "store"],
        update_fields=["status", "reason", "enrolled_at"],
    )


def _merge_waiting(decided: list[StoreApplication], *, by: User, at: datetime) -> None:
    """Merge every undecided application that was called the same shop as one of these."""
    found = {application.pk: application.store for application in decided}
    while found:
        proposals = (
            MergeProposal.objects.filter(
                status=MergeProposal.Status.SAME,
                other_application__in=list(found),
                application__status=_SUBMITTED,
            )
            .select_related("application__program")
            .order_by("application_id", "id")
        )
        merged: dict[int, Store | None] = {}
        for proposal in proposals:
            assert proposal.other_application_id is not None
            store = found[proposal.other_application_id]
            if proposal.application_id not in merged:
                _decide_merged(proposal.application, store=store, by=by, at=at)
                merged[proposal.application_id] = store
        found = merged


def _merge(application: StoreApplication, *, store: Store, by: User, at: datetime) -> None:
    _decide_merged(application, store=store, by=by, at=at)
    _merge_waiting([application], by=by, at=at)


def _decide_merged(
    application: StoreApplication, *, store: Store | None, by: User, at: datetime
) -> None:
    assert store is not None
    _decide(
        application,
        status=StoreApplication.Status.MERGED,
        store=store,
        reason=f"同じ店のため {store.code} に統合",
        by=by,
        at=at,
    )


def _decide(
    application: StoreApplication,
    *,
    status: StoreApplication.Status,
    store: Store | None,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    application.status = status
    application.store = store
    application.decided_at, application.decided_by = at, by
    application.decision_reason = reason
    application.save(update_fields=_DECISION_FIELDS)
    _record([application], code=f"stores.application.{status.lower()}", by=by, at=at)


def _record(applications: list[StoreApplication], *, code: str, by: User, at: datetime) -> None:
    for client_id in sorted({a.program.client_id for a in applications}):
        audit.record_many(
            code=code,
            targets=[
                (a, {"store": a.store_id} if a.store_id else {})
                for a in applications
                if a.program.client_id == client_id
            ],
            organization_id=client_id,
            by=by,
            at=at,
        )


def _takes_part(program_id: int, store_id: int) -> bool:
    return (
        Enrolment.objects.filter(program_id=program_id, store_id=store_id)
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .exists()
    )
