from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse

from pointsys.console.demo import people
from pointsys.users.models import Membership, Role, User
from stores.models import StoreStaff

CODE_BY_MAIL: Final = "確認番号（メール）"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the table that the launcher prints."""

    role: str
    place: str
    login: str
    secret: str
    url: str


def sign_ins() -> list[SignIn]:
    """Return who can sign in, for every role once."""
    origin = settings.SITE_ORIGIN.rstrip("/")
    return [*_staff(origin), *_store_people(origin), *_residents(origin)]


def _staff(origin: str) -> list[SignIn]:
    order = {role: position for position, role in enumerate(Role.values)}
    seats = Membership.objects.filter(
        user__username__in=[person.username for person in people.STAFF]
    ).select_related("user", "organization")
    first: dict[tuple[str, str], Membership] = {}
    for seat in seats.order_by("pk"):
        first.setdefault((seat.user.username, seat.role), seat)
    return [
        SignIn(
            seat.get_role_display(),
            seat.organization.name,
            seat.user.username,
            people.PASSWORD,
            origin + reverse(_START.get(seat.role, "console:home")),
        )
        for seat in sorted(first.values(), key=lambda seat: order[seat.role])
    ]


_START: Final[dict[str, str]] = {
    Role.DESK_OPERATOR: "callcenter:home",
    Role.DESK_SUPERVISOR: "callcenter:home",
    Role.EVENT_STAFF: "events:today",
}


def _store_people(origin: str) -> list[SignIn]:
    seats = StoreStaff.objects.select_related("user", "store").order_by("pk")
    return [
        SignIn(
            seat.get_role_display(),
            seat.store.name,
            seat.user.username,
            people.PASSWORD,
            f"{origin}/store/",
        )
        for seat in seats
    ]


def _residents(origin: str) -> list[SignIn]:
    users = User.objects.filter(email__in=people.RESIDENT_EMAILS).order_by("email")
    return [SignIn("住民", user.name, user.email, CODE_BY_MAIL, f"{origin}/my/") for user in users]


def table(rows: list[SignIn]) -> str:
    """Return the table with columns that line up; a Japanese letter is two columns wide."""
    lines = [("役割", "所属・お店", "ログインID", "パスワード", "URL")]
    lines += [(row.role, row.place, row.login, row.secret, row.url) for row in rows]
    widths = [max(_width(line[n]) for line in lines) for n in range(5)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(1 if ord(character) < 0x300 else 2 for character in text)
