"""The page on which calls are taken: one form, from the number to what became of the call.

Every press of a button sends the whole form, so nothing typed is lost when a look-up or a check
sends the page back; with a script the look-up fills its pane without leaving the page.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import perms, queries, services
from callcenter.errors import CallAlreadyWritten, DeskError
from callcenter.forms import OUTCOMES, IntakeForm
from callcenter.models import Category, Hint, Ticket
from callcenter.views.common import acting, desk_program, desk_programs, guarded_by
from pointsys.audit import services as audit
from pointsys.common import display
from pointsys.programs.models import Program

# A number that came from outside (the telephone system, the search box) waits here for the page:
# kept in an address it would stay in the browser's history.
LOOKUP_KEY: Final = "desk_lookup"
OUTCOME_KEYS: Final = ("F6", "F7", "F8")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded_by(perms.can_take_calls)
def home(request: HttpRequest) -> HttpResponse:
    """Take one call; `?tel=` comes from a telephone system's pop-up."""
    program = desk_program(request)
    if request.method != "POST":
        if "tel" in request.GET:
            request.session[LOOKUP_KEY] = request.GET["tel"][:80]
            return redirect("callcenter:home")
        given = {"lookup": request.session.pop(LOOKUP_KEY, ""), "channel": "PHONE"}
        return _page(request, program, given, key=uuid4())
    act = request.POST.get("act", "finish")
    key = _key(request)
    if act == "finish":
        return _finish(request, program, key)
    given = request.POST.dict()
    if act.startswith("insert:"):
        given["reply"] = _with_answer(program, given.get("reply", ""), act[7:])
    return _page(request, program, given, key=key)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()


def _with_answer(program: Program, reply: str, hint_id: str) -> str:
    if not (hint_id.isascii() and hint_id.isdecimal() and len(hint_id) < 18):
        return reply
    hint = Hint.objects.filter(client_id=program.client_id, pk=int(hint_id)).first()
    return "\n".join(part for part in (reply, hint.text if hint else "") if part)


def _finish(request: HttpRequest, program: Program, key: UUID) -> HttpResponse:
    form = IntakeForm(request.POST, tree=queries.category_tree(program.client_id))
    if form.is_valid():
        at = timezone.now()
        try:
            ticket = services.finish_call(call=_call(form, program, key), by=acting(request), at=at)
        except DeskError as refusal:
            form.add_error(None, str(refusal))
            if isinstance(refusal, CallAlreadyWritten):
                key = uuid4()
        else:
            messages.success(request, _done_words(ticket))
            return redirect("callcenter:home")
    return _page(request, program, request.POST.dict(), key=key, form=form)


def _call(form: IntakeForm, program: Program, key: UUID) -> services.Call:
    given = form.cleaned_data
    kind, row_id = given["caller"] or ("", None)
    return services.Call(
        client_id=program.client_id,
        program_id=program.pk,
        request_key=key,
        channel=given["channel"],
        category_id=form.category_id(),
        subject=given["subject"],
        body=given["body"],
        reply=given["reply"],
        outcome=given["outcome"],
        question=given["question"],
        resident_id=row_id if kind == "R" else None,
        store_id=row_id if kind == "S" else None,
        caller_phone=form.phone(),
        is_complaint=given["is_complaint"],
        is_privacy=given["is_privacy"],
    )


def _done_words(ticket: Ticket) -> str:
    words = f"{ticket.number} を記録しました。"
    if ticket.status == Ticket.Status.ESCALATED:
        due = queries.escalations_of(ticket)[0].due_at
        words += f"上申の期限は{display.japanese_date(due)}{display.clock_words(due)}です。"
    if ticket.needs_callback:
        words += "折り返しの一覧に入れました。"
    if ticket.is_complaint:
        words += (
            "苦情として県に知らせました。"
            if ticket.complaint_reported_at
            else "苦情を知らせる宛先がないため、未報告の一覧に入れました。"
        )
    return words


def _page(
    request: HttpRequest,
    program: Program,
    given: dict[str, Any],
    *,
    key: UUID,
    form: IntakeForm | None = None,
) -> HttpResponse:
    at = timezone.now()
    try:
        panel = _caller_context(request, program, given, key, at)
    except DeskError as refusal:  # a page of somebody else's sign-in: what was typed stays
        key, panel = uuid4(), {"refusal": str(refusal)}
    tree = queries.category_tree(program.client_id)
    shown = form or IntakeForm(initial=given, tree=tree)
    context = {
        "program": program,
        "programs": desk_programs(request),
        "form": shown,
        "given": given,
        "request_key": key,
        "clocks": queries.clocks(client_id=program.client_id, at=at),
        "now": at,
        "tree": tree,
        "outcomes": [
            (code, name, shortcut)
            for (code, name), shortcut in zip(OUTCOMES, OUTCOME_KEYS, strict=True)
        ],
        "recent": queries.tickets_visible_to(acting(request)).filter(
            taken_by=acting(request), client_id=program.client_id
        )[:5],
        **_lookup_context(program, given),
        **panel,
        **_hint_context(program, given, tree),
    }
    return render(request, "callcenter/intake.html", context)


