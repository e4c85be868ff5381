"""The one Celery application; periodic work is declared in `settings.CELERY_BEAT_SCHEDULE`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pointsys.settings.base")

app = Celery("pointsys")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
