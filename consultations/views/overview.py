"""Coverage and lists of the console: what is held, what is missing, and what visitors say."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import forms, perms, queries, services
from consultations.coverage_map import tile_map
from consultations.models import Event
from consultations.views.access import acting, events_page, events_program, events_programs
from pointsys.programs.models import Program
from pointsys.surveys import queries as surveys

ROWS_A_PAGE = 50
TALLY_MONTHS = 12


@never_cache
@require_safe
@events_page
def home(request: HttpRequest) -> HttpResponse:
    """Show the coverage of the chosen program: units, map, months, goal, and what is missing."""
    program = events_program(request)
    context = base_context(request, program, "coverage")
    if program and not queries.plans_meetings(program):
        # Without a plan to hold any, every municipality would look like something left undone.
        others = (each for each in context["programs"] if each != program)
        context["elsewhere"] = [each for each in others if queries.plans_meetings(each)]
    elif program:
        now = timezone.now()
        coverage = queries.coverage_of(program=program, at=now)
        context |= {
            "now": now,
            "coverage": coverage,
            "tile_map": tile_map(coverage.units),
            "tally": _tally(coverage),
            "tally_months": coverage.months[:TALLY_MONTHS],
            "goal": queries.goal_of(program=program),
            "next_event": _next_of(coverage),
        }
    return render(request, "consultations/coverage.html", context)


def _next_of(coverage: queries.Coverage) -> Event | None:
    ahead = [unit.next_planned for unit in coverage.units if unit.next_planned]
    return min(ahead, key=lambda event: event.starts_at, default=None)


def _tally(coverage: queries.Coverage) -> list[dict[str, Any]]:
    """Return for each region and month the figures held and planned."""
    months = coverage.months[:TALLY_MONTHS]
    return [
        {
            "name": region.name,
            "campaigns_held": region.campaigns_held,
            "campaigns_planned": region.campaigns_planned,
            "cells": [
                {
                    "held": region.held_by_month.get(month, 0),
                    "planned": region.planned_by_month.get(month, 0),
                }
                for month in months
            ],
        }
        for region in coverage.regions
    ]


def base_context(request: HttpRequest, program: Program | None, tab: str) -> dict[str, Any]:
    """Return what every page of the list needs: program, tabs, and what the reader may do."""
    client_id = program.client_id if program else 0
    return {
        "program": program,
        "programs": events_programs(request),
        "tab": tab,
        "may_plan": perms.can_plan_events(request.user, client_id),
        "may_receive": perms.can_receive_visitors(request.user, client_id),
    }


@never_cache
@require_safe
@events_page
def event_list(request: HttpRequest) -> HttpResponse:
    """List the events of the chosen program, what waits or comes first on top."""
    program = events_program(request)
    context = base_context(request, program, "list")
    found = _listed(request, program)
    wanted = request.GET.get("status", "")
    if wanted in Event.Status.values:
        found = found.filter(status=wanted)
    context |= {
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "names": queries.unit_names(program) if program else {},
        "statuses": [
            {"value": value, "label": label, "is_current": value == wanted}
            for value, label in Event.Status.choices
        ],
        "wanted": wanted,
        "now": timezone.now(),
    }
    return render(request, "consultations/event_list.html", context)


def _listed(request: HttpRequest, program: Program | None) -> QuerySet[Event]:
    return (
        queries.events_visible_to(request.user)
        .filter(program=program)
        .annotate(
            visitors=Count(
                "attendances", filter=Q(attendances__undone_at__isnull=True), distinct=True
            ),
        )
        .order_by("-starts_at", "-pk")
    )


@never_cache
@require_safe
@events_page
def survey_results(request: HttpRequest) -> HttpResponse:
    """Show what visitors answered, over all events of a kind."""
    program = events_program(request)
    context = base_context(request, program, "survey")
    if program:
        wanted = request.GET.get("kind", Event.Kind.CONSULTATION)
        kind = wanted if wanted in Event.Kind.values else Event.Kind.CONSULTATION
        survey = queries.linked_survey(program_id=program.pk, kind=kind)
        context |= {
            "kinds": [
                {"href": f"?kind={value}", "label": label, "is_current": value == kind}
                for value, label in Event.Kind.choices
            ],
            "survey": survey,
            "results": surveys.results_of(survey_id=survey.pk) if survey else [],
        }
    return render(request, "consultations/survey_results.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@events_page
def rules(request: HttpRequest) -> HttpResponse:
    """Set the notice, the period and the goal of the chosen program's events."""
    program = events_program(request)
    context = base_context(request, program, "rules")
    if program is None:
        return render(request, "consultations/rules.html", context)
    kept = queries.rules_of(program)
    names = ("first_date", "last_date", "minimum_notice_days", "install_goal")
    form = forms.RulesForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(kept, name) for name in names},
    )
    if request.method == "POST":
        if not context["may_plan"]:
            raise PermissionDenied
        if form.is_valid():
            by, now = acting(request), timezone.now()
            services.save_rules(program_id=program.pk, by=by, at=now, **form.cleaned_data)
            services.ensure_help_items(program_id=program.pk)
            for kind in Event.Kind.values:
                services.make_default_survey(program_id=program.pk, event_kind=kind, by=by, at=now)
            messages.success(request, "相談会の決まりを保存しました。")
            return redirect("consultations:rules")
    context |= {
        "form": form,
        "items": queries.help_items_of(program.pk),
        "surveys": [
            (label, queries.linked_survey(program_id=program.pk, kind=value))
            for value, label in Event.Kind.choices
        ],
    }
    return render(request, "consultations/rules.html", context)
