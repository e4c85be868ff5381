from typing import Final

from django import forms as django_forms

from pointsys.common import forms
from pointsys.console.models import KpiTarget, ReportSetting

LARGEST_TARGET: Final = 999_999_999_999
DAY_INPUT: Final = {"type": "date", "class": "input--mid"}


def day_field(label: str) -> django_forms.DateField:
    """Return an optional day of a filter."""
    return django_forms.DateField(
        label=label,
        required=False,
        widget=django_forms.DateInput(format="%Y-%m-%d", attrs=DAY_INPUT),
    )


class PaymentSearchForm(forms.Form):
    """What narrows the list of payments."""

    receipt = django_forms.CharField(label="受付番号", required=False, max_length=20)
    store = django_forms.CharField(label="店名・店舗コード", required=False, max_length=60)
    since = day_field("この日から")
    until = day_field("この日まで")


class FollowForm(forms.Form):
    """The number of what is to be followed."""

    number = django_forms.CharField(
        label="番号から追う",
        max_length=40,
        widget=django_forms.TextInput(attrs={"class": "input--mid num", "autocomplete": "off"}),
        help_text="支払いの受付番号、支払明細の番号、振込データの番号（B-2610-01など）、商品券の払込番号、取引のIDで追えます。",
    )


class AuditSearchForm(forms.Form):
    """What narrows the list of acts."""

    area = django_forms.ChoiceField(label="分野", required=False)
    person = django_forms.CharField(label="行った人のログインID", required=False, max_length=64)
    since = day_field("この日から")
    until = day_field("この日まで")

    def __init__(self, *args: object, areas: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, django_forms.ChoiceField)
        field.choices = [("", "すべて"), *areas]


class TargetForm(forms.Form):
    """What a figure is to reach, and until when."""

    code = django_forms.ChoiceField(label="指標", choices=KpiTarget.Code.choices)
    target = forms.PointsField(label="目標", max_value=LARGEST_TARGET, unit="")
    due_date = django_forms.DateField(
        label="期日",
        widget=django_forms.DateInput(format="%Y-%m-%d", attrs=DAY_INPUT),
        error_messages={"required": "期日を入力してください"},
    )


class WeekdayForm(forms.Form):
    """The day of the week on which the report of the week before is made."""

    weekday = django_forms.TypedChoiceField(
        label="週報を作る曜日", choices=ReportSetting.Weekday.choices, coerce=int
    )
