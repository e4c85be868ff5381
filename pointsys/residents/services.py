"""Residents come from the list of another application, as often as that list is read."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Lower

from pointsys.audit import services as audit
from pointsys.common import clock, phone_digest, sealing
from pointsys.residents.importing import Field, ResidentRow, ResidentRowError, read_resident_list
from pointsys.residents.models import Resident
from pointsys.users.models import Organization, User

_BATCH: Final = 1_000
_COPIED: Final = ("name", "name_kana", "municipality_code", "birth_year", "sex")
_UPDATED: Final = (
    *_COPIED, "mini_apps", "contact_sealed", "phone_digest", "user", "imported_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResidentFinding:
    """Something the office should look at in a row that was taken."""

    row_number: int
    field: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResidentImportReport:
    """What came, or would come, of reading a list; it names rows, never people."""

    client_code: str
    file_name: str
    is_dry_run: bool
    row_count: int
    created_count: int
    updated_count: int
    unchanged_count: int
    sign_in_count: int
    rejected: tuple[ResidentRowError, ...]
    findings: tuple[ResidentFinding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of `import_residents --json`."""
        return asdict(self)


@dataclass(slots=True)
class _Changes:
    """The rows to write, collected before anything is written."""

    created: list[Resident] = field(default_factory=list)
    updated: list[Resident] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    renamed_users: list[User] = field(default_factory=list)
    findings: list[ResidentFinding] = field(default_factory=list)
    unchanged_count: int = 0


@transaction.atomic
def import_residents(
    *,
    client: Organization,
    content: bytes,
    file_name: str,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
) -> ResidentImportReport:
    """Make or renew a resident of the client for every row, known again by the application's id.

    An empty value never erases one that is there. An e-mail address becomes the sign-in of a new
    resident unless somebody else signs in with it; it never replaces one that is in use.

    Raises:
        TableRefused: the file is no list of residents, or cannot be read safely.
    """
    resident_list = read_resident_list(content, this_year=clock.jst_date(at).year)
    Organization.objects.select_for_update(no_key=True, of=("self",)).get(pk=client.pk)
    changes = _changes(resident_list.rows, client=client, at=at)
    report = ResidentImportReport(
        client_code=client.code,
        file_name=file_name,
        is_dry_run=dry_run,
        row_count=resident_list.row_count,
        created_count=len(changes.created),
        updated_count=len(changes.updated),
        unchanged_count=changes.unchanged_count,
        sign_in_count=len(changes.users),
        rejected=resident_list.errors,
        findings=tuple(changes.findings),
    )
    if dry_run:
        return report
    _write(changes)
    audit.record(
        code="residents.list.imported",
        target=client,
        organization_id=client.pk,
        by=by,
        at=at,
        changes={
            "file_sha256": hashlib.sha256(content).hexdigest(),
            "rows": report.row_count,
            "created": report.created_count,
            "updated": report.updated_count,
            "sign_ins": report.sign_in_count,
            "rejected": len(report.rejected),
        },
    )
    return report


def _changes(rows: Sequence[ResidentRow], *, client: Organization, at: datetime) -> _Changes:
    known = _known(client, rows)
    taken = _taken_emails(rows)
    changes = _Changes()
    for row in rows:
        resident = known.get(row.external_id)
        is_new = resident is None
        if resident is None:
            resident = Resident(client=client, external_id=row.external_id, imported_at=at)
        sign_in = _sign_in(row, resident, taken, changes)
        is_changed = _copy(row, resident, contact=row.contact | sign_in)
        if is_new:
            changes.created.append(resident)
        elif is_changed:
            resident.imported_at = at
            changes.updated.append(resident)
            if resident.user and resident.user.pk and resident.user.name != resident.name:
                resident.user.name = resident.name
                changes.renamed_users.append(resident.user)
        else:
            changes.unchanged_count += 1
    return changes


def _known(client: Organization, rows: Sequence[ResidentRow]) -> dict[str, Resident]:
    found: dict[str, Resident] = {}
    for chunk in _chunks([row.external_id for row in rows]):
        residents = Resident.objects.filter(client=client, external_id__in=chunk)
        found |= {r.external_id: r for r in residents.select_related("user")}
    return found


