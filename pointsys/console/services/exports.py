from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from pointsys.audit import services as audit
from pointsys.users.models import User


@transaction.atomic
def record_audit_export(
    *, client_ids: Collection[int], row_count: int, by: User, at: datetime
) -> None:
    """Record that somebody took the audit list of these clients out as a file."""
    for client_id in sorted(client_ids):
        audit.record(
            code="console.audit_exported",
            target=by,
            organization_id=client_id,
            by=by,
            at=at,
            changes={"rows": row_count},
        )
