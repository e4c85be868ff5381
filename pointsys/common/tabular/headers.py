"""Which column means what: headers compared with the words that offices use for a field.

A header is compared without width, case, blanks and signs, without what stands in brackets, and
by its last part after a dot. An earlier word is surer than a later one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from pointsys.common import text

F = TypeVar("F", bound=str)

_BRACKETED: Final = re.compile(r"\([^)]*\)|【[^】]*】|\[[^\]]*\]|〔[^〕]*〕|<[^>]*>")
_SIGNS: Final = re.compile(r"(?:(?!〒)[\W_])+")


def spellings(header: str) -> tuple[str, ...]:
    """Return the forms in which a header is compared; the first is the whole of it."""
    plain = text.plain(header).casefold()
    bare = _BRACKETED.sub("", plain)
    last = bare.rpartition(".")[2]
    return tuple(dict.fromkeys(_SIGNS.sub("", part) for part in (plain, bare, last)))


def match_words(headers: Sequence[str], words: Mapping[F, str]) -> dict[F, str]:
    """Return the header of each field; fields choose in their order, each header is used once.

    `words` are separated by blanks and written as `spellings` leaves them.
    """
    left = {header: spellings(header) for header in headers if header.strip()}
    found: dict[F, str] = {}
    for field, known in words.items():
        ranks = {word: rank for rank, word in enumerate(known.split())}
        candidates = [
            (ranks[spelling], header)
            for header, forms in left.items()
            for spelling in forms
            if spelling in ranks
        ]
        if candidates:
            found[field] = min(candidates, key=lambda candidate: candidate[0])[1]
            del left[found[field]]
    return found
