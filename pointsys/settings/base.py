"""Production settings: everything from the environment; what is missing stops the start.

`dev.py` and `test.py` only override. Business numbers (rates, closing day) are rows of Program.
"""

import base64
from ipaddress import ip_network
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]

# --- Identity of the installation ------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_ORIGIN = env.str("SITE_ORIGIN", default="https://localhost")  # printed in QR codes and letters
# 32-byte keys as base64, newest first; old ones stay until rows are re-encrypted.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])
# `id:base64` pairs, newest first; the id is printed in the QR code so that one key can be retired.
TILL_SIGNING_KEYS = env.list("TILL_SIGNING_KEYS", default=[])
# Base64 key of the receipt-number permutation; never changed once receipts are printed.
RECEIPT_NUMBER_KEY = env.str("RECEIPT_NUMBER_KEY", default="")
# `version:base64` pairs, newest first; what cards are known by is stored only under these keys.
CARD_PEPPERS = env.list("CARD_PEPPERS", default=[])
REQUIRE_SECOND_FACTOR = True
DEMO = False

# --- Applications ----------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "pointsys.console.admin_config.StaffAdminConfig",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "import_export",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pointsys.common",
    "pointsys.users",
    "pointsys.audit",
    "pointsys.approvals",
    "pointsys.programs",
    "pointsys.notices",
    "pointsys.residents",
    "pointsys.draws",
    "pointsys.surveys",
    "stores",
    "ledger",
    "settlement",
    "vouchers",
    "cards",
    "callcenter",
    "consultations",
    "pointsys.website",
    "pointsys.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before the files of the pages, so that these carry every header too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pointsys.common.middleware.RequestLogMiddleware",
    "pointsys.common.middleware.PersonalPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    # Before the three below: they tell the person why a page does not open.
    "django.contrib.messages.middleware.MessageMiddleware",
    "pointsys.users.middleware.StaffSessionMiddleware",
    "pointsys.users.middleware.SecondFactorMiddleware",
    "pointsys.users.middleware.MustChangePasswordMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "pointsys.urls"
WSGI_APPLICATION = "pointsys.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pointsys.common.context_processors.installation",
                "pointsys.programs.context_processors.only_program",
                "pointsys.console.context_processors.staff",
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db("DATABASE_URL", default="postgres:///pointsys"),
        "ENGINE": "django.db.backends.postgresql",
        # One connection per worker thread for its life: 8-13 times the requests of reconnecting.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
# Zero means none: tasks and commands close months. `pointsys/wsgi.py` sets 10 seconds for pages.
DATABASE_STATEMENT_TIMEOUT_MS = env.int("DATABASE_STATEMENT_TIMEOUT_MS", default=0)
if DATABASE_STATEMENT_TIMEOUT_MS:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        f"-c statement_timeout={DATABASE_STATEMENT_TIMEOUT_MS}"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
# redis-py and Django call a socket `unix://`, Celery calls it `redis+socket://`.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 180 * 24 * 3600  # residents; staff sessions are cut by StaffSessionMiddleware
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_FAILURE_VIEW = "pointsys.common.views.csrf_failure"
STAFF_SESSION_IDLE_SECONDS = 30 * 60
STAFF_SESSION_MAX_SECONDS = 12 * 3600

