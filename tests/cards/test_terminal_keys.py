"""Signing and the code of the enrolment, without a database."""

import hashlib
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from cards import terminal_keys
from tests.cards.devices import new_key, raw_signature, spki

NONCE = UUID("0b4f2a52-6c1d-4c55-9a39-6a2a1f0d8f11")
REQUEST = {
    "method": "POST",
    "full_path": "/terminal/api/spend?x=1",
    "time_ms": 1_755_658_800_000,
    "nonce": NONCE,
    "body": b'{"points": 5}',
}


@pytest.mark.req("CA-05")
def test_a_request_is_signed_as_the_browser_signs_it():
    key = new_key()
    message = terminal_keys.signed_bytes(**REQUEST)

    assert message.decode().split("\n") == [
        "POST",
        "/terminal/api/spend?x=1",
        "1755658800000",
        str(NONCE),
        hashlib.sha256(b'{"points": 5}').hexdigest(),
    ]
    assert terminal_keys.is_signed_by(spki(key), message, raw_signature(key, message))


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"full_path": "/terminal/api/spend?x=2"},
        {"time_ms": 1_755_658_800_001},
        {"nonce": UUID(int=1)},
        {"body": b'{"points": 50}'},
    ],
)
def test_each_part_of_a_request_is_under_the_signature(change):
    key = new_key()
    signature = raw_signature(key, terminal_keys.signed_bytes(**REQUEST))

    altered = terminal_keys.signed_bytes(**{**REQUEST, **change})

    assert not terminal_keys.is_signed_by(spki(key), altered, signature)


@given(st.binary(max_size=80))
def test_no_bytes_of_anybody_are_a_signature(signature):
    assert not terminal_keys.is_signed_by(spki(new_key()), b"message", signature)


@given(st.binary(max_size=220))
def test_no_bytes_of_anybody_are_a_key(key):
    assert terminal_keys.read_public_key(key) is None
    assert not terminal_keys.is_signed_by(key, b"message", bytes(64))


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65_537, 2_048)],
    ids=["another curve", "RSA"],
)
def test_only_keys_of_the_agreed_kind_are_taken(key):
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert terminal_keys.read_public_key(der) is None


def test_a_code_is_read_as_people_type_it():
    code = terminal_keys.new_code()
    typed = (
        terminal_keys.grouped_code(code)
        .replace("-", "－")
        .translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    )

    assert terminal_keys.read_code(f" {typed} ") == code


def test_a_wrong_digit_is_told_from_a_code_that_is_over():
    code = terminal_keys.new_code()

    wrong = [
        code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :] for place in range(12)
    ]

    assert [terminal_keys.read_code(text) for text in wrong] == [None] * 12


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_a_code(text):
    read = terminal_keys.read_code(text)

    assert read is None or len(read) == 12


def test_a_code_is_kept_as_a_keyed_digest_only(settings):
    here = terminal_keys.code_digest("123456789015")
    settings.SECRET_KEY = "another-key-of-another-installation-000000000000000000"

    assert terminal_keys.code_digest("123456789015") != here
