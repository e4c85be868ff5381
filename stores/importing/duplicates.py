"""Which rows may be one shop: proposals for a person, never a merge.

Evidence is the same name at the same place, a trailing 店 or 支店 aside, or the same or a similar
name with one telephone, or, weaker, the same name where one address stops before its block.
A telephone alone is none: chains print one free-call number for all their shops.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from pointsys.common import addresses, text

# Above this many shops on one number the number is a call centre: only equal names count then.
_SHOPS_PER_PHONE: Final = 8
# Above this many places under one name in one municipality the name is a chain's: it says nothing.
_PLACES_PER_NAME: Final = 8


class Evidence(StrEnum):
    """Why two rows look like one shop; the value is the reason shown to the office."""

    SAME_NAME_AND_PLACE = "店名と所在地が同じです"
    SIMILAR_NAME_AND_PLACE = "所在地が同じで、店名は末尾の「店」などだけが違います"
    SAME_NAME_AND_PHONE = "店名と電話番号が同じです"
    SIMILAR_NAME_AND_PHONE = "電話番号が同じで、店名が似ています"
    SAME_NAME_AND_TOWN = "店名と市区町村が同じで、一方の所在地に番地がありません"


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
        self._by_town: dict[tuple[str, str], dict[str, Candidate]] = defaultdict(dict)
        self._by_name_and_phone: dict[tuple[str, str], Candidate] = {}
        self._by_phone: dict[str, list[Candidate]] = defaultdict(list)

    def add(self, shop: Candidate) -> None:
        if shop.address_key.strip("|"):
            self._by_place.setdefault((shop.name_key, shop.address_key), shop)
            places = self._by_town[shop.name_key, _municipality(shop)]
            if len(places) <= _PLACES_PER_NAME:
                places.setdefault(shop.address_key, shop)
        if shop.phone_key:
            self._by_name_and_phone.setdefault((shop.name_key, shop.phone_key), shop)
            if len(self._by_phone[shop.phone_key]) <= _SHOPS_PER_PHONE:
                self._by_phone[shop.phone_key].append(shop)

    def like(self, shop: Candidate) -> Iterator[tuple[Candidate, Evidence]]:
        """Yield what may be the same shop, the surest evidence first."""
        if shop.address_key.strip("|"):
            yield from self._at_the_same_place(shop)
        if shop.phone_key:
            yield from self._with_the_same_phone(shop)
        if _municipality(shop):
            yield from self._in_the_same_town(shop)

    def _at_the_same_place(self, shop: Candidate) -> Iterator[tuple[Candidate, Evidence]]:
        same = self._by_place.get((shop.name_key, shop.address_key))
        if same is not None:
            yield same, Evidence.SAME_NAME_AND_PLACE
        if not addresses.key_has_block(shop.address_key):
            return  # a whole town is no place: 本店 and 支店 may both lie in it
        for name_key in text.branch_spellings(shop.name_key):
            other = self._by_place.get((name_key, shop.address_key))
            if other is not None:
                yield other, Evidence.SIMILAR_NAME_AND_PLACE

    def _in_the_same_town(self, shop: Candidate) -> Iterator[tuple[Candidate, Evidence]]:
        places = self._by_town.get((shop.name_key, _municipality(shop)), {})
        if len(places) > _PLACES_PER_NAME:
            return
        for address_key, other in places.items():
            if addresses.may_be_one_place(address_key, shop.address_key):
                yield other, Evidence.SAME_NAME_AND_TOWN

    def _with_the_same_phone(self, shop: Candidate) -> Iterator[tuple[Candidate, Evidence]]:
        same_phone = self._by_name_and_phone.get((shop.name_key, shop.phone_key))
        if same_phone is not None:
            yield same_phone, Evidence.SAME_NAME_AND_PHONE
        neighbours = self._by_phone.get(shop.phone_key, [])
        if shop.is_shared_line or len(neighbours) > _SHOPS_PER_PHONE:
            return
        for other in neighbours:
            if other.name_key != shop.name_key and text.are_similar(other.name_key, shop.name_key):
                yield other, Evidence.SIMILAR_NAME_AND_PHONE


def _municipality(shop: Candidate) -> str:
    return shop.address_key.partition("|")[0]
