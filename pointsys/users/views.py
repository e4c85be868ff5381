from allauth.account.models import EmailAddress
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pointsys.users.models import User


@login_not_required
def password_help(request: HttpRequest) -> HttpResponse:
    """Tell staff and stores who gives them a new first password; no mailbox alone opens them."""
    return render(request, "account/password_reset.html")


@require_safe
def own_mail_address(request: HttpRequest) -> HttpResponse:
    """Show the address that sign-in codes go to; the office changes it, after a call."""
    user = request.user
    assert isinstance(user, User)
    return render(
        request,
        "account/email.html",
        {"emailaddresses": EmailAddress.objects.filter(user=user)},
    )


@require_safe
def own_password_help(request: HttpRequest) -> HttpResponse:
    """Tell who has no password that none is needed, and others who gives them a new one."""
    return render(request, "account/password_set.html")
