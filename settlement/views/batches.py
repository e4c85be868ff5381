"""One transfer file: the evidence on the left, the decision on the right, and what follows it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pointsys.common.clock import jst_date
from pointsys.common.errors import DomainError
from settlement import errors, forms, perms, queries, services
from settlement.models import PayoutBatch
from settlement.queries import ControlTotals
from settlement.views.common import file_response, require, settlement_page, user_of
from settlement.views.months import month_rail


@never_cache
@require_safe
@settlement_page
def detail(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show a file with its totals, its register and what the reader may do."""
    return _page(request, _batch(request, batch_id))


@require_POST
@settlement_page
def approve(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Approve with the figures of the paper; a wrong figure is said beside its box."""
    batch = _batch(request, batch_id)
    require(perms.can_approve(request.user, batch.program))
    form = forms.ApproveForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, approve_form=form)
    values = form.cleaned_data
    try:
        services.approve_batch(
            batch_id=batch.pk,
            typed_count=values["typed_count"],
            typed_total_yen=values["typed_total_yen"],
            comment=values["comment"],
            by=user_of(request),
            at=timezone.now(),
        )
    except errors.TypedCountDiffers as refusal:
        form.add_error("typed_count", str(refusal))
        return _page(request, batch, approve_form=form)
    except errors.TypedTotalDiffers as refusal:
        form.add_error("typed_total_yen", str(refusal))
        return _page(request, batch, approve_form=form)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"振込データ {batch.number} を承認しました。")
    return redirect("settlement:batch", batch_id=batch.pk)


@require_POST
@settlement_page
def reject(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send a file back with a reason."""
    batch = _batch(request, batch_id)
    require(perms.can_approve(request.user, batch.program))
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, reject_form=form)
    try:
        services.reject_batch(
            batch_id=batch.pk,
            reason=form.cleaned_data["reason"],
            by=user_of(request),
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"振込データ {batch.number} を差し戻しました。")
    return redirect("settlement:batch", batch_id=batch.pk)


@require_POST
@settlement_page
def download(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Hand out the approved bytes; every time is written down."""
    batch = _batch(request, batch_id)
    require(perms.can_approve(request.user, batch.program))
    try:
        file = services.download_file(batch_id=batch.pk, by=user_of(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("settlement:batch", batch_id=batch.pk)
    return file_response(file.name, file.content, content_type="application/octet-stream")


@require_POST
@settlement_page
def submit(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Register that the file was handed to the bank."""
    batch = _batch(request, batch_id)
    require(perms.can_approve(request.user, batch.program))
    form = forms.SubmissionForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, submission_form=form)
    now = timezone.now()
    try:
        services.register_submission(
            batch_id=batch.pk,
            channel=form.cleaned_data["channel"],
            bank_receipt_number=form.cleaned_data["bank_receipt_number"],
            submitted_at=now,
            by=user_of(request),
            at=now,
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"振込データ {batch.number} の送信を登録しました。")
    return redirect("settlement:batch", batch_id=batch.pk)


@require_POST
@settlement_page
def paid(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Record that the bank has paid the file."""
    batch = _batch(request, batch_id)
    require(perms.can_record_payment(request.user, batch.program))
    try:
        services.record_batch_paid(batch_id=batch.pk, by=user_of(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"振込データ {batch.number} の{batch.payout_count:,}件を、振込済にしました。"
        )
    return redirect("settlement:batch", batch_id=batch.pk)


def _batch(request: HttpRequest, batch_id: int) -> PayoutBatch:
    return get_object_or_404(queries.batches_visible_to(request.user), pk=batch_id)


def _page(
    request: HttpRequest,
    batch: PayoutBatch,
    *,
    approve_form: forms.ApproveForm | None = None,
    reject_form: forms.ReasonForm | None = None,
    submission_form: forms.SubmissionForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    program = batch.program
    overview = queries.month_overview(program, batch.period.month, now)
    before = queries.month_before(batch)
    form = approve_form or reject_form or submission_form
    context: dict[str, Any] = {
        "program": program,
        "batch": batch,
        "state": queries.batch_state(batch),
        "rail": month_rail(program, overview) if overview else [],
        "totals": ControlTotals.from_json(batch.file.control_totals),
        "checks": queries.double_payment_checks(batch),
        "register": [
            (file, queries.batch_state(file.batch)) for file in queries.register_of(batch)
        ],
        "before": before,
        "change_count": batch.payout_count - before.payout_count if before else 0,
        "change_yen": batch.total_yen - before.total_yen if before else 0,
        "approve_form": approve_form or forms.ApproveForm(),
        "reject_form": reject_form or forms.ReasonForm(),
        "submission_form": submission_form or forms.SubmissionForm(),
        "form": form,
        "is_own_work": batch.prepared_by_id == user_of(request).pk,
        "may_approve": perms.can_approve(request.user, program),
        "may_decide": perms.can_decide_batch(request.user, batch),
        "may_record": perms.can_record_payment(request.user, program),
        "is_downloaded": queries.is_downloaded(batch),
        "is_payment_day": jst_date(now) >= batch.payment_date,
        "bank_days_left": queries.bank_days_until(batch.file_due_date, now),
    }
    return render(request, "settlement/batch.html", context)
