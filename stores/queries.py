from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from pointsys.approvals import queries as approvals
from pointsys.common import municipalities, text
from pointsys.users import queries as users
from pointsys.users.models import Role, User
from stores import till_codes
from stores.models import (
    BankAccount,
    Enrolment,
    ImportRun,
    MergeProposal,
    Store,
    StoreApplication,
    StoreStaff,
    Till,
)

if TYPE_CHECKING:
    from pointsys.approvals.models import Approval

Viewer = User | AnonymousUser
VIEW_ROLES: Final = frozenset(
    {
        Role.OFFICE_CLERK,
        Role.SYSTEM_ADMIN,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.CLIENT_VIEWER,
        Role.CLIENT_APPROVER,
        Role.PRIVACY_OFFICER,
        Role.AUDITOR,
    }
)
# Findings of the import that somebody must have seen before a store is approved (ST-03).
AREA_FINDINGS: Final = frozenset({"OUTSIDE_AREA", "AREA_UNKNOWN"})
ACCOUNT_CHANGE: Final = "stores.account_change"


def client_ids(user: Viewer) -> list[int]:
    """Return the clients whose stores the user may see."""
    return users.client_ids(user, VIEW_ROLES)


# --- Rows a member of staff may see ----------------------------------------------------------
def applications_visible_to(user: Viewer) -> QuerySet[StoreApplication]:
    """Return the applications of the user's clients in the order they came in."""
    return (
        StoreApplication.objects.filter(program__client_id__in=client_ids(user))
        .select_related("program", "program__client", "store")
        .order_by("submitted_at", "id")
    )


def stores_visible_to(user: Viewer) -> QuerySet[Store]:
    """Return the stores of the user's clients, by code."""
    return (
        Store.objects.filter(client_id__in=client_ids(user))
        .select_related("client")
        .order_by("client_id", "code")
    )


def proposals_visible_to(user: Viewer) -> QuerySet[MergeProposal]:
    """Return the suspected duplicates among the user's clients' applications, oldest first."""
    return (
        MergeProposal.objects.filter(application__program__client_id__in=client_ids(user))
        .select_related(
            "application", "application__program", "other_application", "other_store", "decided_by"
        )
        .order_by("application__submitted_at", "application_id", "id")
    )


def open_proposals(proposals: QuerySet[MergeProposal]) -> QuerySet[MergeProposal]:
    """Return the proposals that still wait for somebody."""
    return proposals.filter(
        status=MergeProposal.Status.PENDING,
        application__status=StoreApplication.Status.SUBMITTED,
    )


def tills_visible_to(user: Viewer) -> QuerySet[Till]:
    """Return the tills of the user's clients' stores."""
    return (
        Till.objects.filter(store__client_id__in=client_ids(user))
        .select_related("store", "program")
        .order_by("store__code", "number", "id")
    )


def enrolments_visible_to(user: Viewer) -> QuerySet[Enrolment]:
    """Return the enrolments of the user's clients' stores."""
    return (
        Enrolment.objects.filter(store__client_id__in=client_ids(user))
        .select_related("store", "program")
        .order_by("enrolled_at", "id")
    )


def accounts_visible_to(user: Viewer) -> QuerySet[BankAccount]:
    """Return the bank accounts of the user's clients' stores, newest first; numbers are sealed."""
    return (
        BankAccount.objects.filter(store__client_id__in=client_ids(user))
        .select_related("store", "registered_by")
        .order_by("-registered_at", "-id")
    )


def staff_visible_to(user: Viewer) -> QuerySet[StoreStaff]:
    """Return the people of the user's clients' stores."""
    return (
        StoreStaff.objects.filter(store__client_id__in=client_ids(user))
        .select_related("store", "user")
        .order_by("role", "user__username")
    )


def import_runs_visible_to(user: Viewer) -> QuerySet[ImportRun]:
    """Return the files that were read for the user's clients, newest first."""
    return (
        ImportRun.objects.filter(program__client_id__in=client_ids(user))
        .select_related("program", "by")
        .order_by("-at", "-id")
    )


# --- What store staff may see -----------------------------------------------------------------
def stores_worked_for(user: Viewer) -> QuerySet[Store]:
    """Return the stores the user works for, by code."""
    if not user.is_authenticated:
        return Store.objects.none()
    return Store.objects.filter(staff__user=user).select_related("client").order_by("code")


# --- Tills ------------------------------------------------------------------------------------
def till_by_code(code: str) -> Till | None:
    """Return the till of a code in any spelling, revoked ones too, with store and program."""
    plain_code = till_codes.read_code(code)
    if plain_code is None:
        return None
    return _tills().filter(code=plain_code).first()


def till_for_scan(*, code: str, key_id: str, mac: str) -> Till | None:
    """Return the till of a scanned address, or None when its mark is not ours."""
    if not till_codes.is_mac_valid(code, key_id, mac):
        return None
    return _tills().filter(code=code, key_id=key_id).first()


