"""How Excel shows a number: as a date, with leading zeros, or plainly."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

# Numbers of the built-in date and time formats; 27-36 and 50-58 are the Japanese ones.
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ZEROS: Final = re.compile(r"^[0#()\s-]*0[0#()\s-]*$")
# Day 1 is 1900-01-01, and Excel counts a 29 February 1900 that never was.
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no time zone
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a cell has no time zone


@dataclass(frozen=True, slots=True)
class CellFormat:
    """What a number format means for reading: a date, or so many digits with zeros in front."""

    is_date: bool = False
    epoch_1904: bool = False
    digits: int = 0


def cell_format(number: int, code: str, *, epoch_1904: bool) -> CellFormat:
    """Return the meaning of a number format: built-in by its number, custom by its code."""
    if number in _BUILT_IN_DATES:
        return CellFormat(is_date=True, epoch_1904=epoch_1904)
    # The last section of a conditional code is the full form: [<=999]000;…;000\-0000.
    sections = code.split(";")
    bare = _QUOTED.sub("", sections[-1] if code.startswith("[") else sections[0])
    if re.search(r"[ymdhs]", bare, re.IGNORECASE) and "General" not in code:
        return CellFormat(is_date=True, epoch_1904=epoch_1904)
    if _ZEROS.match(bare):
        zeros_on = bare[bare.index("0") :]
        return CellFormat(digits=sum(character in "0#" for character in zeros_on))
    return CellFormat()


def shown(raw: str, form: CellFormat) -> str:
    """Return a number as text: dates in ISO form, whole numbers without a decimal point."""
    raw = raw.strip()
    try:
        number = float(raw)
    except ValueError:
        return raw
    if form.is_date:
        return _date(number, form) or raw
    if not number.is_integer() or abs(number) >= 10**15:
        return raw
    whole = str(int(number))
    return whole.zfill(form.digits) if form.digits > 1 and number >= 0 else whole


def _date(number: float, form: CellFormat) -> str:
    epoch = _EPOCH_1904 if form.epoch_1904 else _EPOCH
    try:
        moment = epoch + dt.timedelta(days=round(number * 86_400) / 86_400)
    except (OverflowError, ValueError):
        return ""
    if number < 1:
        return moment.strftime("%H:%M")
    has_time = moment.hour or moment.minute
    return moment.strftime("%Y-%m-%d %H:%M" if has_time else "%Y-%m-%d")
