"""Follow the yen: one payment, one grant or one bank line from end to end, every sum checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from ledger import queries as ledger
from ledger.queries import trail
from pointsys.common import display
from pointsys.console.queries.viewer import Viewer
from pointsys.users import queries as users
from settlement.models import Payout, PayoutBatch
from settlement.queries import trail as settlement
from vouchers.models import Order
from vouchers.slips import plain_slip_number

if TYPE_CHECKING:
    from ledger.models import Lot, Payment, Posting, Transfer, Wallet

LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class Check:
    """Two figures that must agree, and by how much they do not."""

    text: str
    difference: int

    @property
    def is_right(self) -> bool:
        """Whether they agree."""
        return self.difference == 0


@dataclass(frozen=True, slots=True)
class PaymentPath:
    """A payment with where its points came from and how its store is paid for it."""

    transfer: "Transfer"
    payment: "Payment"
    draws: Sequence[trail.LotDraw]
    postings: Sequence["Posting"]
    refunds: Sequence["Transfer"]
    line_number: int
    statement: settlement.StatementTrail | None

    @property
    def left_points(self) -> int:
        """What the store keeps of it."""
        return self.payment.points - self.payment.refunded_points

    @property
    def grant_checks(self) -> tuple[Check, ...]:
        """The lots together gave what was paid."""
        drawn = sum(draw.drawn for draw in self.draws)
        return (Check("付与から出た合計＝支払", drawn - self.payment.points),)

    @property
    def lot_checks(self) -> tuple[Check, ...]:
        """Each lot holds what its postings say."""
        wrong = sum(abs(draw.difference) for draw in self.draws)
        return (Check("ロットの残＝付与−使用−失効", wrong),)

    @property
    def payment_checks(self) -> tuple[Check, ...]:
        """The postings and the refunds add up to what the payment says."""
        posted = sum(posting.points for posting in self.postings)
        given_back = sum(refund.points for refund in self.refunds)
        return (
            Check("仕訳の合計＝支払", posted - self.payment.points),
            Check("返金の合計＝返金済み", given_back - self.payment.refunded_points),
        )

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that must agree on the page."""
        here = (*self.grant_checks, *self.lot_checks, *self.payment_checks)
        return (*here, *statement_checks(self.statement), *bank_checks(self.statement))

    @property
    def is_whole(self) -> bool:
        """Whether the path reaches a file that went to the bank."""
        file = self.statement.file if self.statement else None
        return bool(file and file.submission)


@dataclass(frozen=True, slots=True)
class Purchase:
    """The purchase of vouchers that a grant belongs to, and everything it brought."""

    order: Order
    lots: Sequence["Lot"]

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was bought is what was granted."""
        bought = self.order.principal_points + self.order.premium_points
        granted = sum(lot.granted for lot in self.lots)
        return (Check("代金と上乗せ分＝付与の合計", granted - bought),)


@dataclass(frozen=True, slots=True)
class GrantPath:
    """A grant with what became of its points."""

    transfer: "Transfer"
    book: trail.GrantBook
    lots: Sequence["Lot"]
    spends: Sequence[trail.GrantSpend]
    purchase: "Purchase | None" = None

    @property
    def grant_checks(self) -> tuple[Check, ...]:
        """The lots hold what was granted."""
        return (Check("ロットの合計＝付与", self.book.granted - self.transfer.points),)

    @property
    def book_checks(self) -> tuple[Check, ...]:
        """What was granted is accounted for."""
        return (Check("付与＝使用＋残り＋失効", self.book.difference),)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that must agree on the page."""
        bought = self.purchase.checks if self.purchase else ()
        return (*bought, *self.grant_checks, *self.book_checks)

    @property
    def sums(self) -> list[dict[str, object]]:
        """Granted = used + left + lapsed + expired + moved, as lines of a table."""
        book = self.book
        rows: list[dict[str, object]] = [
            {"label": "使用（返金を除く）", "value": book.used},
            {
                "label": "残り（まだ使える分）",
                "value": book.remaining - book.lapsed,
            },
            {"label": "失効", "value": book.expired + book.lapsed},
        ]
        if book.moved:
            rows.append({"label": "調整・統合など", "value": book.moved})
        return rows


@dataclass(frozen=True, slots=True)
class PayoutPath:
    """A line of a transfer file with the statement and the payments behind it."""

    payout: Payout
    statement: settlement.StatementTrail
    payments: Sequence["Transfer"]

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that must agree on the page."""
        return (*statement_checks(self.statement), *bank_checks(self.statement))

    @property
    def is_whole(self) -> bool:
        """Whether the file went to the bank."""
        return bool(self.statement.file and self.statement.file.submission)


Path = PaymentPath | GrantPath | PayoutPath


def statement_checks(found: settlement.StatementTrail | None) -> tuple[Check, ...]:
    """Compare a statement with the ledger's month."""
    if found is None:
        return ()
    return (
        Check("台帳の月の合計＝明細", found.ledger_difference_yen),
        Check("台帳の件数＝明細の件数", found.line_count - found.ledger_count),
    )