def _tills() -> QuerySet[Till]:
    return Till.objects.select_related("store", "program", "program__client")


def live_tills(*, program_id: int, store_ids: Sequence[int]) -> QuerySet[Till]:
    """Return the tills of stores in a program that are not revoked, by store and number."""
    return (
        _tills()
        .filter(program_id=program_id, store_id__in=store_ids, revoked_at__isnull=True)
        .order_by("store__code", "number")
    )


# --- Bank accounts ----------------------------------------------------------------------------
def current_account(store_id: int) -> BankAccount | None:
    """Return the account a store is paid to, or None when there is none yet."""
    return BankAccount.objects.filter(store_id=store_id, is_current=True).first()


def stores_sharing_account(*, client_id: int, fingerprint: str, store_id: int) -> QuerySet[Store]:
    """Return the client's other stores that are paid to the same account."""
    return (
        Store.objects.filter(
            client_id=client_id,
            bank_accounts__fingerprint=fingerprint,
            bank_accounts__is_current=True,
        )
        .exclude(pk=store_id)
        .order_by("code")
    )


def pending_account_change(store: Store) -> "tuple[Approval, BankAccount] | None":
    """Return the account change of a store that waits for a second person."""
    waiting = store.bank_accounts.filter(is_current=False)
    approval = approvals.pending_about(kind=ACCOUNT_CHANGE, subjects=waiting).first()
    return (approval, waiting.get(pk=approval.subject_id)) if approval else None


def account_changes_visible_to(user: Viewer) -> "QuerySet[Approval]":
    """Return the account changes of the user's clients that wait for a second person."""
    changes = approvals.pending_about(kind=ACCOUNT_CHANGE, subjects=accounts_visible_to(user))
    return changes.order_by("asked_at", "id")


# --- Lists and their filters -------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationFilter:
    """What narrows the list of applications; an empty value narrows nothing."""

    status: str = ""
    source: str = ""
    municipality_code: str = ""
    finding: str = ""  # "none", "any", "duplicate" or the code of a finding
    words: str = ""


def filtered_applications(
    applications: QuerySet[StoreApplication], chosen: ApplicationFilter
) -> QuerySet[StoreApplication]:
    """Return the applications that meet every condition, each with `open_proposal_count`."""
    found = applications.annotate(open_proposal_count=_open_proposal_count())
    if chosen.status:
        found = found.filter(status=chosen.status)
    if chosen.source:
        found = found.filter(source=chosen.source)
    if chosen.municipality_code:
        found = found.filter(municipality_code=chosen.municipality_code)
    if chosen.finding == "none":
        found = found.filter(findings=[], open_proposal_count=0)
    elif chosen.finding == "any":
        found = found.exclude(findings=[])
    elif chosen.finding == "duplicate":
        found = found.filter(open_proposal_count__gt=0)
    elif chosen.finding:
        found = found.filter(findings__contains=[{"code": chosen.finding}])
    return found.filter(_matches(chosen.words)) if chosen.words else found


