"""What a tap at a terminal can do: look, earn, spend, cancel, and find out what became of it.

A tap identifies, it proves nothing: earning is free, spending stays under the program's limits per
use and per day. The card's row is the lock that makes two terminals with one card wait for each
other; the ledger's lock on the wallet comes after it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from cards import errors_terminal as errors
from cards import identifiers, queries
from cards.identifiers import Tap
from cards.models import Card, CardEarn, CardPayment, EarnRule, Reading, Terminal
from ledger import errors as ledger_errors
from ledger import queries as ledger_queries
from ledger import services as ledger
from ledger.queries.wallets import live_lots
from pointsys.audit import services as audit
from pointsys.common.clock import jst_date, jst_day_range
from stores.models import Enrolment

if TYPE_CHECKING:
    from ledger.models import Payment, Transfer

REFUSED_STATES: Final = {
    Card.Status.STOCK: errors.CardNotIssued,
    Card.Status.BLOCKED: errors.CardBlocked,
    Card.Status.REPLACED: errors.CardReplaced,
    Card.Status.RETIRED: errors.CardRetired,
}
ACTIVE_WALLET: Final = "ACTIVE"
_NO_SIGN: Final = re.compile(r"[^0-9A-Za-z]+")
_MOST_TYPED: Final = 40


@dataclass(frozen=True, slots=True)
class Limits:
    """What a card may spend: `possible_points` now at once, the least of all that limits it."""

    usable_points: int
    use_limit_points: int
    day_limit_points: int
    day_left_points: int
    may_pay: bool = True

    @property
    def possible_points(self) -> int:
        if not self.may_pay:
            return 0
        return max(0, min(self.usable_points, self.use_limit_points, self.day_left_points))


@dataclass(frozen=True, slots=True)
class EarnOffer:
    """The grant of this terminal; `earned_at` is when the person had it today, if at all."""

    name: str
    points: int
    earned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a terminal may show of a card: no name, the number masked."""

    wallet_id: int
    masked_number: str
    limits: Limits
    soonest_expiry: datetime | None
    offer: EarnOffer | None


@dataclass(frozen=True, slots=True)
class Earned:
    """A grant by tap; `is_new` is false where the person had it earlier on the same day."""

    name: str
    points: int
    is_new: bool
    is_here: bool
    earned_at: datetime
    usable_points: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A payment by tap, as the result page shows it."""

    payment: "Payment"
    usable_points: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A payment given back; `lapsed_points` had died meanwhile and did not return."""

    refund: "Transfer"
    payment: "Payment"


def tap_from(text: str) -> Tap:
    """Return the tap in what a reader typed, a camera saw, a bridge sent or a person typed.

    Raises:
        NumberMistyped: a digit of the number on the card is wrong.
        CardError: the text is no card (see `identifiers.read_tap`).
    """
    face_number = identifiers.read_face_number(text)
    if face_number is not None:
        return Tap(Reading.NUMBER.value, identifier=face_number)
    signs = _NO_SIGN.sub("", unicodedata.normalize("NFKC", text[:_MOST_TYPED]))
    is_number = signs.isascii() and signs.isdecimal() and len(signs) == identifiers.FACE_LENGTH
    if is_number and signs.startswith(identifiers.FACE_PREFIX):
        raise errors.NumberMistyped
    return identifiers.read_tap(text)


def look(*, terminal: Terminal, tap: Tap, at: datetime) -> Sight:
    """Return what the card holds and may do here.

    Raises:
        StoreStopped, TillStopped: the terminal may not act for its store now.
        CardUnknown, CardOfOtherProgram, CardNotIssued, CardBlocked, CardReplaced, CardRetired,
        WalletStopped: the card may not be used.
    """
    check_stand(terminal, at=at)
    card = _card_of(terminal, tap)
    wallet_id = _wallet_id(card)
    rule = _rule_of(terminal)
    return Sight(
        wallet_id=wallet_id,
        masked_number=identifiers.masked(card.face_number),
        limits=_limits(card, tap, at=at),
        soonest_expiry=(
            live_lots(at=at)
            .filter(wallet_id=wallet_id)
            .order_by("expires_at")
            .values_list("expires_at", flat=True)
            .first()
        ),
        offer=_offer(rule, wallet_id, at=at) if rule else None,
    )


