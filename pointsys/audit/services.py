from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.users.models import User


def record(
    *,
    code: str,
    target: Model,
    organization_id: int | None,
    by: User | None,
    at: datetime,
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write who did what to which row, in the caller's transaction.

    `code` is dotted and stable (`settlement.batch.approved`); `changes` carries no personal data.
    """
    assert connection.in_atomic_block, "an audit event belongs in the transaction of its act"
    return AuditEvent.objects.create(
        at=at,
        code=code,
        by=by,
        organization_id=organization_id,
        target_kind=target._meta.label,
        target_id=str(target.pk),
        changes=changes or {},
    )


def record_many(
    *,
    code: str,
    targets: Sequence[tuple[Model, dict[str, Any]]],
    organization_id: int | None,
    by: User | None,
    at: datetime,
) -> None:
    """Write one event for each row of a bulk act, with its own changes, in few statements."""
    assert connection.in_atomic_block, "an audit event belongs in the transaction of its act"
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                at=at,
                code=code,
                by=by,
                organization_id=organization_id,
                target_kind=target._meta.label,
                target_id=str(target.pk),
                changes=changes,
            )
            for target, changes in targets
        ],
        batch_size=1000,
    )


@transaction.atomic
def record_export(
    *,
    by: User,
    what: str,
    row_counts: Mapping[int, int],
    file_format: str,
    at: datetime,
    target: Model | None = None,
    filters: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Write that somebody took a list or a paper out: one `….exported` for each client, at once.

    `row_counts` says by client id how many rows leave; `target` is the one row that a paper is
    about. `filters` holds codes, days and whether something was searched for, never the words;
    what narrows nothing is left out.
    """
    narrowed = {name: value for name, value in (filters or {}).items() if value}
    kept = {"format": file_format} | ({"filters": narrowed} if narrowed else {})
    about = target or by
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                at=at,
                code=f"{what}.exported",
                by=by,
                organization_id=organization_id,
                target_kind=about._meta.label,
                target_id=str(about.pk),
                changes={"rows": rows, **kept},
            )
            for organization_id, rows in sorted(row_counts.items())
        ]
    )


def record_access(
    *, subject: Model, organization_id: int, purpose: str, by: User, at: datetime
) -> AccessRecord:
    """Write that somebody is about to see a person's data, and what for (S0別記2第14).

    `purpose` is a short Japanese phrase without personal data (住所の確認, 問合せ T-000123).
    """
    return AccessRecord.objects.create(
        at=at,
        by=by,
        organization_id=organization_id,
        subject_kind=subject._meta.label,
        subject_id=str(subject.pk),
        purpose=purpose,
    )