def bank_checks(found: settlement.StatementTrail | None) -> tuple[Check, ...]:
    """Compare a statement with its payout, and the payouts with their file."""
    if found is None or found.file is None:
        return ()
    return (
        Check("明細＝振込", found.payout_difference_yen),
        Check("振込の合計＝振込データ", found.file.difference_yen),
        Check("振込の件数＝データの件数", found.file.count_difference),
    )


def path_of(user: Viewer, *, uuid: UUID, at: datetime) -> Path | None:
    """Return the path of a transfer or of a line of a transfer file; None where none is visible.

    A refund is shown with the payment that it gives back, a booked payout with its line.
    """
    transfer = trail.transfer_to_follow(user, uuid)
    if transfer is None:
        payout = settlement.payout_to_follow(user, uuid)
        return _payout_path(payout) if payout else None
    if transfer.kind == "REFUND" and transfer.reverses is not None:
        transfer = trail.transfer_to_follow(user, transfer.reverses.uuid) or transfer
    if transfer.kind == "PAYMENT":
        return _payment_path(user, transfer)
    if transfer.kind == "GRANT":
        lots = trail.grant_lots(transfer_id=transfer.pk, limit=LISTED)
        return GrantPath(
            transfer=transfer,
            book=trail.grant_book(transfer_id=transfer.pk, at=at),
            lots=lots,
            spends=trail.spends_of_grant(transfer_id=transfer.pk, limit=LISTED),
            purchase=_purchase(transfer.program_id, lots[0].occasion if lots else ""),
        )
    payout = settlement.payout_of_ledger_key(user, transfer.key)
    return _payout_path(payout) if payout else None


def _payment_path(user: Viewer, transfer: "Transfer") -> PaymentPath:
    assert transfer.store_id is not None
    statement = settlement.statement_of_month(
        user,
        program_id=transfer.program_id,
        store_id=transfer.store_id,
        month=transfer.period,
    )
    return PaymentPath(
        transfer=transfer,
        payment=transfer.payment,
        draws=trail.draws_of(payment_id=transfer.pk),
        postings=list(ledger.postings_of(transfer_id=transfer.pk)),
        refunds=list(ledger.refunds_of(payment_id=transfer.pk)),
        line_number=trail.line_number_of(transfer),
        statement=settlement.statement_trail(statement) if statement else None,
    )


def _purchase(program_id: int, occasion: str) -> Purchase | None:
    prefix, _, text = occasion.partition(":")
    if prefix != "order":
        return None
    order = (
        Order.objects.select_related("sale_round__campaign")
        .filter(sale_round__campaign__program_id=program_id, uuid=text)
        .first()
    )
    if order is None:
        return None
    lots = trail.grants_of_occasion(program_id=program_id, occasion=occasion)
    return Purchase(order, lots)


def _payout_path(payout: Payout) -> PayoutPath:
    statement = payout.statement
    return PayoutPath(
        payout=payout,
        statement=settlement.statement_trail(statement, payout=payout),
        payments=trail.store_month_payments(
            program_id=statement.program_id,
            store_id=statement.store_id,
            month=statement.period.month,
            limit=LISTED,
        ),
    )


def pseudonym(wallet: "Wallet | None") -> str:
    """Return the name under which a wallet is followed: it says nothing of its holder."""
    if wallet is None:
        return "—"
    letters = wallet.uuid.hex.upper()
    return f"W-{letters[:4]}-{letters[4:6]}"


def uuid_of_number(user: Viewer, typed: str) -> UUID | None:
    """Return what a receipt number, a statement's number or an identifier names."""
    plain = display.half_width(typed).strip()
    try:
        return UUID(plain)
    except ValueError:
        pass
    receipt = plain.upper().replace("-", "").replace(" ", "")
    payment = (
        ledger.payments_visible_to(user)
        .select_related("transfer")
        .filter(receipt_number=receipt)
        .first()
    )
    if payment:
        return payment.transfer.uuid
    payout = settlement.payout_of_document(user, plain)
    return payout.uuid if payout else _uuid_of_slip(user, plain)


@dataclass(frozen=True, slots=True)
class TransferFile:
    """A file for the bank with its largest lines, each of which can be followed."""

    batch: PayoutBatch
    payouts: Sequence[Payout]


def files_of_number(user: Viewer, typed: str) -> list[TransferFile]:
    """Return the transfer files that a number names; two programs may each have one."""
    return [
        TransferFile(
            batch,
            list(
                batch.payouts.select_related("statement__store").order_by("-amount_yen", "pk")[
                    :LISTED
                ]
            ),
        )
        for batch in settlement.batches_of_number(user, display.half_width(typed).strip())
    ]


def _uuid_of_slip(user: Viewer, number: str) -> UUID | None:
    """Return the first grant of the purchase that a payment slip's number names."""
    order = (
        Order.objects.select_related("sale_round__campaign")
        .filter(
            sale_round__campaign__program__client_id__in=users.client_ids(user),
            slip_number=plain_slip_number(number),
        )
        .first()
    )
    if order is None:
        return None
    program_id = order.sale_round.campaign.program_id
    lots = trail.grants_of_occasion(program_id=program_id, occasion=f"order:{order.uuid}")
    return lots[0].grant_transfer.uuid if lots else None
