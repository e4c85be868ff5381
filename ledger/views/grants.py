"""Granting by hand: a form, a preview that says what would happen, and one button that does it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import perms, queries
from ledger.forms_grants import ConfirmGrantForm, GrantForm
from ledger.models import GrantRound
from ledger.services import granting
from pointsys.common import held_files, tabular
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.users.models import User

PURPOSE = "grant-list"
ROUNDS_A_PAGE = 50
SHOWN_REJECTIONS = 200
CHANGED = (
    "確認の画面を開いたあとに、対象の人かポイントが変わりました。まだ付与していません。"
    "新しい内容を確認してください。"
)


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds of the chosen program with what is left of its ceiling."""
    if not perms.can_view_rounds(request.user):
        raise PermissionDenied
    program = scope.chosen_program(request)
    found = queries.rounds_visible_to(request.user).filter(program=program)
    reserved = queries.reserved_points(program.pk) if program else 0
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "page": Paginator(found, ROUNDS_A_PAGE).get_page(request.GET.get("page")),
        "reserved_points": reserved,
        "left_points": program.issuance_ceiling_points - reserved if program else 0,
        "may_grant": program is not None and perms.can_grant(request.user, program),
    }
    return render(request, "ledger/grants/rounds.html", context)


@require_safe
def detail(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show one round: what it reserved, gave and left."""
    if not perms.can_view_rounds(request.user):
        raise PermissionDenied
    grant_round = get_object_or_404(queries.rounds_visible_to(request.user), pk=round_id)
    context = {
        "program": grant_round.program,
        "round": grant_round,
        "wallet_count": queries.wallets_of_round(grant_round.pk),
        "left_points": grant_round.reserved_points - grant_round.granted_points,
    }
    return render(request, "ledger/grants/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask whom to give how much, and show what that would mean."""
    program = _granting_program(request)
    if request.method != "POST":
        return _form_page(request, program, GrantForm(initial={"method": GrantRound.Method.ALL}))
    form = GrantForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, program, form)
    values = form.cleaned_data
    try:
        token = ""
        if values["method"] == GrantRound.Method.LIST:
            token = _hold(request, values["file"])
        plan = _plan(request, program, values, token)
    except (DomainError, tabular.TableRefused) as refusal:
        form.add_error("file", str(refusal))
        return _form_page(request, program, form)
    return _preview_page(request, plan, values, token)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Carry out what was previewed, if it is still the same."""
    program = _granting_program(request)
    form = ConfirmGrantForm(request.POST)
    if not form.is_valid():
        messages.error(request, "確認の画面からやり直してください。まだ付与していません。")
        return redirect(_address("grants:new", program))
    values, token = form.cleaned_data, form.cleaned_data["token"]
    try:
        plan = _plan(request, program, values, token)
        if (plan.target_count, plan.total_points) != (
            values["target_count"],
            values["total_points"],
        ):
            messages.warning(request, CHANGED)
            return _preview_page(request, plan, values, token)
        outcome = granting.carry_out(plan=plan, by=_user(request), at=timezone.now())
    except (DomainError, tabular.TableRefused) as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("grants:new", program))
    if token:
        held_files.release(token=token, purpose=PURPOSE, user_id=_user(request).pk)
    messages.success(request, _words(outcome))
    return redirect("grants:detail", round_id=outcome.grant_round.pk)


def _granting_program(request: HttpRequest) -> Program:
    program = scope.chosen_program(request)
    if program is None or not perms.can_grant(request.user, program):
        raise PermissionDenied
    return program


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _hold(request: HttpRequest, file: Any) -> str:
    content = tabular.read_bounded(file, limits=granting.LIMITS)
    return held_files.hold(
        name=file.name, content=content, purpose=PURPOSE, user_id=_user(request).pk
    )


def _plan(
    request: HttpRequest, program: Program, values: dict[str, Any], token: str
) -> granting.GrantPlan:
    if values["method"] == GrantRound.Method.ALL:
        return granting.plan_for_all(
            program_id=program.pk, name=values["name"], points_each=values["points_each"] or 0
        )
    file = held_files.held(token=token, purpose=PURPOSE, user_id=_user(request).pk)
    return granting.plan_for_list(program_id=program.pk, name=values["name"], content=file.content)


def _address(url_name: str, program: Program) -> str:
    return f"{reverse(url_name)}?{scope.PARAMETER}={program.code}"


def _form_page(request: HttpRequest, program: Program, form: GrantForm) -> HttpResponse:
    context = {
        "program": program,
        "form": form,
        "left_points": program.issuance_ceiling_points - queries.reserved_points(program.pk),
        "action": _address("grants:new", program),
    }
    return render(request, "ledger/grants/new.html", context)


def _preview_page(
    request: HttpRequest, plan: granting.GrantPlan, values: dict[str, Any], token: str
) -> HttpResponse:
    carried = ConfirmGrantForm(
        initial={
            "name": plan.name,
            "method": plan.method,
            "points_each": values["points_each"],
            "token": token,
            "target_count": plan.target_count,
            "total_points": plan.total_points,
        }
    )
    is_in_time = plan.program.grant_starts_at <= timezone.now() < plan.program.grant_ends_at
    context = {
        "program": plan.program,
        "plan": plan,
        "carried": carried,
        "points_each": values["points_each"] if plan.method == GrantRound.Method.ALL else None,
        "shown_rejections": plan.rejected[:SHOWN_REJECTIONS],
        "is_in_time": is_in_time,
        "can_go_on": plan.fits and is_in_time and plan.target_count > 0,
        "action": _address("grants:confirm", plan.program),
        "back": _address("grants:new", plan.program),
    }
    return render(request, "ledger/grants/preview.html", context)


def _words(outcome: granting.GrantOutcome) -> str:
    words = f"{outcome.granted_count:,}人に、合計{outcome.granted_points:,}ポイントを付与しました。"
    if outcome.skipped_count:
        words += f"付与済みの{outcome.skipped_count:,}人には、重ねて付与していません。"
    if outcome.barred_count:
        words += f"利用停止などの{outcome.barred_count:,}人には、付与していません。"
    return words
