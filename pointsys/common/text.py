"""Names, kana, telephone numbers and postal codes as people type them, made comparable.

Nothing here decides whether two rows are one thing: keys only say that they look alike. What is
shown to people keeps the writer's own characters; only keys fold them.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# U+FF70 and U+30FC are the long mark of kana, yet typed for a hyphen between digits every day.
HYPHENS: Final = "-‐‑‒–—―−﹣－ーｰ⁃─━"
_TO_HYPHEN: Final = dict.fromkeys(map(ord, HYPHENS), "-")
_HALF_WIDTH_KANA: Final = re.compile(r"[\uff61-\uff9f]+")
_BREAKS_AND_BLANKS: Final = re.compile(r"[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2060\ufeff]+")
_PRIVATE_USE: Final = re.compile(r"[\ue000-\uf8ff\ufffd]")

# The forms a company name carries before or after the name proper.
_LEGAL_FORMS: Final = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人"
    r"|特定非営利活動法人|npo法人|社会福祉法人|医療法人(?:社団|財団)?|学校法人|宗教法人"
    r"|\((?:株|有|同|資|名|一社|一財|公社|公財|特非|福|医|学|宗)\)"
)
_NOT_A_LETTER: Final = re.compile(r"[\W_ー]+")
_KANJI_VARIANTS: Final = str.maketrans(
    "髙﨑嵜澤邊邉廣濱濵櫻齋齊斎國學會惠壽榮德龍瀧桒麵燒鹽藏假嶋嶌"
    "眞實黑淺溪鐵圓應樂氣區萬與豐禮來乘兒關觀歡驛驒檜冨舘峯曾條藝臺槇舩繩莊處壺鬪",
    "高崎崎沢辺辺広浜浜桜斉斉斉国学会恵寿栄徳竜滝桑麺焼塩蔵仮島島"
    "真実黒浅渓鉄円応楽気区万与豊礼来乗児関観歓駅騨桧富館峰曽条芸台槙船縄荘処壷闘",
)
_HIRAGANA_TO_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def single_line(value: str) -> str:
    """Return the value on one line: blanks of every kind become one space, the ends are bare.

    Half-width kana become full-width; every other character stays as it was written.
    """
    spaced = _BREAKS_AND_BLANKS.sub(" ", value).strip()
    return full_width_kana(spaced)


def full_width_kana(value: str) -> str:
    """Return the value with half-width kana widened, voiced marks joined to their letters."""
    return _HALF_WIDTH_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), value)


def plain(value: str) -> str:
    """Return the value in compatibility form (NFKC) on one line: digits and letters are narrow."""
    return _BREAKS_AND_BLANKS.sub(" ", unicodedata.normalize("NFKC", value)).strip()


def has_unknown_characters(value: str) -> bool:
    """Say whether the value holds characters that only its author's computer can show (外字)."""
    return _PRIVATE_USE.search(value) is not None


def name_key(value: str) -> str:
    """Return what the spellings of one name share: no legal form, blank, sign or old kanji."""
    folded = plain(value).casefold().replace("（", "(").replace("）", ")")
    bare = _NOT_A_LETTER.sub("", _LEGAL_FORMS.sub("", folded))
    # A name that is nothing but signs or a legal form still needs a key of its own.
    key = bare or folded.replace(" ", "")
    return key.translate(_HIRAGANA_TO_KATAKANA).translate(_KANJI_VARIANTS)


# What one list writes behind the name of a shop and another leaves out.
_BRANCH_WORDS: Final = ("店", "支店", "本店", "総本店")


def branch_spellings(key: str) -> set[str]:
    """Return the other name keys that differ from this one by a trailing 店, 支店 or 本店 only.

    A head shop never becomes a branch: 本店 and 支店 say that there are two. Every reading of the
    end counts, for 熊本店 is the shop of 熊本 as well.
    """
    spellings = {key + word for word in _BRANCH_WORDS}
    for word in _BRANCH_WORDS:
        stem = key.removesuffix(word)
        if stem == key or not stem:
            continue
        spellings |= {stem, stem + "店"}
        if word == "店":
            spellings |= {stem + other for other in _BRANCH_WORDS}
    return spellings - {key}


def katakana(value: str) -> str:
    """Return kana in full-width katakana, with the long mark where a hyphen stands after kana."""
    wide = single_line(unicodedata.normalize("NFKC", value)).translate(_HIRAGANA_TO_KATAKANA)
    return re.sub(r"(?<=[ァ-ヴー])[-‐−―－]", "ー", wide)


