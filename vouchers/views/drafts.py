"""An application between its first page and its last: numbers in the session, the picture sealed.

The picture waits like every upload (ADR 0020); the session keeps only the token that names it.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

from pointsys.common import held_files
from pointsys.common.held_files import HeldFile, HeldFileGone
from vouchers.views.common import user_of

PICTURE_NAME = "document.jpg"


@dataclass(slots=True)
class Draft:
    """What was answered so far."""

    sets: int = 0
    kind: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the answers for one round and one person are kept."""

    request: HttpRequest
    round_id: int
    resident_id: int

    @property
    def key(self) -> str:
        return f"voucher_draft:{self.round_id}:{self.resident_id}"

    @property
    def purpose(self) -> str:
        return f"voucher-document-{self.round_id}-{self.resident_id}"

    def draft(self) -> Draft:
        """Return what was answered; an odd session counts as nothing."""
        kept: Any = self.request.session.get(self.key)
        return Draft(**kept) if isinstance(kept, dict) else Draft()

    def keep(self, draft: Draft) -> None:
        """Keep the answers for the next page."""
        self.request.session[self.key] = asdict(draft)

    def hold_picture(self, content: bytes) -> str:
        """Seal a picture until the application is sent and return its token."""
        return held_files.hold(
            name=PICTURE_NAME,
            content=content,
            purpose=self.purpose,
            user_id=user_of(self.request).pk,
        )

    def picture(self, token: str) -> HeldFile:
        """Return the picture that was held.

        Raises:
            HeldFileGone: its time is over.
        """
        return held_files.held(token=token, purpose=self.purpose, user_id=user_of(self.request).pk)

    def has_picture(self, draft: Draft) -> bool:
        """Tell whether the picture of the answers is still there."""
        if not draft.token:
            return False
        try:
            self.picture(draft.token)
        except HeldFileGone:
            return False
        return True

    def clear(self, draft: Draft) -> None:
        """Forget the answers and the picture: the application was sent."""
        if draft.token:
            held_files.release(
                token=draft.token, purpose=self.purpose, user_id=user_of(self.request).pk
            )
        self.request.session.pop(self.key, None)
