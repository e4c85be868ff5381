from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from callcenter import perms, queries, services
from callcenter.errors import DeskError
from callcenter.forms import AnswerForm, CategoryForm, EscalationForm, NoteForm, TicketSearchForm
from callcenter.models import Ticket, TicketNote
from callcenter.views.common import acting, base_template, guarded_by
from pointsys.audit import services as audit
from pointsys.common import forms
from pointsys.programs import scope

ROWS_A_PAGE: Final = 50


@require_safe
@guarded_by(perms.can_open_tickets)
def tickets(request: HttpRequest) -> HttpResponse:
    """List the tickets of the user's clients; the client sees escalations and complaints only."""
    at = timezone.now()
    visible = queries.tickets_visible_to(acting(request))
    form = TicketSearchForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    view = chosen.get("view", "")
    found = queries.filtered(visible, view=view, words=chosen.get("q", ""), at=at)
    counts = queries.backlog(visible, at=at)
    context = {
        "base": base_template(request),
        "program": scope.chosen_program(request),
        "filter_form": form,
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "view": view,
        "view_name": queries.VIEWS.get(view, "すべて"),
        "tabs": [
            {"label": "すべて", "href": "?", "is_current": not view, "count": None},
            *(
                {
                    "label": label,
                    "href": f"?view={code}",
                    "is_current": view == code,
                    "count": getattr(counts, code, None),
                }
                for code, label in queries.VIEWS.items()
            ),
        ],
        "counts": counts,
        "now": at,
    }
    return render(request, "callcenter/tickets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded_by(perms.can_open_tickets)
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Show one ticket with everything said about it, and do one of its acts."""
    found = get_object_or_404(
        queries.tickets_visible_to(acting(request)).select_related("resident", "program"),
        pk=ticket_id,
    )
    at = timezone.now()
    page_forms = _forms(request, found)
    if request.method == "POST":
        act = request.POST.get("act", "")
        answered = _do(request, found, act, page_forms, at)
        if answered:
            return redirect("callcenter:ticket", found.pk)
    may_work = perms.can_work_on(request.user, found)
    # Without a caller we know, the words and the telephone number are somebody's all the same.
    audit.record_access(
        subject=found.resident or found.store or found,
        organization_id=found.client_id,
        purpose=f"問合せ {found.number}",
        by=acting(request),
        at=at,
    )
    escalations = queries.escalations_of(found)
    context = {
        "base": base_template(request),
        "program": found.program or scope.chosen_program(request),
        "ticket": found,
        "phone": queries.phone_of(found) if may_work else "",
        "notes": queries.notes_of(found),
        "escalations": escalations,
        "waiting": next((one for one in escalations if one.answered_at is None), None),
        "may_work": may_work,
        "may_answer": perms.can_answer(request.user, found),
        "clock": queries.client_calendar(found.client_id).escalation_due(at),
        "clock_reason": queries.client_calendar(found.client_id).escalation_reason(at),
        "now": at,
        "form": _wrong(page_forms),
        **page_forms,
    }
    return render(request, "callcenter/ticket.html", context)


def _wrong(page_forms: dict[str, forms.Form]) -> forms.Form | None:
    return next((form for form in page_forms.values() if form.is_bound and form.errors), None)


def _forms(request: HttpRequest, ticket: Ticket) -> dict[str, forms.Form]:
    """Return the page's forms; only the one whose button was pressed holds what was typed."""
    act = request.POST.get("act", "") if request.method == "POST" else ""

    def data_of(name: str) -> Any:
        return request.POST if act == name else None

    return {
        "note_form": NoteForm(data_of("note")),
        "escalation_form": EscalationForm(data_of("escalate")),
        "answer_form": AnswerForm(data_of("answer")),
        "category_form": CategoryForm(
            data_of("category"),
            tree=queries.category_tree(ticket.client_id),
            initial={"category": ticket.category_id},
        ),
    }


Act = Callable[[], object]


def _do(
    request: HttpRequest,
    ticket: Ticket,
    act: str,
    page_forms: dict[str, forms.Form],
    at: datetime,
) -> bool:
    """Do one act and tell how it went; False when the form has to be shown again."""
    by = acting(request)
    allowed = perms.can_answer if act == "answer" else perms.can_work_on
    if not allowed(by, ticket):
        raise PermissionDenied
    form = {
        "note": page_forms["note_form"],
        "escalate": page_forms["escalation_form"],
        "answer": page_forms["answer_form"],
        "category": page_forms["category_form"],
    }.get(act)
    if form is not None and not form.is_valid():
        return False
    given = form.cleaned_data if form is not None else {}
    facts: dict[str, Any] = {"ticket_id": ticket.pk, "by": by, "at": at}
    acts: dict[str, tuple[Act, str]] = {
        "note": (
            lambda: services.add_note(kind=TicketNote.Kind.NOTE, note=given["note"], **facts),
            "メモを書き足しました。",
        ),
        "escalate": (
            lambda: services.escalate(reason=given["question"], **facts),
            "上申しました。",
        ),
        "answer": (
            lambda: services.answer(answer=given["answer"], **facts),
            "回答しました。コールセンターが発信者に伝えます。",
        ),
        "category": (
            lambda: services.change_category(category_id=int(given["category"]), **facts),
            "区分を直しました。",
        ),
        "close": (lambda: services.close_ticket(**facts), "完了にしました。"),
        "complaint": (lambda: services.mark_complaint(**facts), "苦情として県に知らせました。"),
    }
    if act not in acts:
        return False
    do, words = acts[act]
    try:
        do()
    except DeskError as refusal:
        if form is None:
            messages.error(request, str(refusal))
            return True
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{ticket.number} を{words}" if act == "close" else words)
    return True