@transaction.atomic
def earn(*, terminal: Terminal, tap: Tap, at: datetime) -> Earned:
    """Give the card's holder the points of this terminal's grant, once a day and person.

    Raises:
        NothingToEarn: no grant is open at this store.
        EarnClosed: its round is not approved, over or used up.
        StoreStopped … WalletStopped: as `look`.
    """
    check_stand(terminal, at=at)
    card = _card_of(terminal, tap, locks=True)
    rule = _rule_of(terminal)
    if rule is None:
        raise errors.NothingToEarn
    wallet_id = _wallet_id(card)
    # What was had today stays so when the rule's points are changed at noon.
    had = _earn_today(rule, wallet_id, at=at)
    if had is None:
        had, is_new = _grant(terminal, tap, card, rule, at=at)
    else:
        is_new = False
    return Earned(
        name=rule.name,
        points=had.points,
        is_new=is_new,
        is_here=had.terminal_id == terminal.pk,
        earned_at=had.tapped_at,
        usable_points=ledger_queries.usable_points(wallet_id=wallet_id, at=at),
    )


@transaction.atomic
def spend(*, terminal: Terminal, tap: Tap, points: int, request_key: UUID, at: datetime) -> Spent:
    """Take points of the card for the terminal's store, within the limits, once a request key.

    Raises:
        NumberPaysNot: the number was typed, and the program does not let numbers pay.
        AboveUseLimit, AboveDayLimit, DayLimitReached, NotEnoughPoints: context holds
        `possible_points`, what could be spent now.
        UsageClosed: the program or the store's part in it is not open now.
        AlreadyDecided: the key was given up before, or used for another payment.
        StoreStopped … WalletStopped: as `look`.
    """
    check_stand(terminal, at=at)
    card = _card_of(terminal, tap, locks=True)
    wallet_id = _wallet_id(card)
    known = ledger_queries.payment_by_key(wallet_id=wallet_id, request_key=request_key)
    if known is None:
        _check_limits(_limits(card, tap, at=at), points)
    elif not _own_payments(terminal).filter(pk=known.pk).exists():
        # The key of a payment by telephone, or of another store.
        raise errors.AlreadyDecided
    try:
        payment = ledger.pay(
            till_id=terminal.till_id,
            wallet_id=wallet_id,
            points=points,
            request_key=request_key,
            at=at,
            channel=ledger.Channel.CARD,
        )
    except ledger_errors.LedgerError as refusal:
        raise _in_terminal_words(refusal) from refusal
    if known is None:
        CardPayment.objects.create(
            transfer_id=payment.pk,
            terminal=terminal,
            card=card,
            technology=tap.technology,
            tapped_at=at,
            points=points,
        )
    return _spent(payment.pk, wallet_id, at=at)


def outcome(
    *, terminal: Terminal, wallet_id: int, request_key: UUID, gives_up: bool, at: datetime
) -> Spent | None:
    """Tell what became of a request: its payment, or None.

    With `gives_up` None means "not paid" for good: the key is burned first, so that a late original
    is refused. Without, the request may still be on its way.

    Raises:
        AlreadyDecided: the key belongs to somebody else's payment.
    """
    if not gives_up:
        found = ledger_queries.payment_by_key(wallet_id=wallet_id, request_key=request_key)
    else:
        try:
            found = ledger.burn_key(wallet_id=wallet_id, request_key=request_key, at=at)
        except ledger_errors.IdempotencyConflict:
            raise errors.AlreadyDecided from None
    if found is None:
        return None
    if not _own_payments(terminal).filter(pk=found.pk).exists():
        raise errors.AlreadyDecided
    return _spent(found.pk, wallet_id, at=at)


def payment_to_cancel(*, terminal: Terminal, receipt: str) -> "Payment":
    """Return the store's card payment with this receipt number or transfer id, to be confirmed.

    Raises:
        PaymentUnknown: no card payment of this store has it.
        AlreadyCancelled: nothing is left of it.
    """
    row = _own_payments(terminal).filter(**_named(receipt)).select_related("transfer").first()
    if row is None:
        raise errors.PaymentUnknown
    payment: Payment = row.transfer.payment
    if payment.refunded_points >= payment.points:
        raise errors.AlreadyCancelled
    return payment


