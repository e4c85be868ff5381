"""Surveys: asked once, filled once for each key, counted in few queries."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string

from pointsys.audit.models import AuditEvent
from pointsys.surveys import errors, queries
from pointsys.surveys import services as surveys
from pointsys.surveys.forms import SurveyForm
from pointsys.surveys.models import Answer, Question, Response, Survey
from pointsys.users.models import Role
from tests.factories import NOON, ProgramFactory, StoreFactory, UserFactory, staff_of

pytestmark = pytest.mark.django_db
SPECS = [
    surveys.QuestionSpec("SCALE", "満足度", ("満足", "ふつう", "不満"), is_required=True),
    surveys.QuestionSpec("MULTIPLE", "何で知りましたか", ("広報紙", "テレビ", "知人")),
    surveys.QuestionSpec("SINGLE", "また来たいですか", ("はい", "いいえ")),
    surveys.QuestionSpec("TEXT", "ご意見"),
]


@pytest.fixture
def survey():
    return make_survey()


@pytest.fixture
def subject():
    return StoreFactory()


def make_survey(questions=SPECS) -> Survey:
    return surveys.create_survey(
        program_id=ProgramFactory().pk,
        title="会場アンケート",
        questions=questions,
        by=None,
        at=NOON,
    )


def respond(survey, subject, *values, key=None, by=None) -> Response:
    """Answer the questions in their order; None leaves one out."""
    questions = queries.questions_of(survey.pk)
    answers = {
        question.pk: value
        for question, value in zip(questions, values, strict=False)
        if value is not None
    }
    return surveys.respond(
        survey_id=survey.pk,
        subject=subject,
        answers=answers,
        request_key=key or uuid4(),
        entered_by=by,
        at=NOON,
    )


@pytest.mark.req("CO-08")
def test_a_filled_sheet_is_kept_with_its_answers(survey, subject):
    clerk = UserFactory()

    response = respond(
        survey, subject, "満足", ["テレビ", "知人"], None, " よかった\r\nです ", by=clerk
    )

    assert (response.subject_kind, response.subject_id) == ("stores.Store", str(subject.pk))
    assert (response.entered_by, response.at) == (clerk, NOON)
    assert list(response.answers.order_by("id").values_list("question__position", "value")) == [
        (1, "満足"),
        (2, "テレビ"),
        (2, "知人"),
        (4, "よかった\nです"),
    ]


def test_the_same_request_again_is_the_first_response(survey, subject):
    key = uuid4()
    first = respond(survey, subject, "満足", key=key)
    surveys.set_open(survey_id=survey.pk, is_open=False, by=None, at=NOON)

    again = respond(survey, subject, "不満", ["広報紙"], key=key)

    assert again == first
    assert list(Answer.objects.values_list("value", flat=True)) == ["満足"]


def test_a_key_of_another_sheet_is_refused(survey, subject):
    key = uuid4()
    respond(survey, subject, "満足", key=key)

    for other in ((survey, StoreFactory()), (make_survey(), subject)):
        with pytest.raises(errors.AnotherSheet):
            respond(*other, "満足", key=key)

    assert Response.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_threads_with_one_key_make_one_response(survey, subject):
    key, barrier = uuid4(), Barrier(8)

    def send(_: int) -> int:
        try:
            barrier.wait()
            return respond(survey, subject, "満足", ["テレビ"], key=key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(send, range(8)))

    assert len(found) == 1
    assert Answer.objects.count() == 2


def test_a_closed_survey_takes_no_answers_until_it_is_opened_again(survey, subject):
    surveys.set_open(survey_id=survey.pk, is_open=False, by=None, at=NOON)
    surveys.set_open(survey_id=survey.pk, is_open=False, by=None, at=NOON)

    with pytest.raises(errors.SurveyClosed):
        respond(survey, subject, "満足")
    surveys.set_open(survey_id=survey.pk, is_open=True, by=None, at=NOON)
    respond(survey, subject, "満足")

    assert list(AuditEvent.objects.order_by("id").values_list("code", flat=True)) == [
        "surveys.survey.created",
        "surveys.survey.closed",
        "surveys.survey.reopened",
    ]


@pytest.mark.parametrize(
    "values",
    [
        ("とても満足",),
        (["満足", "不満"],),
        ("満足", ["ラジオ"]),
        ("満足", ["テレビ", "テレビ\x00!"]),
        ("満足", None, "はい。"),
        ("満足", None, None, "あ" * 1_001),
        (None, "テレビ"),
        ("  ",),
    ],
    ids=str,
)
def test_answers_that_are_none_are_refused_and_nothing_is_kept(survey, subject, values):
    with pytest.raises(errors.WrongAnswer):
        respond(survey, subject, *values)

    assert not Response.objects.exists()


def test_answers_to_questions_of_another_survey_are_refused(survey, subject):
    foreign = queries.questions_of(make_survey().pk)[0]

    with pytest.raises(errors.WrongAnswer):
        surveys.respond(
            survey_id=survey.pk,
            subject=subject,
            answers={foreign.pk: "満足"},
            request_key=uuid4(),
            entered_by=None,
            at=NOON,
        )


def test_an_empty_sheet_is_refused(subject):
    survey = make_survey([surveys.QuestionSpec("TEXT", "ご意見")])

    with pytest.raises(errors.NothingAnswered):
        respond(survey, subject, " \x00 ")


def test_the_longest_answer_fits_and_a_repeated_choice_counts_once(survey, subject):
    respond(survey, subject, "満足", ["テレビ", "テレビ"], None, "𠮷" * 1_000)

    assert Answer.objects.count() == 3


@pytest.mark.parametrize(
    "spec",
    [
        surveys.QuestionSpec("SINGLE", "問", ("はい",)),
        surveys.QuestionSpec("SINGLE", "問", ("はい", "はい")),
        surveys.QuestionSpec("MULTIPLE", "問", ("はい", " ")),
        surveys.QuestionSpec("MULTIPLE", "問", ("はい", "い" * 101)),
        surveys.QuestionSpec("SCALE", "問", tuple(map(str, range(21)))),
        surveys.QuestionSpec("TEXT", "問", ("はい", "いいえ")),
        surveys.QuestionSpec("TEXT", " "),
        surveys.QuestionSpec("TEXT", "問" * 301),
        surveys.QuestionSpec("STARS", "問"),
    ],
    ids=str,
)
def test_questions_that_make_no_sense_are_refused(spec):
    with pytest.raises(errors.WrongQuestion):
        make_survey([*SPECS, spec])

    assert not Survey.objects.exists()


def test_a_survey_has_questions():
    with pytest.raises(errors.NoQuestions):
        make_survey([])


def test_the_database_holds_the_same_rules(survey, subject):
    question = queries.questions_of(survey.pk)[0]
    response = respond(survey, subject, "満足")

    for make in (
        lambda: Question.objects.create(survey=survey, position=1, kind="TEXT", text="同じ順番"),
        lambda: Question.objects.create(
            survey=survey, position=9, kind="SINGLE", text="選択肢なし"
        ),
        lambda: Question.objects.create(
            survey=survey, position=9, kind="TEXT", text="選択肢", choices=["あ"]
        ),
        lambda: Answer.objects.create(response=response, question=question, value="満足"),
        lambda: Answer.objects.create(response=response, question=question, value=""),
        lambda: Response.objects.create(
            survey=survey,
            subject_kind="x",
            subject_id="1",
            request_key=response.request_key,
            at=NOON,
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


@pytest.mark.req("CO-08")
def test_results_count_each_choice_and_its_share_of_those_who_answered(survey, subject):
    respond(survey, subject, "満足", ["テレビ", "知人"], "はい", "よかった")
    respond(survey, subject, "満足", ["テレビ"], None, "また来たい")
    respond(survey, subject, "不満")
    respond(survey, StoreFactory(), "ふつう")

    scale, multiple, single, text = queries.results_of(survey_id=survey.pk, subject=subject)

    assert [(c.label, c.count, c.permille) for c in scale.choices] == [
        ("満足", 2, 667),
        ("ふつう", 0, 0),
        ("不満", 1, 333),
    ]
    assert [(c.count, c.permille) for c in multiple.choices] == [(0, 0), (2, 1_000), (1, 500)]
    assert (scale.answered_count, multiple.answered_count, single.answered_count) == (3, 2, 1)
    assert text.texts == ("また来たい", "よかった")
    assert scale.finding == "最も多い答えは「満足」で2人（66.7%）"
    assert queries.results_of(survey_id=survey.pk)[0].answered_count == 4


def test_results_take_the_same_queries_however_many_answered(
    survey, subject, django_assert_num_queries
):
    for number in range(30):
        respond(survey, subject, "満足", ["テレビ"], "はい", f"意見{number}")

    with django_assert_num_queries(4):
        queries.results_of(survey_id=survey.pk, subject=subject)


def test_results_are_shown_as_chart_table_and_texts(subject):
    long = surveys.QuestionSpec(
        "SINGLE", "どうやって来ましたか", ("家族の車で送ってもらった", "バス")
    )
    survey = make_survey([*SPECS, long])
    respond(survey, subject, "満足", ["テレビ"], None, "<script>alert(1)</script>", "バス")
    results = queries.results_of(survey_id=survey.pk)

    html = render_to_string("surveys/_results.html", {"results": results})

    assert html.count("<svg") == 3  # nobody answered the third question
    assert html.count("<table") == 4
    assert "1. 家族の車で送ってもらった" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "設問がありません" in render_to_string("surveys/_results.html", {"results": []})


def test_the_form_has_a_field_for_each_question_and_gives_what_respond_takes(survey, subject):
    names = [f"question_{question.pk}" for question in queries.questions_of(survey.pk)]
    form = SurveyForm(
        survey, {names[0]: "満足", names[1]: ["テレビ", "知人"], names[3]: "よかった"}
    )

    assert list(form.fields) == names
    assert form.is_valid(), form.errors
    response = surveys.respond(
        survey_id=survey.pk,
        subject=subject,
        answers=form.answers,
        request_key=uuid4(),
        entered_by=None,
        at=NOON,
    )
    assert response.answers.count() == 4


def test_the_form_says_in_japanese_what_is_wrong(survey):
    names = [f"question_{question.pk}" for question in queries.questions_of(survey.pk)]

    empty = SurveyForm(survey, {})
    wrong = SurveyForm(survey, {names[0]: "最高", names[1]: ["ラジオ"], names[3]: "a\x00"})

    assert empty.errors == {names[0]: ["満足度をえらんでください"]}
    assert set(wrong.errors) == {names[0], names[1], names[3]}
    assert wrong.errors[names[0]] == ["満足度を、選択肢からえらんでください"]


def test_the_form_refuses_a_sheet_without_any_answer():
    survey = make_survey(SPECS[1:])

    form = SurveyForm(survey, {})

    assert form.non_field_errors() == ["1つ以上の設問に答えてください。"]


def test_staff_see_the_surveys_of_their_clients(survey):
    make_survey()

    seen = queries.surveys_visible_to(staff_of(survey.program.client, Role.OFFICE_CLERK))

    assert list(seen) == [survey]
    assert not queries.surveys_visible_to(UserFactory()).exists()
