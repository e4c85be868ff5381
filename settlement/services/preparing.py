"""Making a transfer file: choose, write, read back, seal, and ask another person to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Max

from pointsys.approvals import queries as approvals_queries
from pointsys.approvals import services as approvals
from pointsys.common import sealing
from pointsys.programs.models import Program
from pointsys.users.models import User
from settlement import queries
from settlement.errors import (
    BatchInTheMaking,
    NotClosed,
    NothingToPay,
    ProfileNotActive,
    ProfileOfAnotherClient,
    TooManyPayouts,
)
from settlement.models import (
    BankFile,
    BankFileProfile,
    Payout,
    PayoutBatch,
    Statement,
    StatementRun,
)
from settlement.queries import PaymentPlan
from settlement.services.batch_rows import drop_batch, record_act
from settlement.services.files import OpenedLine, WrittenFile, write_file
from settlement.services.locks import lock_settlement
from stores import services as stores

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ledger.models import Period

APPROVAL_KIND: Final = "settlement.batch"
REPLACED: Final = "新しいデータに差替え"


@dataclass(frozen=True)
class _Draft:
    """What a batch will be, before anything is written."""

    program: Program
    period: "Period"
    profile: BankFileProfile
    plan: PaymentPlan
    lines: Sequence[OpenedLine]
    file: WrittenFile


@transaction.atomic(durable=True)
def prepare_batch(
    *, program_id: int, month: date, profile_id: int, by: User, at: datetime
) -> PayoutBatch:
    """Make the transfer file of what can be paid up to a month, and ask for its approval.

    The bytes are sealed and committed with the batch. A file that waits for approval is replaced;
    if nothing has changed since it was made, it is returned as it is.

    Raises:
        NotClosed: the month has no statements yet.
        ProfileOfAnotherClient, ProfileNotActive: this account does not pay for this program.
        BatchInTheMaking: another month's file, or an approved one, has not gone to the bank yet.
        NothingToPay: no statement can be paid.
        TooManyPayouts: more than one file takes.
        PayeesRefused, FileRefused: the bank's format cannot carry the data.
    """
    lock_settlement(program_id)
    program = Program.objects.select_related("client").get(pk=program_id)
    period = _stated_period(program_id, month)
    profile = _usable_profile(profile_id, program)
    replaced = _replaceable_batch(period)
    ignoring = replaced.pk if replaced else None
    payable = queries.payable_lines(
        program_id=program_id, until_month=month, ignoring_batch_id=ignoring
    )
    waiting = queries.waiting_statements(
        program_id=program_id, until_month=month, ignoring_batch_id=ignoring
    )
    _renew_holds(waiting, taken=[line.statement.pk for line in payable])
    if not payable:
        raise NothingToPay
    if len(payable) > profile.max_payments:
        raise TooManyPayouts(count=len(payable), limit=profile.max_payments)
    lines = [OpenedLine(line, stores.open_bank_account(line.account)) for line in payable]
    plan = queries.payment_plan(program=program, month=month, at=at)
    file = write_file(profile=profile, lines=lines, payment_date=plan.payment_date)
    draft = _Draft(program, period, profile, plan, lines, file)
    if replaced and _is_same(replaced, draft):
        return replaced
    if replaced:
        _supersede(replaced, by=by, at=at)
    return _write_batch(draft, by=by, at=at)


def _stated_period(program_id: int, month: date) -> "Period":
    run = (
        StatementRun.objects.select_related("period")
        .filter(period__program_id=program_id, period__month=month)
        .first()
    )
    if run is None:
        raise NotClosed(month=month)
    return run.period


def _replaceable_batch(period: "Period") -> PayoutBatch | None:
    batch = queries.batch_in_the_making(program_id=period.program_id)
    is_another = batch and (
        batch.status == PayoutBatch.Status.APPROVED or batch.period_id != period.pk
    )
    if batch and is_another:
        raise BatchInTheMaking(number=batch.number, status=batch.get_status_display())
    return batch


def _is_same(batch: PayoutBatch, draft: _Draft) -> bool:
    return (
        batch.profile_id == draft.profile.pk
        and batch.file.sha256 == draft.file.sha256
        and list(batch.payouts.order_by("position").values_list("statement_id", flat=True))
        == [opened.line.statement.pk for opened in draft.lines]
    )


def _usable_profile(profile_id: int, program: Program) -> BankFileProfile:
    # The row is locked because its files are numbered without gaps over all programs of a client.
    profile = BankFileProfile.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=profile_id
    )
    if profile.client_id != program.client_id:
        raise ProfileOfAnotherClient
    if not profile.is_active:
        raise ProfileNotActive(name=profile.name)
    return profile


def _renew_holds(waiting: "QuerySet[Statement]", *, taken: list[int]) -> None:
    """Take up statements whose store has an account by now, and hold those that lost theirs."""
    waiting.filter(pk__in=taken, hold=Statement.Hold.NO_ACCOUNT).update(
        status=Statement.Status.PAYABLE, hold=Statement.Hold.NONE
    )
    waiting.filter(status=Statement.Status.PAYABLE).exclude(pk__in=taken).update(
        status=Statement.Status.HELD, hold=Statement.Hold.NO_ACCOUNT
    )


def _supersede(batch: PayoutBatch, *, by: User, at: datetime) -> None:
    approval = approvals_queries.approvals_of(batch).get(status="PENDING")
    approvals.withdraw(approval_id=approval.pk, by=by, at=at, comment=REPLACED)
    drop_batch(batch, PayoutBatch.Status.SUPERSEDED, reason=REPLACED, by=by, at=at)


def _write_batch(draft: _Draft, *, by: User, at: datetime) -> PayoutBatch:
    earlier = PayoutBatch.objects.filter(period=draft.period)
    batch = PayoutBatch.objects.create(
        program=draft.program,
        period=draft.period,
        profile=draft.profile,
        sequence=1 + (earlier.aggregate(last=Max("sequence"))["last"] or 0),
        payment_date=draft.plan.payment_date,
        payment_date_reason=draft.plan.reason,
        file_due_date=draft.plan.file_due_date,
        payout_count=draft.file.payout_count,
        total_yen=draft.file.total_yen,
        prepared_by=by,
        prepared_at=at,
    )
    Payout.objects.bulk_create(
        [_payout(batch, line, position) for position, line in enumerate(draft.lines, start=1)]
    )
    file = _write_register(batch, draft, at=at)
    approvals.ask(
        organization_id=draft.program.client_id,
        kind=APPROVAL_KIND,
        subject=batch,
        digest=file.sha256,
        title=f"総合振込データ {batch.number} {batch.payout_count:,}件 {batch.total_yen:,}円",
        by=by,
        at=at,
    )
    record_act("prepared", batch, by=by, at=at, sha256=file.sha256, sequence=file.sequence)
    return batch


def _payout(batch: PayoutBatch, opened: OpenedLine, position: int) -> Payout:
    statement, account = opened.line.statement, opened.line.account
    payout = Payout(
        batch=batch,
        statement=statement,
        position=position,
        amount_yen=statement.amount_yen,
        account_fingerprint=account.fingerprint,
        bank_name=account.bank_name,
        branch_name=account.branch_name,
        account_type=opened.details["account_type"],
        number_tail=account.number_tail,
        payee_kana=opened.details["holder_kana"],
    )
    payout.account_sealed = sealing.seal_json(opened.details, context=payout.seal_context)
    return payout


def _write_register(batch: PayoutBatch, draft: _Draft, *, at: datetime) -> BankFile:
    written = draft.file
    totals = queries.control_totals(
        batch, trailer_count=written.payout_count, trailer_yen=written.total_yen
    )
    assert totals.agree, "a batch is made from the very rows it is compared with"
    register = BankFile.objects.filter(profile=draft.profile)
    file = BankFile(
        batch=batch,
        profile=draft.profile,
        sequence=1 + (register.aggregate(last=Max("sequence"))["last"] or 0),
        sha256=written.sha256,
        size_bytes=len(written.content),
        record_count=written.record_count,
        payout_count=written.payout_count,
        total_yen=written.total_yen,
        control_totals=totals.as_json(),
        created_at=at,
    )
    file.content_sealed = sealing.seal(written.content, context=file.seal_context)
    file.save()
    return file
