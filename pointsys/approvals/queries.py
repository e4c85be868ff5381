from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast

from pointsys.approvals.models import Approval
from pointsys.users import queries as users
from pointsys.users.models import User


def approvals_visible_to(user: User | AnonymousUser) -> QuerySet[Approval]:
    """Return the approvals of the user's clients."""
    return Approval.objects.filter(organization_id__in=users.client_ids(user))


def approvals_of(subject: Model) -> QuerySet[Approval]:
    """Return all questions asked about one row, newest first."""
    return Approval.objects.filter(
        subject_kind=subject._meta.label, subject_id=str(subject.pk)
    ).order_by("-asked_at", "-id")


def pending_about(*, kind: str, subjects: QuerySet[Any]) -> QuerySet[Approval]:
    """Return the questions of one kind about any of these rows that nobody has decided yet."""
    ids = subjects.order_by().values(text_id=Cast("pk", TextField()))
    return Approval.objects.filter(
        kind=kind,
        subject_kind=subjects.model._meta.label,
        subject_id__in=ids,
        status=Approval.Status.PENDING,
    ).select_related("asked_by")
