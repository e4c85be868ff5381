"""The door to the page: loopback only, one site only, and only with the connection code.

`GET /tap` waits until a card comes (200 and its name) or half a minute's patience ends (204);
`GET /hello` tells whether the code is right. A tap that nobody fetches is gone after a moment: it
must not meet the next customer.
"""

import hmac
import json
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

HOST: Final = "127.0.0.1"
PORT: Final = 8765
WAIT_SECONDS: Final = 20.0
FRESH_SECONDS: Final = 3.0


class Counter:
    """Where the reader lays a tap and the page takes it, once."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._tap = ""
        self._laid_at = 0.0

    def lay(self, tap: str) -> None:
        """Offer a tap; an older one that nobody took is gone."""
        with self._ready:
            self._tap, self._laid_at = tap, time.monotonic()
            self._ready.notify()

    def take(self, *, patience_seconds: float) -> str:
        """Return the next tap, or nothing when none comes in time."""
        until = time.monotonic() + patience_seconds
        with self._ready:
            while True:
                tap, self._tap = self._tap, ""
                if tap and time.monotonic() - self._laid_at <= FRESH_SECONDS:
                    return tap
                left = until - time.monotonic()
                if left <= 0:
                    return ""
                self._ready.wait(left)


class BridgeServer(ThreadingHTTPServer):
    """A server for the page of one site on this machine."""

    daemon_threads = True

    def __init__(
        self,
        counter: Counter,
        *,
        site: str,
        code: str,
        port: int = PORT,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__((HOST, port), Handler)
        self.counter = counter
        self.site = origin_of(site)
        self.code = code
        self.wait_seconds = wait_seconds


class Handler(BaseHTTPRequestHandler):
    """One question of the page."""

    server: BridgeServer
    server_version = "pointsys-bridge"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_OPTIONS(self) -> None:
        """Answer the browser's question before the question."""
        if self._refused(wants_code=False):
            return
        self._answer(
            HTTPStatus.NO_CONTENT,
            more={
                "Access-Control-Allow-Headers": "Authorization",
                "Access-Control-Allow-Methods": "GET",
                "Access-Control-Allow-Private-Network": "true",
                "Access-Control-Max-Age": "600",
            },
        )

    def do_GET(self) -> None:
        """Hand over a tap."""
        if self._refused(wants_code=True):
            return
        if self.path == "/hello":
            self._answer(HTTPStatus.OK, {"bridge": "pointsys"})
        elif self.path == "/tap":
            tap = self.server.counter.take(patience_seconds=self.server.wait_seconds)
            if tap:
                self._answer(HTTPStatus.OK, {"card": tap})
            else:
                self._answer(HTTPStatus.NO_CONTENT)
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def _refused(self, *, wants_code: bool) -> bool:
        # The name guards against pages that point their own name at this machine.
        is_here = self.headers.get("Host") == f"{HOST}:{self.server.server_port}"
        if not is_here or self.headers.get("Origin") != self.server.site:
            self._answer(HTTPStatus.FORBIDDEN, is_open=False)
        elif wants_code and not self._knows_code():
            self._answer(HTTPStatus.UNAUTHORIZED)
        else:
            return False
        return True

    def _knows_code(self) -> bool:
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return hmac.compare_digest(
            plain(given).encode("utf-8", "replace"), plain(self.server.code).encode()
        )

    def _answer(
        self,
        status: HTTPStatus,
        body: dict[str, str] | None = None,
        *,
        is_open: bool = True,
        more: dict[str, str] | None = None,
    ) -> None:
        content = json.dumps(body).encode() if body else b""
        self.send_response(status)
        if is_open:
            self.send_header("Access-Control-Allow-Origin", self.server.site)
            self.send_header("Vary", "Origin")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        if content:
            self.send_header("Content-Type", "application/json")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: a log of who held which card when is nobody's business."""


def origin_of(site: str) -> str:
    """Return the origin of the site's address.

    Raises:
        ValueError: the address is not https (or http on this machine).
    """
    parts = urlsplit(site)
    is_here = parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or parts.scheme not in ({"http", "https"} if is_here else {"https"}):
        raise ValueError("the site's address must begin with https://")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def plain(code: str) -> str:
    """Return a connection code as it is compared: without hyphens, in capitals."""
    return code.replace("-", "").replace(" ", "").strip().upper()
