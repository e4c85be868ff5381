from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def remind_of_tomorrow() -> None:
    from consultations import services

    services.remind_of_tomorrow(at=timezone.now())
