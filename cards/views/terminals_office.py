"""Terminals in the office, and what a tap at them may spend and earns."""

from typing import Any, Final
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cards import queries
from cards.forms import EarnRuleForm, LimitsForm, RevokeForm, StoreWordsForm, TerminalForm
from cards.models import Terminal
from cards.services import policies, terminals
from cards.views.access import (
    ROWS_A_PAGE,
    acting,
    card_page,
    check_may_manage,
    managed_program,
    posted,
    tabs,
)
from ledger import queries as ledger
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from stores import queries as stores
from stores.models import Enrolment, Store

STORES_SHOWN: Final = 30


@require_safe
@card_page
def terminal_list(request: HttpRequest) -> HttpResponse:
    """List the terminals of the chosen program by store."""
    program = scope.chosen_program(request)
    found = queries.terminals_visible_to(request.user).filter(program=program)
    context = tabs(request, "terminals") | {
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "cards/terminals/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def terminal_new(request: HttpRequest) -> HttpResponse:
    """Choose the store that gets a terminal, then its till and name; the code is told once."""
    program = managed_program(request)
    store = _chosen_store(request, program)
    if store is None:
        return _store_choice(request, program)
    tills = [
        (str(till.pk), f"レジ{till.number}")
        for till in stores.live_tills(program_id=program.pk, store_ids=[store.pk])
    ]
    form = TerminalForm(posted(request), tills=tills)
    if form.is_bound and form.is_valid():
        try:
            terminal, code = terminals.create_terminal(
                store_id=store.pk,
                till_id=int(form.cleaned_data["till"]),
                name=form.cleaned_data["name"],
                by=acting(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            return _code_page(request, terminal, code)
    context = {"program": program, "store": store, "form": form, "has_tills": bool(tills)}
    return render(request, "cards/terminals/new.html", context)


def _chosen_store(request: HttpRequest, program: Program) -> Store | None:
    wanted = request.GET.get("store", "")
    if not wanted:
        return None
    in_program = Enrolment.objects.filter(program=program, status=Enrolment.Status.ACTIVE)
    visible = stores.stores_visible_to(request.user).filter(pk__in=in_program.values("store_id"))
    is_id = wanted.isascii() and wanted.isdecimal() and len(wanted) < 18
    return get_object_or_404(visible, pk=int(wanted) if is_id else 0)


def _store_choice(request: HttpRequest, program: Program) -> HttpResponse:
    form = StoreWordsForm(request.GET if "words" in request.GET else None)
    words = form.cleaned_data["words"] if form.is_bound and form.is_valid() else ""
    found: list[Store] = []
    if words:
        chosen = stores.StoreFilter(words=words, status=Enrolment.Status.ACTIVE)
        rows = stores.enrolled_stores(
            stores.stores_visible_to(request.user), program_id=program.pk, chosen=chosen
        )
        found = list(rows[: STORES_SHOWN + 1])
    context = {
        "program": program,
        "form": form,
        "words": words,
        "found": found[:STORES_SHOWN],
        "has_more": len(found) > STORES_SHOWN,
    }
    return render(request, "cards/terminals/choose_store.html", context)


@require_POST
@card_page
def terminal_code(request: HttpRequest, terminal_uuid: UUID) -> HttpResponse:
    """Give a terminal that still waits a new one-time code."""
    terminal = _terminal(request, terminal_uuid)
    by = check_may_manage(request, terminal.program.client_id)
    try:
        terminal, code = terminals.renew_code(terminal_id=terminal.pk, by=by, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("cards:terminals")
    return _code_page(request, _terminal(request, terminal_uuid), code)


def _code_page(request: HttpRequest, terminal: Terminal, code: str) -> HttpResponse:
    address = f"{settings.SITE_ORIGIN.rstrip('/')}{reverse('terminal:enrol')}"
    context = {
        "program": terminal.program,
        "terminal": terminal,
        "code": " ".join(code[start : start + 4] for start in range(0, len(code), 4)),
        "address": address,
        # Behind a "#" the code is never sent to a server, nor kept in its logs.
        "qr": segno.make(f"{address}#{code}", error="m", micro=False).svg_data_uri(
            scale=5, border=4
        ),
    }
    return render(request, "cards/terminals/code.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def terminal_revoke(request: HttpRequest, terminal_uuid: UUID) -> HttpResponse:
    """Ask once, then refuse the terminal from its next request on."""
    terminal = _terminal(request, terminal_uuid)
    by = check_may_manage(request, terminal.program.client_id)
    form = RevokeForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            terminals.revoke_terminal(
                terminal_id=terminal.pk,
                reason=form.cleaned_data["reason"],
                by=by,
                at=timezone.now(),
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"「{terminal.name}」を失効させました。もう使えません。")
        return redirect("cards:terminals")
    if terminal.status == Terminal.Status.REVOKED:
        messages.error(request, "この端末は、すでに失効しています。")
        return redirect("cards:terminals")
    context = {"program": terminal.program, "terminal": terminal, "form": form}
    return render(request, "cards/terminals/revoke.html", context)


def _terminal(request: HttpRequest, terminal_uuid: UUID) -> Terminal:
    return get_object_or_404(queries.terminals_visible_to(request.user), uuid=terminal_uuid)


# --- Limits and grants -----------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def limits(request: HttpRequest) -> HttpResponse:
    """Show what cards may spend and earn, and change what they may spend."""
    program = scope.chosen_program(request)
    policy = queries.policy_of(program.pk) if program else None
    form = LimitsForm(posted(request), initial=_initial(policy))
    if request.method == "POST":
        program = managed_program(request)
        if form.is_valid():
            try:
                policies.set_limits(
                    program_id=program.pk,
                    **form.cleaned_data,
                    by=acting(request),
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error("use_limit_points", str(refusal))
            else:
                messages.success(request, "上限を変えました。次の支払いから、この上限になります。")
                return redirect("cards:limits")
    context = tabs(request, "limits") | {
        "form": form,
        "policy": policy,
        "rules": queries.earn_rules_visible_to(request.user).filter(program=program),
    }
    return render(request, "cards/limits.html", context)


def _initial(policy: Any) -> dict[str, int | bool]:
    if policy is None:
        return {}
    return {
        "use_limit_points": policy.use_limit_points,
        "day_limit_points": policy.day_limit_points,
        "typed_numbers_pay": policy.typed_numbers_pay,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@card_page
def earn_rule_new(request: HttpRequest) -> HttpResponse:
    """Let taps at terminals earn points, up to a total."""
    program = managed_program(request)
    form = EarnRuleForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            policies.create_earn_rule(
                program_id=program.pk,
                **form.cleaned_data,
                by=acting(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(getattr(refusal, "field", "") or "total_points", str(refusal))
        else:
            messages.success(request, "カードの付与を始めました。")
            return redirect("cards:limits")
    left = program.issuance_ceiling_points - ledger.reserved_points(program.pk)
    context = {"program": program, "form": form, "left_points": left}
    return render(request, "cards/earn_rule.html", context)


@require_POST
@card_page
def earn_rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Stop a grant at terminals, or go on with it."""
    rule = get_object_or_404(queries.earn_rules_visible_to(request.user), pk=rule_id)
    by = check_may_manage(request, rule.program.client_id)
    is_active = request.POST.get("to") == "open"
    policies.switch_earn_rule(rule_id=rule.pk, is_active=is_active, by=by, at=timezone.now())
    words = "再開しました" if is_active else "止めました"
    messages.success(request, f"「{rule.name}」の付与を{words}。")
    return redirect("cards:limits")
