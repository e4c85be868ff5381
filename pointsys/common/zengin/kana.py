"""Narrowing of names to the single-byte characters that bank files may carry.

Rules: bankers' association character table, strict reading (ｦ only in EDI text, no small kana, the
long vowel mark is a hyphen). Nothing is guessed and nothing is shortened unless the caller asks.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from pointsys.common.zengin.errors import IllegalCharacter, NameTooLong, StrayVoicingMark

VOICED = "ﾞ"
SEMI_VOICED = "ﾟ"
MARKS = VOICED + SEMI_VOICED

# What keyboards and spreadsheets give for a long vowel: both long vowel marks, U+2010 to U+2015,
# the minus sign and the full-width hyphen.
HYPHENS = "ーｰ" + "".join(map(chr, range(0x2010, 0x2016))) + "\u2212\uff0d"
SMALL_TO_LARGE = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))


class FieldClass(StrEnum):
    """What a field holds decides which characters it takes."""

    PARTY = "party"
    BANK = "bank"
    EDI = "edi"


_LETTERS = "ｱ-ﾝA-Z0-9"
_ALLOWED = {
    FieldClass.PARTY: _LETTERS + r" ()\-.",
    FieldClass.BANK: _LETTERS + r"\-",
    FieldClass.EDI: _LETTERS + r" ()\-./\\ｦ｢｣",
}
_VOICEABLE = re.compile("[ｳｶ-ﾄﾊ-ﾎ]")
_SEMI_VOICEABLE = re.compile("[ﾊ-ﾎ]")
_CHARACTER = {cls: re.compile(f"[{allowed}]") for cls, allowed in _ALLOWED.items()}
_TEXT = {cls: re.compile(f"(?:[ｳｶ-ﾄﾊ-ﾎ]ﾞ|[ﾊ-ﾎ]ﾟ|[{allowed}])*") for cls, allowed in _ALLOWED.items()}


def _narrow_table() -> dict[int, str]:
    """Build the table from Unicode's own kana data, so that no kana can be mistyped."""
    half_of = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF71, 0xFF9E)}
    half_of["ヲ"] = "ｦ"
    half_of |= {small: half_of[large] for small, large in SMALL_TO_LARGE.items()}
    table: dict[int, str] = {}
    for code in [*range(0x30A1, 0x30FB), *range(0xFF66, 0xFF9E)]:
        kana = unicodedata.normalize("NFKC", chr(code))
        decomposed = unicodedata.normalize("NFD", kana)
        if decomposed[0] in half_of:
            mark = {"\u3099": VOICED, "\u309a": SEMI_VOICED}.get(decomposed[1:], "")
            table[code] = half_of[decomposed[0]] + mark
    # Hiragana stand in the same order 0x60 before the katakana.
    table |= {c: table[c + 0x60] for c in range(0x3041, 0x3097) if c + 0x60 in table}
    table |= {c: chr(c - 0xFEE0).upper() for c in range(0xFF01, 0xFF5F)}
    table |= {c: chr(c).upper() for c in range(ord("a"), ord("z") + 1)}
    table |= {ord(hyphen): "-" for hyphen in HYPHENS}
    table |= dict.fromkeys(map(ord, "゛\u3099"), VOICED)
    table |= dict.fromkeys(map(ord, "゜\u309a"), SEMI_VOICED)
    return table | {0x3000: " ", ord("「"): "｢", ord("」"): "｣"}


_TABLE = _narrow_table()


@lru_cache(maxsize=4096)
def narrow(text: str, field_class: FieldClass | str, max_length: int | None = None) -> str:
    """Return the text as a bank file carries it: half-width, large kana, upper case, trimmed.

    With `max_length` a longer result is refused; every ﾞ, ﾟ and space counts as one position.

    Raises:
        IllegalCharacter: names the first character that the class does not take, and the remedy.
        StrayVoicingMark: a mark stands where it voices nothing.
        NameTooLong: the result has more than `max_length` positions.
    """
    field_class = FieldClass(field_class)
    narrowed = unicodedata.normalize("NFC", text).translate(_TABLE).strip()
    if not is_narrow(narrowed, field_class):
        raise _first_refusal(text, field_class)
    if max_length is not None and len(narrowed) > max_length:
        raise NameTooLong(length=len(narrowed), limit=max_length)
    return narrowed


