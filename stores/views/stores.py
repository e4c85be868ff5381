from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pointsys.audit import services as audit
from pointsys.common import tabular
from pointsys.programs import scope
from pointsys.programs.models import Program
from stores import perms, queries, services
from stores.errors import StoreError
from stores.forms import ContactForm, ReasonForm, StaffForm, StoreFilterForm
from stores.models import Enrolment, Store
from stores.views.access import acting, check_may_manage, page_of, posted, store_page
from stores.views.applications import tabs_context

EXPORT_COLUMNS = (
    "店舗コード", "店名", "店名カナ", "業種", "郵便番号", "市区町村コード", "市区町村", "所在地",
    "電話番号", "ウェブサイト", "状態", "参加日", "振込口座", "レジのQR",
)  # fmt: skip
ACTS = {
    "suspend": ("利用を止める", "止めると、このお店ではすぐに支払いができなくなります。"),
    "resume": ("利用を再開する", "再開すると、このお店でまた支払いができるようになります。"),
    "withdraw": (
        "脱退にする",
        "脱退にすると、元に戻せません。もう一度参加するには、新しい申込が要ります。"
        "これまでの支払い分は、そのまま精算されます。",
    ),
}
SERVICES = {
    "suspend": services.suspend_enrolment,
    "resume": services.resume_enrolment,
    "withdraw": services.withdraw_enrolment,
}


@require_safe
@store_page
def home(request: HttpRequest) -> HttpResponse:
    """List the stores of the chosen program, narrowed by the filter."""
    program = scope.chosen_program(request)
    context = {**tabs_context(request), "counts": [], "without_account": 0, "page": None}
    if program is not None:
        form, chosen = _filter(request, program)
        found = queries.enrolled_stores(
            queries.stores_visible_to(request.user), program_id=program.pk, chosen=chosen
        )
        context |= {
            "counts": queries.enrolment_counts(program_id=program.pk),
            "without_account": queries.stores_without_account(program_id=program.pk),
            "filter_form": form,
            "chosen": chosen,
            "page": page_of(request, found),
            "may_manage": perms.can_manage_stores(request.user, program.client_id),
            "query": request.GET.urlencode(),
        }
    return render(request, "stores/stores.html", context)


def _filter(request: HttpRequest, program: Program) -> tuple[StoreFilterForm, queries.StoreFilter]:
    rows = queries.stores_visible_to(request.user).filter(enrolments__program=program)
    form = StoreFilterForm(request.GET or {}, municipalities=queries.municipality_choices(rows))
    return form, queries.StoreFilter(**form.chosen())


@require_safe
@store_page
def export(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """Give the narrowed list as a file that runs no formula and holds no account."""
    program = scope.chosen_program(request)
    if program is None or form not in {"csv", "xlsx"}:
        raise Http404
    _, chosen = _filter(request, program)
    found = queries.enrolled_stores(
        queries.stores_visible_to(request.user), program_id=program.pk, chosen=chosen
    )
    audit.record_export(
        by=acting(request),
        what="stores.list",
        row_counts={program.client_id: found.count()},
        file_format=form,
        filters=asdict(chosen) | {"words": bool(chosen.words), "program": program.code},
        at=timezone.now(),
    )
    name = f"stores-{program.code}-{timezone.localdate():%Y%m%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        return StreamingHttpResponse(
            tabular.csv_lines(EXPORT_COLUMNS, _export_rows(found.iterator(chunk_size=1000))),
            content_type="text/csv; charset=utf-8",
            headers=headers,
        )
    return HttpResponse(
        tabular.xlsx_bytes(
            EXPORT_COLUMNS, _export_rows(found.iterator(chunk_size=1000)), sheet_name="加盟店"
        ),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers=headers,
    )


def _export_rows(stores: Iterator[Any]) -> Iterator[tuple[str | int | None, ...]]:
    labels = dict(Enrolment.Status.choices)
    for store in stores:
        yield (
            store.code,
            store.name,
            store.name_kana,
            store.industry,
            store.postal_code,
            store.municipality_code,
            queries.municipality_name(store.municipality_code),
            store.address,
            store.phone,
            store.website,
            str(labels.get(store.enrolment_status, "")),
            f"{timezone.localtime(store.enrolled_at):%Y-%m-%d}",
            "登録済み" if store.has_account else "未登録",
            store.till_count,
        )


@require_safe
@store_page
def store(request: HttpRequest, store_id: int) -> HttpResponse:
    """Show one store: its part in programs, tills, account and people."""
    found = _visible_store(request, store_id)
    enrolments = list(found.enrolments.select_related("program").order_by("enrolled_at", "id"))
    accounts = queries.store_accounts(found)
    current = next((account for account in accounts if account.is_current), None)
    context = {
        "program": enrolments[0].program if enrolments else None,
        "store": found,
        "municipality": queries.municipality_name(found.municipality_code),
        "enrolments": enrolments,
        "tills": list(found.tills.select_related("program").order_by("program_id", "number", "id")),
        "account": current,
        "change": queries.pending_account_change(found),
        "sharing": list(
            queries.stores_sharing_account(
                client_id=found.client_id, fingerprint=current.fingerprint, store_id=found.pk
            )[:20]
        )
        if current
        else [],
        "staff": list(found.staff.select_related("user").order_by("role", "user__username")),
        "staff_form": StaffForm(),
        "applications": list(found.applications.select_related("program").order_by("decided_at")),
        "may_manage": perms.can_manage_stores(request.user, found.client_id),
    }
    return render(request, "stores/store.html", context)


def _visible_store(request: HttpRequest, store_id: int) -> Store:
    return get_object_or_404(queries.stores_visible_to(request.user), pk=store_id)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def enrolment_act(request: HttpRequest, enrolment_id: int, act: str) -> HttpResponse:
    """Ask for the reason, then stop, resume or end a store's part in a program."""
    enrolment = get_object_or_404(queries.enrolments_visible_to(request.user), pk=enrolment_id)
    check_may_manage(request, enrolment.store.client_id)
    if act not in ACTS:
        raise Http404
    title, meaning = ACTS[act]
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            SERVICES[act](
                enrolment_id=enrolment.pk,
                reason=form.cleaned_data["reason"],
                by=acting(request),
                at=timezone.now(),
            )
        except StoreError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"「{enrolment.store.name}」の状態を変えました。")
            return redirect("stores:store", enrolment.store_id)
    context = {
        "program": enrolment.program,
        "enrolment": enrolment,
        "store": enrolment.store,
        "form": form,
        "title": title,
        "meaning": meaning,
        "is_danger": act != "resume",
    }
    return render(request, "stores/enrolment_act.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page
def contact(request: HttpRequest, store_id: int) -> HttpResponse:
    """Note whom the office writes to about a store."""
    found = _visible_store(request, store_id)
    by = check_may_manage(request, found.client_id)
    form = ContactForm(
        posted(request),
        initial={"contact_name": found.contact_name, "contact_email": found.contact_email},
    )
    if request.method == "POST" and form.is_valid():
        services.change_contact(store_id=found.pk, by=by, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "担当者を書き換えました。")
        return redirect("stores:store", found.pk)
    context = {"program": scope.chosen_program(request), "store": found, "form": form}
    return render(request, "stores/contact.html", context)
