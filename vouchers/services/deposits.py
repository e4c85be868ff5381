"""A file of slip payments becomes receipts, every row of it once; then each is looked at.

Taking the file writes all rows as WAITING in one transaction, so nothing is lost. `settle_waiting`
then pays orders in small transactions; where it was cut off, the next run goes on.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from django.db import transaction

from ledger import services as ledger
from ledger.errors import LedgerError
from pointsys.audit import services as audit
from pointsys.common.clock import jst_date
from pointsys.programs.models import Program
from pointsys.users.models import User
from vouchers import errors
from vouchers.deposits import Deposit, DepositList, RejectedRow, read_deposits
from vouchers.models import DepositFile, Order, Receipt
from vouchers.services.payments import (
    grant_balance,
    grant_round_ids,
    locked_orders,
    mark_paid,
    problem_of,
    record_paid,
)

Item = TypeVar("Item")
Channel = Receipt.Channel
Problem = Receipt.Problem
CHUNK: Final = 2_000
# A transaction holds the sale's grant rounds: short, so that a counter does not wait for a file.
SETTLED_AT_ONCE: Final = 200
# Files up to this size are settled while the page loads; larger ones by a worker.
SMALL_FILE: Final = 300


@dataclass(frozen=True, slots=True)
class DepositPreview:
    """What taking a file would do; `problems` counts new rows by the reason they would wait for."""

    listing: DepositList
    known_count: int
    new_count: int
    new_yen: int
    matching_count: int
    problems: tuple[tuple[str, int], ...]
    first_rows: tuple[tuple[Deposit, str], ...]
    earlier_file: DepositFile | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How many waiting receipts paid an order and how many wait for a second look."""

    matched: int = 0
    open: int = 0


def preview_deposits(
    *, program_id: int, content: bytes, at: datetime, shown: int = 20
) -> DepositPreview:
    """Read a file of deposits and say what taking it would do; nothing is written.

    Raises:
        TableRefused, NotADepositFile: it cannot be read as deposits.
    """
    listing = read_deposits(content, today=jst_date(at))
    known = _known_keys(program_id, listing.deposits)
    new = [deposit for deposit in listing.deposits if deposit.row_key not in known]
    orders = _orders_by_slip(program_id, [deposit.slip_number for deposit in new])
    words: list[tuple[Deposit, str]] = []
    paid: set[str] = set()
    for deposit in new:
        problem = problem_of(
            orders.get(deposit.slip_number), deposit.amount_yen, deposit.received_date
        )
        if not problem and deposit.slip_number in paid:
            problem = Problem.ALREADY_PAID
        if not problem:
            paid.add(deposit.slip_number)
        words.append((deposit, problem))
    counts = Counter(problem for _, problem in words if problem)
    # Where not all have room, rows that need a look are kept; all stand as they do in the file.
    by_need = sorted(range(len(words)), key=lambda place: words[place][1] == "")
    return DepositPreview(
        listing=listing,
        known_count=len(listing.deposits) - len(new),
        new_count=len(new),
        new_yen=sum(deposit.amount_yen for deposit in new),
        matching_count=sum(1 for _, problem in words if not problem),
        problems=tuple((Problem(code).label, count) for code, count in counts.most_common()),
        first_rows=tuple(
            (words[place][0], Problem(words[place][1]).label if words[place][1] else "")
            for place in sorted(by_need[:shown])
        ),
        earlier_file=None if new else _same_file(program_id, listing),
    )


def import_deposits(
    *, program_id: int, content: bytes, file_name: str, by: User, at: datetime
) -> tuple[DepositFile, tuple[RejectedRow, ...]]:
    """Take a file: write every new row, to be settled next; known rows and files change nothing.

    Raises:
        TableRefused, NotADepositFile: it cannot be read as deposits.
        NothingNew: another file brought all its rows before.
    """
    listing = read_deposits(content, today=jst_date(at))
    with transaction.atomic():
        # Two people with one file: the second waits here and finds the first one's rows.
        program = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program_id)
        known = _known_keys(program_id, listing.deposits)
        new = [deposit for deposit in listing.deposits if deposit.row_key not in known]
        if not new:
            if same := _same_file(program_id, listing):
                return same, listing.rejected
            raise errors.NothingNew
        file = DepositFile.objects.create(
            program=program,
            file_name=file_name[:200],
            file_sha256=listing.sha256,
            row_count=listing.row_count,
            new_count=len(new),
            known_count=len(listing.deposits) - len(new),
            total_yen=sum(deposit.amount_yen for deposit in new),
            imported_at=at,
            imported_by=by,
        )
        Receipt.objects.bulk_create([_receipt(file, deposit) for deposit in new], batch_size=CHUNK)
        audit.record(
            code="vouchers.deposits.imported",
            target=file,
            organization_id=program.client_id,
            by=by,
            at=at,
            changes={
                "rows": file.row_count,
                "taken": file.new_count,
                "unchanged": file.known_count,
                "rejected": len(listing.rejected),
                "total_yen": file.total_yen,
            },
        )
    return file, listing.rejected


