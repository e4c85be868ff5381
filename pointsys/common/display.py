"""How amounts, dates and numbers are written for people; the template filters call these."""

import datetime as dt
import unicodedata
from typing import Final

from django.utils import timezone

WEEKDAYS: Final = "月火水木金土日"
MINUS: Final = "\N{MINUS SIGN}"
# A limit that is this near is shown in the warning colour beside its words.
SOON_DAYS: Final = 14


def grouped(value: int) -> str:
    """Return the number with thousands separators and a true minus sign."""
    return f"{value:,}".replace("-", MINUS)


def signed(value: int) -> str:
    """Return the number as a movement: ＋500, −1,280 or 0."""
    return f"＋{value:,}" if value > 0 else grouped(value)


def local_date(value: dt.date | dt.datetime) -> dt.date:
    """Return the calendar day in the office's time zone."""
    if isinstance(value, dt.datetime):
        return local_moment(value).date()
    return value


def local_moment(value: dt.datetime) -> dt.datetime:
    """Return the instant on the office's clock; a naive value is already on it."""
    return timezone.localtime(value) if timezone.is_aware(value) else value


def japanese_date(value: dt.date | dt.datetime, *, with_year: bool | None = None) -> str:
    """Return 9月16日（火）, with the year when it is another year than today's."""
    day = local_date(value)
    if with_year is None:
        with_year = day.year != timezone.localdate().year
    year = f"{day.year}年" if with_year else ""
    return f"{year}{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def clock_words(value: dt.datetime) -> str:
    """Return the time of day in words: 午前9時, 午後11時59分, 正午."""
    moment = local_moment(value)
    if (moment.hour, moment.minute) == (12, 0):
        return "正午"
    half = "午前" if moment.hour < 12 else "午後"
    minutes = f"{moment.minute}分" if moment.minute else ""
    return f"{half}{moment.hour % 12}時{minutes}"


def last_usable_moment(ends_at: dt.datetime) -> dt.datetime:
    """Return the last whole minute before an exclusive end."""
    moment = local_moment(ends_at) - dt.timedelta(microseconds=1)
    return moment.replace(second=0, microsecond=0)


def days_left(ends_at: dt.datetime) -> int:
    """Return how many days remain after today until the last usable day; negative when over."""
    return (last_usable_moment(ends_at).date() - timezone.localdate()).days


def days_left_words(ends_at: dt.datetime) -> str:
    """Return あと10日, きょうまで, or 終わりました."""
    days = days_left(ends_at)
    if days < 0 or ends_at <= timezone.now():
        return "終わりました"
    return f"あと{days}日" if days else "きょうまで"


def in_fours(value: str) -> str:
    """Return a receipt number in groups of four: K7M2-4Q9X."""
    compact = value.replace("-", "").strip()
    return "-".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def masked_tail(value: str, *, shown: int = 3) -> str:
    """Return the value with all but its last characters hidden: ●●●●412."""
    hidden = max(len(value) - shown, 0)
    return "●" * hidden + value[hidden:]


def postal_code(value: str) -> str:
    """Return 〒989-6188 for seven digits, else the value as it is."""
    digits = value.replace("-", "")
    return f"〒{digits[:3]}-{digits[3:]}" if len(digits) == 7 and digits.isdecimal() else value


def masked_email(value: str) -> str:
    """Return s•••••o@example.jp: enough to recognise one's own address, not to learn it."""
    name, _, domain = value.partition("@")
    if not domain:
        return value
    ends = (name[0], name[-1]) if len(name) > 2 else (name[:1], "")
    return f"{ends[0]}•••••{ends[1]}@{domain}"


def half_width(value: str) -> str:
    """Return digits and letters in their plain width, hyphens and spaces unified."""
    plain = unicodedata.normalize("NFKC", value).strip()
    return plain.translate(dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ｰー"), "-"))
