"""The resident's balance page against a view that does nothing, through the same middleware.

Both are called inside this process through the WSGI entrance: a load generator in Python on the
same two cores would be slower than the trivial view and flatter the ratio.
"""

from collections.abc import Callable
from io import BytesIO
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from django.utils import timezone

from ledger import services as ledger
from pointsys.residents.models import Resident
from pointsys.users.models import User
from tests.bench.pairs import interleave
from tests.bench.world import build

SLICE_SECONDS = 3
PAYMENTS = 20


def run() -> dict[str, Any]:
    """Return balance pages a second on one thread, beside trivial views a second."""
    settings.ROOT_URLCONF = "tests.bench.urls"
    cookie = _signed_in_cookie()
    application = get_wsgi_application()
    result = interleave(
        lambda: _slice(application, "/my/", cookie),
        lambda: _slice(application, "/bench/trivial", cookie),
        label="balance_page",
    )
    return {"unit": "requests a second, one thread, in process", **result}


def _signed_in_cookie() -> str:
    world = build()
    user = User.objects.create_user(
        f"bench-{world.program_id}", email=f"bench-{world.program_id}@example.jp", name="計測 花子"
    )
    resident = Resident.objects.get(pk=world.first_resident_id)
    resident.user = user
    resident.save(update_fields=["user"])
    for number in range(PAYMENTS):
        ledger.pay(
            till_id=world.till_ids[number],
            wallet_id=world.wallet_ids[0],
            points=100,
            request_key=f"00000000-0000-4000-8000-{world.program_id:06}{number:06}",
            at=timezone.now(),
        )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _slice(application: Callable[..., Any], path: str, cookie: str) -> float:
    connection.ensure_connection()
    started = perf_counter()
    done = 0
    while perf_counter() - started < SLICE_SECONDS:
        statuses: list[str] = []
        response = application(
            _environ(path, cookie), lambda status, _, out=statuses: out.append(status)
        )
        for _ in response:
            pass
        response.close()
        assert statuses == ["200 OK"], (path, statuses)
        done += 1
    return done / (perf_counter() - started)


def _environ(path: str, cookie: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": cookie,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
