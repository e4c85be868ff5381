from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def daily_work() -> None:
    """Make the reports that are missing, and report complaints nobody could be told of."""
    from callcenter import services

    at = timezone.now()
    services.make_missing_reports(at=at)
    services.report_waiting_complaints(at=at)
