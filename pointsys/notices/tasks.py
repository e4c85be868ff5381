from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def deliver(*, notice_id: int) -> None:
    from pointsys.notices import services

    services.deliver(notice_id=notice_id, at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def deliver_many(*, notice_ids: list[int]) -> None:
    from pointsys.notices import services

    for notice_id in notice_ids:
        services.deliver(notice_id=notice_id, at=timezone.now())


@shared_task(acks_late=True, ignore_result=True)
def sweep() -> None:
    from pointsys.notices import services

    services.sweep(at=timezone.now())
