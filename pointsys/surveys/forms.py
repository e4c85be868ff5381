from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext_lazy as _

from pointsys.common import forms
from pointsys.surveys import queries, services
from pointsys.surveys.errors import NothingAnswered
from pointsys.surveys.models import Question, Survey

FIELD = "question_{}"


class SurveyForm(forms.Form):
    """One field a question, drawn by the usual components; `answers` is what `respond` takes."""

    def __init__(self, survey: Survey, data: Any = None, **options: Any) -> None:
        self.questions = queries.questions_of(survey.pk)
        super().__init__(data, **options)
        self.fields.update({_name(question): _field(question) for question in self.questions})
        forms.prepare_fields(self.fields)

    @property
    def answers(self) -> dict[int, str | list[str]]:
        """Return what was answered, by question id; empty answers are left out."""
        given = {question.pk: self.cleaned_data[_name(question)] for question in self.questions}
        return {pk: answer for pk, answer in given.items() if answer}

    def clean(self) -> dict[str, Any]:
        """Refuse a sheet on which nothing is answered."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.values()):
            raise django_forms.ValidationError(NothingAnswered.message)
        return cleaned


def _name(question: Question) -> str:
    return FIELD.format(question.pk)


def _field(question: Question) -> django_forms.Field:
    choices = [(choice, choice) for choice in question.choices]
    common: dict[str, Any] = {"label": question.text, "required": question.is_required}
    match question.kind:
        case Question.Kind.TEXT:
            return django_forms.CharField(
                max_length=services.MOST_SIGNS,
                widget=django_forms.Textarea(attrs={"rows": 4}),
                **common,
            )
        case Question.Kind.MULTIPLE:
            return django_forms.MultipleChoiceField(
                choices=choices,
                help_text=_("いくつでも選べます。"),
                widget=django_forms.CheckboxSelectMultiple,
                **common,
            )
        case _:
            return django_forms.ChoiceField(
                choices=choices, widget=django_forms.RadioSelect, **common
            )
