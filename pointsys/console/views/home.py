from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pointsys.console import decisions, navigation, queries
from pointsys.console.guards import console_page
from pointsys.programs import scope
from pointsys.programs.models import Program

STATUS_KINDS = {
    Program.Status.PREPARING: "info",
    Program.Status.OPEN: "ok",
    Program.Status.ENDED: "wait",
}
# What a figure leads to, where the reader may open it.
TILES = {
    "issued": "grants:list",
    "spent": "console:payments",
    "stores": "stores:home",
    "payable": "settlement:periods",
}


@require_safe
@console_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show how the chosen program stands, what waits for the reader, and what is due."""
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
        opens = {item.url_name for item in navigation.items_for(request.user)}
        context |= {
            "hrefs": {tile: reverse(name) if name in opens else "" for tile, name in TILES.items()},
            "home": queries.home_of(program=program, user=request.user, at=now),
            "status_kind": STATUS_KINDS[Program.Status(program.status)],
        }
    return render(request, "console/home.html", context)


@require_safe
@console_page()
def approvals(request: HttpRequest) -> HttpResponse:
    """List what waits for a decision, and what was decided lately."""
    found = decisions.decisions_for(request.user, only_pending=False)
    context = {
        "program": scope.chosen_program(request),
        "pending": [d for d in found if d.approval.status == "PENDING"],
        "decided": [d for d in found if d.approval.status != "PENDING"][:50],
    }
    return render(request, "console/approvals.html", context)
