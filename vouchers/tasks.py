from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def remind() -> None:
    from vouchers.services import noticing

    noticing.remind(at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def carry_out_draw(*, sale_round_id: int) -> None:
    """Write and tell what the client approved; what a dead worker left, the sweep takes up."""
    from vouchers.services import publishing

    publishing.carry_out(sale_round_id=sale_round_id, at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def carry_out_draws() -> None:
    """Take up every approved draw that is not carried out to the end."""
    from vouchers.services import publishing

    # A task for each: one round that cannot be carried out holds up no other.
    for sale_round_id in publishing.rounds_with_work():
        carry_out_draw.delay(sale_round_id=sale_round_id)


@shared_task(acks_late=True, ignore_result=True)
def delete_pictures() -> None:
    from vouchers.services import residency

    residency.delete_pictures(at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def settle_deposit_file(*, deposit_file_id: int) -> None:
    """Pay orders with the rows of one file; what a dead worker left, the sweep takes up."""
    from vouchers.services import deposits

    deposits.settle_waiting(at=timezone.now(), deposit_file_id=deposit_file_id)


@shared_task(acks_late=True, ignore_result=True)
def settle_deposits() -> None:
    """Pay orders with every receipt that waits."""
    from vouchers.services import deposits

    deposits.settle_waiting(at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def lapse_orders() -> None:
    """Give back the sets of orders that nobody paid in time."""
    from vouchers.services import lapsing

    lapsing.lapse_overdue(at=timezone.now())
