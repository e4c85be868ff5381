"""Japanese addresses as shop lists write them: split into parts, and reduced to a comparable key.

Prefectures and the municipalities of Miyagi are known by name; all others are recognised by their
ending (市, 区, 町, 村), with a list of the names that hold such an ending before their end.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pointsys.common import municipalities, text

_POSTAL_CODE: Final = re.compile(r"^(?:〒\s*)?(\d{3}-?\d{4})(?!\d)\s*|〒\s*(\d{3}-?\d{4})(?!\d)\s*")
_PREFECTURE: Final = re.compile("|".join(municipalities.PREFECTURES))

# Names that hold 市, 町, 村 or 郡 before their end: the shortest reading would cut them too soon.
_CITIES_WITH_EARLY_ENDING: Final = (
    "市川市|市原市|八日市場市|廿日市市|野々市市|四日市市|八日市市|大町市|十日町市|町田市|村山市|東村山市"
    "|武蔵村山市|羽村市|村上市|田村市|大村市|中村市|郡山市|大和郡山市|郡上市|蒲郡市|小郡市|上郡町"
)
_TOWNS_WITH_EARLY_ENDING: Final = (
    "余市町|上市町|下市町|市貝町|市川町|市川三郷町|玉村町|大町町|村田町|田村町|中村町"
)
_DESIGNATED_CITIES: Final = (
    "札幌市|仙台市|さいたま市|千葉市|横浜市|川崎市|相模原市|新潟市|静岡市|浜松市|名古屋市|京都市|大阪市"
    "|堺市|神戸市|岡山市|広島市|北九州市|福岡市|熊本市"
)
# Counties whose own name holds the ending of a city or a village.
_COUNTY: Final = r"(?:(?:余市|高市)郡|[東西北]村山郡|[^市区町村\d]{1,4}?郡)"


@lru_cache(maxsize=1)
def _municipality_pattern() -> re.Pattern[str]:
    cities, towns = _CITIES_WITH_EARLY_ENDING, _TOWNS_WITH_EARLY_ENDING
    spellings = sorted(municipalities.names(), key=len, reverse=True)
    known = "|".join(re.sub(r"([市郡])(?=.)", r"\1\\s?", spelling) for spelling in spellings)
    return re.compile(
        rf"(?P<known>{known})"
        rf"|(?P<city>(?:{_DESIGNATED_CITIES})\s?[^区\d\s]{{1,4}}?区|{cities})"
        rf"|(?P<county>{_COUNTY})\s?(?P<town>{towns}|[^\d]{{1,6}}?[町村])"
        rf"|(?P<other>{towns}|[^\d\s市区町村]{{1,6}}?市|[^\d\s]{{1,4}}?区|[^\d\s]{{1,6}}?[町村])"
    )


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; a part that the text does not hold is empty.

    `line` is the whole on one line without the postal code, `key` compares two addresses.
    """

    postal_code: str
    prefecture: str
    county: str
    municipality: str
    municipality_code: str
    rest: str
    line: str
    key: str
    # 立町1-1 may lie in a town of that name or in the quarter of some city: only its form speaks.
    is_municipality_guessed: bool

    @property
    def prefecture_code(self) -> str:
        """Two digits, or nothing when the prefecture is not known."""
        return municipalities.PREFECTURE_CODES.get(self.prefecture, "")


def read_address(value: str) -> Address:
    """Split an address; what it does not say stays empty, except what a known name implies."""
    line = text.single_line(value)
    postal_code, line = _take_postal_code(line)
    working = text.plain(line)
    named, working = _take_prefecture(working)
    match = _municipality_pattern().match(working)
    county, name, rest = _parts(match, working)
    unit = municipalities.names().get(name)
    where = named or (unit.prefecture if unit else "")
    if unit and named and unit.prefecture != named:
        unit = None  # 川崎町 and 美里町 exist elsewhere too
    code = unit.code if unit else ""
    return Address(
        postal_code=postal_code,
        prefecture=where,
        county=(unit.county if unit else county),
        municipality=(unit.name if unit else name),
        municipality_code=code,
        rest=rest,
        line=line,
        key=address_key(municipality=unit.name if unit else name, rest=rest),
        is_municipality_guessed=not (unit or named or county or "市" in name),
    )


def names_prefecture(value: str) -> bool:
    """Say whether an address begins with its prefecture, a postal code before it or not."""
    _, line = _take_postal_code(text.single_line(value))
    return _PREFECTURE.match(text.plain(line)) is not None


