"""Events for everybody: the list, booking, and the survey."""

from typing import Any
from uuid import UUID, uuid4

import segno
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import forms, limits, queries, services
from consultations.errors import BookingAlreadyMade
from consultations.models import Booking, Event, Slot
from consultations.queries.coverage import place_of
from pointsys.common.errors import DomainError
from pointsys.programs import queries as programs
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from pointsys.surveys.forms import SurveyForm

EVENTS_A_PAGE = 20


def _chosen(request: HttpRequest) -> tuple[Program | None, list[Program]]:
    shown = list(programs.public_programs())
    wanted = request.GET.get("program", "")
    chosen = next((program for program in shown if program.code == wanted), None)
    return chosen or (shown[0] if shown else None), shown


@login_not_required
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """List the coming events of a program, by municipality; what is over is hidden."""
    program, shown = _chosen(request)
    context: dict[str, Any] = {
        "program": program,
        "tabs": [
            {"label": one.name, "href": f"?program={one.code}", "is_current": one == program}
            for one in shown
        ],
    }
    if program:
        now = timezone.now()
        coming = queries.coming_events(program_id=program.pk, at=now)
        names = queries.unit_names(program)
        codes = set(coming.order_by().values_list("municipality_code", flat=True))
        areas = [(code, name) for code, name in names.items() if code in codes]
        search = forms.AreaForm(request.GET, areas=areas)
        area = search.cleaned_data["area"] if search.is_valid() else ""
        found = coming.filter(municipality_code=area) if area else coming
        page = Paginator(found.prefetch_related("slots"), EVENTS_A_PAGE).get_page(
            request.GET.get("page")
        )
        context |= {
            "search": search,
            "page": page,
            "rows": [_row(event, now) for event in page],
            "chosen": names.get(area, ""),
            "now": now,
        }
    return render(request, "events/list.html", context)


def _row(event: Event, now: Any) -> dict[str, Any]:
    left = sum(s.seats - s.taken for s in event.slots.all() if s.starts_at > now)
    return {
        "event": event,
        "place": place_of(event),
        "left": left,
        "takes_bookings": bool(event.seats_per_slot),
    }


def _public_event(event_id: int) -> Event:
    events = Event.objects.filter(
        published_at__isnull=False, status__in=["PUBLISHED", "HELD", "CANCELLED"]
    )
    shown = programs.public_programs()
    return get_object_or_404(
        events.filter(program__in=shown).select_related("program__client"), pk=event_id
    )


