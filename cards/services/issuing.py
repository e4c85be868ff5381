"""Handing out a card: at once usable, one live card a wallet, with or without a name."""

from datetime import datetime

from django.db import IntegrityError, transaction

from cards import queries
from cards.errors import (
    CardInOtherState,
    ProgramOver,
    WalletHasBlockedCard,
    WalletHasCard,
    WalletNotUsable,
)
from cards.models import Card
from ledger import services as ledger
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.users.models import User


@transaction.atomic
def issue_card(*, card_id: int, resident_id: int | None, by: User | None, at: datetime) -> Card:
    """Give a card from the stock to a resident, or to somebody without a name; usable at once.

    The caller has made sure that the resident is one of the program's client.

    Raises:
        CardInOtherState: somebody else issued or retired it.
        ProgramOver: the program is closed.
        WalletHasCard, WalletHasBlockedCard: a second card is only given by replacing the first.
        WalletNotUsable: the resident's wallet is frozen, merged or closed.
    """
    card = locked_card(card_id)
    if card.status != Card.Status.STOCK:
        raise in_other_state(card, "発行")
    if card.program.status == Program.Status.ENDED:
        raise ProgramOver
    wallet_id = ledger.open_wallet(program_id=card.program_id, resident_id=resident_id, at=at)
    card.wallet_id = wallet_id
    if card.wallet is None or card.wallet.status != card.wallet.Status.ACTIVE:
        raise WalletNotUsable
    if live := queries.live_card_of_wallet(wallet_id):
        raise WalletHasCard(tail=live.face_number[-4:])
    blocked = Card.objects.filter(wallet_id=wallet_id, status=Card.Status.BLOCKED).first()
    if blocked:
        raise WalletHasBlockedCard(tail=blocked.face_number[-4:])
    put_into_use(card, wallet_id=wallet_id, by=by, at=at)
    audit.record(
        code="cards.card.issued",
        target=card,
        organization_id=card.program.client_id,
        by=by,
        at=at,
        changes={"wallet": wallet_id, "has_holder": resident_id is not None},
    )
    return card


def locked_card(card_id: int) -> Card:
    """Return the card with its row locked; the lock of every act on a card."""
    return (
        Card.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=card_id)
    )


def in_other_state(card: Card, act: str) -> CardInOtherState:
    """Return the refusal of an act that the card's state does not allow."""
    return CardInOtherState(tail=card.face_number[-4:], status=card.get_status_display(), act=act)


def put_into_use(card: Card, *, wallet_id: int, by: User | None, at: datetime) -> None:
    """Make a locked card of the stock the wallet's live one.

    Raises:
        WalletHasCard: another card of the wallet came into use at this moment.
    """
    card.wallet_id = wallet_id
    card.status = Card.Status.ISSUED
    card.issued_at, card.issued_by = at, by
    try:
        with transaction.atomic():
            card.save()
    except IntegrityError as error:
        if "cards_card_one_live_card_a_wallet" not in str(error):
            raise
        live = queries.live_card_of_wallet(wallet_id)
        raise WalletHasCard(tail=live.face_number[-4:] if live else "—") from error
