from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pointsys.users import queries
from pointsys.users.models import User

# A mailbox alone opens an account with these; the office hands new passwords to staff and stores.
CODE_MAILS = {"account/email/login_code", "account/email/password_reset_key"}


def display_name(user: User) -> str:
    """Return the name that pages show for the signed-in user."""
    return user.name or user.username


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the office or by import: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail unless it is a sign-in code for someone who must use a password.

        Staff and store accounts reach other people's data and money: a mailbox alone must not open
        them (design.md 9). The page that follows is the same, so nothing is revealed.
        """
        if template_prefix in CODE_MAILS and not all(
            may_sign_in_by_code(user) for user in User.objects.filter(email__iexact=email)
        ):
            return
        super().send_mail(template_prefix, email, context)

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse, after the mail that was never sent, also a code that was guessed."""
        methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        if any(used["method"] == "code" for used in methods) and not may_sign_in_by_code(user):
            request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY)
            return redirect("account_login")
        refusal: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return refusal

    def set_password(self, user: User, password: str) -> None:
        """Keep the password a person has chosen; a first password is no longer asked to change."""
        user.must_change_password = False
        super().set_password(user, password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what guess limits call an address.

        Where many people share one, each account that is tried from there counts as its own: nobody
        is locked out by a neighbour's mistakes.
        """
        address: str = super().get_client_ip(request)
        if not any(ip_address(address) in network for network in settings.SHARED_ADDRESSES):
            return address
        tried = request.POST.get("login") or request.POST.get("email") or ""
        return f"{address}/{sha256(tried.casefold().encode()).hexdigest()}"

    def is_safe_url(self, url: str | None) -> bool:
        """Allow return addresses on this site only."""
        return bool(url) and str(url).startswith("/") and super().is_safe_url(url)


def may_sign_in_by_code(user: User) -> bool:
    """Tell whether an e-mailed code is enough for this user: residents only."""
    return not (queries.is_staff_member(user) or is_store_user(user))


def is_store_user(user: User) -> bool:
    """Tell whether the user works for a store; the relation is declared by a higher room."""
    return user.store_staff.exists()