@login_not_required
@never_cache
@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Show one published event, with its free times."""
    found = _public_event(event_id)
    now = timezone.now()
    context = {
        "program": found.program,
        "event": found,
        "place": place_of(found),
        "slots": found.slots.order_by("starts_at"),
        "open_slots": queries.open_slots(found, at=now),
        "is_over": found.ends_at <= now,
        "now": now,
    }
    return render(request, "events/event.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, event_id: int) -> HttpResponse:
    """Ask, show the answers, then take the seat; nothing typed is kept before the last press."""
    found = _public_event(event_id)
    now = timezone.now()
    slots = queries.open_slots(found, at=now)
    context = {"program": found.program, "event": found, "place": place_of(found), "slots": slots}
    if request.method != "POST":
        form = forms.BookingForm(slots=slots, initial={"request_key": uuid4()})
        return render(request, "events/book.html", context | {"form": form})
    # The same request again, after its slot has filled up, is the same booking.
    if made := _made_before(request, found, forms.BookingForm(request.POST, slots=slots)):
        return redirect("events:booked", key=made.uuid)
    form = _checked_form(request, slots)
    step = request.POST.get("step")
    if step == "back":
        form = forms.BookingForm(slots=slots, initial=request.POST.dict())
    elif form.is_valid() and step == "book":
        try:
            return redirect("events:booked", key=_book(request, found, form).uuid)
        except BookingAlreadyMade as refusal:
            form = with_new_key(request, slots, refusal)
        except DomainError as refusal:
            context["slots"] = slots = queries.open_slots(found, at=now)
            form = forms.BookingForm(request.POST, slots=slots)
            if not form.has_error("slot"):
                form.add_error("slot", str(refusal))
    elif form.is_valid():
        slot = form.slots[form.cleaned_data["slot"]]
        return render(request, "events/book_check.html", context | {"form": form, "slot": slot})
    return render(request, "events/book.html", context | {"form": form})


def _checked_form(request: HttpRequest, slots: list[Slot]) -> forms.BookingForm:
    """Return the form that was sent, with a refusal for machines and for one who tries a lot."""
    form = forms.BookingForm(request.POST, slots=slots)
    if form.is_from_a_machine:
        form.add_error(None, _("受け付けられませんでした。お電話でもご予約いただけます。"))
    elif request.POST.get("step") == "book" and limits.is_over_limit(request, "book"):
        form.add_error(
            None, _("続けて予約できる数を超えました。10分ほど待つか、お電話でご予約ください。")
        )
    return form


def _made_before(request: HttpRequest, found: Event, form: forms.BookingForm) -> Booking | None:
    """Return the booking of this very request: same key, same time and same person."""
    if request.POST.get("step") != "book":
        return None
    form.full_clean()
    key = form.cleaned_data.get("request_key")
    made = Booking.objects.filter(request_key=key, slot__event=found).first() if key else None
    if made is None or request.POST.get("slot") != str(made.slot_id):
        return None
    return made if form.person_or_none() == queries.person_of(made) else None


def with_new_key(
    request: HttpRequest, slots: list[Slot], refusal: BookingAlreadyMade
) -> forms.BookingForm:
    """Return what was typed with a fresh key: the page was used before, for another booking."""
    data = request.POST.copy()
    data["request_key"] = str(uuid4())
    form = forms.BookingForm(data, slots=slots)
    form.add_error(None, str(refusal))
    return form


def _book(request: HttpRequest, found: Event, form: forms.BookingForm) -> Booking:
    resident = residents.resident_of(request.user)
    is_theirs = resident is not None and resident.client_id == found.program.client_id
    return services.book(
        slot_id=form.cleaned_data["slot"],
        person=form.person(),
        channel=Booking.Channel.WEB,
        request_key=form.cleaned_data["request_key"],
        by=None,
        at=timezone.now(),
        resident_id=resident.pk if resident and is_theirs else None,
    )


@login_not_required
@never_cache
@require_safe
def booked(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the number and its QR code to whoever holds the address; no name stands here."""
    booking = get_object_or_404(
        Booking.objects.select_related("slot__event__program__client"), uuid=key
    )
    found = booking.slot.event
    context = {
        "program": found.program,
        "booking": booking,
        "event": found,
        "place": place_of(found),
        "code": qr_of(booking.number),
    }
    return render(request, "events/booked.html", context)


def qr_of(text: str) -> str:
    """Return a QR code as a data address: no script, no style, printable."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=6, border=3)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel by number and the last four digits of the telephone number."""
    program, _shown = _chosen(request)
    form = forms.CancelBookingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        if limits.is_over_limit(request, "cancel") or limits.is_guessed_too_often(number):
            form.add_error(
                None, _("続けて試せる回数を超えました。10分ほど待つか、お電話ください。")
            )
        else:
            try:
                booking = services.cancel_booking(
                    number=number,
                    phone_tail=form.cleaned_data["phone_tail"],
                    by=None,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("events:booked", key=booking.uuid)
    return render(request, "events/cancel.html", {"program": program, "form": form})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, event_id: int) -> HttpResponse:
    """Take a visitor's answers without a name; the address stands in the QR code at the venue."""
    found = _public_event(event_id)
    asked = queries.survey_of(found)
    is_open = asked is not None and found.status != Event.Status.CANCELLED
    context: dict[str, Any] = {
        "program": found.program,
        "event": found,
        "place": place_of(found),
        "survey": asked if is_open else None,
    }
    if asked is None or not is_open or found.starts_at > timezone.now():
        return render(request, "events/survey_closed.html", context)
    form = SurveyForm(asked, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("contact_url") or limits.is_over_limit(request, "survey"):
            form.add_error(
                None, _("受け付けられませんでした。時間をおいて、もう一度お試しください。")
            )
        else:
            try:
                services.respond(
                    event=found,
                    answers=form.answers,
                    request_key=key_of(request),
                    entered_by=None,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("events:survey_done", event_id=found.pk)
    context |= {"form": form, "request_key": request.POST.get("request_key") or uuid4()}
    return render(request, "events/survey.html", context)


def key_of(request: HttpRequest) -> UUID:
    """Return the key that was made with the page; a broken one is a new request."""
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()


@login_not_required
@require_safe
def survey_done(request: HttpRequest, event_id: int) -> HttpResponse:
    """Thank."""
    found = _public_event(event_id)
    return render(request, "events/survey_done.html", {"program": found.program, "event": found})
