"""What people type is understood; what cannot be is refused with the remedy."""

import datetime as dt
from typing import Any

import pytest
from django import forms as django_forms
from hypothesis import given
from hypothesis import strategies as st

from pointsys.common import forms


def cleaned(field: django_forms.Field, typed: Any) -> Any:
    """Clean a value through a form, as a page would, and return it or the message."""

    class OneField(forms.Form):
        answer = field

    names = ("answer_0", "answer_1", "answer_2")
    data = dict(zip(names, typed, strict=True)) if isinstance(typed, tuple) else {"answer": typed}
    form = OneField(data)
    return form.cleaned_data["answer"] if form.is_valid() else form.errors["answer"][0]


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("1280", 1280),
        ("1,280", 1280),
        ("１２８０", 1280),
        (" 1280ポイント ", 1280),
        ("５００円", 500),
    ],
)
def test_points_are_read_as_people_write_them(typed: str, points: int) -> None:
    assert cleaned(forms.PointsField(label="使うポイント"), typed) == points


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "使うポイントを入力してください"),
        ("千", "使うポイントは、数字で入力してください"),
        ("12.5", "使うポイントは、数字で入力してください"),
        ("1.000", "使うポイントは、数字で入力してください"),
        ("1200.0", "使うポイントは、数字で入力してください"),
        ("1_280", "使うポイントは、数字で入力してください"),
        ("+5", "使うポイントは、数字で入力してください"),
        ("0", "使うポイントは、1以上の数字で入力してください"),
        ("-5", "使うポイントは、1以上の数字で入力してください"),
        ("－５", "使うポイントは、1以上の数字で入力してください"),
        ("13000", "使うポイントは、12480以下の数字で入力してください"),
    ],
)
def test_points_that_cannot_be_used_are_refused(typed: str, message: str) -> None:
    assert cleaned(forms.PointsField(label="使うポイント", max_value=12480), typed) == message


@pytest.mark.parametrize("typed", ["1200.5", "-5", "12ab", "1_280"])
def test_an_amount_that_is_refused_stays_as_it_was_typed(typed: str) -> None:
    class OneField(forms.Form):
        points = forms.PointsField(label="使うポイント")

    form = OneField({"points": typed})

    assert not form.is_valid()
    assert form["points"].value() == typed


@pytest.mark.parametrize(
    "typed", ["9896188", "989-6188", "９８９－６１８８", "989ー6188", "989 6188"]
)
def test_a_postal_code_is_seven_digits_however_typed(typed: str) -> None:
    assert cleaned(forms.PostalCodeField(), typed) == "9896188"


@pytest.mark.parametrize("typed", ["989-61", "98961888", "ABC-DEFG", "９８９"])
def test_a_wrong_postal_code_says_what_it_needs(typed: str) -> None:
    assert cleaned(forms.PostalCodeField(), typed) == "郵便番号は、数字7けたで入力してください"


def test_an_account_number_keeps_and_gains_its_zeros() -> None:
    field = forms.DigitsField(label="口座番号", length=7, pads_with_zeros=True)

    assert cleaned(field, "４８５０９") == "0048509"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0229-00-0000", "0229-00-0000"),
        ("０２２９－００－００００", "0229-00-0000"),
        ("(0229)00-0000", "0229-00-0000"),
        ("090 1234 5678", "09012345678"),
    ],
)
def test_a_telephone_number_is_read_with_its_hyphens(typed: str, number: str) -> None:
    assert cleaned(forms.PhoneField(), typed) == number


@pytest.mark.parametrize("typed", ["00-0000", "110", "+81 90 1234 5678", "電話なし"])
def test_a_telephone_number_without_area_code_is_refused(typed: str) -> None:
    assert cleaned(forms.PhoneField(), typed).startswith("電話番号は、市外局番から")


@pytest.mark.parametrize("typed", ["さとう かずこ", "サトウ　カズコ", "ｻﾄｳ ｶｽﾞｺ"])
def test_a_reading_becomes_hiragana(typed: str) -> None:
    assert cleaned(forms.KanaField(label="ふりがな"), typed) == "さとう かずこ"


def test_a_reading_becomes_katakana_where_wanted() -> None:
    assert (
        cleaned(forms.KanaField(label="フリガナ", script="katakana"), "ゔぃらーと") == "ヴィラート"
    )


def test_a_reading_with_kanji_is_refused() -> None:
    assert cleaned(forms.KanaField(label="ふりがな"), "佐藤") == (
        "ふりがなを、ひらがなで入力してください"
    )


@pytest.mark.parametrize(
    "year", ["1951", "１９５１", "昭和26", "昭和２６", "昭和26年", "S26", "ｓ26", "1951年"]
)
def test_a_birthday_is_read_in_both_calendars(year: str) -> None:
    assert cleaned(forms.JapaneseDateField(label="生年月日"), (year, "4", "８")) == dt.date(
        1951, 4, 8
    )


def test_the_first_year_of_an_era_has_its_own_word() -> None:
    assert cleaned(forms.JapaneseDateField(label="日"), ("令和元", "5", "1")) == dt.date(2019, 5, 1)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("", "", ""), "生年月日を入力してください"),
        (("51", "4", "8"), "生年月日の「年」は、「1951」か「昭和26」のような形で入力してください"),
        (("1951", "14", "8"), "生年月日の「月」は、1から12までの数字で入力してください"),
        (("1951", "4", "x"), "生年月日の「日」は、1から31までの数字で入力してください"),
        (("1951", "2", "29"), "生年月日の「日」は、1951年2月にある日で入力してください"),
        (("1951", "", "8"), "生年月日の「月」は、1から12までの数字で入力してください"),
    ],
)
def test_a_wrong_date_names_the_part(typed: tuple[str, str, str], message: str) -> None:
    assert cleaned(forms.JapaneseDateField(label="生年月日"), typed) == message


def test_an_optional_date_may_stay_empty() -> None:
    assert cleaned(forms.JapaneseDateField(label="閉店日", required=False), ("", "", "")) is None


@given(st.tuples(st.text(max_size=8), st.text(max_size=4), st.text(max_size=4)))
def test_no_text_in_the_date_boxes_is_an_exception(typed: tuple[str, str, str]) -> None:
    answer = cleaned(forms.JapaneseDateField(label="生年月日"), typed)

    assert isinstance(answer, dt.date | str)


@given(st.text(max_size=20))
def test_no_text_in_a_number_box_is_an_exception(typed: str) -> None:
    fields = [
        forms.PointsField(label="ポイント"),
        forms.DigitsField(label="番号", length=7, pads_with_zeros=True),
        forms.PhoneField(),
        forms.KanaField(label="ふりがな"),
    ]

    for field in fields:
        assert isinstance(cleaned(field, typed), int | str)
