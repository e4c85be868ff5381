from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cards import perms as cards
from consultations import perms as meetings
from pointsys.audit import services as audit
from pointsys.console import perms
from pointsys.console.guards import console_page
from pointsys.console.queries.person import person_everywhere
from pointsys.residents import queries
from pointsys.users.models import User
from vouchers import perms as vouchers

PURPOSE: Final = "利用者の画面"


@never_cache
@require_safe
@console_page(perms.can_open_resident)
def resident(request: HttpRequest, resident_uuid: UUID) -> HttpResponse:
    """Show one resident with everything that the rooms keep; looking is on record."""
    found = get_object_or_404(
        queries.residents_visible_to(request.user).select_related("client", "user"),
        uuid=resident_uuid,
    )
    now, user = timezone.now(), request.user
    assert isinstance(user, User)
    audit.record_access(
        subject=found, organization_id=found.client_id, purpose=PURPOSE, by=user, at=now
    )
    sees_sales = vouchers.can_open_vouchers_of(user, found.client_id)
    person = person_everywhere(
        found,
        user=user,
        at=now,
        sees_sales=sees_sales,
        sees_cards=cards.can_see_holder(user, found.client_id),
    )
    context = {
        "organization": found.client,
        "resident": found,
        "person": person,
        "now": now,
        "sees_sales": sees_sales,
        "may_open_applications": vouchers.can_review(user, found.client_id),
        "sees_events": meetings.can_view_events(user),
        "sees_payments": perms.can_view_payments(user),
    }
    return render(request, "console/resident.html", context)
