"""The WSGI entrance that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pointsys.settings.base")

application = get_wsgi_application()