def _open_proposal_count() -> Coalesce:
    counted = (
        MergeProposal.objects.filter(
            application_id=OuterRef("pk"), status=MergeProposal.Status.PENDING
        )
        .order_by()
        .values("application_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _matches(words: str) -> Q:
    """Every word must be found somewhere: name, reading, address, telephone."""
    condition = Q()
    for word in text.single_line(words).split():
        either = Q(name__icontains=word) | Q(address__icontains=word)
        if key := text.name_key(word):
            either |= Q(name_key__contains=key)
        either |= Q(name_kana__icontains=text.katakana(word))
        digits = "".join(c for c in text.plain(word) if c in "0123456789")
        if len(digits) >= 3:
            either |= Q(phone_key__contains=digits)
        condition &= either
    return condition


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreFilter:
    """What narrows the list of stores of a program; an empty value narrows nothing."""

    status: str = ""
    municipality_code: str = ""
    account: str = ""  # "yes" or "no"
    words: str = ""


def enrolled_stores(
    stores: QuerySet[Store], *, program_id: int, chosen: StoreFilter
) -> QuerySet[Store]:
    """Return the stores of a program with `enrolment_status`, `enrolled_at`, `has_account`,
    `till_count`."""
    enrolment = Enrolment.objects.filter(store_id=OuterRef("pk"), program_id=program_id)
    tills = (
        Till.objects.filter(store_id=OuterRef("pk"), program_id=program_id, revoked_at__isnull=True)
        .order_by()
        .values("store_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    found = stores.filter(enrolments__program_id=program_id).annotate(
        enrolment_status=Subquery(enrolment.values("status")[:1]),
        enrolled_at=Subquery(enrolment.values("enrolled_at")[:1]),
        has_account=Exists(BankAccount.objects.filter(store_id=OuterRef("pk"), is_current=True)),
        till_count=Coalesce(Subquery(tills, output_field=IntegerField()), 0),
    )
    if chosen.status:
        found = found.filter(enrolment_status=chosen.status)
    if chosen.municipality_code:
        found = found.filter(municipality_code=chosen.municipality_code)
    if chosen.account in {"yes", "no"}:
        found = found.filter(has_account=chosen.account == "yes")
    if chosen.words:
        code = text.plain(chosen.words)
        found = found.filter(_matches(chosen.words) | Q(code__icontains=code))
    return found


# --- Figures beside the lists ------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many rows are in one state."""

    status: str
    label: str
    count: int


def application_counts(applications: QuerySet[StoreApplication]) -> list[StatusCount]:
    """Return how many applications are in each state, in the order of the work."""
    found = dict(
        applications.order_by()
        .values_list("status")
        .annotate(n=Count("pk"))
        .values_list("status", "n")
    )
    return [
        StatusCount(status.value, str(status.label), found.get(status.value, 0))
        for status in StoreApplication.Status
    ]


def enrolment_counts(*, program_id: int) -> list[StatusCount]:
    """Return how many stores of a program are in each state."""
    found = dict(
        Enrolment.objects.filter(program_id=program_id)
        .values_list("status")
        .annotate(n=Count("pk"))
        .values_list("status", "n")
    )
    return [
        StatusCount(status.value, str(status.label), found.get(status.value, 0))
        for status in Enrolment.Status
    ]


def stores_without_account(*, program_id: int) -> int:
    """Return how many stores of a program that have not left it cannot be paid yet."""
    return (
        Enrolment.objects.filter(program_id=program_id)
        .exclude(status=Enrolment.Status.WITHDRAWN)
        .exclude(store__bank_accounts__is_current=True)
        .count()
    )


def sources_of(applications: QuerySet[StoreApplication]) -> list[str]:
    """Return where the applications came from."""
    return list(applications.order_by("source").values_list("source", flat=True).distinct())


def municipality_choices(
    rows: QuerySet[StoreApplication] | QuerySet[Store],
) -> list[tuple[str, str]]:
    """Return the municipalities that occur among the rows, with their names."""
    codes = (
        rows.order_by("municipality_code").values_list("municipality_code", flat=True).distinct()
    )
    return [(code, municipality_name(code)) for code in codes if code]


def municipality_name(code: str) -> str:
    """Return a municipality's name, or its code where the table does not hold it."""
    unit = municipalities.municipality(code) if code else None
    return unit.name if unit else code


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationEvidence:
    """What the office looks at before it decides one application."""

    application: StoreApplication
    proposals: list[MergeProposal] = field(default_factory=list)
    waiting_for_this: list[StoreApplication] = field(default_factory=list)

    @property
    def undecided(self) -> list[MergeProposal]:
        """The proposals that block an approval."""
        return [p for p in self.proposals if p.status == MergeProposal.Status.PENDING]

    @property
    def is_maybe_outside(self) -> bool:
        """Whether the address lies outside the program's area, or nobody can tell from it."""
        return is_maybe_outside(self.application)


def evidence_of(application: StoreApplication) -> ApplicationEvidence:
    """Return an application with its suspected duplicates and those that wait for it."""
    proposals = list(
        MergeProposal.objects.filter(application=application)
        .select_related(
            "other_application", "other_application__store", "other_store", "decided_by"
        )
        .order_by("id")
    )
    waiting = list(
        StoreApplication.objects.filter(
            status=StoreApplication.Status.SUBMITTED,
            merge_proposals__other_application=application,
            merge_proposals__status=MergeProposal.Status.SAME,
        ).order_by("id")
    )
    return ApplicationEvidence(
        application=application, proposals=proposals, waiting_for_this=waiting
    )


def is_maybe_outside(application: StoreApplication) -> bool:
    """Tell whether the address lies outside the program's area, or cannot be placed."""
    return any(finding.get("code") in AREA_FINDINGS for finding in application.findings)


def neighbours_of(
    application: StoreApplication, applications: QuerySet[StoreApplication]
) -> tuple[int | None, int | None]:
    """Return the ids of the undecided applications before and after this one in the list."""
    waiting = applications.filter(
        program_id=application.program_id, status=StoreApplication.Status.SUBMITTED
    )
    earlier = Q(submitted_at=application.submitted_at, id__lt=application.pk) | Q(
        submitted_at__lt=application.submitted_at
    )
    later = Q(submitted_at=application.submitted_at, id__gt=application.pk) | Q(
        submitted_at__gt=application.submitted_at
    )
    return (
        waiting.filter(earlier)
        .order_by("-submitted_at", "-id")
        .values_list("pk", flat=True)
        .first(),
        waiting.filter(later).values_list("pk", flat=True).first(),
    )


def store_accounts(store: Store) -> list[BankAccount]:
    """Return all accounts a store has had, the one in use first."""
    return list(
        store.bank_accounts.select_related("registered_by").order_by(
            F("is_current").desc(), "-registered_at"
        )
    )
