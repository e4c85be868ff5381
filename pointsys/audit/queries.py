from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.users import queries as users
from pointsys.users.models import User


def events_visible_to(user: User | AnonymousUser) -> QuerySet[AuditEvent]:
    """Return the audit events of the user's clients."""
    return AuditEvent.objects.filter(organization_id__in=users.client_ids(user))


def events_of(target: Model) -> QuerySet[AuditEvent]:
    """Return what was done to one row, oldest first."""
    return AuditEvent.objects.filter(
        target_kind=target._meta.label, target_id=str(target.pk)
    ).order_by("at", "id")


def access_records_visible_to(user: User | AnonymousUser) -> QuerySet[AccessRecord]:
    """Return who looked at whose data, for the clients whose record the user watches over."""
    return AccessRecord.objects.filter(organization_id__in=users.client_ids(user))
