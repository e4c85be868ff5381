"""What residents call the movements of a wallet."""

from django.utils.translation import gettext as _

from ledger.models import Transfer
from ledger.queries import HistoryLine

Kind = Transfer.Kind


def act_of(kind: str) -> str:
    """Return what happened in a word that residents use."""
    return {
        Kind.PAYMENT: _("支払い"),
        Kind.REFUND: _("返金"),
        Kind.GRANT: _("受け取り"),
        Kind.EXPIRY: _("期限の終わり"),
        Kind.ADJUSTMENT: _("事務局による調整"),
        Kind.MERGE: _("残高の引き継ぎ"),
        Kind.EXCHANGE: _("交換"),
    }.get(Kind(kind), _("そのほか"))


def what_of(line: HistoryLine) -> str:
    """Name a movement by its store or its round."""
    if line.kind == Kind.EXPIRY:
        return _("使える期限が終わったポイント")
    return line.store_name or line.round_name or act_of(line.kind)


def title_of(line: HistoryLine) -> str:
    """Name a movement where nothing beside it says what happened: 〜店（返金）."""
    if line.kind == Kind.REFUND:
        return _("%(store)s（返金）") % {"store": what_of(line)}
    return what_of(line)
