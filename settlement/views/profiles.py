"""The accounts that clients pay from, and how their banks want the files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.common.errors import DomainError
from pointsys.programs import scope
from settlement import forms, perms, queries, services
from settlement.models import BankFileProfile
from settlement.views.common import program_of, require, settlement_page, user_of


@require_safe
@settlement_page
def profile_list(request: HttpRequest) -> HttpResponse:
    """List the profiles of the user's clients."""
    program = scope.chosen_program(request)
    context = {
        "program": program,
        "profiles": [
            (profile, perms.can_change_profiles(request.user, profile.client_id))
            for profile in queries.profiles_visible_to(request.user).select_related("client")
        ],
        "may_change": program is not None
        and perms.can_change_profiles(request.user, program.client_id),
    }
    return render(request, "settlement/profiles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@settlement_page
def new(request: HttpRequest) -> HttpResponse:
    """Register an account to pay from, for the client of the chosen program."""
    program = scope.chosen_program(request)
    if program is None:
        raise PermissionDenied
    program = program_of(request, program.code)
    require(perms.can_change_profiles(request.user, program.client_id))
    form = forms.ProfileForm(request.POST or None)
    if request.method == "POST" and _saved(request, form, program.client_id, None):
        return redirect("settlement:profiles")
    context = {"program": program, "client": program.client, "form": form}
    return render(request, "settlement/profile_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@settlement_page
def edit(request: HttpRequest, profile_id: int) -> HttpResponse:
    """Change a profile; files that were made with it keep what they said."""
    profile = get_object_or_404(
        queries.profiles_visible_to(request.user).select_related("client"), pk=profile_id
    )
    require(perms.can_change_profiles(request.user, profile.client_id))
    form = forms.ProfileForm(request.POST or None, profile=profile)
    if request.method == "POST" and _saved(request, form, profile.client_id, profile):
        return redirect("settlement:profiles")
    context = {
        "organization": profile.client,
        "client": profile.client,
        "profile": profile,
        "form": form,
    }
    return render(request, "settlement/profile_form.html", context)


def _saved(
    request: HttpRequest,
    form: forms.ProfileForm,
    client_id: int,
    profile: BankFileProfile | None,
) -> bool:
    if not form.is_valid():
        return False
    values = form.cleaned_data
    try:
        saved = services.save_profile(
            client_id=client_id,
            profile_id=profile.pk if profile else None,
            name=values["name"],
            consignor_code=values["consignor_code"],
            consignor_kana=values["consignor_kana"],
            account=form.account(),
            rules=form.rules(),
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        form.add_error("name", str(refusal))
        return False
    messages.success(request, f"振込データの設定「{saved.name}」を登録しました。")
    return True
