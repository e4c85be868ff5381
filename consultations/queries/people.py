from dataclasses import asdict, dataclass

from consultations.models import Booking
from pointsys.common.sealing import seal_json, unseal_json


@dataclass(frozen=True, slots=True)
class Person:
    """Who booked, as typed; `note` is what the staff should know (CO-05)."""

    name: str
    kana: str
    phone: str
    email: str = ""
    note: str = ""

    @property
    def phone_tail(self) -> str:
        """The last four digits, with which the person cancels."""
        return "".join(c for c in self.phone if c.isdecimal())[-4:]


def _context(booking: Booking) -> str:
    return f"consultations.booking:{booking.uuid}"


def person_of(booking: Booking) -> Person:
    """Open who booked; the caller records the access when a person reads it."""
    return Person(**unseal_json(bytes(booking.person_sealed), context=_context(booking)))


def sealed_person(booking: Booking, person: Person) -> bytes:
    """Return the person sealed to this booking's row."""
    return seal_json(asdict(person), context=_context(booking))