# --- Language and time -----------------------------------------------------------------------
LANGUAGE_CODE = "ja"
# English comes with its translation; offered before, browsers would get half-English pages.
LANGUAGES = [("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "pointsys" / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True

# --- Sign-in ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "website:after_sign_in"
ACCOUNT_ADAPTER = "pointsys.users.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# Nobody signs up, but without password1 here allauth's sign-in form has no password either.
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_SESSION_REMEMBER = False  # password sign-ins end with the browser
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_FORMS = {
    "login": "pointsys.users.forms.PasswordSignInForm",
    "request_login_code": "pointsys.users.forms.RequestCodeForm",
    "confirm_login_code": "pointsys.users.forms.ConfirmCodeForm",
    "change_password": "pointsys.users.forms.ChangePasswordForm",
    "reset_password": "pointsys.users.forms.ResetPasswordForm",
    "reset_password_from_key": "pointsys.users.forms.ResetPasswordKeyForm",
    "reauthenticate": "pointsys.users.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "pointsys.users.forms.SecondFactorForm",
    "reauthenticate": "pointsys.users.forms.SecondFactorAgainForm",
    "activate_totp": "pointsys.users.forms.ActivateSecondFactorForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "website:home"
ACCOUNT_USER_DISPLAY = "pointsys.users.adapter.display_name"
# Limits count by account first: an office, and a carrier's customers, share one address (S8).
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "10/15m/key,100/15m/ip",
    "request_login_code": "300/m/ip,3/m/key,10/h/key,20/d/key",
}
# Proxies of ours before the web servers; from further out a caller could name any address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Networks behind which many people sit, such as the client's own: never closed as a whole.
SHARED_ADDRESSES = [ip_network(text) for text in env.list("SHARED_ADDRESSES", default=[])]
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "pointsys"

# --- Security headers ------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "pointsys" / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = 30 * 1024 * 1024  # imports; larger files are refused with a message

# --- Mail ------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")

# --- Work in the background ------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # the workers log as the web does
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "pointsys.common.tasks.heartbeat", "schedule": 15.0},
    "sweep-notices": {"task": "pointsys.notices.tasks.sweep", "schedule": 60.0},
    "weekly-reports": {"task": "pointsys.console.tasks.make_due_reports", "schedule": 1800.0},
    "desk-daily-work": {"task": "callcenter.tasks.daily_work", "schedule": 300.0},
    "event-reminders": {"task": "consultations.tasks.remind_of_tomorrow", "schedule": 900.0},
    # Reminders leave by day only; a picture is gone within an hour of its time.
    "voucher-reminders": {
        "task": "vouchers.tasks.remind",
        "schedule": crontab(minute="5", hour="9-19"),
    },
    "voucher-draws": {"task": "vouchers.tasks.carry_out_draws", "schedule": 60.0},
    "voucher-deposits": {"task": "vouchers.tasks.settle_deposits", "schedule": 300.0},
    "voucher-lapses": {"task": "vouchers.tasks.lapse_orders", "schedule": 900.0},
    "voucher-pictures": {"task": "vouchers.tasks.delete_pictures", "schedule": 3600.0},
    "sweep-terminal-nonces": {"task": "cards.tasks.sweep_terminal_nonces", "schedule": 300.0},
}

# --- Logs ------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING_CONFIG = "pointsys.common.logs.configure"
LOGGING = {"format": LOG_FORMAT, "level": env.str("LOG_LEVEL", default="INFO")}


def _is_private_key(text: str) -> bool:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return len(key) == 32 and not key.startswith((b"demo-only", b"test-only"))


def refuse_unsafe_start() -> None:
    """Stop at start when a setting would put money or personal data at risk.

    Raises:
        ImproperlyConfigured: naming each setting that is missing or unsafe.
    """
    problems = [
        f"{name} is missing"
        for name, value in {
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": ALLOWED_HOSTS,
            "DATABASE_URL": env.str("DATABASE_URL", default=""),
            "REDIS_URL": env.str("REDIS_URL", default=""),
            "FIELD_ENCRYPTION_KEYS": FIELD_ENCRYPTION_KEYS,
            "TILL_SIGNING_KEYS": TILL_SIGNING_KEYS,
            "RECEIPT_NUMBER_KEY": RECEIPT_NUMBER_KEY,
            "CARD_PEPPERS": CARD_PEPPERS,
            "SITE_ORIGIN": env.str("SITE_ORIGIN", default=""),
        }.items()
        if not value
    ]
    keys = {
        "FIELD_ENCRYPTION_KEYS": FIELD_ENCRYPTION_KEYS,
        "TILL_SIGNING_KEYS": [pair.partition(":")[2] for pair in TILL_SIGNING_KEYS],
        "RECEIPT_NUMBER_KEY": [RECEIPT_NUMBER_KEY] if RECEIPT_NUMBER_KEY else [],
        "CARD_PEPPERS": [
            key if version.isdecimal() else ""
            for version, _, key in (pair.partition(":") for pair in CARD_PEPPERS)
        ],
    }
    problems += [
        f"{name} must hold 32 random bytes as base64, not the demo's"
        for name, values in keys.items()
        if not all(_is_private_key(value) for value in values)
    ]
    if not SITE_ORIGIN.startswith("https://"):
        problems.append("SITE_ORIGIN must begin with https://")
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith(("dev-", "test-", "django-insecure")):
        problems.append("SECRET_KEY is a default or shorter than 50 characters")
    if "*" in ALLOWED_HOSTS:
        problems.append("ALLOWED_HOSTS must name the hosts, not *")
    if problems:
        raise ImproperlyConfigured("pointsys does not start: " + "; ".join(problems) + ".")


if env.str("DJANGO_SETTINGS_MODULE", default="") == "pointsys.settings.base":
    refuse_unsafe_start()
