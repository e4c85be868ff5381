from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def remind() -> None:
    from vouchers.services import noticing

    noticing.remind(at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def delete_pictures() -> None:
    from vouchers.services import residency

    residency.delete_pictures(at=timezone.now())
