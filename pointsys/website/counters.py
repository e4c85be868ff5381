"""Who works at which store in this request, and what they may do there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from pointsys.common.clock import jst_date
from pointsys.programs.models import Program

if TYPE_CHECKING:
    from ledger.models import Payment
    from stores.models import Store, StoreStaff

View = Callable[..., HttpResponseBase]
STORE_KEY: Final = "store_id"


@dataclass(frozen=True, slots=True)
class Counter:
    """A person at one store, with the other stores they could switch to."""

    store: "Store"
    is_owner: bool
    others: "tuple[Store, ...]"
    program: Program | None

    def may_give_back(self, payment: "Payment", *, at: datetime) -> bool:
        """Tell whether this person may give a payment back: clerks on its day, owners later too.

        That nothing is left of it, or that its month is closed, is for the ledger to say.
        """
        return self.is_owner or jst_date(payment.transfer.occurred_at) == jst_date(at)


def counter_required(view: View) -> View:
    """Let store staff in and hand the view their counter."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        counter = counter_of(request)
        if counter is None:
            return render(request, "store/not_staff.html", status=HTTPStatus.FORBIDDEN)
        return view(request, counter, *args, **kwargs)

    return login_required(guarded)


def counter_of(request: HttpRequest) -> Counter | None:
    """Return the counter that the person chose, else that of their first store."""
    if not request.user.is_authenticated:
        return None
    seats: list[StoreStaff] = list(
        request.user.store_staff.select_related("store__client").order_by("store__code", "id")
    )
    if not seats:
        return None
    chosen_id = request.session.get(STORE_KEY)
    seat = next((seat for seat in seats if seat.store_id == chosen_id), seats[0])
    return Counter(
        store=seat.store,
        is_owner=seat.role == "OWNER",
        others=tuple(other.store for other in seats if other.store_id != seat.store_id),
        program=_program_of(seat.store),
    )


def _program_of(store: "Store") -> Program | None:
    enrolment = (
        store.enrolments.select_related("program__client")
        .order_by("program__status", "-program__usage_starts_at")
        .first()
    )
    return enrolment.program if enrolment else None
