"""One amount from the ledger to the bank: a store's statement, what pays it, and in which file."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Sum

from ledger.queries import trail as ledger
from pointsys.users.models import User
from settlement.models import (
    BankFile,
    BankFileDownload,
    BankFileSubmission,
    Payout,
    PayoutBatch,
    Statement,
)
from settlement.queries.batches import batches_visible_to
from settlement.queries.statements import DEAD_PAYOUTS, statements_visible_to


@dataclass(frozen=True, slots=True)
class FileTrail:
    """The file that carries a payout, counted once more."""

    batch: PayoutBatch
    file: BankFile | None
    submission: BankFileSubmission | None
    download_count: int
    payout_count: int
    payout_yen: int

    @property
    def difference_yen(self) -> int:
        """The batch's total less the sum of its payouts; the file's where there is one."""
        total = self.file.total_yen if self.file else self.batch.total_yen
        return total - self.payout_yen

    @property
    def count_difference(self) -> int:
        """The lines of the file less the payouts of its batch."""
        count = self.file.payout_count if self.file else self.batch.payout_count
        return count - self.payout_count

    @property
    def is_by_two(self) -> bool:
        """Whether somebody else than the maker approved it."""
        return (
            self.batch.approved_by_id is not None
            and self.batch.approved_by_id != self.batch.prepared_by_id
        )


@dataclass(frozen=True, slots=True)
class StatementTrail:
    """A statement beside the ledger's month, and the payout that pays it."""

    statement: Statement
    ledger_yen: int
    ledger_count: int
    payout: Payout | None
    file: FileTrail | None

    @property
    def ledger_difference_yen(self) -> int:
        """The statement without what was carried in, less what the ledger says now."""
        return self.statement.amount_yen - self.statement.carried_in_yen - self.ledger_yen

    @property
    def line_count(self) -> int:
        """How many movements the statement adds up."""
        statement = self.statement
        return statement.payment_count + statement.refund_count + statement.adjustment_count

    @property
    def payout_difference_yen(self) -> int:
        """The payout less the statement; 0 where there is none yet."""
        return self.payout.amount_yen - self.statement.amount_yen if self.payout else 0

    @property
    def agrees(self) -> bool:
        """Whether every amount from the ledger to the file is the same."""
        if self.ledger_difference_yen or self.line_count != self.ledger_count:
            return False
        if self.payout_difference_yen:
            return False
        return not self.file or not (self.file.difference_yen or self.file.count_difference)


def statement_of_month(
    user: User | AnonymousUser, *, program_id: int, store_id: int, month: date
) -> Statement | None:
    """Return the statement that adds up a store's month, where the user may see it."""
    return (
        statements_visible_to(user)
        .filter(program_id=program_id, store_id=store_id, period__month=month)
        .first()
    )


def payout_to_follow(user: User | AnonymousUser, uuid: UUID) -> Payout | None:
    """Return a line of a transfer file of the user's clients."""
    return (
        Payout.objects.select_related("statement", "batch")
        .filter(batch__in=batches_visible_to(user).values("pk"), uuid=uuid)
        .first()
    )


def payout_of_ledger_key(user: User | AnonymousUser, key: str) -> Payout | None:
    """Return the line of a transfer file that the ledger booked under a key."""
    prefix, _, text = key.partition(":")
    try:
        return payout_to_follow(user, UUID(text)) if prefix == "payout" else None
    except ValueError:
        return None


def payout_of_document(user: User | AnonymousUser, number: str) -> Payout | None:
    """Return the line that pays the statement of a number; the newest one where it was redone."""
    return (
        Payout.objects.select_related("statement", "batch")
        .filter(batch__in=batches_visible_to(user).values("pk"), statement__document_number=number)
        .order_by("-pk")
        .first()
    )


def batches_of_number(user: User | AnonymousUser, number: str) -> list[PayoutBatch]:
    """Return the files that a number like B-2508-01 names; each program counts its own."""
    match = re.fullmatch(r"[bB]-?(\d{2})(\d{2})-?(\d{1,4})", number)
    if match is None:
        return []
    year, month, sequence = (int(part) for part in match.groups())
    found = batches_visible_to(user).filter(
        period__month__year=2000 + year, period__month__month=month, sequence=sequence
    )
    return list(found.select_related("program", "period").order_by("program_id"))


def statement_trail(statement: Statement, *, payout: Payout | None = None) -> StatementTrail:
    """Follow a statement to the bank; `payout` chooses one, else the one that is alive."""
    counted = ledger.store_month_totals(
        program_id=statement.program_id,
        store_id=statement.store_id,
        month=statement.period.month,
    )
    if payout is None:
        payout = statement.payouts.exclude(status__in=DEAD_PAYOUTS).first()
    return StatementTrail(
        statement=statement,
        ledger_yen=counted.payment_points - counted.refund_points if counted else 0,
        ledger_count=counted.payment_count + counted.refund_count if counted else 0,
        payout=payout,
        file=_file_trail(payout) if payout else None,
    )


def _file_trail(payout: Payout) -> FileTrail:
    batch = PayoutBatch.objects.select_related("period", "prepared_by", "approved_by").get(
        pk=payout.batch_id
    )
    file = BankFile.objects.filter(batch_id=batch.pk).first()
    counted = Payout.objects.filter(batch_id=batch.pk).aggregate(
        count=Count("pk"), yen=Sum("amount_yen", default=0)
    )
    return FileTrail(
        batch=batch,
        file=file,
        submission=BankFileSubmission.objects.filter(file=file).first() if file else None,
        download_count=BankFileDownload.objects.filter(file=file).count() if file else 0,
        payout_count=counted["count"],
        payout_yen=int(counted["yen"]),
    )
