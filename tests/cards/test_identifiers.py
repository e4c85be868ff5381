"""What readers tell: read in every spelling, refused in words, kept only under a key."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import errors, identifiers
from cards.identifiers import Tap, read_tap, tap_of

pytestmark = pytest.mark.req("CA-01")

IDM = "0114A1B2C3D4E5F6"
UID = "04A1B2C3D4E5F6"
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWX23"


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        (f"F:88B4:{IDM}", (f"F:88B4:{IDM}",)),
        (f"Ｆ：88b4：{IDM.lower()}", (f"F:88B4:{IDM}",)),
        (f"A:{UID}", (f"A:{UID}",)),
        (UID.lower(), (f"A:{UID}",)),
        ("04 A1 B2 C3 D4 E5 F6", (f"A:{UID}",)),
        ("04-A1-B2-C3-D4-E5-F6\r\n", (f"A:{UID}",)),
        ("04A1B2C3D4E5F6A1B2C3", ("A:04A1B2C3D4E5F6A1B2C3",)),
        (f"PSC1:{TOKEN}", (f"Q:{TOKEN}",)),
        (f"ｐｓｃ１：{TOKEN.lower()}", (f"Q:{TOKEN}",)),
        (f"Q:{TOKEN}", (f"Q:{TOKEN}",)),
    ],
)
def test_every_spelling_of_a_card_gives_one_form(text, forms):
    assert read_tap(text).canonical_forms == forms


def test_a_reader_that_tells_no_system_is_looked_up_under_each_known_one():
    forms = read_tap(IDM).canonical_forms

    assert forms[0] == f"F:88B4:{IDM}"
    assert f"F:0003:{IDM}" in forms
    assert set(identifiers.digests(read_tap(f"F:FE00:{IDM}"))) <= set(
        identifiers.digests(read_tap(IDM))
    )


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("08A1B2C3", errors.PhoneRefused),
        ("A:08A1B2C3", errors.PhoneRefused),
        ("02FE123456789ABC", errors.PhoneRefused),
        ("F:88B4:02FE123456789ABC", errors.PhoneRefused),
        ("04A1B2C3", errors.ShortUidRefused),
        ("B:04A1B2C3", errors.TypeBRefused),
        ("b:anything", errors.TypeBRefused),
        ("", errors.CardUnreadable),
        ("0" * 16, errors.CardUnreadable),
        ("F" * 14, errors.CardUnreadable),
        ("Z:04A1B2C3D4E5F6", errors.CardUnreadable),
        ("F:88B:0114A1B2C3D4E5F6", errors.CardUnreadable),
        ("PSC1:short", errors.CardUnreadable),
        (f"PSC2:{TOKEN}", errors.CardUnreadable),
        ("\0" * 16, errors.CardUnreadable),
        ("あ" * 16, errors.CardUnreadable),
        ("9" * 10_000, errors.CardUnreadable),
    ],
)
def test_what_is_no_card_of_ours_is_refused_in_words(text, refusal):
    with pytest.raises(refusal) as refused:
        read_tap(text)

    assert str(refused.value).endswith("。")


@given(st.text())
def test_no_input_breaks_the_reading(text):
    with contextlib.suppress(errors.CardError):
        assert isinstance(read_tap(text), Tap)
    identifiers.read_face_number(text)


def test_a_tap_shows_nothing_of_its_card_in_logs():
    assert IDM not in repr(tap_of(technology="F", system_code="88B4", identifier=IDM))
    assert TOKEN not in repr(tap_of(technology="Q", token=TOKEN))


def test_digests_depend_on_the_pepper_and_old_peppers_still_find(settings):
    tap = read_tap(UID)
    before = identifiers.digest(tap)
    newest = "2:" + base64.b64encode(b"n" * 32).decode()

    settings.CARD_PEPPERS = [newest, *settings.CARD_PEPPERS]

    assert identifiers.newest_version() == 2
    assert identifiers.digest(tap) != before
    assert identifiers.digests(tap) == [identifiers.digest(tap), before]
    settings.CARD_PEPPERS = [newest]
    assert before not in identifiers.digests(tap)


def test_known_digest():
    """A change of the canonical form would make every card in the field unknown."""
    assert identifiers.digest(read_tap(f"F:88B4:{IDM}")) == (
        "7169a25472b26b52155d84571dab9233d54e4c292fc2ae78741bb9bb8220756b"
    )


# --- Numbers and tokens ----------------------------------------------------------------------
def test_new_numbers_are_sixteen_digits_that_differ_and_check():
    numbers = {identifiers.new_face_number() for _ in range(500)}

    assert len(numbers) == 500
    for number in numbers:
        assert identifiers.read_face_number(number) == number
        assert identifiers.read_face_number(identifiers.grouped(number)) == number


def test_each_wrong_digit_and_most_exchanges_are_noticed():
    number = "9123456789012347"
    number = number[:15] + identifiers.check_digit(number[:15])

    for place in range(1, 16):
        for digit in "0123456789":
            if digit != number[place]:
                assert (
                    identifiers.read_face_number(number[:place] + digit + number[place + 1 :])
                    is None
                )
    assert identifiers.check_digit("7992739871") == "3"  # the example of every Luhn page


def test_numbers_are_shown_with_their_last_four_digits_only():
    assert identifiers.masked("9123456789012345") == "●●●● 2345"


def test_a_number_is_never_taken_for_a_chip():
    number = identifiers.new_face_number()
    wide = number.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})

    assert identifiers.read_face_number(wide) == number
    assert identifiers.read_face_number(IDM) is None
    assert identifiers.read_face_number("0114111111111111") is None


def test_tokens_are_long_and_differ():
    tokens = {identifiers.new_token() for _ in range(500)}

    assert len(tokens) == 500
    assert all(len(token) * 5 >= 128 for token in tokens)
    assert read_tap(identifiers.qr_payload(tokens.pop())).technology == "Q"