def _take_postal_code(line: str) -> tuple[str, str]:
    found = _POSTAL_CODE.search(line.translate(_FULL_WIDTH_DIGITS).translate(_POSTAL_HYPHENS))
    if not found:
        return "", line
    digits = (found[1] or found[2]).replace("-", "")
    return digits, (line[: found.start()] + line[found.end() :]).strip(" ,、")


_FULL_WIDTH_DIGITS: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
# Only the forms of one character each: positions in the line must stay where they are.
_POSTAL_HYPHENS: Final = dict.fromkeys(map(ord, text.HYPHENS), "-")


def _take_prefecture(working: str) -> tuple[str, str]:
    found = _PREFECTURE.match(working)
    if not found:
        return "", working
    return found[0], working[found.end() :].lstrip(" ,、")


def _parts(match: re.Match[str] | None, working: str) -> tuple[str, str, str]:
    if match is None:
        return "", "", working
    name = match["known"] or match["city"] or match["town"] or match["other"]
    rest = working[match.end() :].lstrip(" ,、")
    return match["county"] or "", name.replace(" ", ""), rest


_KANJI_DIGITS: Final = {
    character: number for number, character in enumerate("〇一二三四五六七八九")
}
_KANJI_NUMBER: Final = re.compile(r"([一二三四五六七八九十百〇]+)(?=丁目|条|線|番地|番\d|号)")
_BLOCK_WORDS: Final = re.compile(r"(?<=\d)(?:丁目|番地の|番地|番|号|の|ノ)(?=\d)")
_BLOCK_END: Final = re.compile(r"(?<=\d)(?:丁目|番地|番|号)")
_HYPHEN_BETWEEN_DIGITS: Final = re.compile(rf"(?<=\d)\s*[{re.escape(text.HYPHENS)}]+\s*(?=\d)")
_SECTION_WORDS: Final = re.compile(r"大字|小字|字(?=.)")
_UP_TO_NUMBER: Final = re.compile(r"^(.*?\d+(?:-\d+)*(?:条[東西南北]?\d+(?:-\d+)*)?)")


def address_key(*, municipality: str, rest: str) -> str:
    """Return what two spellings of one place share: municipality, town and block, no building."""
    # A blank between two numbers ends the block: 3-8-1 2階.
    folded = re.sub(r"(?<=[\d号])\s+(?=\d)", "/", text.plain(rest))
    folded = re.sub(r"\s+", "", folded)
    folded = _KANJI_NUMBER.sub(lambda run: str(kanji_number(run[1])), folded)
    folded = _SECTION_WORDS.sub("", folded)
    folded = _BLOCK_WORDS.sub("-", folded)
    folded = _HYPHEN_BETWEEN_DIGITS.sub("-", folded)
    folded = _BLOCK_END.sub("", folded)
    up_to_number = _UP_TO_NUMBER.match(folded)
    place = up_to_number[1] if up_to_number else folded.casefold()
    place = place.replace("ヶ", "ケ").replace("が", "ケ").replace("ガ", "ケ")
    return f"{municipality.replace('ヶ', 'ケ')}|{place}"


_BLOCK_NUMBER: Final = re.compile(r"\d")


def key_has_block(key: str) -> bool:
    """Say whether an address key goes down to a number and not only to a town."""
    return _BLOCK_NUMBER.search(key.partition("|")[2]) is not None


def may_be_one_place(first_key: str, second_key: str) -> bool:
    """Say whether of two address keys one stops before its block and denies nothing of the other.

    上杉 may be 上杉1-1, as may the municipality alone; 国分町 may not: that is another town.
    """
    first_has, second_has = key_has_block(first_key), key_has_block(second_key)
    if first_has == second_has:
        return False
    full, short = (first_key, second_key) if first_has else (second_key, first_key)
    municipality, _, place = full.partition("|")
    other_municipality, _, town = short.partition("|")
    if not municipality or municipality != other_municipality:
        return False
    # A building may stand where the block is missing: 上杉まるみつビル.
    named = _BLOCK_NUMBER.split(place, maxsplit=1)[0].casefold()
    return named.startswith(town) or (bool(named) and town.startswith(named))


def kanji_number(value: str) -> int:
    """Return the number written with kanji digits up to 999: 二十一 → 21, 一〇 → 10."""
    if not set(value) & set("十百"):
        return int("".join(str(_KANJI_DIGITS[character]) for character in value))
    total, current = 0, 0
    for character in value:
        unit = {"十": 10, "百": 100}.get(character)
        if unit is None:
            current = _KANJI_DIGITS[character]
        else:
            total, current = total + max(current, 1) * unit, 0
    return total + current
