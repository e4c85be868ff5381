"""Reads what Django's file mail backend has written: one file a connection, messages one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

FILES_READ: Final = 100
# What the backend writes after each message.
_SEPARATOR: Final = re.compile(rb"\n-{79}\r?\n")
_FILE_NAME: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was sent; `name` and `number` say where it stands."""

    name: str
    number: int
    sent_at: datetime
    subject: str
    to: str
    sender: str
    body: str


def newest_mails() -> list[Mail]:
    """Return the mails of the newest files, newest first."""
    folder = _folder()
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [mail for path in files[:FILES_READ] for mail in reversed(list(_mails_in(path)))]


def one_mail(*, name: str, number: int) -> Mail | None:
    """Return one mail of one file, or None where there is no such mail."""
    path = _folder() / f"{name}.log"
    if not _FILE_NAME.fullmatch(name) or not path.is_file():
        return None
    return next((mail for mail in _mails_in(path) if mail.number == number), None)


def _folder() -> Path:
    # Only the demo's settings name it.
    return Path(getattr(settings, "EMAIL_FILE_PATH", None) or "/nonexistent")


def _mails_in(path: Path) -> Iterator[Mail]:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
    parser = BytesParser(EmailMessage, policy=policy.default)
    for number, raw in enumerate(_SEPARATOR.split(path.read_bytes())):
        if not raw.strip():
            continue
        message = parser.parsebytes(raw.lstrip())
        body = message.get_body(preferencelist=("plain", "html"))
        yield Mail(
            name=path.stem,
            number=number,
            sent_at=written_at,
            subject=str(message["Subject"] or ""),
            to=str(message["To"] or ""),
            sender=str(message["From"] or ""),
            body=str(body.get_content()) if body else "",
        )
