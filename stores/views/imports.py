"""Files with lists: looked at first, held sealed meanwhile, taken by one more click."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.common import held_files
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from stores import perms, queries
from stores.forms import StoreListForm, UploadForm
from stores.services import account_lists, imports
from stores.views.access import acting, check_may_manage, page_of, posted, store_page
from stores.views.applications import tabs_context

STORES, ACCOUNTS = "store-list", "account-list"
ROWS_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def store_list(request: HttpRequest) -> HttpResponse:
    """Read a list of stores and show what taking it would do; nothing is written."""
    program = _managed_program(request)
    form = StoreListForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            upload, content = form.cleaned_data["file"], form.content()
            preview = imports.preview_store_list(
                program=program,
                source_name=form.cleaned_data["source"],
                content=content,
                file_name=upload.name,
            )
            token = held_files.hold(
                name=upload.name, content=content, purpose=STORES, user_id=acting(request).pk
            )
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            return _store_preview(request, program, preview, token)
    context = {
        **tabs_context(request),
        "form": form,
        "page": page_of(
            request, queries.import_runs_visible_to(request.user).filter(program=program)
        ),
    }
    return render(request, "stores/import.html", context)


def _store_preview(
    request: HttpRequest, program: Program, preview: imports.ImportPreview, token: str
) -> HttpResponse:
    context = {
        "program": program,
        "preview": preview,
        "report": preview.report,
        "rejected": preview.report.rejected[:ROWS_SHOWN],
        "duplicates": preview.duplicates[:ROWS_SHOWN],
        "token": token,
    }
    return render(request, "stores/import_preview.html", context)


@require_POST
@store_page
def store_list_confirm(request: HttpRequest) -> HttpResponse:
    """Take the list that was looked at."""
    program = _managed_program(request)
    by, token = acting(request), request.POST.get("token", "")
    try:
        file = held_files.held(token=token, purpose=STORES, user_id=by.pk)
        report = imports.import_store_list(
            program=program,
            source_name=request.POST.get("source", ""),
            content=file.content,
            file_name=file.name,
            by=by,
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("stores:import")
    held_files.release(token=token, purpose=STORES, user_id=by.pk)
    messages.success(request, f"{report.created_count:,}件の加盟申込を取り込みました。")
    return redirect("stores:import_run", report.run_id)


@require_safe
@store_page
def import_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what came of one file."""
    run = get_object_or_404(queries.import_runs_visible_to(request.user), pk=run_id)
    context = {"program": run.program, "run": run, "rejected": run.rejected[:ROWS_SHOWN]}
    return render(request, "stores/import_run.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def account_list(request: HttpRequest) -> HttpResponse:
    """Read a list of accounts and show what taking it would do; nothing is written."""
    program = _managed_program(request)
    form = UploadForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        by = acting(request)
        try:
            upload, content = form.cleaned_data["file"], form.content()
            report = account_lists.import_account_list(
                client_id=program.client_id,
                content=content,
                by=by,
                at=timezone.now(),
                dry_run=True,
            )
            token = held_files.hold(
                name=upload.name, content=content, purpose=ACCOUNTS, user_id=by.pk
            )
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            return _account_report(request, program, report, token=token, file_name=upload.name)
    return render(request, "stores/account_list.html", {"program": program, "form": form})


@require_POST
@store_page
def account_list_confirm(request: HttpRequest) -> HttpResponse:
    """Take the list of accounts that was looked at."""
    program = _managed_program(request)
    by, token = acting(request), request.POST.get("token", "")
    try:
        file = held_files.held(token=token, purpose=ACCOUNTS, user_id=by.pk)
        report = account_lists.import_account_list(
            client_id=program.client_id, content=file.content, by=by, at=timezone.now()
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("stores:account_list")
    held_files.release(token=token, purpose=ACCOUNTS, user_id=by.pk)
    return _account_report(request, program, report, token="", file_name=file.name)


def _account_report(
    request: HttpRequest,
    program: Program,
    report: account_lists.AccountListReport,
    *,
    token: str,
    file_name: str,
) -> HttpResponse:
    context: dict[str, Any] = {
        "program": program,
        "report": report,
        "accepted": report.accepted[:ROWS_SHOWN],
        "rejected": report.rejected[:ROWS_SHOWN],
        "writes": report.registered_count + report.change_count,
        "token": token,
        "file_name": file_name,
    }
    return render(request, "stores/account_list_report.html", context)


def _managed_program(request: HttpRequest) -> Program:
    program = scope.chosen_program(request)
    if program is None or not perms.can_manage_stores(request.user, program.client_id):
        raise PermissionDenied
    check_may_manage(request, program.client_id)
    return program
