from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Model, Q, QuerySet

from pointsys.surveys.models import Answer, Question, Response, Survey
from pointsys.users import queries as users
from pointsys.users.models import User

# What fits beside a bar; longer choices are drawn by their number, and the table says which it is.
CHART_LABEL_SIGNS: Final = 8
MOST_TEXTS: Final = 1_000


@dataclass(frozen=True)
class ChoiceCount:
    """How many chose something, and how many in a thousand of those who answered the question."""

    number: int
    label: str
    count: int
    permille: int

    @property
    def percent_text(self) -> str:
        """Return the share as people read it: 33.3%."""
        return f"{self.permille // 10}.{self.permille % 10}%"


@dataclass(frozen=True)
class QuestionResult:
    """What was answered to one question; a question of several answers adds up to more than all."""

    question_id: int
    position: int
    kind: str
    text: str
    answered_count: int
    choices: tuple[ChoiceCount, ...]
    texts: tuple[str, ...]

    @property
    def chart_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the chart."""
        return [
            {
                "label": self._label(choice) if self._is_numbered else choice.label,
                "value": choice.count,
                "text": f"{choice.count:,}",
            }
            for choice in self.choices
        ]

    @property
    def table_columns(self) -> list[dict[str, Any]]:
        """Return the columns of the table under the chart."""
        return [
            {"label": "答え"},
            {"label": "人数", "is_num": True},
            {"label": "割合", "is_num": True},
        ]

    @property
    def table_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the table under the chart."""
        return [
            {
                "cells": [
                    f"{self._label(choice)} {choice.label}" if self._is_numbered else choice.label,
                    f"{choice.count:,}",
                    choice.percent_text,
                ]
            }
            for choice in self.choices
        ]

    @property
    def finding(self) -> str:
        """Return in one sentence what the chart shows."""
        if not self.answered_count:
            return "答えはまだありません"
        most = max(self.choices, key=lambda choice: choice.count)
        return f"最も多い答えは「{most.label}」で{most.count:,}人（{most.percent_text}）"

    @property
    def _is_numbered(self) -> bool:
        return any(len(choice.label) > CHART_LABEL_SIGNS for choice in self.choices)

    @staticmethod
    def _label(choice: ChoiceCount) -> str:
        return f"{choice.number}."


def surveys_visible_to(user: User | AnonymousUser) -> QuerySet[Survey]:
    """Return the surveys of the clients for which the user holds any staff role."""
    return Survey.objects.filter(program__client_id__in=users.client_ids(user)).order_by("-id")


def questions_of(survey_id: int) -> list[Question]:
    """Return the questions of a survey in their order."""
    return list(Question.objects.filter(survey_id=survey_id).order_by("position"))


def subject_of(subject: Model) -> dict[str, str]:
    """Return how a response names what it is about."""
    return {"subject_kind": subject._meta.label, "subject_id": str(subject.pk)}


def responses_of(*, survey_id: int, subject: Model | None = None) -> QuerySet[Response]:
    """Return the filled sheets of a survey, of one subject or of all."""
    responses = Response.objects.filter(survey_id=survey_id)
    return responses.filter(**subject_of(subject)) if subject is not None else responses


def results_of(*, survey_id: int, subject: Model | None = None) -> list[QuestionResult]:
    """Return what was answered to each question, of one subject or of all, in four queries."""
    questions = questions_of(survey_id)
    answers = Answer.objects.filter(response__in=responses_of(survey_id=survey_id, subject=subject))
    answered = dict(
        answers.order_by()
        .values_list("question_id")
        .annotate(count=Count("response_id", distinct=True))
    )
    chosen: dict[int, Counter[str]] = defaultdict(Counter)
    is_text = Q(question__kind=Question.Kind.TEXT)
    for question_id, value, count in (
        answers.exclude(is_text)
        .order_by()
        .values_list("question_id", "value")
        .annotate(count=Count("id"))
    ):
        chosen[question_id][value] = count
    texts: dict[int, list[str]] = defaultdict(list)
    for question_id, value in (
        answers.filter(is_text).order_by("-id").values_list("question_id", "value")[:MOST_TEXTS]
    ):
        texts[question_id].append(value)
    return [
        _result(
            question,
            answered.get(question.pk, 0),
            chosen[question.pk],
            tuple(texts[question.pk]),
        )
        for question in questions
    ]


def _result(
    question: Question, answered: int, counts: Counter[str], texts: tuple[str, ...]
) -> QuestionResult:
    return QuestionResult(
        question_id=question.pk,
        position=question.position,
        kind=question.kind,
        text=question.text,
        answered_count=answered,
        choices=tuple(
            ChoiceCount(number, label, counts[label], _permille(counts[label], answered))
            for number, label in enumerate(question.choices, start=1)
        ),
        texts=texts,
    )


def _permille(part: int, whole: int) -> int:
    return (part * 1_000 + whole // 2) // whole if whole else 0
