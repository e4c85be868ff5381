"""ゆうちょ symbol and number to branch and account."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common.zengin.errors import YuchoRefused
from pointsys.common.zengin.yucho import check_digit, transfer_account
from tests.vectors import case_params

ORDINARY_SYMBOL = "14030"
ORDINARY_NUMBER = "12345671"


@pytest.mark.vectors
@pytest.mark.parametrize(
    "case", case_params("cases", lambda case: "symbol" in case, "ゆうちょ cases")
)
def test_conversion_agrees_with_the_vectors(case: dict[str, Any]) -> None:
    expected = {k: v for k, v in case.items() if k not in {"symbol", "number", "reject", "reason"}}
    if case.get("reject"):
        with pytest.raises(YuchoRefused):
            transfer_account(case["symbol"], case["number"])
        return

    account = transfer_account(case["symbol"], case["number"])

    assert {name: getattr(account, name) for name in expected} == expected


def test_full_width_digits_are_accepted() -> None:
    account = transfer_account("１４０３０", " １２３４５６７１ ")

    assert (account.branch_code, account.account_number) == ("408", "1234567")


@pytest.mark.parametrize(
    ("symbol", "number", "field"),
    [
        ("24030", ORDINARY_NUMBER, "symbol"),
        ("1403", ORDINARY_NUMBER, "symbol"),
        ("14031", ORDINARY_NUMBER, "symbol"),
        ("140３x", ORDINARY_NUMBER, "symbol"),
        ("", ORDINARY_NUMBER, "symbol"),
        (ORDINARY_SYMBOL, "12345672", "number"),
        (ORDINARY_SYMBOL, "123456711", "number"),
        (ORDINARY_SYMBOL, "1", "number"),
        (ORDINARY_SYMBOL, "", "number"),
        ("00160", "1000011", "number"),
    ],
)
def test_a_refusal_names_the_field_to_mend(symbol: str, number: str, field: str) -> None:
    with pytest.raises(YuchoRefused) as refusal:
        transfer_account(symbol, number)

    assert refusal.value.field == field
    # An account number must not travel into logs through a message.
    assert len(number) < 6 or number not in str(refusal.value)


@given(st.integers(0, 99), st.integers(1, 9_999_999))
def test_exactly_one_check_digit_fits_an_ordinary_account(office: int, account: int) -> None:
    number = f"{account}1"
    accepted = []
    for digit in range(10):
        try:
            accepted.append(transfer_account(f"1{office:02}{digit}0", number))
        except YuchoRefused:
            continue

    assert [a.account_number for a in accepted] == [f"{account:07}"]
    assert accepted[0].branch_code == f"{office:02}8"


@given(st.integers(0, 99), st.integers(0, 999_999), st.integers(0, 5), st.integers(1, 9))
def test_one_mistyped_digit_of_a_giro_number_is_noticed(
    office: int, account: int, place: int, shift: int
) -> None:
    number = f"{account:06}"
    symbol = f"0{office:02}{check_digit(f'0{office:02}00', number)}0"
    mistyped = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

    assert transfer_account(symbol, number).account_type == "2"
    with pytest.raises(YuchoRefused):
        transfer_account(symbol, mistyped)
