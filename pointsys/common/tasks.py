from celery import shared_task


@shared_task(ignore_result=True)
def heartbeat() -> None:
    """Show `/healthz` that beat sends and a worker receives."""
    from pointsys.common import health

    health.record_heartbeat()
