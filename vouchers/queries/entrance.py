"""What a resident's start page says of vouchers: what is open for this person, and what to pay."""

from dataclasses import dataclass
from datetime import datetime

from pointsys.residents.models import Resident
from vouchers.models import Application, Order, SaleRound
from vouchers.queries.campaigns import campaigns_for_residents_of, is_taking_applications


@dataclass(frozen=True, slots=True)
class Entrance:
    """The vouchers of one resident in a line: what can be done now, and the orders to be paid."""

    is_applying: bool
    is_selling: bool
    unpaid: tuple[Order, ...]


def entrance_for(resident: Resident, *, at: datetime) -> Entrance | None:
    """Return what is open for a resident, in at most four queries; None where nothing is sold."""
    campaigns = list(campaigns_for_residents_of(resident.client_id))
    if not campaigns:
        return None
    rounds = [sale_round for campaign in campaigns for sale_round in campaign.rounds.all()]
    open_rounds = {each.pk for each in rounds if is_taking_applications(each, at)}
    if open_rounds:
        open_rounds -= set(
            Application.objects.filter(resident=resident, sale_round__in=open_rounds)
            .exclude(status=Application.Status.WITHDRAWN)
            .values_list("sale_round_id", flat=True)
        )
    unpaid = (
        Order.objects.filter(
            resident=resident,
            sale_round__in=[each.pk for each in rounds],
            status=Order.Status.AWAITING_PAYMENT,
            pay_until__gt=at,
        )
        .select_related("sale_round__campaign__program")
        .order_by("pay_until", "pk")
    )
    return Entrance(
        is_applying=bool(open_rounds),
        is_selling=any(_sells_now(each, at) for each in rounds),
        unpaid=tuple(unpaid),
    )


def _sells_now(sale_round: SaleRound, at: datetime) -> bool:
    return (
        sale_round.method == SaleRound.Method.FIRST_COME
        and sale_round.status == SaleRound.Status.SELLING
        and sale_round.purchase_starts_at <= at < sale_round.purchase_ends_at
        and sale_round.left_sets > 0
    )
