"""What a transfer file would pay: statements that wait, with the account each store has now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from settlement.models import Payout, Statement
from settlement.queries.statements import DEAD_PAYOUTS
from stores.models import BankAccount


@dataclass(frozen=True)
class PayoutLine:
    """One payment that can be made: a statement and the account its store has now."""

    statement: Statement
    account: BankAccount


def waiting_statements(
    *, program_id: int, until_month: date, ignoring_batch_id: int | None = None
) -> QuerySet[Statement]:
    """Return statements with something to pay that no live payout pays.

    Those of earlier months are among them: what was held then is taken up once it can be paid.
    `ignoring_batch_id` is the batch that a new one replaces.
    """
    paid = Payout.objects.filter(statement_id=OuterRef("pk")).exclude(status__in=DEAD_PAYOUTS)
    if ignoring_batch_id is not None:
        paid = paid.exclude(batch_id=ignoring_batch_id)
    return Statement.objects.filter(
        ~Exists(paid),
        program_id=program_id,
        period__month__lte=until_month,
        status__in=[Statement.Status.PAYABLE, Statement.Status.HELD],
    )


def payable_lines(
    *, program_id: int, until_month: date, ignoring_batch_id: int | None = None
) -> list[PayoutLine]:
    """Return the payments that can be made now, in the order of the file (store code, month).

    What was held for want of an account is among them as soon as its store has one.
    """
    waiting = waiting_statements(
        program_id=program_id, until_month=until_month, ignoring_batch_id=ignoring_batch_id
    )
    payable = (
        waiting.filter(is_ready()).select_related("period").order_by("store_code", "period__month")
    )
    accounts = current_accounts(statement.store_id for statement in payable)
    return [
        PayoutLine(statement, accounts[statement.store_id])
        for statement in payable
        if statement.store_id in accounts
    ]


def is_ready() -> Q:
    """Return the condition under which a file made now takes a waiting statement."""
    return has_account() & ~Q(hold=Statement.Hold.STOPPED)


def has_account() -> Q:
    """Return the condition that a statement's store has an account now."""
    account = BankAccount.objects.filter(store_id=OuterRef("store_id"), is_current=True)
    return Q(Exists(account))


def current_accounts(store_ids: Iterable[int]) -> dict[int, BankAccount]:
    """Return the account each of these stores is paid to now, by store."""
    found = BankAccount.objects.filter(store_id__in=set(store_ids), is_current=True)
    return {account.store_id: account for account in found}
