from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.common import banks
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from stores import perms, queries, services
from stores.errors import NumberDiffers
from stores.forms import AccountDecisionForm, AccountForm, BankAccountForm, YuchoAccountForm
from stores.models import BankAccount, Store
from stores.services.accounts import fingerprint_of
from stores.views.access import acting, check_may_manage, page_of, posted, store_page
from stores.views.applications import tabs_context

FORMS: dict[str, type[AccountForm]] = {"bank": BankAccountForm, "yucho": YuchoAccountForm}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def account(request: HttpRequest, store_id: int, kind: str) -> HttpResponse:
    """Ask for an account, show how the bank will read it, then register it or ask for approval.

    The button's `step` says what is wanted: search, check, edit or save.
    """
    store = get_object_or_404(queries.stores_visible_to(request.user), pk=store_id)
    check_may_manage(request, store.client_id)
    if kind not in FORMS:
        raise Http404
    step = request.POST.get("step", "check") if request.method == "POST" else ""
    if step in {"", "search", "edit"}:
        form = FORMS[kind](initial=_plain(request.POST))
        return _form_page(request, store, kind, form)
    form = FORMS[kind](request.POST)
    if not form.is_valid() or form.details is None:
        return _form_page(request, store, kind, form)
    if step == "save":
        return _saved(request, store, kind, form, form.details)
    return _check_page(request, store, kind, form, form.details)


def _plain(data: QueryDict) -> dict[str, Any]:
    return {name: data.get(name) for name in data}


def _form_page(request: HttpRequest, store: Store, kind: str, form: AccountForm) -> HttpResponse:
    context = {
        "program": scope.chosen_program(request),
        "store": store,
        "kind": kind,
        "form": form,
        "current": queries.current_account(store.pk),
    }
    return render(request, "stores/account_form.html", context)


def _check_page(
    request: HttpRequest, store: Store, kind: str, form: AccountForm, details: services.BankDetails
) -> HttpResponse:
    bank = banks.find_bank(details.bank_code)
    branch = banks.find_branch(details.bank_code, details.branch_code)
    context = {
        "program": scope.chosen_program(request),
        "store": store,
        "kind": kind,
        "carried": {
            name: request.POST.get(name, "") for name in form.fields if request.POST.get(name)
        },
        "typed": form.cleaned_data,
        "details": asdict(details),
        "bank": bank,
        "branch": branch,
        "account_type": services.ACCOUNT_TYPES[details.account_type],
        "current": queries.current_account(store.pk),
        "sharing": queries.stores_sharing_account(
            client_id=store.client_id, fingerprint=fingerprint_of(details), store_id=store.pk
        )[:20],
    }
    return render(request, "stores/account_check.html", context)


def _saved(
    request: HttpRequest, store: Store, kind: str, form: AccountForm, details: services.BankDetails
) -> HttpResponse:
    try:
        registered = services.submit_bank_account(
            store_id=store.pk, details=details, by=acting(request), at=timezone.now()
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, store, kind, form)
    if registered.is_current:
        messages.success(request, "振込口座を登録しました。")
    else:
        messages.success(
            request, "口座の変更の承認を求めました。別の人が承認すると、新しい口座に変わります。"
        )
    return redirect("stores:store", store.pk)


@require_safe
@store_page
def account_changes(request: HttpRequest) -> HttpResponse:
    """List the account changes that wait for a second person."""
    page = page_of(request, queries.account_changes_visible_to(request.user))
    accounts = {
        str(row.pk): row
        for row in queries.accounts_visible_to(request.user).filter(
            pk__in=[approval.subject_id for approval in page]
        )
    }
    rows = [(approval, accounts[approval.subject_id]) for approval in page]
    return render(
        request,
        "stores/account_changes.html",
        {**tabs_context(request), "page": page, "rows": rows},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def account_change(request: HttpRequest, account_id: int) -> HttpResponse:
    """Let a second person decide whether a new account replaces the old one."""
    changed = get_object_or_404(queries.accounts_visible_to(request.user), pk=account_id)
    waiting = queries.pending_account_change(changed.store)
    approval = waiting[0] if waiting and waiting[1].pk == changed.pk else None
    may_decide = perms.can_decide_account_changes(request.user, changed.store.client_id)
    form = AccountDecisionForm(posted(request))
    if request.method == "POST":
        if not may_decide:
            raise PermissionDenied
        if approval is None:
            messages.error(request, "この口座の変更は、すでに決定されています。")
            return redirect("stores:store", changed.store_id)
        if form.is_valid() and _decide(request, approval.pk, changed, form):
            return redirect("stores:store", changed.store_id)
    context = {
        "program": scope.chosen_program(request),
        "store": changed.store,
        "account": changed,
        "approval": approval,
        "current": queries.current_account(changed.store_id),
        "sharing": queries.stores_sharing_account(
            client_id=changed.store.client_id,
            fingerprint=changed.fingerprint,
            store_id=changed.store_id,
        )[:20],
        "form": form,
        "may_decide": may_decide and approval is not None,
        "is_own": approval is not None and approval.asked_by_id == request.user.pk,
    }
    return render(request, "stores/account_change.html", context)


def _decide(
    request: HttpRequest, approval_id: int, changed: BankAccount, form: AccountDecisionForm
) -> bool:
    values = form.cleaned_data
    approve = values["decision"] == "approve"
    try:
        services.decide_account_change(
            approval_id=approval_id,
            approve=approve,
            typed_number=values["typed_number"],
            comment=values["comment"],
            by=acting(request),
            at=timezone.now(),
        )
    except NumberDiffers as refusal:
        form.add_error("typed_number", str(refusal))
        return False
    except DomainError as refusal:
        form.add_error("comment" if not approve and not values["comment"] else None, str(refusal))
        return False
    messages.success(
        request, "口座の変更を承認しました。" if approve else "口座の変更を差し戻しました。"
    )
    return True
