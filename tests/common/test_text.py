import pytest

from pointsys.common import text


@pytest.mark.parametrize("hyphen", ["-", "‐", "‑", "–", "—", "―", "−", "－", "ー", "ｰ"])
def test_a_telephone_number_is_read_with_every_hyphen_people_type(hyphen):
    written = hyphen.join(["022", "796", "2582"])

    phone = text.read_phone(written)

    assert (phone.number, phone.digits, phone.problem) == ("022-796-2582", "0227962582", None)


@pytest.mark.parametrize(
    ("written", "number", "digits"),
    [
        ("（０２２）７９６－２５８２", "022-796-2582", "0227962582"),
        ("TEL:022-796-2582", "022-796-2582", "0227962582"),
        ("℡ 022 796 2582", "022-796-2582", "0227962582"),
        ("+81-22-796-2582", "022-796-2582", "0227962582"),
        ("090-2799-4828", "090-2799-4828", "09027994828"),
        ("080-38195151", "080-38195151", "08038195151"),
        ("0120-498-007", "0120-498-007", "0120498007"),
        ("0800-123-4567", "0800-123-4567", "08001234567"),
        ("022-796-2582(代)", "022-796-2582", "0227962582"),
        ("022-796-2582 内線123", "022-796-2582", "0227962582"),
    ],
)
def test_a_telephone_number_is_read_in_its_usual_spellings(written, number, digits):
    phone = text.read_phone(written)

    assert (phone.number, phone.digits, phone.problem) == (number, digits, None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("0183-52-523243", text.PhoneProblem.TOO_SHORT_OR_LONG),
        ("087-46-2244", text.PhoneProblem.TOO_SHORT_OR_LONG),
        ("0742-3-8511", text.PhoneProblem.TOO_SHORT_OR_LONG),
        ("796-2582", text.PhoneProblem.NO_LEADING_ZERO),
        ("022-796-ABCD", text.PhoneProblem.NOT_A_NUMBER),
        ("店長の携帯", text.PhoneProblem.NOT_A_NUMBER),
    ],
)
def test_an_odd_telephone_number_is_kept_as_written_and_compared_with_nothing(written, problem):
    phone = text.read_phone(written)

    assert (phone.number, phone.digits, phone.problem) == (written, "", problem)


def test_a_zero_that_excel_dropped_is_restored_and_said():
    phone = text.read_phone("227962582")

    assert (phone.number, phone.problem) == ("0227962582", text.PhoneProblem.ZERO_RESTORED)


def test_of_two_telephone_numbers_the_first_is_used_and_said():
    phone = text.read_phone("022-796-2582 / 090-1111-2222")

    assert (phone.number, phone.problem) == ("022-796-2582", text.PhoneProblem.SEVERAL)


@pytest.mark.parametrize("written", ["", "　", "-", "－", "なし", "非公開", "N/A"])
def test_words_for_no_telephone_are_no_telephone(written):
    assert text.read_phone(written) == text.NO_PHONE


@pytest.mark.parametrize(
    ("written", "digits", "has_problem"),
    [
        ("980-0811", "9800811", False),
        ("〒９８０－０８１１", "9800811", False),
        ("9800811", "9800811", False),
        ("980ー0811", "9800811", False),
        ("600001", "0600001", True),
        ("98-0811", "", True),
        ("不明", "", True),
        ("", "", False),
    ],
)
def test_a_postal_code_is_seven_digits_or_none(written, digits, has_problem):
    postal = text.read_postal_code(written)

    assert (postal.digits, bool(postal.problem)) == (digits, has_problem)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＤＯ", "ADO"),
        ("牛たん炭焼利久　花京院店", "牛たん炭焼 利久 花京院店"),
        ("㈱みなと商店", "株式会社　みなと商店"),
        ("ｶﾌｪ ﾊﾅ", "カフェ・ハナ"),
        ("すし哲", "スシ哲"),
        ("髙橋酒店", "高橋酒店"),
        ("渡邊商店", "渡辺商店"),
        ("寿司\u00a0まるい", "寿司　まるい"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert text.name_key(one) == text.name_key(other)


@pytest.mark.parametrize(("one", "other"), [("みなと商店", "みなみ商店"), ("魚民", "魚民 本店")])
def test_different_names_have_different_keys(one, other):
    assert text.name_key(one) != text.name_key(other)


@pytest.mark.parametrize(
    ("one", "other", "is_spelling"),
    [
        ("こもれび 名取", "こもれび名取店", True),
        ("魚民 仙台店", "魚民 仙台支店", True),
        ("魚民 熊本店", "魚民 熊本", True),
        ("魚民", "魚民 本店", True),
        ("魚民 本店", "魚民 支店", False),
        ("まるみつ 上杉店", "まるみつ 将監店", False),
        ("みなと", "みなと食堂", False),
    ],
)
def test_a_trailing_word_for_shop_is_another_spelling(one, other, is_spelling):
    first, second = text.name_key(one), text.name_key(other)

    assert (second in text.branch_spellings(first)) is is_spelling
    assert (first in text.branch_spellings(second)) is is_spelling


@pytest.mark.parametrize("name", ["★", "株式会社", "ー", "!?"])
def test_a_name_without_letters_still_has_a_key(name):
    assert text.name_key(name)


def test_a_line_keeps_its_characters_and_loses_only_its_blanks():
    line = text.single_line(" 寿司\u3000ﾏﾙｲ\u00a0\n１Ｆ\t⑤ ")

    assert line == "寿司 マルイ １Ｆ ⑤"


def test_a_hyphen_after_kana_is_the_long_mark():
    assert text.katakana("(ｶﾌﾞ) サ-ビスセンタ- ひがし") == "(カブ) サービスセンター ヒガシ"


@pytest.mark.parametrize(
    ("one", "other", "is_similar"),
    [
        ("すし哲仙台エスパル店", "塩竈すし哲 エスパル仙台店", True),
        ("郷土料理みやぎ乃 エスパル仙台店", "郷土料理みやぎ乃", True),
        ("らーめん一番", "らーめん一蕃", True),
        ("杵屋 近鉄百貨店 橿原店", "華の風 近鉄百貨店 橿原店", False),
        ("湯沢グランドホテル（レストラン）", "湯沢グランドホテル（宴会場）", False),
        ("", "みなと商店", False),
    ],
)
def test_names_are_similar_beyond_what_neighbours_share(one, other, is_similar):
    assert text.are_similar(text.name_key(one), text.name_key(other)) is is_similar
