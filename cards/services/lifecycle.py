"""Lost, found, replaced, retired: a card changes, the wallet and its points stay as they are."""

from datetime import datetime

from django.db import IntegrityError, transaction

from cards import queries
from cards.errors import ReasonMissing, WalletHasCard
from cards.models import Card
from cards.services.issuing import in_other_state, locked_card, put_into_use
from pointsys.audit import services as audit
from pointsys.users.models import User


@transaction.atomic
def block_card(*, card_id: int, reason: str, by: User | None, at: datetime) -> Card:
    """Stop a card that was reported lost; the next tap is refused, the points stay.

    Raises:
        ReasonMissing, CardInOtherState.
    """
    reason = _given(reason)
    card = locked_card(card_id)
    if card.status != Card.Status.ISSUED:
        raise in_other_state(card, "停止")
    return _stop(card, Card.Status.BLOCKED, reason=reason, code="blocked", by=by, at=at)


@transaction.atomic
def unblock_card(*, card_id: int, by: User | None, at: datetime) -> Card:
    """Put a card that was found again back into use.

    Raises:
        CardInOtherState: it is not blocked (any more).
        WalletHasCard: the holder has another card in use.
    """
    card = locked_card(card_id)
    if card.status != Card.Status.BLOCKED:
        raise in_other_state(card, "停止を解除")
    card.status, card.stopped_at, card.reason = Card.Status.ISSUED, None, ""
    try:
        with transaction.atomic():
            card.save()
    except IntegrityError as error:
        if "cards_card_one_live_card_a_wallet" not in str(error):
            raise
        live = queries.live_card_of_wallet(card.wallet_id or 0)
        raise WalletHasCard(tail=live.face_number[-4:] if live else "—") from error
    _record("unblocked", card, by=by, at=at)
    return card


@transaction.atomic
def replace_card(
    *, card_id: int, new_card_id: int, reason: str, by: User | None, at: datetime
) -> Card:
    """Give the holder another card for the same wallet: no points move, the old card is dead.

    Raises:
        ReasonMissing, CardInOtherState: of the old or of the new card.
    """
    reason = _given(reason)
    # In the order of their ids, so that two exchanges of the same cards cannot block each other.
    cards = {pk: locked_card(pk) for pk in sorted({card_id, new_card_id})}
    old, new = cards[card_id], cards[new_card_id]
    if old.status not in {Card.Status.ISSUED, Card.Status.BLOCKED} or old.wallet_id is None:
        raise in_other_state(old, "交換")
    if new.status != Card.Status.STOCK or new.program_id != old.program_id:
        raise in_other_state(new, "新しいカードとして発行")
    old.status, old.stopped_at, old.reason = Card.Status.REPLACED, at, reason
    old.save()
    new.replaces = old
    put_into_use(new, wallet_id=old.wallet_id, by=by, at=at)
    _record("replaced", old, by=by, at=at, new_card=new.pk)
    return new


@transaction.atomic
def retire_card(*, card_id: int, reason: str, by: User | None, at: datetime) -> Card:
    """Take a card out of the world: a faulty one of the stock, or one that was handed back.

    Raises:
        ReasonMissing, CardInOtherState: it was replaced or retired before.
    """
    reason = _given(reason)
    card = locked_card(card_id)
    if card.status in {Card.Status.REPLACED, Card.Status.RETIRED}:
        raise in_other_state(card, "廃棄")
    return _stop(card, Card.Status.RETIRED, reason=reason, code="retired", by=by, at=at)


def _given(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    return reason[:200]


def _stop(
    card: Card, status: Card.Status, *, reason: str, code: str, by: User | None, at: datetime
) -> Card:
    before = card.status
    # A card that was blocked before has its day already: what it was blocked on stays in history.
    card.status, card.stopped_at, card.reason = status, at, reason
    card.save()
    _record(code, card, by=by, at=at, before=before)
    return card


def _record(act: str, card: Card, *, by: User | None, at: datetime, **changes: object) -> None:
    # The reason stays on the card: somebody may have typed a name into it.
    audit.record(
        code=f"cards.card.{act}",
        target=card,
        organization_id=card.program.client_id,
        by=by,
        at=at,
        changes=dict(changes),
    )