def _lookup_context(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    words = str(given.get("lookup", "")).replace("\x00", "")
    return {
        "found": queries.look_up(client_id=program.client_id, words=words),
        "caller": given.get("caller", ""),
    }


def _caller_context(
    request: HttpRequest, program: Program, given: dict[str, Any], key: UUID, at: datetime
) -> dict[str, Any]:
    """Return the panel of the chosen caller, after writing down who looks and what for."""
    chosen = str(given.get("caller", ""))
    number = queries.number_for(key, client_id=program.client_id, by=acting(request))
    if chosen[:1] not in {"R", "S"} or not (chosen[1:].isascii() and chosen[1:].isdecimal()):
        return {"number": number}
    row_id, client_id = int(chosen[1:18]), program.client_id
    if chosen[0] == "S":
        store = queries.store_of_client(client_id=client_id, store_id=row_id)
        if store is None:
            return {"number": number}
        number = _seen(request, store, key, at)
        return {"number": number, "store_panel": queries.store_panel(store, at=at)}
    resident = queries.resident_of_client(client_id=client_id, resident_id=row_id)
    if resident is None:
        return {"number": number}
    number = _seen(request, resident, key, at)
    return {"number": number, "resident_panel": queries.resident_panel(resident, at=at)}


def _seen(request: HttpRequest, subject: Any, key: UUID, at: datetime) -> Any:
    by = acting(request)
    number = services.reserve_number(client_id=subject.client_id, request_key=key, by=by, at=at)
    audit.record_access(
        subject=subject,
        organization_id=subject.client_id,
        purpose=f"問合せ {number}",
        by=by,
        at=at,
    )
    return number


def _hint_context(
    program: Program, given: dict[str, Any], tree: list[queries.CategoryBranch]
) -> dict[str, Any]:
    chosen = _category(given, tree)
    return {
        "answers": queries.hints_for(
            client_id=program.client_id, category=chosen, kind=Hint.Kind.ANSWER
        ),
        "faqs": queries.hints_for(client_id=program.client_id, category=chosen, kind=Hint.Kind.FAQ),
        "chosen": chosen,
    }


def _category(given: dict[str, Any], tree: list[queries.CategoryBranch]) -> Category | None:
    top = next((b for b in tree if b.category.code == given.get("top")), None)
    if top is None:
        return None
    return next((row for row in top.children if row.code == given.get("sub")), top.category)


@require_POST
@guarded_by(perms.can_take_calls)
def lookup(request: HttpRequest) -> HttpResponse:
    """Fill the pane of candidates while the operator types."""
    context = _lookup_context(desk_program(request), request.POST.dict())
    return render(request, "callcenter/_candidates.html", context)


@require_POST
@guarded_by(perms.can_take_calls)
def caller(request: HttpRequest) -> HttpResponse:
    """Fill the pane of the chosen caller; who looked is on record before it is shown."""
    program = desk_program(request)
    at = timezone.now()
    try:
        context = _caller_context(request, program, request.POST.dict(), _key(request), at)
    except DeskError as refusal:
        context = {"refusal": str(refusal)}
    return render(
        request,
        "callcenter/_caller.html",
        {"program": program, "now": at, "is_partial": True, **context},
    )


@require_POST
@guarded_by(perms.can_take_calls)
def hints(request: HttpRequest) -> HttpResponse:
    """Fill answers, FAQ and finer categories when a category is chosen."""
    program = desk_program(request)
    given = request.POST.dict()
    tree = queries.category_tree(program.client_id)
    top = next((b for b in tree if b.category.code == given.get("top")), None)
    form = IntakeForm(initial=given, tree=[top] if top else tree)
    context = {"form": form, "is_partial": True, **_hint_context(program, given, tree)}
    return render(request, "callcenter/_hints.html", context)


@require_safe
@guarded_by(perms.can_take_calls)
def search(request: HttpRequest) -> HttpResponse:
    """Go to a ticket by its number; anything else is looked up on the page of calls."""
    words = request.GET.get("q", "").replace("\x00", "")[:80]
    serial = queries.read_number(words)
    if serial is not None:
        visible = queries.tickets_visible_to(acting(request))
        ticket = visible.filter(
            client_id=desk_program(request).client_id, number__serial=serial
        ).first()
        if ticket is not None:
            return redirect("callcenter:ticket", ticket.pk)
    request.session[LOOKUP_KEY] = words
    return redirect("callcenter:home")