def settle_waiting(*, at: datetime, deposit_file_id: int | None = None) -> Settled:
    """Pay orders with all receipts that wait, in their order; safe to run twice or at once."""
    waiting = Receipt.objects.filter(status=Receipt.Status.WAITING)
    if deposit_file_id is not None:
        waiting = waiting.filter(deposit_file_id=deposit_file_id)
    by_program: dict[int, list[int]] = {}
    for receipt_id, program_id in waiting.order_by("pk").values_list("pk", "program_id"):
        by_program.setdefault(program_id, []).append(receipt_id)
    matched = opened = 0
    for program_id, receipt_ids in by_program.items():
        for chunk in _chunks(receipt_ids, SETTLED_AT_ONCE):
            done = _settle(program_id, chunk, at=at)
            matched, opened = matched + done.matched, opened + done.open
    return Settled(matched, opened)


@transaction.atomic
def _settle(program_id: int, receipt_ids: Sequence[int], *, at: datetime) -> Settled:
    receipts = list(
        Receipt.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=receipt_ids, status=Receipt.Status.WAITING)
        .select_related("recorded_by")
        .order_by("pk")
    )
    ids = list(
        Order.objects.filter(
            slip_number__in=[receipt.slip_number for receipt in receipts],
            sale_round__campaign__program_id=program_id,
        ).values_list("pk", flat=True)
    )
    orders = {order.slip_number: order for order in locked_orders(ids)}
    wallets = _wallets(program_id, list(orders.values()), at=at)
    # Wallets in their order, and the deposits of one order in theirs.
    receipts.sort(key=lambda r: (_wallet_rank(orders.get(r.slip_number), wallets), r.pk))
    paid: list[tuple[Order, Receipt]] = []
    for receipt in receipts:
        order = orders.get(receipt.slip_number)
        receipt.order = order
        receipt.problem = problem_of(order, receipt.amount_yen, receipt.received_date)
        if not receipt.problem and order is not None:
            receipt.problem = _paid_by(order, wallets[order.resident_id], receipt, at=at)
        receipt.status = Receipt.Status.OPEN if receipt.problem else Receipt.Status.MATCHED
        if order is not None and not receipt.problem:
            paid.append((order, receipt))
    mark_paid([order for order, _ in paid], at=at)
    Receipt.objects.bulk_update(receipts, ["status", "problem", "order"])
    if paid:
        record_paid(paid, by=receipts[0].recorded_by, at=at)
    return Settled(matched=len(paid), open=len(receipts) - len(paid))


def _wallets(program_id: int, orders: Sequence[Order], *, at: datetime) -> dict[int, int]:
    """Hold the ledger's rounds and return the wallet of each buyer, opened where there was none."""
    ledger.lock_rounds(round_ids=grant_round_ids(orders))
    return {
        resident_id: ledger.open_wallet(program_id=program_id, resident_id=resident_id, at=at)
        for resident_id in sorted({order.resident_id for order in orders})
    }


def _wallet_rank(order: Order | None, wallets: dict[int, int]) -> int:
    return wallets[order.resident_id] if order else 0


def _paid_by(order: Order, wallet_id: int, receipt: Receipt, *, at: datetime) -> str:
    try:
        grant_balance(order, wallet_id, by=receipt.recorded_by, at=at)
    except LedgerError:
        return Problem.NOT_GRANTED
    order.status = Order.Status.PAID
    return ""


def _receipt(file: DepositFile, deposit: Deposit) -> Receipt:
    return Receipt(
        program_id=file.program_id,
        channel=Channel.SLIP,
        row_key=deposit.row_key,
        deposit_file=file,
        slip_number=deposit.slip_number,
        reference=deposit.reference,
        amount_yen=deposit.amount_yen,
        received_date=deposit.received_date,
        status=Receipt.Status.WAITING,
        recorded_at=file.imported_at,
        recorded_by_id=file.imported_by_id,
    )


def _same_file(program_id: int, listing: DepositList) -> DepositFile | None:
    same = DepositFile.objects.filter(program_id=program_id, file_sha256=listing.sha256)
    return same.order_by("-pk").first()


def _known_keys(program_id: int, deposits: Sequence[Deposit]) -> set[str]:
    return {
        key
        for chunk in _chunks(deposits, CHUNK)
        for key in Receipt.objects.filter(
            program_id=program_id,
            channel=Channel.SLIP,
            row_key__in=[deposit.row_key for deposit in chunk],
        ).values_list("row_key", flat=True)
    }


def _orders_by_slip(program_id: int, slip_numbers: Sequence[str]) -> dict[str, Order]:
    return {
        order.slip_number: order
        for chunk in _chunks(slip_numbers, CHUNK)
        for order in Order.objects.filter(
            slip_number__in=chunk, sale_round__campaign__program_id=program_id
        )
    }


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
