"""At the venue, on a phone: who comes, what is helped, and the paper surveys."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultations import forms, perms, queries, services
from consultations.models import Attendance, Event
from consultations.queries.coverage import place_of
from consultations.views.access import acting, event_for, venue_page
from consultations.views.public import key_of, qr_of
from pointsys.audit import services as audit
from pointsys.common.clock import jst_date
from pointsys.common.errors import DomainError
from pointsys.surveys.forms import SurveyForm

# One record of access for an event and a session, renewed after this time.
OPENING_LASTS: Final = timedelta(hours=1)
OPENED_KEY: Final = "events_opened"
FOUND_AT_MOST: Final = 20
PURPOSE: Final = "相談会の受付"


@never_cache
@require_safe
@venue_page
def today(request: HttpRequest) -> HttpResponse:
    """List the day's events of the user's clients, and those of the next days."""
    now = timezone.now()
    clients = [
        event
        for event in queries.events_visible_to(request.user)
        .filter(
            starts_at__gte=now - timedelta(days=1),
            starts_at__lt=now + timedelta(days=8),
            status__in=[Event.Status.PUBLISHED, Event.Status.HELD],
        )
        .order_by("starts_at", "pk")
        if perms.can_receive_visitors(request.user, event.program.client_id)
    ]
    day = jst_date(now)
    context = {
        "program": clients[0].program if clients else None,
        "now": now,
        "events": [(e, place_of(e)) for e in clients if jst_date(e.starts_at) == day],
        "coming": [(e, place_of(e)) for e in clients if jst_date(e.starts_at) > day],
    }
    return render(request, "events/staff_today.html", context)


def _venue_event(request: HttpRequest, event_id: int) -> Event:
    return event_for(request, event_id, perms.can_receive_visitors)


def _record_opening(request: HttpRequest, event: Event, now: datetime) -> None:
    """Write down, once an opening, that the names of one event's bookings are about to be seen."""
    opened: dict[str, str] = request.session.get(OPENED_KEY, {})
    before = parse_datetime(opened.get(str(event.pk), "")) if str(event.pk) in opened else None
    if before and now - before < OPENING_LASTS:
        return
    audit.record_access(
        subject=event,
        organization_id=event.program.client_id,
        purpose=PURPOSE,
        by=acting(request),
        at=now,
    )
    request.session[OPENED_KEY] = {**opened, str(event.pk): now.isoformat()}


@never_cache
@require_safe
@venue_page
def venue(request: HttpRequest, event_id: int) -> HttpResponse:
    """Show the desk of one event: count, newest arrival, scan, search, walk-in."""
    event = _venue_event(request, event_id)
    return _venue(request, event)


def _venue(request: HttpRequest, event: Event, **more: Any) -> HttpResponse:
    now = timezone.now()
    _record_opening(request, event, now)
    visit = _visit_named(request, event)
    context = {
        "program": event.program,
        "event": event,
        "place": place_of(event),
        "now": now,
        "is_today": jst_date(now) == jst_date(event.starts_at),
        "request_key": uuid4(),
        "tab": "venue",
        **_live(event),
        **_arrived(visit, is_new=request.GET.get("again") != "1"),
        **more,
    }
    return render(request, "events/staff_venue.html", context)


def _visit_named(request: HttpRequest, event: Event) -> Attendance | None:
    named = request.GET.get("visit", "")
    if not named.isascii() or not named.isdecimal() or len(named) > 17:
        return None
    visits = queries.attendances_visible_to(request.user)
    return visits.filter(event=event, pk=int(named), undone_at__isnull=True).first()


def _live(event: Event) -> dict[str, Any]:
    counts = queries.counts_of(event)
    return {"counts": counts, "arrivals": queries.latest_arrivals(event)}


def _arrived(visit: Attendance | None, *, is_new: bool) -> dict[str, Any]:
    if visit is None:
        return {"visit": None}
    person = queries.person_of(visit.booking) if visit.booking else None
    return {"visit": visit, "person": person, "is_new": is_new}


@never_cache
@require_safe
@venue_page
def live(request: HttpRequest, event_id: int) -> HttpResponse:
    """Answer the page's polling: nothing, or the new count and the newest arrivals."""
    event = _venue_event(request, event_id)
    if request.GET.get("after") == queries.counts_of(event).marker:
        return HttpResponse(status=204)
    _record_opening(request, event, timezone.now())
    return render(request, "events/_live.html", {"event": event, **_live(event)})


