from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pointsys.residents import queries

View = Callable[..., HttpResponse]
SIGN_IN_URL = "account_request_login_code"


def resident_required(view: View) -> View:
    """Let residents in and hand the view their row; others sign in by e-mail code, or are told."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        resident = queries.resident_of(request.user)
        if resident is None:
            return not_a_resident(request)
        return view(request, resident, *args, **kwargs)

    return login_required(guarded, login_url=SIGN_IN_URL)


def not_a_resident(request: HttpRequest) -> HttpResponse:
    """Tell staff and store people that this page is for holders of points."""
    return render(request, "residents/not_a_resident.html", status=HTTPStatus.FORBIDDEN)
