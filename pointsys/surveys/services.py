import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from pointsys.audit import services as audit
from pointsys.surveys import errors, queries
from pointsys.surveys.models import Answer, Question, Response, Survey
from pointsys.users.models import User

Kind = Question.Kind
MOST_SIGNS: Final = 1_000
MOST_CHOICES: Final = 20
CHOICE_SIGNS: Final = 100
QUESTION_SIGNS: Final = 300


@dataclass(frozen=True)
class QuestionSpec:
    """One question of a survey to be: text, kind and, but for free text, two choices or more."""

    kind: str
    text: str
    choices: tuple[str, ...] = ()
    is_required: bool = False


@transaction.atomic
def create_survey(
    *,
    program_id: int,
    title: str,
    questions: Sequence[QuestionSpec],
    by: User | None,
    at: datetime,
) -> Survey:
    """Make a survey that is open at once; its questions stay what they are.

    Raises:
        NoQuestions: there is none.
        WrongQuestion: a question is empty, or its choices do not fit its kind.
    """
    if not questions:
        raise errors.NoQuestions
    for spec in questions:
        if reason := _question_fault(spec):
            raise errors.WrongQuestion(text=spec.text, reason=reason)
    survey = Survey.objects.create(program_id=program_id, title=title, created_at=at)
    Question.objects.bulk_create(
        [
            Question(
                survey=survey,
                position=position,
                kind=spec.kind,
                text=spec.text,
                choices=list(spec.choices),
                is_required=spec.is_required,
            )
            for position, spec in enumerate(questions, start=1)
        ]
    )
    _record("created", survey, by=by, at=at, changes={"questions": len(questions)})
    return survey


@transaction.atomic
def set_open(*, survey_id: int, is_open: bool, by: User | None, at: datetime) -> Survey:
    """Take answers again, or no more; setting what is set changes nothing."""
    survey = _locked(survey_id)
    if survey.is_open != is_open:
        survey.is_open = is_open
        survey.save(update_fields=["is_open"])
        _record("reopened" if is_open else "closed", survey, by=by, at=at, changes={})
    return survey


@transaction.atomic
def respond(
    *,
    survey_id: int,
    subject: Model,
    answers: Mapping[int, str | list[str]],
    request_key: UUID,
    entered_by: User | None,
    at: datetime,
) -> Response:
    """Take one filled sheet about `subject`, once per request key; sent again it is the first one.

    `answers` maps question ids to what was answered; what is left empty is left out.

    Raises:
        SurveyClosed: the survey takes no answers.
        WrongAnswer: a question that must be answered is not, an answer is no choice of its
            question, too long, or of another survey.
        NothingAnswered: all of it is empty.
        AnotherSheet: the key came before with another survey or subject.
    """
    known = Response.objects.filter(request_key=request_key).first()
    if known is None:
        if not Survey.objects.get(pk=survey_id).is_open:
            raise errors.SurveyClosed
        values = _checked(queries.questions_of(survey_id), answers)
        known, is_new = Response.objects.get_or_create(
            request_key=request_key,
            defaults={
                "survey_id": survey_id,
                **queries.subject_of(subject),
                "entered_by": entered_by,
                "at": at,
            },
        )
        if is_new:
            Answer.objects.bulk_create(
                Answer(response=known, question_id=question_id, value=value)
                for question_id, value in values
            )
    if (known.survey_id, known.subject_kind, known.subject_id) != (
        survey_id,
        *queries.subject_of(subject).values(),
    ):
        raise errors.AnotherSheet
    return known


def _locked(survey_id: int) -> Survey:
    return (
        Survey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("program")
        .get(pk=survey_id)
    )


def _question_fault(spec: QuestionSpec) -> str:
    if not spec.text.strip() or len(spec.text) > QUESTION_SIGNS:
        return f"1字から{QUESTION_SIGNS}字までにしてください"
    if spec.kind not in Kind.values:
        return "種類をえらび直してください"
    if spec.kind == Kind.TEXT:
        return "自由に書く設問なので、選択肢を付けられません" if spec.choices else ""
    return _choices_fault(spec.choices)


def _choices_fault(choices: Sequence[str]) -> str:
    if not 2 <= len(choices) <= MOST_CHOICES:
        return f"選択肢を2つから{MOST_CHOICES}個までにしてください"
    if len(set(choices)) != len(choices):
        return "同じ選択肢が2つあります"
    if not all(_tidy(choice) == choice and 0 < len(choice) <= CHOICE_SIGNS for choice in choices):
        return f"選択肢を1字から{CHOICE_SIGNS}字までにしてください"
    return ""


def _checked(
    questions: Sequence[Question], answers: Mapping[int, str | list[str]]
) -> list[tuple[int, str]]:
    """Return the answers as rows, in the order of the questions."""
    foreign = answers.keys() - {question.pk for question in questions}
    if foreign:
        raise errors.WrongAnswer(text="ほかの設問", reason="このアンケートの設問ではありません。")
    rows = []
    for question in questions:
        values = _values(answers.get(question.pk, ""))
        if reason := _answer_fault(question, values):
            raise errors.WrongAnswer(text=question.text, reason=reason)
        rows += [(question.pk, value) for value in values]
    if not rows:
        raise errors.NothingAnswered
    return rows


def _values(answer: str | list[str]) -> list[str]:
    given = [answer] if isinstance(answer, str) else answer
    return [value for value in dict.fromkeys(map(_tidy, given)) if value]


def _tidy(value: str) -> str:
    # Line ends of a browser, and what no keyboard types: the database takes no NUL at all.
    lines = value.replace("\r\n", "\n")
    kept = (sign for sign in lines if sign == "\n" or unicodedata.category(sign) != "Cc")
    return "".join(kept).strip()


def _answer_fault(question: Question, values: Sequence[str]) -> str:
    if not values:
        return "かならず答えてください。" if question.is_required else ""
    if question.kind != Kind.MULTIPLE and len(values) > 1:
        return "答えは1つだけです。"
    if question.kind == Kind.TEXT:
        is_long = len(values[0]) > MOST_SIGNS
        return f"{MOST_SIGNS:,}字までで書いてください。" if is_long else ""
    if not set(values) <= set(question.choices):
        return "選択肢の中からえらんでください。"
    return ""


def _record(
    act: str, survey: Survey, *, by: User | None, at: datetime, changes: dict[str, object]
) -> None:
    audit.record(
        code=f"surveys.survey.{act}",
        target=survey,
        organization_id=survey.program.client_id,
        by=by,
        at=at,
        changes=changes,
    )