@require_POST
@venue_page
def arrive(request: HttpRequest, event_id: int) -> HttpResponse:
    """Check somebody in, by number or as a walk-in; a page's queue sends the same act again."""
    event = _venue_event(request, event_id)
    now = timezone.now()
    wants_json = request.headers.get("Accept") == "application/json"
    number = forms.plain_number(request.POST.get("number", ""))
    is_walk_in = request.POST.get("kind") == "walk-in"
    if not is_walk_in and not number:
        return _refused(request, event, "予約番号を入力してください", wants_json=wants_json)
    try:
        arrived = services.check_in(
            event_id=event.pk,
            number="" if is_walk_in else number,
            request_key=key_of(request),
            checked_in_at=_moment(request, now),
            by=acting(request),
            at=now,
        )
    except DomainError as refusal:
        return _refused(request, event, str(refusal), wants_json=wants_json)
    if wants_json:
        # Opened from the answer too: a name is shown without the page being loaded anew.
        _record_opening(request, event, now)
        context = {"event": event, **_arrived(arrived.visit, is_new=arrived.is_new)}
        html = render_to_string("events/_arrived.html", context, request)
        return JsonResponse({"state": "in" if arrived.is_new else "again", "html": html})
    again = "" if arrived.is_new else "&again=1"
    address = reverse("events:venue", args=[event.pk])
    return redirect(f"{address}?visit={arrived.visit.pk}{again}")


def _moment(request: HttpRequest, now: datetime) -> datetime:
    """Return when the device counted the visitor; a clock that cannot be read is now."""
    try:
        typed = parse_datetime(request.POST.get("at", ""))
        if typed is None or typed.tzinfo is None:
            return now
        jst_date(typed)
    except (ValueError, OverflowError):
        return now
    return typed


def _refused(request: HttpRequest, event: Event, reason: str, *, wants_json: bool) -> HttpResponse:
    if wants_json:
        return JsonResponse({"state": "refused", "reason": reason})
    return _venue(request, event, refusal=reason, typed=request.POST.get("number", "")[:12])


@never_cache
@require_POST
@venue_page
def search(request: HttpRequest, event_id: int) -> HttpResponse:
    """Find a booking of this event by the beginning of a reading; nothing stands in the address."""
    event = _venue_event(request, event_id)
    words = request.POST.get("kana", "").replace("\0", "")[:40]
    people = queries.booked_people(event)
    found = queries.matching_kana(people, words) if words.strip() else []
    return _venue(
        request, event, searched=True, words=words, found=found[:FOUND_AT_MOST], total=len(found)
    )


@never_cache
@require_safe
@venue_page
def bookings(request: HttpRequest, event_id: int) -> HttpResponse:
    """List who booked, in the order of time, with who is here already."""
    event = _venue_event(request, event_id)
    _record_opening(request, event, timezone.now())
    context = {
        "program": event.program,
        "event": event,
        "place": place_of(event),
        "people": queries.booked_people(event),
        "tab": "bookings",
    }
    return render(request, "events/staff_bookings.html", context)


def _visit_for(request: HttpRequest, attendance_id: int) -> Attendance:
    visit = get_object_or_404(queries.attendances_visible_to(request.user), pk=attendance_id)
    _venue_event(request, visit.event_id)
    return visit


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@venue_page
def visit_help(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """Record what a visitor was helped with; what stays open becomes a ticket."""
    visit = _visit_for(request, attendance_id)
    event, now = visit.event, timezone.now()
    given = list(visit.help_given.select_related("item").order_by("pk"))
    done = {one.item_id for one in given}
    items = [item for item in queries.help_items_of(event.program_id) if item.pk not in done]
    form = forms.HelpForm(request.POST if request.method == "POST" else None, items=items)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            number = services.record_help(
                attendance_id=visit.pk,
                resolved=values["resolved"],
                unresolved=values["unresolved"],
                minutes=values["minutes"],
                question=values["question"],
                by=acting(request),
                at=now,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            said = f"問合せ {number} を作りました。" if number else ""
            messages.success(request, f"お手伝いを記録しました。{said}")
            return redirect("events:visit", attendance_id=visit.pk)
    if visit.booking:
        _record_opening(request, event, now)
    context = {
        "program": event.program,
        "event": event,
        "place": place_of(event),
        "given": given,
        "items": items,
        "form": form,
        **_arrived(visit, is_new=True),
    }
    return render(request, "events/staff_visit.html", context)


@require_POST
@venue_page
def undo(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """Take back a check-in that was a mistake."""
    visit = _visit_for(request, attendance_id)
    try:
        services.undo_check_in(attendance_id=visit.pk, by=acting(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "受付を取り消しました。")
    return redirect("events:venue", event_id=visit.event_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@venue_page
def paper_survey(request: HttpRequest, event_id: int) -> HttpResponse:
    """Type in a survey that was filled in on paper; the code for phones stands beside it."""
    event = _venue_event(request, event_id)
    survey = queries.survey_of(event)
    context: dict[str, Any] = {
        "program": event.program,
        "event": event,
        "place": place_of(event),
        "survey": survey,
        "tab": "survey",
        "code": qr_of(request.build_absolute_uri(reverse("events:survey", args=[event.pk]))),
    }
    if survey is not None:
        form = SurveyForm(survey, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                services.respond(
                    event=event,
                    answers=form.answers,
                    request_key=key_of(request),
                    entered_by=acting(request),
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "1枚を記録しました。続けて次の紙を入力できます。")
                return redirect("events:paper_survey", event_id=event.pk)
        context |= {"form": form, "request_key": _kept_key(request)}
    return render(request, "events/staff_survey.html", context)


def _kept_key(request: HttpRequest) -> UUID:
    return key_of(request) if request.method == "POST" else uuid4()
