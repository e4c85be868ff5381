from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from pointsys.notices.models import Notice
from pointsys.users import queries as users
from pointsys.users.models import User


def notices_visible_to(user: User | AnonymousUser) -> QuerySet[Notice]:
    """Return the notices of the clients that the user works for."""
    return Notice.objects.filter(organization_id__in=users.client_ids(user))
