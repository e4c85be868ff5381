from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pointsys.console import decisions, perms, queries, tiles
from pointsys.console.guards import console_page
from pointsys.programs import scope
from pointsys.programs.models import Program

STATUS_KINDS = {
    Program.Status.PREPARING: "info",
    Program.Status.OPEN: "ok",
    Program.Status.ENDED: "wait",
}


@require_safe
@console_page(perms.can_open_home)
def home(request: HttpRequest) -> HttpResponse:
    """Show what concerns the reader's role first, what waits for a decision, and what is due."""
    program = scope.chosen_program(request)
    now = timezone.now()
    waiting = decisions.decisions_for(request.user)
    context: dict[str, Any] = {
        "program": program,
        "programs": scope.visible_programs(request),
        "now": now,
        "mine": [decision for decision in waiting if decision.is_mine],
        "others_count": sum(not decision.is_mine for decision in waiting),
    }
    if program:
        facts = queries.Facts(program=program, user=request.user, at=now)
        context |= {
            "tiles": tiles.tiles_for(facts),
            "status_kind": STATUS_KINDS[Program.Status(program.status)],
        }
        if perms.can_open_console(request.user):
            context |= {
                "home": queries.home_of(facts),
                "targets": queries.target_rows(facts),
                "today": facts.today,
                "may_set_targets": perms.can_set_targets(request.user, program.client_id),
            }
    return render(request, "console/home.html", context)


@require_safe
@console_page(perms.can_open_home)
def approvals(request: HttpRequest) -> HttpResponse:
    """List what waits for a decision, and what was decided lately."""
    found = decisions.decisions_for(request.user, only_pending=False)
    context = {
        "program": scope.chosen_program(request),
        "pending": [d for d in found if d.approval.status == "PENDING"],
        "decided": [d for d in found if d.approval.status != "PENDING"][:50],
    }
    return render(request, "console/approvals.html", context)
