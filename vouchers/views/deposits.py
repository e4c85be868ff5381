"""Slip money: files looked at, then taken; second looks; figures; the end of a round."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pointsys.common import held_files
from pointsys.common.errors import DomainError
from pointsys.programs import scope
from pointsys.programs.models import Program
from vouchers import perms
from vouchers.errors import FiguresChanged
from vouchers.forms.sales import ClearForm, DepositFileForm
from vouchers.models import Campaign, Receipt
from vouchers.queries import campaigns as campaign_queries
from vouchers.queries import sales as queries
from vouchers.services import deposits, lapsing, payments
from vouchers.tasks import settle_deposit_file
from vouchers.views.common import NoSaleHere, managed_round, require, user_of, voucher_page

PURPOSE: Final = "voucher-deposits"
ROWS_SHOWN: Final = 200
ROWS_A_PAGE: Final = 50


@require_safe
@voucher_page
def figures(request: HttpRequest) -> HttpResponse:
    """Show whether sets, money and balances of the sale agree, and what waits for somebody."""
    program, campaign = _sale(request)
    context = {
        **_frame(request, program),
        "campaign": campaign,
        "count": queries.reconciliation(campaign=campaign),
    }
    return render(request, "vouchers/deposits/figures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def files(request: HttpRequest) -> HttpResponse:
    """List the files of deposits; a new one is read and shown, and nothing is written."""
    program, campaign = _sale(request)
    form = DepositFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(perms.can_take_money(request.user, program.client_id))
        form = DepositFileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                return _preview_page(request, program, form)
            except DomainError as refusal:
                form.add_error("file", str(refusal))
    found = queries.deposit_files_visible_to(request.user).filter(program=program)
    context = {
        **_frame(request, program),
        "campaign": campaign,
        "form": form,
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "vouchers/deposits/files.html", context)


def _preview_page(request: HttpRequest, program: Program, form: DepositFileForm) -> HttpResponse:
    content, name = form.content(), form.cleaned_data["file"].name
    preview = deposits.preview_deposits(program_id=program.pk, content=content, at=timezone.now())
    token = held_files.hold(
        name=name, content=content, purpose=PURPOSE, user_id=user_of(request).pk
    )
    context = {
        **_frame(request, program),
        "preview": preview,
        "rejected": preview.listing.rejected[:ROWS_SHOWN],
        "repeated": preview.listing.repeated[:ROWS_SHOWN],
        "file_name": name,
        "token": token,
    }
    return render(request, "vouchers/deposits/preview.html", context)


@require_POST
@voucher_page
def take(request: HttpRequest) -> HttpResponse:
    """Take the file that was looked at; large ones are settled by a worker."""
    program, _ = _sale(request)
    require(perms.can_take_money(request.user, program.client_id))
    by, token, now = user_of(request), request.POST.get("token", ""), timezone.now()
    try:
        file = held_files.held(token=token, purpose=PURPOSE, user_id=by.pk)
        taken, _rejected = deposits.import_deposits(
            program_id=program.pk, content=file.content, file_name=file.name, by=by, at=now
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(_of(program, "vouchers:deposits"))
    held_files.release(token=token, purpose=PURPOSE, user_id=by.pk)
    if taken.new_count <= deposits.SMALL_FILE:
        deposits.settle_waiting(at=now, deposit_file_id=taken.pk)
    else:
        settle_deposit_file.delay(deposit_file_id=taken.pk)
    return redirect("vouchers:deposit_file", taken.pk)


@never_cache
@require_safe
@voucher_page
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """Show how far a file is, and its rows that need a second look."""
    found = get_object_or_404(queries.deposit_files_visible_to(request.user), pk=file_id)
    done = found.new_count - found.receipts.filter(status=Receipt.Status.WAITING).count()
    context = {
        **_frame(request, found.program),
        "file": found,
        "done": done,
        "left_out": found.row_count - found.new_count - found.known_count,
        "percent": done * 100 // found.new_count if found.new_count else 100,
        "open_rows": queries.receipts_visible_to(request.user).filter(
            deposit_file=found, status=Receipt.Status.OPEN
        )[:ROWS_SHOWN],
    }
    return render(request, "vouchers/deposits/file.html", context)


@require_safe
@voucher_page
def unclear(request: HttpRequest) -> HttpResponse:
    """List money that needs a second look, oldest first, or what became of it."""
    program, campaign = _sale(request)
    status = Receipt.Status.RETURNED if request.GET.get("show") == "returned" else "OPEN"
    found = queries.receipts_visible_to(request.user).filter(program=program, status=status)
    context = {
        **_frame(request, program),
        "campaign": campaign,
        "show": request.GET.get("show", ""),
        "page": Paginator(found.order_by("received_date", "pk"), ROWS_A_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "vouchers/deposits/unclear.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def clear(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """Look at one receipt again: use it for the right order, or write that it was given back."""
    receipt = get_object_or_404(
        queries.receipts_visible_to(request.user).select_related("cleared_by"), pk=receipt_id
    )
    may_clear = perms.can_take_money(request.user, receipt.program.client_id)
    form = ClearForm(
        request.POST if request.method == "POST" else None,
        initial={"slip_number": receipt.slip_number if receipt.order_id else ""},
    )
    if request.method == "POST":
        require(may_clear)
        if form.is_valid() and _cleared(request, receipt, form):
            return redirect(_of(receipt.program, "vouchers:unclear"))
    context = {
        **_frame(request, receipt.program),
        "receipt": receipt,
        "form": form,
        "may_clear": may_clear and receipt.status == Receipt.Status.OPEN,
    }
    return render(request, "vouchers/deposits/clear.html", context)


def _cleared(request: HttpRequest, receipt: Receipt, form: ClearForm) -> bool:
    facts: dict[str, Any] = {
        "receipt_id": receipt.pk,
        "note": form.cleaned_data["note"],
        "by": user_of(request),
        "at": timezone.now(),
    }
    try:
        if form.cleaned_data["act"] == ClearForm.MATCH:
            payments.match_receipt(slip_number=form.cleaned_data["slip_number"], **facts)
            messages.success(request, "入金を購入に充て、残高を入れました。")
        else:
            payments.return_receipt(**facts)
            messages.success(request, "入金を返したことを記録しました。")
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@voucher_page
def close(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show where the left sets of a round go, then close it."""
    sale_round = managed_round(request, round_id)
    now = timezone.now()
    if request.method == "POST":
        expected = request.POST.get("left", "")
        try:
            closing = lapsing.close_round(
                sale_round_id=sale_round.pk,
                expected_left=int(expected) if expected.isdecimal() and len(expected) < 9 else -1,
                by=user_of(request),
                at=now,
            )
        except FiguresChanged as refusal:
            messages.warning(request, str(refusal))
            return redirect("vouchers:close", sale_round.pk)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("vouchers:close", sale_round.pk)
        messages.success(request, _closed_words(closing))
        return redirect("vouchers:round", sale_round.pk)
    context = {
        **_frame(request, sale_round.campaign.program),
        "sale_round": sale_round,
        "closing": lapsing.plan_closing(sale_round_id=sale_round.pk, at=now),
    }
    return render(request, "vouchers/deposits/close.html", context)


def _closed_words(closing: lapsing.Closing) -> str:
    words = f"第{closing.sale_round.number}回を閉じました。"
    if closing.next_round is not None and closing.sale_round.moved_sets:
        words += (
            f"残りの{closing.sale_round.moved_sets:,}セットを"
            f"第{closing.next_round.number}回へ移しました。"
        )
    return words


def _sale(request: HttpRequest) -> tuple[Program, Campaign]:
    program = scope.chosen_program(request)
    campaign = (
        campaign_queries.campaigns_visible_to(request.user).filter(program=program).first()
        if program
        else None
    )
    if program is None or campaign is None:
        raise NoSaleHere(program)
    return program, campaign


def _of(program: Program, name: str) -> str:
    """Return a list's address that names its program: another tab may have chosen another."""
    return f"{reverse(name)}?{scope.PARAMETER}={program.code}"


def _frame(request: HttpRequest, program: Program) -> dict[str, Any]:
    may_take = perms.can_take_money(request.user, program.client_id)
    return {
        "program": program,
        "programs": scope.visible_programs(request),
        "may_take": may_take,
    }
