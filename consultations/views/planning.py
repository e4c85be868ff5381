"""One event in the console: its plan, the client's decision, and what follows."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultations import errors, forms, perms, queries, services
from consultations.models import Booking, Event
from consultations.queries.coverage import place_of
from consultations.views.access import acting, event_for, events_page
from consultations.views.overview import base_context
from consultations.views.public import with_new_key
from pointsys.approvals import errors as approval_errors
from pointsys.approvals import queries as approvals
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.surveys import queries as surveys

# What the approver sees side by side, in the order of the paper.
SHOWN = (
    ("title", "名前"),
    ("kind", "種類"),
    ("municipality_code", "市区町村"),
    ("venue", "会場"),
    ("address", "所在地"),
    ("starts_at", "開始"),
    ("ends_at", "終了"),
    ("slot_minutes", "1枠の長さ（分）"),
    ("seats_per_slot", "1枠の席"),
    ("method", "実施方法"),
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@events_page
def new(request: HttpRequest) -> HttpResponse:
    """Start a draft; the unit may be named by the coverage page."""
    program = scope.chosen_program(request)
    if program is None or not perms.can_plan_events(request.user, program.client_id):
        raise PermissionDenied
    units = list(queries.unit_names(program).items())
    form = forms.EventForm(
        request.POST if request.method == "POST" else None,
        units=units,
        initial={"municipality_code": request.GET.get("unit", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            event = services.create_event(
                program_id=program.pk, plan=form.plan(), by=acting(request), at=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "相談会の案を作りました。内容を確かめて、承認を求めてください。"
            )
            return redirect("consultations:event", event_id=event.pk)
    context = base_context(request, program, "list") | {"form": form}
    return render(request, "consultations/event_form.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@events_page
def edit(request: HttpRequest, event_id: int) -> HttpResponse:
    """Change a draft at once; ask the client for a change of what was approved."""
    event = event_for(request, event_id, perms.can_plan_events)
    is_draft = event.status == Event.Status.DRAFT
    if not is_draft and event.status not in {Event.Status.APPROVED, Event.Status.PUBLISHED}:
        messages.error(request, str(errors.EventIsClosed()))
        return redirect("consultations:event", event_id=event.pk)
    form = forms.EventForm(
        request.POST if request.method == "POST" else None,
        units=list(queries.unit_names(event.program).items()),
        initial=forms.EventForm.initial_of(services.plan_of(event)),
    )
    if request.method == "POST" and form.is_valid():
        act = services.change_draft if is_draft else services.change_event
        try:
            act(event_id=event.pk, plan=form.plan(), by=acting(request), at=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            done = "案を直しました。" if is_draft else "変更の承認を発注者に求めました。"
            messages.success(request, done)
            return redirect("consultations:event", event_id=event.pk)
    context = base_context(request, event.program, "list") | {
        "form": form,
        "event": event,
        "is_draft": is_draft,
    }
    return render(request, "consultations/event_form.html", context)


@never_cache
@require_safe
@events_page
def detail(request: HttpRequest, event_id: int) -> HttpResponse:
    """Show an event with what the reader may do."""
    return _page(request, event_for(request, event_id))


def _page(
    request: HttpRequest,
    event: Event,
    *,
    decision: forms.DecisionForm | None = None,
    cancelling: forms.CancelEventForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now, client_id = timezone.now(), event.program.client_id
    pending = services.pending_approval(event)
    plan = services.waiting_plan_of(event)
    rules = queries.rules_of(event.program)
    survey = queries.linked_survey(program_id=event.program_id, kind=event.kind)
    context = base_context(request, event.program, "list") | {
        "event": event,
        "place": place_of(event),
        "facts": _facts(event, plan),
        "pending": pending,
        "history": approvals.approvals_of(event).select_related("asked_by", "decided_by"),
        "is_own_work": pending is not None and pending.asked_by_id == request.user.pk,
        "may_decide": perms.can_decide_events(request.user, client_id),
        "may_book": perms.can_book_for_others(request.user, client_id),
        "digest": services.digest_of(event, plan),
        "decision": decision
        or forms.DecisionForm(initial={"digest": services.digest_of(event, plan)}),
        "cancelling": cancelling or forms.CancelEventForm(),
        "form": decision or cancelling,
        "slots": event.slots.order_by("starts_at"),
        "counts": queries.counts_of(event),
        "help": queries.help_summary(event),
        "survey": survey,
        "results": surveys.results_of(survey_id=survey.pk, subject=event) if survey else [],
        "rules": rules,
        "days_before": (event.starts_at - (event.published_at or now)).days,
        "has_begun": event.starts_at <= now,
    }
    return render(request, "consultations/event.html", context, status=status)


def _facts(event: Event, plan: services.EventPlan) -> list[dict[str, Any]]:
    """Return the plan's lines, with the old value where a change waits."""
    return [
        {
            "name": name,
            "label": label,
            "now": _words(name, getattr(event, name)),
            "wanted": _words(name, getattr(plan, name)),
            "differs": getattr(event, name) != getattr(plan, name),
            "is_time": name in {"starts_at", "ends_at"},
        }
        for name, label in SHOWN
    ]


