from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def make_due_reports() -> None:
    from pointsys.console import services

    services.make_due_reports(at=timezone.now())
