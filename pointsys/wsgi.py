"""The WSGI entrance that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pointsys.settings.base")
# A payment admitted before midnight must be over long before the sweep books expired lots; what
# runs longer than a request may belongs to a task.
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT_MS", "10000")

application = get_wsgi_application()
