"""Follow the yen: from a number to the whole way of its money, with every sum checked."""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pointsys.audit import services as audit
from pointsys.console import perms
from pointsys.console.forms import FollowForm
from pointsys.console.guards import console_page
from pointsys.console.queries import follow as queries
from pointsys.programs import scope
from pointsys.users.models import User

PURPOSE: Final = "お金の追跡"
PAGES: Final = {
    queries.PaymentPath: "console/follow/payment.html",
    queries.GrantPath: "console/follow/grant.html",
    queries.PayoutPath: "console/follow/payout.html",
}


@require_safe
@console_page(perms.can_follow)
def find(request: HttpRequest) -> HttpResponse:
    """Ask for a number, and lead to the way of what it names."""
    form = FollowForm(request.GET if "number" in request.GET else None)
    files: list[queries.TransferFile] = []
    if form.is_bound and form.is_valid():
        files = queries.files_of_number(request.user, form.cleaned_data["number"])
    if form.is_bound and form.is_valid() and not files:
        found = queries.uuid_of_number(request.user, form.cleaned_data["number"])
        if found is not None and queries.path_of(request.user, uuid=found, at=timezone.now()):
            return redirect("console:follow", uuid=found)
        form.add_error(
            "number",
            "この番号の支払い・付与・振込・振込データは見つかりません。番号をもう一度確かめてください",
        )
    context = {"program": scope.chosen_program(request), "form": form, "files": files}
    return render(request, "console/follow/find.html", context)


@require_safe
@console_page(perms.can_follow)
def follow(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one payment, grant or bank line from end to end; looking is on record."""
    now = timezone.now()
    path = queries.path_of(request.user, uuid=uuid, at=now)
    if path is None:
        raise Http404(uuid)
    subject = path.payout if isinstance(path, queries.PayoutPath) else path.transfer
    program = (
        path.payout.statement.program
        if isinstance(path, queries.PayoutPath)
        else path.transfer.program
    )
    assert isinstance(request.user, User)
    audit.record_access(
        subject=subject,
        organization_id=program.client_id,
        purpose=PURPOSE,
        by=request.user,
        at=now,
    )
    context: dict[str, Any] = {
        "program": program,
        "path": path,
        "now": now,
        "form": FollowForm(),
        "are_right": all(check.is_right for check in path.checks),
    }
    if isinstance(path, queries.PayoutPath):
        context["trail"] = path.statement
    elif isinstance(path, queries.PaymentPath):
        context |= {
            "trail": path.statement,
            "holder": queries.pseudonym(path.transfer.wallet),
        }
    context["statement_checks"] = queries.statement_checks(context.get("trail"))
    context["bank_checks"] = queries.bank_checks(context.get("trail"))
    return render(request, PAGES[type(path)], context)
