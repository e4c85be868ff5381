from typing import Final

from django import forms as django_forms

from pointsys.common import forms

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
