from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True, ignore_result=True)
def sweep_terminal_nonces() -> None:
    from cards.services import terminals

    terminals.sweep_nonces(at=timezone.now())
