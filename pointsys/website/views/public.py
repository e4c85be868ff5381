from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pointsys.programs import queries as programs
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from pointsys.users import queries as users
from pointsys.users.models import Role, User
from pointsys.website.forms import StoreSearchForm
from stores import listing
from stores import queries as store_queries

STORES_A_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class OpenProgram:
    """A program as the start page shows it."""

    program: Program
    store_count: int
    state: str


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Tell what this installation is, which programs are open, and where to go."""
    counts = listing.store_counts()
    shown = [
        OpenProgram(program, counts.get(program.pk, 0), _state(program))
        for program in programs.public_programs()
    ]
    context = {
        "programs": shown,
        "program": shown[0].program if len(shown) == 1 else None,
        "today": timezone.localdate(),
        "desks": list({item.program.desk_phone: item.program for item in shown}.values()),
    }
    return render(request, "website/home.html", context)


def _state(program: Program) -> str:
    """Tell where today stands in the period of use: nothing (before), now or done."""
    now = timezone.now()
    if now < program.usage_starts_at:
        return ""
    return "now" if now < program.usage_ends_at else "done"


@never_cache
@require_safe
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead everybody who signed in to their own start page."""
    user = request.user
    if users.is_staff_member(user):
        return redirect(_staff_start(user))
    if store_queries.stores_worked_for(user).exists():
        return redirect("store:home")
    if residents.resident_of(user):
        return redirect("website:my_home")
    return redirect("website:home")


# Where those work who have no other role than these; all others start at the office's home.
OWN_AREAS: Final = (
    (frozenset({Role.DESK_OPERATOR, Role.DESK_SUPERVISOR}), "callcenter:home"),
    (frozenset({Role.EVENT_STAFF}), "events:today"),
)


def _staff_start(user: User | AnonymousUser) -> str:
    """Return the page on which a member of staff begins the day."""
    held = set().union(*users.roles_of(user).values())
    others = held.difference(*(roles for roles, _ in OWN_AREAS))
    if not others:
        for roles, url_name in OWN_AREAS:
            if held & roles:
                return url_name
    return "console:home"


def _chosen_program(request: HttpRequest) -> tuple[Program | None, list[Program]]:
    shown = list(programs.public_programs())
    wanted = request.GET.get("program", "")
    chosen = next((program for program in shown if program.code == wanted), None)
    return chosen or (shown[0] if shown else None), shown


def _tabs(chosen: Program | None, shown: list[Program]) -> list[dict[str, Any]]:
    return [
        {"label": program.name, "href": f"?program={program.code}", "is_current": program == chosen}
        for program in shown
    ]


@login_not_required
@require_safe
def stores(request: HttpRequest) -> HttpResponse:
    """List the stores of a program, by place and words."""
    program, shown = _chosen_program(request)
    context: dict[str, Any] = {"program": program, "tabs": _tabs(program, shown)}
    if program:
        areas = listing.municipality_choices(program.pk)
        search = StoreSearchForm(request.GET, areas=areas)
        cleaned = search.cleaned_data if search.is_valid() else {}
        found = listing.stores_taking_part(
            program.pk,
            municipality_code=cleaned.get("area", ""),
            words=cleaned.get("q", ""),
        )
        page = Paginator(found, STORES_A_PAGE).get_page(request.GET.get("page"))
        names = dict(areas)
        chosen = [names.get(cleaned.get("area", ""), ""), cleaned.get("q", "")]
        context |= {
            "search": search,
            "page": page,
            "rows": [(store, names.get(store.municipality_code, "")) for store in page],
            "chosen": "、".join(part for part in chosen if part),
            "goods": programs.goods_of(program),
            "now": timezone.now(),
        }
    return render(request, "website/stores.html", context)


@login_not_required
@require_safe
def goods(request: HttpRequest) -> HttpResponse:
    """List what the points of a program never buy (ST-04)."""
    program, shown = _chosen_program(request)
    context = {
        "program": program,
        "tabs": _tabs(program, shown),
        "goods": programs.goods_of(program) if program else (),
    }
    return render(request, "website/goods.html", context)
