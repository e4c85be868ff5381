"""Settings of the test suite: eager tasks, mail in memory, quick password hashing."""

from pointsys.settings.base import *  # noqa: F403
from pointsys.settings.base import DATABASES, STORAGES

SECRET_KEY = "test-only-secret-key-of-the-suite-never-used-in-production-000"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SITE_ORIGIN = "https://points.example.jp"
FIELD_ENCRYPTION_KEYS = ["dGVzdC1vbmx5LWZpZWxkLWVuY3J5cHRpb24ta2V5LTE="]
TILL_SIGNING_KEYS = ["1:dGVzdC1vbmx5LXRpbGwtc2lnbmluZy1rZXktMDAwMDE="]
RECEIPT_NUMBER_KEY = "dGVzdC1vbmx5LXJlY2VpcHQtbnVtYmVyLWtleS0wMDE="
CARD_PEPPERS = ["1:dGVzdC1vbmx5LWNhcmQtcGVwcGVyLWtleS0wMDAwMDA="]

SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
SECURE_SSL_REDIRECT = False
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {"format": "console", "level": "WARNING"}
WHITENOISE_AUTOREFRESH = True  # no list of files, so no warning about a missing STATIC_ROOT
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
