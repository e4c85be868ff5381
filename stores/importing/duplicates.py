"""Which rows may be one shop: proposals for a person, never a merge.

Evidence is the same name at the same place, or the same or a similar name with one telephone.
A telephone alone is none: chains print one free-call number for all their shops.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from pointsys.common import text

# Above this many shops on one number the number is a call centre: only equal names count then.
_SHOPS_PER_PHONE: Final = 8


class Evidence(StrEnum):
    """Why two rows look like one shop; the value is the reason shown to the office."""

    SAME_NAME_AND_PLACE = "店名と所在地が同じです"
    SAME_NAME_AND_PHONE = "店名と電話番号が同じです"
    SIMILAR_NAME_AND_PHONE = "電話番号が同じで、店名が似ています"


# Where a shop stands: a row by its position among the rows, the others by their primary key.
Ref = tuple[Literal["row", "application", "store"], int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shop as far as comparing goes."""

    ref: Ref
    name_key: str
    address_key: str
    phone_key: str
    is_shared_line: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One suspicion: `ref` may be the same shop as `other`, which was there before it."""

    ref: Ref
    other: Ref
    evidence: Evidence


def propose_duplicates(
    candidates: Sequence[Candidate], existing: Sequence[Candidate]
) -> list[Proposal]:
    """Return at most one proposal per pair, each candidate against what stands before it.

    Of several equal rows each is compared with the first only. The cost grows with the number of
    rows, not with its square.
    """
    seen = _Seen()
    for shop in existing:
        seen.add(shop)
    proposals: list[Proposal] = []
    for shop in candidates:
        pairs: set[Ref] = set()
        for other, evidence in seen.like(shop):
            if other.ref not in pairs:
                pairs.add(other.ref)
                proposals.append(Proposal(shop.ref, other.ref, evidence))
        seen.add(shop)
    return proposals


class _Seen:
    """The shops so far, found by name and place, by name and telephone, and by telephone."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], Candidate] = {}
        self._by_name_and_phone: dict[tuple[str, str], Candidate] = {}
        self._by_phone: dict[str, list[Candidate]] = defaultdict(list)

    def add(self, shop: Candidate) -> None:
        if shop.address_key.strip("|"):
            self._by_place.setdefault((shop.name_key, shop.address_key), shop)
        if shop.phone_key:
            self._by_name_and_phone.setdefault((shop.name_key, shop.phone_key), shop)
            if len(self._by_phone[shop.phone_key]) <= _SHOPS_PER_PHONE:
                self._by_phone[shop.phone_key].append(shop)

    def like(self, shop: Candidate) -> Iterator[tuple[Candidate, Evidence]]:
        same_place = self._by_place.get((shop.name_key, shop.address_key))
        if same_place is not None and shop.address_key.strip("|"):
            yield same_place, Evidence.SAME_NAME_AND_PLACE
        if not shop.phone_key:
            return
        same_phone = self._by_name_and_phone.get((shop.name_key, shop.phone_key))
        if same_phone is not None:
            yield same_phone, Evidence.SAME_NAME_AND_PHONE
        neighbours = self._by_phone.get(shop.phone_key, [])
        if shop.is_shared_line or len(neighbours) > _SHOPS_PER_PHONE:
            return
        for other in neighbours:
            if other.name_key != shop.name_key and text.are_similar(other.name_key, shop.name_key):
                yield other, Evidence.SIMILAR_NAME_AND_PHONE
