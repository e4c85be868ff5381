from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError

from callcenter.models import Category, Ticket
from callcenter.queries import VIEWS, CategoryBranch
from pointsys.common import forms, text

OUTCOMES: Final = (("DONE", "完了"), ("CALLBACK", "折り返し"), ("ESCALATE", "上申"))
TEXT_MAX: Final = 4_000


def words_field(label: str, *, rows: int, required: bool = True) -> django_forms.CharField:
    """Return a field of several lines."""
    return django_forms.CharField(
        label=label,
        required=required,
        max_length=TEXT_MAX,
        widget=django_forms.Textarea(attrs={"rows": rows}),
    )


class IntakeForm(forms.Form):
    """One call as the operator wrote it down; categories are typed by their numbers."""

    lookup = django_forms.CharField(label="電話番号", required=False, max_length=80)
    caller = django_forms.CharField(label="発信者", required=False, max_length=20)
    channel = django_forms.ChoiceField(
        label="受付", choices=[c for c in Ticket.Channel.choices if c[0] != "EVENT"]
    )
    top = django_forms.ChoiceField(label="区分")
    sub = django_forms.ChoiceField(label="小分類", required=False)
    is_complaint = django_forms.BooleanField(label="苦情", required=False)
    is_privacy = django_forms.BooleanField(label="個人情報", required=False)
    subject = django_forms.CharField(
        label="件名",
        required=False,
        max_length=80,
        help_text="名前や番号は書きません。空なら区分名です。",
    )
    body = words_field("問合せの内容", rows=2)
    reply = words_field("応対", rows=2, required=False)
    outcome = django_forms.ChoiceField(label="結果", choices=OUTCOMES)
    question = words_field("県に確かめたいこと", rows=2, required=False)

    def __init__(self, *args: Any, tree: list[CategoryBranch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tree = tree
        top, sub = self.fields["top"], self.fields["sub"]
        assert isinstance(top, django_forms.ChoiceField)
        assert isinstance(sub, django_forms.ChoiceField)
        top.choices = [(branch.category.code, branch.category.name) for branch in tree]
        sub.choices = [
            ("", "えらばない"),
            *(
                (
                    branch.category.name,
                    [(row.code, f"{row.code} {row.name}") for row in branch.children],
                )
                for branch in tree
                if branch.children
            ),
        ]

    def clean_caller(self) -> tuple[str, int] | None:
        """Return what was chosen as kind and id; `0` and nothing are an unknown caller."""
        value = self.cleaned_data["caller"]
        if value in {"", "0"}:
            return None
        if value[:1] not in {"R", "S"} or not (value[1:].isascii() and value[1:].isdecimal()):
            raise ValidationError("発信者をえらび直してください")
        if len(value) > 18:
            raise ValidationError("発信者をえらび直してください")
        return value[0], int(value[1:])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        top, sub = cleaned.get("top"), cleaned.get("sub")
        if top and sub and self.category_of(sub, within=top) is None:
            name = next(b.category.name for b in self.tree if b.category.code == top)
            self.add_error("sub", f"小分類を、「{name}」の中からえらんでください")
        if cleaned.get("outcome") == "ESCALATE" and not cleaned.get("question", "").strip():
            self.add_error("question", "上申では、県に確かめたいことを入力してください")
        if cleaned.get("outcome") == "CALLBACK" and not self.phone():
            self.add_error("lookup", "折り返しでは、かけ直す電話番号を入力してください")
        return cleaned

    def phone(self) -> str:
        """Return the typed number where it is one; a name or an id was only for looking up."""
        phone = text.read_phone(self.cleaned_data.get("lookup") or "")
        return phone.number if phone.digits else ""

    def category_of(self, code: str, *, within: str) -> Category | None:
        """Return the category of a code below a first level."""
        for branch in self.tree:
            if branch.category.code == within:
                return next((row for row in branch.children if row.code == code), None)
        return None

    def category_id(self) -> int:
        """Return the chosen category, the finer one where there is one."""
        top, sub = self.cleaned_data["top"], self.cleaned_data["sub"]
        if sub and (found := self.category_of(sub, within=top)):
            return found.pk
        return next(b.category.pk for b in self.tree if b.category.code == top)


class TicketSearchForm(forms.Form):
    """What narrows the list of tickets."""

    view = django_forms.ChoiceField(
        label="状態", required=False, choices=[("", "すべて"), *VIEWS.items()]
    )
    q = django_forms.CharField(label="番号・件名・店名", required=False, max_length=80)


class NoteForm(forms.Form):
    """A note on a ticket."""

    note = words_field("メモ", rows=3)


class EscalationForm(forms.Form):
    """A question to the client."""

    question = words_field("県に確かめたいこと", rows=3)


class AnswerForm(forms.Form):
    """The client's answer."""

    answer = words_field("回答", rows=4)


class CategoryForm(forms.Form):
    """Counting a ticket elsewhere."""

    category = django_forms.ChoiceField(label="区分")

    def __init__(self, *args: Any, tree: list[CategoryBranch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, django_forms.ChoiceField)
        field.choices = [
            (row.pk, f"{'　' if row.parent_id else ''}{row.code} {row.name}")
            for branch in tree
            for row in (branch.category, *branch.children)
        ]


class CorrectionForm(forms.Form):
    """Why a day is reported once more."""

    reason = django_forms.CharField(label="訂正の理由", max_length=200)


class DayForm(forms.Form):
    """The last day of the list of reports."""

    day = django_forms.DateField(
        label="この日から前の2週間",
        required=False,
        widget=django_forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date", "class": "input--mid"}
        ),
    )
