from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from pointsys.common.forms import Form, NumericInput, PointsField

# More than any payment, less than what a bigint column holds.
MOST_POINTS: Final = 999_999_999


class StoreSearchForm(Form):
    """Where and what to look for among the stores of a program."""

    area = forms.ChoiceField(label=_("市町村"), required=False)
    q = forms.CharField(
        label=_("お店の名前や住所"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, *args: object, areas: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [("", _("すべての市町村")), *areas]


class CancelForm(Form):
    """How many points of a payment to give back."""

    points = PointsField(
        label="取り消すポイント",
        unit="円",
        max_value=MOST_POINTS,
        widget=NumericInput(attrs={"class": "input--mid num"}),
    )


class RefundOrderForm(Form):
    """What the confirm page of a cancellation carries."""

    points = forms.IntegerField(min_value=1, max_value=MOST_POINTS)
    alive_points = forms.IntegerField(min_value=0, max_value=MOST_POINTS)
    key = forms.UUIDField()
