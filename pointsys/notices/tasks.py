from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def deliver(*, notice_id: int) -> None:
    from pointsys.notices import services

    services.deliver(notice_id=notice_id, at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def sweep() -> None:
    from pointsys.notices import services

    services.sweep(at=timezone.now())
