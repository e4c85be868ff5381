"""What the pages of vouchers share: who may look, which rows, and refusals in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User
from vouchers import perms
from vouchers.models import SaleRound
from vouchers.queries.campaigns import campaigns_visible_to, rounds_visible_to

View = Callable[..., HttpResponseBase]


class NoSaleHere(Exception):
    """The chosen program sells no vouchers; the answer names those that do."""

    def __init__(self, program: Program | None) -> None:
        super().__init__()
        self.program = program


def voucher_page(view: View) -> View:
    """Let in those who may see the sale of vouchers of at least one client."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        require(perms.can_open_vouchers(request.user))
        try:
            return view(request, *args, **kwargs)
        except NoSaleHere as elsewhere:
            return _no_sale(request, elsewhere.program)

    return guarded


def _no_sale(request: HttpRequest, program: Program | None) -> HttpResponse:
    """Say that the chosen program sells no vouchers and lead to those that do; nothing is done."""
    if request.method == "POST":
        raise Http404("this program sells no vouchers")
    campaigns = campaigns_visible_to(request.user).order_by("program__name", "pk")
    context = {
        "program": program,
        "links": [(each.program, f"?{scope.PARAMETER}={each.program.code}") for each in campaigns],
    }
    return render(request, "vouchers/no_sale.html", context)


def require(allowed: bool) -> None:
    """Refuse an act that is not the user's to do."""
    if not allowed:
        raise PermissionDenied


def user_of(request: HttpRequest) -> User:
    """Return who acts; pages behind sign-in only."""
    assert isinstance(request.user, User)
    return request.user


def round_of(request: HttpRequest, round_id: int) -> SaleRound:
    """Return a round that the user may see; another client's is not found."""
    return get_object_or_404(rounds_visible_to(request.user), pk=round_id)


def managed_round(request: HttpRequest, round_id: int) -> SaleRound:
    """Return a round for an act of the office."""
    sale_round = round_of(request, round_id)
    require(perms.can_manage(request.user, sale_round.campaign.program.client_id))
    return sale_round


@contextmanager
def refusals_as_messages(request: HttpRequest) -> Iterator[None]:
    """Show a refusal on the next page instead of the act's success."""
    try:
        yield
    except DomainError as refusal:
        messages.error(request, str(refusal))


def picture_response(content: bytes) -> HttpResponse:
    """Answer with a picture that no cache keeps and no other site can show."""
    return HttpResponse(
        content,
        content_type="image/jpeg",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'inline; filename="document.jpg"',
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
