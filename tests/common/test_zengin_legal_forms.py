"""Abbreviations of corporate forms."""

from typing import Any

import pytest

from pointsys.common.zengin.errors import IllegalCharacter, UnknownLegalForm
from pointsys.common.zengin.kana import FieldClass, narrow
from pointsys.common.zengin.legal_forms import (
    LEGAL_FORMS,
    OFFICES,
    abbreviation_of,
    with_legal_form,
)
from tests.vectors import case_params


@pytest.mark.vectors
@pytest.mark.parametrize(
    "entry", case_params("table", lambda entry: "abbreviation" in entry, "table of legal forms")
)
def test_abbreviations_agree_with_the_vectors(entry: dict[str, str]) -> None:
    assert abbreviation_of(entry["form"]) == entry["abbreviation"]


@pytest.mark.vectors
@pytest.mark.parametrize(
    "case", case_params("cases", lambda case: "legal_form" in case, "legal form cases")
)
def test_names_with_forms_agree_with_the_vectors(case: dict[str, Any]) -> None:
    name = with_legal_form(
        case["legal_form"], case["kana"], case["position"], case.get("branch_part", "")
    )

    assert name == case["output"]


def test_every_abbreviation_is_legal_in_a_payee_name() -> None:
    for abbreviation in [*LEGAL_FORMS.values(), *OFFICES.values()]:
        assert narrow(abbreviation, FieldClass.PARTY) == abbreviation


def test_the_bracket_closes_only_where_something_follows() -> None:
    assert with_legal_form("有限会社", "サンプルヤ", "after") == "ｻﾝﾌﾟﾙﾔ(ﾕ"
    assert with_legal_form("有限会社", "サンプルヤ", "middle") == "ｻﾝﾌﾟﾙﾔ(ﾕ"
    assert with_legal_form("有限会社", "サンプルヤ", "after", "クラヨシ") == "ｻﾝﾌﾟﾙﾔ(ﾕ)ｸﾗﾖｼ"
    assert with_legal_form("営業所", "ｻﾝﾌﾟﾙﾔ(ﾕ)ｸﾗﾖｼ", "after") == "ｻﾝﾌﾟﾙﾔ(ﾕ)ｸﾗﾖｼ(ｴｲ"


def test_no_space_stands_between_form_and_name() -> None:
    assert with_legal_form("株式会社", "　ミナト ", "before") == "ｶ)ﾐﾅﾄ"


def test_a_person_has_no_form() -> None:
    assert with_legal_form("", "ヤマダ　ハナコ", "before") == "ﾔﾏﾀﾞ ﾊﾅｺ"


def test_an_unknown_form_is_refused_rather_than_guessed() -> None:
    with pytest.raises(UnknownLegalForm, match="社会福祉協議会"):
        with_legal_form("社会福祉協議会", "サンプル", "before")


def test_kanji_in_the_name_are_refused() -> None:
    with pytest.raises(IllegalCharacter):
        with_legal_form("株式会社", "港商店", "before")
