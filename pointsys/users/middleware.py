from collections.abc import Callable
from time import time
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pointsys.users import queries

GetResponse = Callable[[HttpRequest], HttpResponse]
SEEN_KEY = "staff_seen_at"
SIGNED_IN_KEY = "staff_signed_in_at"
# Reading the clock of the session on every request would write it every time; a minute is enough.
SEEN_STEP_SECONDS = 60


class StaffSessionMiddleware:
    """Ends a staff session after 30 idle minutes or 12 hours; residents keep theirs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if queries.is_staff_member(request.user) and self._is_over(request):
            logout(request)
            messages.info(
                request,
                "しばらく操作がなかったため、ログアウトしました。もう一度ログインしてください。",
            )
            back = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('account_login')}?{back}")
        return self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        now = int(time())
        signed_in_at: int = request.session.setdefault(SIGNED_IN_KEY, now)
        seen_at: int = request.session.setdefault(SEEN_KEY, now)
        if now - seen_at > SEEN_STEP_SECONDS:
            request.session[SEEN_KEY] = now
        return (
            now - seen_at > settings.STAFF_SESSION_IDLE_SECONDS
            or now - signed_in_at > settings.STAFF_SESSION_MAX_SECONDS
        )


class SecondFactorMiddleware:
    """Sends staff without a second factor to set one up before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.REQUIRE_SECOND_FACTOR
            and queries.is_staff_member(request.user)
            and not self._is_open(request.path)
            and not is_mfa_enabled(request.user)
        ):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _is_open(self, path: str) -> bool:
        return path.startswith(("/accounts/", settings.STATIC_URL, "/healthz"))


class MustChangePasswordMiddleware:
    """Sends whoever holds a first password to choose an own one before anything else (ST-07)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and user.must_change_password
            and not request.path.startswith(("/accounts/", settings.STATIC_URL, "/healthz"))
        ):
            messages.info(
                request,
                "はじめに、お渡ししたパスワードを、ご自分で決めたものに変えてください。",
            )
            return redirect("account_change_password")
        return self.get_response(request)