class PhoneProblem(StrEnum):
    """Why a telephone number is worth a look; the value is the sentence shown to the office."""

    TOO_SHORT_OR_LONG = "電話番号のけた数が正しくありません"
    NO_LEADING_ZERO = "電話番号が 0 で始まっていません"
    NOT_A_NUMBER = "電話番号に数字以外の文字があります"
    SEVERAL = "電話番号が2つ以上あります。最初の番号を使いました"
    ZERO_RESTORED = "電話番号の先頭に 0 を補いました"


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number as read: `number` for people, `digits` for comparing (empty when odd)."""

    number: str
    digits: str
    problem: PhoneProblem | None = None

    @property
    def is_shared_line(self) -> bool:
        """See `is_shared_line`."""
        return is_shared_line(self.digits)


def is_shared_line(digits: str) -> bool:
    """Say whether a number is of a kind that many shops print: free calls, navi dial."""
    return digits.startswith(("0120", "0570", "0800", "0990"))


NO_PHONE: Final = Phone(number="", digits="")
_SAYS_NO_PHONE: Final = frozenset(
    {"なし", "無し", "無", "ない", "不明", "非公開", "未定", "none", "n/a"}
)
_PHONE_SEPARATORS: Final = re.compile(r"[/,、;|]|\s+(?=\(?0)|または|又は|・(?=0)")
_PHONE_LABEL: Final = re.compile(r"^(?:tel|phone|電話(?:番号)?|℡|☎|📞)[.:：]?\s*", re.IGNORECASE)
_PHONE_SUFFIX: Final = re.compile(r"\s*\(?(?:代表?|内線\s*\d*|直通|呼)\)?\s*$")
_MOBILE_PREFIXES: Final = ("020", "050", "060", "070", "080", "090", "0800")


def read_phone(value: str) -> Phone:
    """Return the telephone number a person meant, never altered without saying so in `problem`."""
    original = single_line(value)
    text = _PHONE_LABEL.sub("", plain(value))
    if not text.translate(_TO_HYPHEN).strip("-*. ") or text.casefold() in _SAYS_NO_PHONE:
        return NO_PHONE
    parts = [part for part in _PHONE_SEPARATORS.split(text) if re.search(r"\d", part)]
    if len(parts) > 1 and all(len(_digits(part)) >= 9 for part in parts):
        first = read_phone(parts[0])
        return Phone(first.number, first.digits, first.problem or PhoneProblem.SEVERAL)
    number = _hyphenated(text)
    digits = number.replace("-", "")
    if not digits.isdecimal() or not digits.isascii():
        return Phone(original, "", PhoneProblem.NOT_A_NUMBER)
    return _judged(number, digits, original)


def _hyphenated(text: str) -> str:
    bare = _PHONE_SUFFIX.sub("", text).translate(_TO_HYPHEN)
    bare = re.sub(r"^\+81[-\s]*(?:\(0\)|0)?", "0", bare)
    bare = re.sub(r"[()\s.・]+", "-", bare)
    return re.sub(r"-{2,}", "-", bare).strip("-")


def _judged(number: str, digits: str, original: str) -> Phone:
    if digits.startswith("0"):
        wanted = 11 if digits.startswith(_MOBILE_PREFIXES) else 10
        if len(digits) == wanted:
            return Phone(number, digits)
        return Phone(original, "", PhoneProblem.TOO_SHORT_OR_LONG)
    # Excel drops the zero of a number that was typed without hyphens.
    restored = "0" + digits
    if number == digits and len(restored) in {10, 11}:
        phone = _judged(restored, restored, original)
        return Phone(phone.number, phone.digits, phone.problem or PhoneProblem.ZERO_RESTORED)
    return Phone(original, "", PhoneProblem.NO_LEADING_ZERO)


def _digits(value: str) -> str:
    return "".join(character for character in value if character in "0123456789")


@dataclass(frozen=True, slots=True)
class PostalCode:
    """Seven digits, or none with the reason why what stood there cannot be one."""

    digits: str
    problem: str = ""


def read_postal_code(value: str) -> PostalCode:
    """Return the seven digits of a postal code in any usual spelling."""
    text = plain(value).translate(_TO_HYPHEN).removeprefix("〒").strip()
    bare = re.sub(r"[-\s]", "", text)
    if not bare:
        return PostalCode("")
    if not (bare.isascii() and bare.isdecimal()):
        return PostalCode("", "郵便番号に数字以外の文字があります")
    if len(bare) == 7:
        return PostalCode(bare)
    if len(bare) == 6 and bare == text:
        return PostalCode("0" + bare, "郵便番号の先頭に 0 を補いました")
    return PostalCode("", "郵便番号が7けたではありません")


def are_similar(first_key: str, second_key: str) -> bool:
    """Say whether two name keys could be one shop written in two ways.

    They could when one holds the other, when one letter differs, or when half the letter pairs
    agree in what is left after the common beginning and end: all tenants of a department store
    share its name and are still different shops.
    """
    shorter, longer = sorted((first_key, second_key), key=len)
    if len(shorter) < 2:
        return False
    if shorter in longer:
        return True
    first, second = _without_common_ends(shorter, longer)
    if max(len(first), len(second)) <= 1:
        return True
    first_pairs, second_pairs = _letter_pairs(first), _letter_pairs(second)
    shared = len(first_pairs & second_pairs)
    return shared > 0 and 4 * shared >= len(first_pairs) + len(second_pairs)


def _without_common_ends(first: str, second: str) -> tuple[str, str]:
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    first, second = first[start:], second[start:]
    end = 0
    while end < min(len(first), len(second)) and first[-1 - end] == second[-1 - end]:
        end += 1
    return first[: len(first) - end], second[: len(second) - end]


def _letter_pairs(key: str) -> set[str]:
    return {key[start : start + 2] for start in range(len(key) - 1)}
