from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pointsys.programs import scope
from pointsys.users.models import User
from stores import queries, services
from stores.forms import StaffForm
from stores.models import Store
from stores.views.access import check_may_manage, refusals_as_messages, store_page


@never_cache
@require_POST
@store_page
def issue(request: HttpRequest, store_id: int) -> HttpResponse:
    """Make a login for a person of a store and show its first password this once."""
    store = get_object_or_404(queries.stores_visible_to(request.user), pk=store_id)
    by = check_may_manage(request, store.client_id)
    form = StaffForm(request.POST)
    if not form.is_valid():
        messages.error(request, "利用者の役割をえらんでください。")
        return redirect("stores:store", store.pk)
    user, password = services.issue_store_account(
        store_id=store.pk,
        role=form.cleaned_data["role"],
        name=form.cleaned_data["name"],
        by=by,
        at=timezone.now(),
    )
    return _issued_page(request, store, user, password)


@never_cache
@require_POST
@store_page
def reissue(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Give a person of a store a new first password and show it this once."""
    staff = get_object_or_404(queries.staff_visible_to(request.user), pk=staff_id)
    by = check_may_manage(request, staff.store.client_id)
    user, password = services.reissue_password(staff_id=staff.pk, by=by, at=timezone.now())
    return _issued_page(request, staff.store, user, password)


def _issued_page(request: HttpRequest, store: Store, user: User, password: str) -> HttpResponse:
    context = {
        "program": scope.chosen_program(request),
        "store": store,
        "user_made": user,
        "password": password,
    }
    return render(request, "stores/staff_issued.html", context)


@require_POST
@store_page
def remove(request: HttpRequest, staff_id: int) -> HttpResponse:
    """End a person's access to a store."""
    staff = get_object_or_404(queries.staff_visible_to(request.user), pk=staff_id)
    by = check_may_manage(request, staff.store.client_id)
    with refusals_as_messages(request):
        services.remove_store_staff(staff_id=staff.pk, by=by, at=timezone.now())
        messages.success(request, f"{staff.user.username} を外しました。")
    return redirect("stores:store", staff.store_id)