@transaction.atomic
def cancel(
    *, terminal: Terminal, receipt: str, alive_points: int, request_key: UUID, at: datetime
) -> Cancelled:
    """Give back all that is left of a card payment of this terminal's own store.

    `alive_points` is what the confirm page said would come back usable.

    Raises:
        PaymentUnknown, AlreadyCancelled: as `payment_to_cancel`.
        LedgerError: the month is closed, the limit asks for a second person, a lot died meanwhile.
        StoreStopped, TillStopped: the terminal may not act for its store now.
    """
    check_stand(terminal, at=at)
    # The tap's row makes two who give back the same payment wait for each other; the wallet's lock
    # comes after it.
    row = (
        _own_payments(terminal)
        .select_for_update(no_key=True, of=("self",))
        .filter(**_named(receipt))
        .first()
    )
    if row is None:
        raise errors.PaymentUnknown
    payment: Payment = row.transfer.payment
    known = ledger_queries.refunds_of(payment_id=payment.pk).filter(key=f"refund:{request_key}")
    left = payment.points - payment.refunded_points
    if refund := known.first():
        return Cancelled(refund, payment)
    if left <= 0:
        raise errors.AlreadyCancelled
    refund = ledger.refund_payment(
        payment_id=payment.pk,
        points=left,
        alive_points=min(max(alive_points, 0), left),
        request_key=request_key,
        at=at,
        by=None,
        as_office=False,
    )
    # Nobody is signed in at a terminal: what acted is the device.
    audit.record(
        code="cards.terminal.payment_cancelled",
        target=terminal,
        organization_id=terminal.program.client_id,
        by=None,
        at=at,
        changes={"payment": payment.pk, "points": left},
    )
    return Cancelled(refund, payment)


def recent_payments(*, terminal: Terminal, at: datetime, limit: int = 8) -> list["Payment"]:
    """Return this terminal's payments of today that can still be given back, newest first."""
    since, until = jst_day_range(jst_date(at))
    rows = (
        CardPayment.objects.filter(
            terminal=terminal,
            tapped_at__gte=since,
            tapped_at__lt=until,
            transfer__payment__refunded_points__lt=F("transfer__payment__points"),
        )
        .select_related("transfer__payment")
        .order_by("-tapped_at", "-pk")[:limit]
    )
    return [_payment_of(row) for row in rows]


def check_stand(terminal: Terminal, *, at: datetime) -> None:
    """Refuse a terminal whose store or till may take no points now.

    Raises:
        StoreStopped, TillStopped.
    """
    if terminal.till.revoked_at is not None and terminal.till.revoked_at <= at:
        raise errors.TillStopped
    is_active = Enrolment.objects.filter(
        program_id=terminal.program_id, store_id=terminal.store_id, status=Enrolment.Status.ACTIVE
    ).exists()
    if not is_active:
        raise errors.StoreStopped


# --- The card --------------------------------------------------------------------------------
def _card_of(terminal: Terminal, tap: Tap, *, locks: bool = False) -> Card:
    program_id = terminal.program_id
    if tap.technology == Reading.NUMBER:
        card = queries.card_by_face_number(program_id=program_id, face_number=tap.identifier)
    else:
        card = queries.card_by_tap(program_id=program_id, tap=tap)
    if card is None:
        raise errors.CardOfOtherProgram if _is_known_elsewhere(tap) else errors.CardUnknown
    if locks:
        # Read again under the lock: it may have been blocked or replaced while we waited.
        card = (
            Card.objects.select_for_update(no_key=True, of=("self",))
            .select_related("program", "wallet")
            .get(pk=card.pk)
        )
    refusal = REFUSED_STATES.get(Card.Status(card.status))
    if refusal is not None:
        raise refusal
    if card.wallet is None or card.wallet.status != ACTIVE_WALLET:
        raise errors.WalletStopped
    return card


def _is_known_elsewhere(tap: Tap) -> bool:
    if tap.technology == Reading.NUMBER:
        return Card.objects.filter(face_number=tap.identifier).exists()
    column = "token_hmac" if tap.technology == identifiers.QR else "identifier_hmac"
    return Card.objects.filter(**{f"{column}__in": identifiers.digests(tap)}).exists()


def _wallet_id(card: Card) -> int:
    assert card.wallet_id is not None, "an issued card has a wallet, by constraint"
    return card.wallet_id


# --- Saving up -------------------------------------------------------------------------------
def _rule_of(terminal: Terminal) -> EarnRule | None:
    # The store's own grant goes before the one of every store.
    return (
        EarnRule.objects.filter(program_id=terminal.program_id, is_active=True)
        .filter(store_id__in=[terminal.store_id])
        .order_by("pk")
        .first()
        or EarnRule.objects.filter(
            program_id=terminal.program_id, is_active=True, store__isnull=True
        )
        .order_by("pk")
        .first()
    )


def _earn_today(rule: EarnRule, wallet_id: int, *, at: datetime) -> CardEarn | None:
    since, until = jst_day_range(jst_date(at))
    return CardEarn.objects.filter(
        rule=rule, card__wallet_id=wallet_id, tapped_at__gte=since, tapped_at__lt=until
    ).first()


def _offer(rule: EarnRule, wallet_id: int, *, at: datetime) -> EarnOffer:
    had = _earn_today(rule, wallet_id, at=at)
    return EarnOffer(rule.name, rule.points, had.tapped_at if had else None)


