"""The terminal's pages: the same for everybody; what they show comes from the signed API."""

from typing import Final

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

# Where the reader's program (cards/bridge) listens on the machine that shows the page.
BRIDGE_ORIGIN: Final = "http://127.0.0.1:8765"


@csp_update({"connect-src": [BRIDGE_ORIGIN]})
@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the terminal: it waits for a card."""
    return _fresh(render(request, "terminal/home.html", {"bridge_origin": BRIDGE_ORIGIN}))


@login_not_required
@require_safe
def enrol(request: HttpRequest) -> HttpResponse:
    """Show where the one-time code of the office is typed."""
    return _fresh(render(request, "terminal/enrol.html"))


def _fresh(response: HttpResponse) -> HttpResponse:
    # A terminal stands for months: a new version must reach it with the next load.
    patch_cache_control(response, no_cache=True)
    return response
