from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def password_help(request: HttpRequest) -> HttpResponse:
    """Tell staff and stores who gives them a new first password; no mailbox alone opens them."""
    return render(request, "account/password_reset.html")