def _taken_emails(rows: Sequence[ResidentRow]) -> set[str]:
    users = User.objects.annotate(lower_email=Lower("email"))
    return {
        email
        for chunk in _chunks([row.email for row in rows if row.email])
        for email in users.filter(lower_email__in=chunk).values_list("lower_email", flat=True)
    }


def _sign_in(
    row: ResidentRow, resident: Resident, taken: set[str], changes: _Changes
) -> dict[str, str]:
    """Give the resident a sign-in where the address is free; return what is kept sealed instead."""
    if not row.email:
        return {}
    if resident.user is not None:
        if resident.user.email.lower() != row.email:
            message = "いまのサインインのメールアドレスと違います。サインインは変えていません"
            changes.findings.append(ResidentFinding(row.row_number, Field.EMAIL.value, message))
            return {"email": row.email}
        return {}
    if row.email in taken:
        message = "ほかの利用者が使っているメールアドレスのため、サインインに登録していません"
        changes.findings.append(ResidentFinding(row.row_number, Field.EMAIL.value, message))
        return {"email": row.email}
    taken.add(row.email)
    resident.user = User(
        username=f"resident-{uuid4().hex}",
        email=row.email,
        name=row.name,
        password=make_password(None),
    )
    changes.users.append(resident.user)
    return {}


def _copy(row: ResidentRow, resident: Resident, *, contact: dict[str, str]) -> bool:
    """Put what the row says into the resident and return whether anything is different."""
    is_changed = resident.user is not None and resident.user.pk is None
    values = {name: getattr(row, name) for name in _COPIED} | {"mini_apps": list(row.mini_apps)}
    for name, value in values.items():
        if value not in ("", None, []) and getattr(resident, name) != value:
            setattr(resident, name, value)
            is_changed = True
    context = f"residents.resident:{resident.uuid}"
    sealed = resident.contact_sealed
    before = sealing.unseal_json(bytes(sealed), context=context) if sealed and contact else {}
    if contact and before | contact != before:
        resident.contact_sealed = sealing.seal_json(before | contact, context=context)
        is_changed = True
    if phone := contact.get("phone"):
        digest = phone_digest.digest(phone)
        if digest != resident.phone_digest:
            resident.phone_digest = digest
            is_changed = True
    return is_changed


def _write(changes: _Changes) -> None:
    User.objects.bulk_create(changes.users, batch_size=_BATCH)
    # The foreign keys were set before their users had ids.
    for resident in (*changes.created, *changes.updated):
        resident.user = resident.user
    Resident.objects.bulk_create(changes.created, batch_size=_BATCH)
    Resident.objects.bulk_update(changes.updated, _UPDATED, batch_size=_BATCH)
    User.objects.bulk_update(changes.renamed_users, ["name"], batch_size=_BATCH)


def _chunks(values: Sequence[str], size: int = 5_000) -> Iterable[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def digest_phones(*, after_id: int = 0, limit: int = _BATCH) -> tuple[int, int]:
    """Make the digests that are missing or of an old key; return the last id seen and how many.

    Safe to repeat: rows that have the digest of the newest key are left alone. `0` as the last id
    says that there is nothing left.
    """
    current = f"{phone_digest.current_key_id()}:"
    rows = list(
        Resident.objects.filter(pk__gt=after_id, contact_sealed__isnull=False)
        .exclude(phone_digest__startswith=current)
        .order_by("pk")[:limit]
    )
    changed = []
    for resident in rows:
        context = f"residents.resident:{resident.uuid}"
        contact = sealing.unseal_json(bytes(resident.contact_sealed or b""), context=context)
        digest = phone_digest.digest(contact.get("phone", ""))
        if digest != resident.phone_digest:
            resident.phone_digest = digest
            changed.append(resident)
    Resident.objects.bulk_update(changed, ["phone_digest"], batch_size=_BATCH)
    return (rows[-1].pk if rows else 0), len(changed)
