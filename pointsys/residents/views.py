"""The office's list of residents, and reading them from another application's list."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from pointsys.common import held_files, tabular
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from pointsys.residents import perms, queries, services
from pointsys.residents.forms import ResidentListForm, ResidentSearchForm
from pointsys.residents.importing import LIMITS
from pointsys.users.models import User

PURPOSE = "resident-list"
ROWS_SHOWN = 200
RESIDENTS_A_PAGE = 50
View = Callable[..., HttpResponse]


def _for_viewers(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not perms.can_view_residents(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@_for_viewers
def residents(request: HttpRequest) -> HttpResponse:
    """List the residents of the chosen program's client, or those that a search finds."""
    program = scope.chosen_program(request)
    form = ResidentSearchForm(request.POST or None)
    visible = queries.residents_visible_to(request.user)
    found = visible.filter(client=program.client) if program else visible.none()
    words = form.cleaned_data["words"] if form.is_bound and form.is_valid() else ""
    if words:
        found = queries.matching(found, words)
    context = {
        "program": program,
        "programs": scope.visible_programs(request),
        "form": form,
        "words": words,
        "page": Paginator(found.select_related("user"), RESIDENTS_A_PAGE).get_page(
            request.GET.get("page")
        ),
        "may_import": program is not None
        and perms.can_import_residents(request.user, program.client_id),
    }
    return render(request, "residents/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_viewers
def read_list(request: HttpRequest) -> HttpResponse:
    """Read a list and show what taking it would do; nothing is written."""
    program = _importing_program(request)
    form = ResidentListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload, by = form.cleaned_data["file"], _user(request)
        try:
            content = tabular.read_bounded(upload, limits=LIMITS)
            report = services.import_residents(
                client=program.client,
                content=content,
                file_name=upload.name,
                by=by,
                at=timezone.now(),
                dry_run=True,
            )
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            token = held_files.hold(
                name=upload.name, content=content, purpose=PURPOSE, user_id=by.pk
            )
            return _preview(request, program, report, token)
    return render(request, "residents/import.html", {"program": program, "form": form})


@require_POST
@_for_viewers
def take_list(request: HttpRequest) -> HttpResponse:
    """Take the list that was looked at."""
    program, by = _importing_program(request), _user(request)
    token = request.POST.get("token", "")
    try:
        file = held_files.held(token=token, purpose=PURPOSE, user_id=by.pk)
        report = services.import_residents(
            client=program.client,
            content=file.content,
            file_name=file.name,
            by=by,
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("residents:import")
    held_files.release(token=token, purpose=PURPOSE, user_id=by.pk)
    messages.success(
        request,
        f"新しい利用者{report.created_count:,}人を登録し、{report.updated_count:,}人を直しました。"
        f"変わらない人は{report.unchanged_count:,}人です。",
    )
    return redirect("residents:list")


def _importing_program(request: HttpRequest) -> Program:
    program = scope.chosen_program(request)
    if program is None or not perms.can_import_residents(request.user, program.client_id):
        raise PermissionDenied
    return program


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _preview(
    request: HttpRequest,
    program: Program,
    report: services.ResidentImportReport,
    token: str,
) -> HttpResponse:
    context = {
        "program": program,
        "report": report,
        "rejected": report.rejected[:ROWS_SHOWN],
        "findings": report.findings[:ROWS_SHOWN],
        "token": token,
    }
    return render(request, "residents/import_preview.html", context)
