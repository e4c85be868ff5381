"""The colour of the day on paid pages: a picture of yesterday's payment has another one."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.crypto import salted_hmac


@dataclass(frozen=True, slots=True)
class Colour:
    """`code` is the value of data-day in the style sheet, `name` what people say to each other."""

    code: str
    name: str


COLOURS: Final = (
    Colour("ao", "あお"),
    Colour("midori", "みどり"),
    Colour("murasaki", "むらさき"),
    Colour("daidai", "だいだい"),
    Colour("momo", "もも"),
    Colour("mizu", "みずいろ"),
)


def colour_of(day: dt.date) -> Colour:
    """Return the day's colour: nobody outside can foresee it, and it is never yesterday's."""
    drawn = salted_hmac("pointsys.day_colour", day.isoformat(), algorithm="sha256").digest()[0]
    # Even days draw from three colours and odd days from the other three.
    return COLOURS[2 * (drawn % 3) + day.toordinal() % 2]
