"""Narrowing of names to what banks accept."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.zengin.errors import (
    IllegalCharacter,
    NameTooLong,
    StrayVoicingMark,
    ZenginRefused,
)
from pointsys.common.zengin.kana import FieldClass, narrow, truncate
from tests.vectors import case_params

LEGAL_BYTES = {
    FieldClass.PARTY: set(b" ().-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") | set(range(0xB1, 0xE0)),
    FieldClass.BANK: set(b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") | set(range(0xB1, 0xE0)),
    FieldClass.EDI: set(b" ().-/\\0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\xa2\xa3\xa6")
    | set(range(0xB1, 0xE0)),
}
KANA = "".join(map(chr, [*range(0x3041, 0x30FF), *range(0xFF61, 0xFFA0)]))
NAMES = st.text(
    st.sampled_from(KANA + "゛゜\u3099\u309a　 ()（）.．-－‐ａzＺ9９") | st.characters(),
    max_size=40,
)


@pytest.mark.vectors
@pytest.mark.req("SE-03")
@pytest.mark.parametrize(
    "case", case_params("cases", lambda case: "field_class" in case, "narrowing cases")
)
def test_narrowing_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    if case.get("reject"):
        with pytest.raises(IllegalCharacter):
            narrow(case["input"], case["field_class"])
    else:
        assert narrow(case["input"], case["field_class"]) == case["output"]


@pytest.mark.parametrize(
    ("text", "narrowed"),
    [
        ("ゔぁゕゖゎ", "ｳﾞｱｶｹﾜ"),
        ("は゜ひ\u309aか\u3099", "ﾊﾟﾋﾟｶﾞ"),
        ("‐‑‒–—―−－ーｰ-", "-" * 11),
        ("　ヤマダ　　タロウ　", "ﾔﾏﾀﾞ  ﾀﾛｳ"),
        ("ﾔﾏﾀﾞ", "ﾔﾏﾀﾞ"),
        ("ａｚＡＺ０９（）．", "AZAZ09()."),
        ("", ""),
    ],
)
def test_a_party_name_is_narrowed(text: str, narrowed: str) -> None:
    assert narrow(text, FieldClass.PARTY) == narrowed


@pytest.mark.parametrize("text", ["ヰ", "ヱ", "ヵ゛゛", "ヺ", "ヲ", "ﾊﾞﾟ", "ﾅﾞ", "ｶﾟ", "ワ\u3099"])
def test_kana_that_banks_do_not_have_are_refused(text: str) -> None:
    with pytest.raises(IllegalCharacter):
        narrow(text, FieldClass.PARTY)


@pytest.mark.parametrize("text", ["カ ブ", "カ.ブ", "（カ）", "ヲ"])
def test_a_bank_name_takes_only_kana_letters_digits_and_hyphen(text: str) -> None:
    with pytest.raises(IllegalCharacter):
        narrow(text, FieldClass.BANK)


def test_a_middle_dot_is_named_with_its_place_and_the_remedy() -> None:
    with pytest.raises(IllegalCharacter) as refusal:
        narrow("カ）ミナトヤ・エスパル", FieldClass.PARTY)

    assert refusal.value.position == 7
    assert str(refusal.value) == (
        "7文字目の「・」（中黒）は銀行の振込データで使えません。"
        "通帳を見て、空白か「．」に直すか、取ってください。"
    )


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("山田", 1, "カタカナで入力"),
        ("ヤマダ＆サトウ", 4, "アンド"),
        ("㈱ミナト", 1, "「カ）」"),
        ("①バンカン", 1, "ふつうの数字"),
        ("ｶﾞﾗｽﾔ,", 6, "カンマ"),
        ("　 ヤマダ・", 6, "中黒"),
        ("か\u3099・", 3, "中黒"),
        ("ヤマ\u200bダ", 3, "見えない文字 U+200B"),
        ("ヤマ\ud800", 3, "U+D800"),
        ("シヲリ", 2, "「オ」"),
    ],
)
def test_a_refusal_says_which_character_and_what_to_do(
    text: str, position: int, words: str
) -> None:
    with pytest.raises(IllegalCharacter) as refusal:
        narrow(text, FieldClass.PARTY)

    assert refusal.value.position == position
    assert words in str(refusal.value)
    str(refusal.value).encode()


def test_a_stray_mark_is_told_apart_from_an_illegal_character() -> None:
    with pytest.raises(StrayVoicingMark) as refusal:
        narrow("ミナ゛ト", FieldClass.PARTY)

    assert refusal.value.position == 3


def test_every_mark_and_space_counts_towards_the_limit() -> None:
    assert len(narrow("ガ" * 15, FieldClass.PARTY, 30)) == 30
    with pytest.raises(NameTooLong) as refusal:
        narrow("ガ" * 15 + "ア", FieldClass.PARTY, 30)

    assert (refusal.value.length, refusal.value.limit) == (31, 30)


def test_a_cut_never_parts_a_kana_from_its_mark() -> None:
    assert truncate("ｱｶﾞ", 2) == "ｱ"
    assert truncate("ｱｶﾞ", 3) == "ｱｶﾞ"
    assert truncate("ｱｶｻ", 2) == "ｱｶ"


@given(NAMES, st.sampled_from(FieldClass))
def test_whatever_is_accepted_is_legal_to_the_last_byte(text: str, field_class: FieldClass) -> None:
    try:
        narrowed = narrow(text, field_class)
    except ZenginRefused:
        return

    encoded = narrowed.encode("shift_jis")
    assert len(encoded) == len(narrowed)
    assert set(encoded) <= LEGAL_BYTES[field_class]
    for before, mark in zip(" " + narrowed, narrowed, strict=False):
        voiceable = "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ" if mark == "ﾞ" else "ﾊﾋﾌﾍﾎ"
        assert mark not in "ﾞﾟ" or before in voiceable
    assert narrow(narrowed, field_class) == narrowed


@given(NAMES, st.sampled_from(FieldClass))
def test_whatever_is_refused_names_a_character_that_was_typed(
    text: str, field_class: FieldClass
) -> None:
    refusal = None
    try:
        narrow(text, field_class)
    except IllegalCharacter as error:
        refusal = error

    assert refusal is None or text[refusal.position - 1] == refusal.character


@given(st.text(st.sampled_from("アガパヴー ン"), max_size=60), st.integers(0, 40))
def test_a_cut_keeps_the_beginning_whole(text: str, length: int) -> None:
    narrowed = narrow(text, FieldClass.PARTY)

    cut = truncate(narrowed, length)

    assert len(cut) <= length
    assert narrowed.startswith(cut)
    assert narrowed[len(cut) : len(cut) + 1] not in ("ﾞ", "ﾟ")
    assert len(cut) >= min(length, len(narrowed)) - 1


def test_all_kana_of_unicode_that_a_transfer_can_hold_are_in_the_table() -> None:
    for code in [*range(0x30A1, 0x30F7), *range(0xFF71, 0xFF9E)]:
        kana = unicodedata.normalize("NFKC", chr(code))
        if kana not in "ヰヱヲ":
            assert narrow(kana, FieldClass.PARTY), kana