def _grant(
    terminal: Terminal, tap: Tap, card: Card, rule: EarnRule, *, at: datetime
) -> tuple[CardEarn, bool]:
    try:
        grant = ledger.grant_one(
            round_id=rule.grant_round_id,
            wallet_id=_wallet_id(card),
            points=rule.points,
            occasion=jst_date(at).isoformat(),
            at=at,
            by=None,
        )
    except ledger_errors.WalletNotActive:
        raise errors.WalletStopped from None
    except ledger_errors.LedgerError:
        raise errors.EarnClosed(name=rule.name) from None
    if not grant.is_new:
        # The constraint of the ledger spoke: another card of the same person came first.
        earlier = CardEarn.objects.filter(transfer_id=grant.transfer_id).first()
        if earlier is None:
            raise errors.EarnClosed(name=rule.name)
        return earlier, False
    had = CardEarn.objects.create(
        transfer_id=grant.transfer_id,
        terminal=terminal,
        card=card,
        technology=tap.technology,
        tapped_at=at,
        rule=rule,
        points=grant.points,
    )
    return had, True


# --- Spending --------------------------------------------------------------------------------
def _limits(card: Card, tap: Tap, *, at: datetime) -> Limits:
    policy = queries.policy_of(card.program_id)
    wallet_id = _wallet_id(card)
    since, until = jst_day_range(jst_date(at))
    spent: int = (
        CardPayment.objects.filter(
            card__wallet_id=wallet_id, tapped_at__gte=since, tapped_at__lt=until
        ).aggregate(points=Sum(F("points") - F("transfer__payment__refunded_points")))["points"]
        or 0
    )
    most_by_program = card.program.payment_limit_points
    use_limit = policy.use_limit_points
    if most_by_program is not None:
        use_limit = min(use_limit, most_by_program)
    return Limits(
        usable_points=ledger_queries.usable_points(wallet_id=wallet_id, at=at),
        use_limit_points=use_limit,
        day_limit_points=policy.day_limit_points,
        day_left_points=max(policy.day_limit_points - spent, 0),
        may_pay=tap.technology != Reading.NUMBER or policy.typed_numbers_pay,
    )


def _check_limits(limits: Limits, points: int) -> None:
    possible = limits.possible_points
    facts = {"possible_points": possible, "usable_points": limits.usable_points}
    if not limits.may_pay:
        raise errors.NumberPaysNot(**facts)
    if points > limits.usable_points:
        raise errors.NotEnoughPoints(short_points=points - limits.usable_points, **facts)
    if limits.day_left_points == 0:
        raise errors.DayLimitReached(limit_points=limits.day_limit_points, **facts)
    if points > limits.use_limit_points:
        raise errors.AboveUseLimit(limit_points=limits.use_limit_points, **facts)
    if points > limits.day_left_points:
        raise errors.AboveDayLimit(
            limit_points=limits.day_limit_points, left_points=limits.day_left_points, **facts
        )


def _in_terminal_words(refusal: ledger_errors.LedgerError) -> errors.TerminalError:
    match refusal:
        case ledger_errors.IdempotencyConflict() | ledger_errors.KeyBurned():
            return errors.AlreadyDecided()
        case ledger_errors.TillRevoked():
            return errors.TillStopped()
        case ledger_errors.StoreNotActive():
            return errors.StoreStopped()
        case ledger_errors.WalletNotActive():
            return errors.WalletStopped()
    return errors.UsageClosed(reason=str(refusal))


def _own_payments(terminal: Terminal) -> "CardPayments":
    return CardPayment.objects.filter(
        terminal__store_id=terminal.store_id, terminal__program_id=terminal.program_id
    )


def _named(receipt: str) -> dict[str, object]:
    """Return the look-up for what a person typed or a list carried; anything else finds nothing."""
    try:
        return {"transfer__uuid": UUID(receipt)}
    except ValueError:
        signs = _NO_SIGN.sub("", unicodedata.normalize("NFKC", receipt[:_MOST_TYPED])).upper()
        return {"transfer__payment__receipt_number": signs[:_MOST_TYPED]}


def _payment_of(row: CardPayment) -> "Payment":
    payment: Payment = row.transfer.payment
    payment.transfer = row.transfer
    return payment


def _spent(payment_id: int, wallet_id: int, *, at: datetime) -> Spent:
    row = CardPayment.objects.select_related("transfer__payment").get(pk=payment_id)
    return Spent(_payment_of(row), ledger_queries.usable_points(wallet_id=wallet_id, at=at))


if TYPE_CHECKING:
    from django.db.models import QuerySet

    CardPayments = QuerySet[CardPayment]