def is_narrow(text: str, field_class: FieldClass) -> bool:
    """Tell whether every character is legal as it stands and every mark follows its kana."""
    return _TEXT[field_class].fullmatch(text) is not None


def truncate(narrowed: str, length: int) -> str:
    """Cut narrowed text to at most `length` positions, never between a kana and its mark."""
    if len(narrowed) > length and narrowed[length] in MARKS:
        length -= 1
    return narrowed[:length]


def _first_refusal(text: str, field_class: FieldClass) -> IllegalCharacter:
    previous = ""
    # White space at the ends is trimmed, but positions count as typed.
    lead = len(text) - len(text.lstrip())
    for position, character in enumerate(text.rstrip(), start=1):
        if position <= lead:
            continue
        for narrowed in unicodedata.normalize("NFC", character).translate(_TABLE):
            if narrowed in MARKS:
                voiceable = _VOICEABLE if narrowed == VOICED else _SEMI_VOICEABLE
                if not voiceable.fullmatch(previous):
                    return _stray(position, character)
            elif not _CHARACTER[field_class].fullmatch(narrowed):
                return _illegal(position, character, field_class)
            previous = narrowed
    raise AssertionError("a refused text has a refused character")


def _stray(position: int, character: str) -> StrayVoicingMark:
    return StrayVoicingMark(
        position=position,
        character=character,
        name="",
        remedy=(
            "濁点が付くのはウ・カ行・サ行・タ行・ハ行、半濁点が付くのはハ行だけです。"
            "通帳を見て直してください。"
        ),
    )


_SEPARATORS = {
    "・": "中黒",
    "･": "中黒",
    ",": "カンマ",
    "，": "カンマ",
    "、": "読点",
    "､": "読点",
    "。": "句点",
    "｡": "句点",
    "/": "スラッシュ",
    "／": "スラッシュ",
}
# Tried in order on the NFKC form, so ㈱ arrives as (株), ① as 1 and ㌔ as キロ.
_REMEDIES = [
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        ("[・,、。/]", "通帳を見て、空白か「．」に直すか、取ってください。"),
        ("&", "通帳を見て、「アンド」などのカナに直してください。"),
        ("[ヲを]", "通帳を見て、「オ」などに直してください。"),
        ("[ヰゐヱゑ]", "通帳を見て、「イ」か「エ」に直してください。"),
        (r"\(.+\)", "「カ）」のように、かっこの中をカナに直してください。"),
        (r"\d+", "ふつうの数字に直してください。"),
        ("[ァ-ヶー]+", "カタカナを1文字ずつ入力してください。"),
        ("[々〆㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]+", "カタカナで入力してください。"),
    )
]


def _illegal(position: int, character: str, field_class: FieldClass) -> IllegalCharacter:
    name = _SEPARATORS.get(character) or {"&": "アンド", "＆": "アンド"}.get(character, "")
    return IllegalCharacter(
        position=position,
        character=character,
        name=f"（{name}）" if name else "",
        remedy=_remedy(character, field_class),
    )


def _remedy(character: str, field_class: FieldClass) -> str:
    if field_class is FieldClass.BANK and character in " ().（）．　・･":
        return "銀行名と支店名はカナ・英字・数字・「-」だけです。取ってください。"
    for pattern, remedy in _REMEDIES:
        if pattern.fullmatch(unicodedata.normalize("NFKC", character)):
            return remedy
    return "通帳を見て、カタカナ・英字・数字に直すか、取ってください。"
