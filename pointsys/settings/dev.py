"""The demo of `make run`: safe defaults for one machine, no second factor, mail kept readable."""

import os

from django.core.exceptions import ImproperlyConfigured

from pointsys.devstack.state import adopt_running_stack

adopt_running_stack()  # so that manage.py in another terminal finds what `make run` has started

from pointsys.settings.base import *  # noqa: E402, F403
from pointsys.settings.base import BASE_DIR, STORAGES, env  # noqa: E402

if os.environ.get("DJANGO_ENV", "").lower() == "production":
    raise ImproperlyConfigured(
        "pointsys.settings.dev is the demo: anybody may sign in as anyone. "
        "Production uses pointsys.settings.base."
    )

DEMO = True
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = "dev-only-secret-key-of-the-demo-never-used-in-production-0000"
ALLOWED_HOSTS = ["*"]
SITE_ORIGIN = env.str("SITE_ORIGIN", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
FIELD_ENCRYPTION_KEYS = ["ZGVtby1vbmx5LWZpZWxkLWVuY3J5cHRpb24ta2V5LTE="]
TILL_SIGNING_KEYS = ["1:ZGVtby1vbmx5LXRpbGwtc2lnbmluZy1rZXktMDAwMDE="]
RECEIPT_NUMBER_KEY = "ZGVtby1vbmx5LXJlY2VpcHQtbnVtYmVyLWtleS0wMDE="
CARD_PEPPERS = ["1:ZGVtby1vbmx5LWNhcmQtcGVwcGVyLWtleS0wMDAwMDA="]
REQUIRE_SECOND_FACTOR = False

SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
LOGGING = {
    "format": env.str("LOG_FORMAT", default="console"),
    "level": env.str("LOG_LEVEL", default="INFO"),
}
EMAIL_FILE_PATH = BASE_DIR / ".devstack" / "mail"
