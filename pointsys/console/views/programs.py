"""Setting up programs and changing their rules: form, check page, then the service."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ledger import queries as ledger
from pointsys.audit import queries as audit
from pointsys.console import services
from pointsys.console.audit_words import act_words
from pointsys.console.guards import console_page
from pointsys.programs import forms, perms, presets, queries
from pointsys.programs import services as programs
from pointsys.programs.errors import ProgramError
from pointsys.programs.models import Program
from pointsys.programs.rules import INSTANTS, ProgramRules, plain
from pointsys.users import queries as users
from pointsys.users.models import User

# The check page posts the same values again with this name; nothing is kept on the server.
STEP = "step"
CONFIRMED = "save"
EDIT_AGAIN = "edit"


@require_safe
@console_page(perms.can_view_programs)
def program_list(request: HttpRequest) -> HttpResponse:
    """List the programs of the user's clients."""
    found = queries.programs_visible_to(request.user)
    context = {
        "programs": found,
        "may_create": perms.can_create_program(request.user),
    }
    return render(request, "console/programs/list.html", context)


@require_safe
@console_page(perms.can_view_programs)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show all rules of one program, what was done under them, and who changed them."""
    program = _program(request, code)
    form = forms.RulesForm(initial=forms.initial_of(queries.rules_of(program)))
    now = timezone.now()
    context = {
        "program": program,
        "sections": _sections(form, queries.rules_of(program)),
        "goods": queries.goods_of(program),
        "totals": ledger.program_totals(program_id=program.pk, at=now),
        "reserved_points": ledger.reserved_points(program.pk),
        "history": [
            (event, act_words(event.code)) for event in audit.events_of(program).reverse()[:20]
        ],
        "may_change": perms.can_change_program(request.user, program),
    }
    return render(request, "console/programs/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page(perms.can_create_program)
def create(request: HttpRequest) -> HttpResponse:
    """Set up a program: form, check page, saved."""
    clients = users.organizations_visible_to(request.user).filter(
        pk__in=users.client_ids(request.user, perms.RULE_ROLES)
    )
    if request.method != "POST":
        # Amounts and days of a ready program are a good start; its dates would be last year's.
        initial = forms.initial_of(presets.MIYAGI) | {"name": "", "goods": ""}
        initial |= dict.fromkeys(INSTANTS) | {"client": clients.first()}
        return _form_page(request, forms.ProgramForm(initial=initial, clients=clients), None)
    form = forms.ProgramForm(request.POST, clients=clients)
    if not form.is_valid() or request.POST.get(STEP) == EDIT_AGAIN:
        return _form_page(request, form, None)
    try:
        programs.check_new(code=form.cleaned_data["code"], rules=form.rules())
        if request.POST.get(STEP) != CONFIRMED:
            return _check_page(request, form, None)
        program = programs.create_program(
            code=form.cleaned_data["code"],
            client_id=form.cleaned_data["client"].pk,
            operator_id=form.cleaned_data["operator"].pk,
            rules=form.rules(),
            by=_user(request),
            at=timezone.now(),
        )
    except ProgramError as refusal:
        _add_refusal(form, refusal)
        return _form_page(request, form, None)
    messages.success(request, f"事業「{program.name}」を作りました。")
    return redirect("console:program", code=program.code)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page(perms.can_view_programs)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change the rules of a program: form, check page with old and new, saved."""
    program = _program(request, code)
    if not perms.can_change_program(request.user, program):
        raise PermissionDenied
    before = queries.rules_of(program)
    if request.method != "POST":
        return _form_page(request, forms.RulesForm(initial=forms.initial_of(before)), program)
    form = forms.RulesForm(request.POST)
    if not form.is_valid() or request.POST.get(STEP) == EDIT_AGAIN:
        return _form_page(request, form, program)
    try:
        if request.POST.get(STEP) != CONFIRMED:
            services.try_program_rules(program_id=program.pk, rules=form.rules(), at=timezone.now())
            return _check_page(request, form, program)
        services.change_program_rules(
            program_id=program.pk, rules=form.rules(), by=_user(request), at=timezone.now()
        )
    except ProgramError as refusal:
        _add_refusal(form, refusal)
        return _form_page(request, form, program)
    messages.success(request, f"事業「{form.cleaned_data['name']}」の規則を変えました。")
    return redirect("console:program", code=program.code)


def _program(request: HttpRequest, code: str) -> Program:
    program = queries.programs_visible_to(request.user).filter(code=code).first()
    if program is None:
        raise Http404(code)
    return program


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _add_refusal(form: forms.RulesForm, refusal: ProgramError) -> None:
    field = "goods" if refusal.field == "prohibited_goods" else refusal.field
    form.add_error(field if field in form.fields else None, str(refusal))


def _form_page(
    request: HttpRequest, form: forms.RulesForm, program: Program | None
) -> HttpResponse:
    context = {"form": form, "program": program, "is_new": program is None}
    return render(request, "console/programs/form.html", context)


def _check_page(
    request: HttpRequest, form: forms.RulesForm, program: Program | None
) -> HttpResponse:
    before = queries.rules_of(program) if program else None
    context = {
        "program": program,
        "is_new": program is None,
        "name": form.cleaned_data["name"],
        "sections": _sections(form, form.rules(), before),
        "goods": form.rules().prohibited_goods,
        "removed_goods": [
            good
            for good in (before.prohibited_goods if before else ())
            if good not in form.rules().prohibited_goods
        ],
        "added_goods": [
            good
            for good in form.rules().prohibited_goods
            if before and good not in before.prohibited_goods
        ],
        "posted": _posted(request.POST),
    }
    return render(request, "console/programs/check.html", context)


def _posted(data: QueryDict) -> list[tuple[str, str]]:
    """Return what was typed, to be carried by the check page as it is."""
    left_out = {STEP, "csrfmiddlewaretoken"}
    return [(name, str(value)) for name, value in data.items() if name not in left_out]


def _sections(
    form: forms.RulesForm, rules: ProgramRules, before: ProgramRules | None = None
) -> list[dict[str, Any]]:
    """Return the rules in the form's groups; with `before`, what changed carries its old words."""
    sections = []
    for title, fields in form.fieldsets():
        rows = [
            _row(field, form, rules, before)
            for field in fields
            if field.name not in {"goods", "goods_list"}
        ]
        if rows:
            sections.append({"title": title, "rows": rows})
    return sections


def _row(
    field: Any, form: forms.RulesForm, rules: ProgramRules, before: ProgramRules | None
) -> dict[str, str]:
    is_rule = hasattr(rules, field.name)
    value = getattr(rules, field.name) if is_rule else form.cleaned_data[field.name]
    row = {"label": str(field.label), "value": forms.shown(field, value), "old": ""}
    if before is not None and is_rule:
        old = getattr(before, field.name)
        if plain(old) != plain(value):
            row["old"] = forms.shown(field, old)
    return row