def _words(name: str, value: Any) -> Any:
    if name == "kind":
        return Event.Kind(value).label
    if name == "municipality_code":
        return place_of(Event(kind="" if value else Event.Kind.WEB, municipality_code=value))
    if name == "seats_per_slot" and not value:
        return "予約を受けない"
    return value


@require_POST
@events_page
def propose(request: HttpRequest, event_id: int) -> HttpResponse:
    """Ask the client to approve a draft."""
    event = event_for(request, event_id, perms.can_plan_events)
    try:
        services.propose(event_id=event.pk, by=acting(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"「{event.title}」の承認を発注者に求めました。")
    return redirect("consultations:event", event_id=event.pk)


@require_POST
@events_page
def decide(request: HttpRequest, event_id: int) -> HttpResponse:
    """Take the client's decision; what is missing is said beside its box."""
    event = event_for(request, event_id, perms.can_decide_events)
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, event, decision=form)
    values = form.cleaned_data
    approve = values["answer"] == "approve"
    try:
        services.decide_event(
            event_id=event.pk,
            approve=approve,
            digest=values["digest"],
            comment=values["comment"],
            by=acting(request),
            at=timezone.now(),
        )
    except approval_errors.ReasonRequired as refusal:
        form.add_error("comment", str(refusal))
        return _page(request, event, decision=form)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "承認しました。" if approve else "差し戻しました。")
    return redirect("consultations:event", event_id=event.pk)


@require_POST
@events_page
def run(request: HttpRequest, event_id: int, act: str) -> HttpResponse:
    """Publish an approved event, or record that a published one was held."""
    event = event_for(request, event_id, perms.can_plan_events)
    acts = {
        "publish": (services.publish, "公開しました。予約を受け付けています。"),
        "held": (services.mark_held, "実施済にしました。"),
    }
    if act not in acts:
        raise Http404(act)
    service, done = acts[act]
    try:
        service(event_id=event.pk, by=acting(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"「{event.title}」を{done}")
    return redirect("consultations:event", event_id=event.pk)


@require_POST
@events_page
def cancel(request: HttpRequest, event_id: int) -> HttpResponse:
    """Call an event off; who booked with an address is told by mail."""
    event = event_for(request, event_id, perms.can_plan_events)
    form = forms.CancelEventForm(request.POST)
    if not form.is_valid():
        return _page(request, event, cancelling=form)
    try:
        mails = services.cancel_event(
            event_id=event.pk,
            reason=form.cleaned_data["reason"],
            by=acting(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"中止にしました。予約した人へのメール {mails}通を用意しました。")
    return redirect("consultations:event", event_id=event.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@events_page
def book_for(request: HttpRequest, event_id: int) -> HttpResponse:
    """Book for somebody who calls, or who stands at a counter."""
    event = event_for(request, event_id, perms.can_book_for_others)
    now = timezone.now()
    slots = queries.open_slots(event, at=now)
    form = forms.BookingForm(
        request.POST if request.method == "POST" else None,
        slots=slots,
        initial={"request_key": uuid4()},
    )
    channel = Booking.Channel.OFFICE if request.POST.get("channel") == "OFFICE" else "PHONE"
    if request.method == "POST" and form.is_valid():
        try:
            booking = services.book(
                slot_id=form.cleaned_data["slot"],
                person=form.person(),
                channel=channel,
                request_key=form.cleaned_data["request_key"],
                by=acting(request),
                at=now,
            )
        except errors.BookingAlreadyMade as refusal:
            form = with_new_key(request, slots, refusal)
        except DomainError as refusal:
            form.add_error("slot", str(refusal))
        else:
            return redirect("consultations:booked_for", event_id=event.pk, key=booking.uuid)
    context = base_context(request, event.program, "list") | {
        "event": event,
        "place": place_of(event),
        "form": form,
        "slots": slots,
        "is_open": event.status == Event.Status.PUBLISHED,
    }
    return render(request, "consultations/book_for.html", context)


@never_cache
@require_safe
@events_page
def booked_for(request: HttpRequest, event_id: int, key: Any) -> HttpResponse:
    """Show the number to read out."""
    event = event_for(request, event_id, perms.can_book_for_others)
    booking = queries.bookings_visible_to(request.user).filter(uuid=key, slot__event=event).first()
    if booking is None:
        raise Http404(str(event_id))
    context = base_context(request, event.program, "list") | {
        "event": event,
        "place": place_of(event),
        "booking": booking,
    }
    return render(request, "consultations/booked_for.html", context)
