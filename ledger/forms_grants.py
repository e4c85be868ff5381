from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError

from ledger.models import GrantRound
from ledger.services.granting import MOST_POINTS_EACH
from pointsys.common import forms

METHODS: Final = [
    (GrantRound.Method.ALL, "対象地域の全員に、同じポイント"),
    (GrantRound.Method.LIST, "名簿（CSV・Excel）の人に、名簿のポイント"),
]


class GrantForm(forms.Form):
    """Whom to give how many points, and under which name."""

    name = django_forms.CharField(
        label="付与回の名称",
        max_length=80,
        help_text="例：第1回 抽選。途中で止まったときは、同じ名称で続けられます。",
    )
    method = django_forms.ChoiceField(
        label="付与する人", choices=METHODS, widget=django_forms.RadioSelect
    )
    points_each = forms.PointsField(
        label="1人あたりのポイント",
        max_value=MOST_POINTS_EACH,
        required=False,
        help_text="「対象地域の全員」をえらんだときに入力します。",
    )
    file = django_forms.FileField(
        label="名簿",
        required=False,
        help_text="見出しは「アプリのID」と「ポイント」。「名簿の人」をえらんだときに使います。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        method = cleaned.get("method")
        if method == GrantRound.Method.ALL and self._is_empty("points_each"):
            self.add_error("points_each", ValidationError("1人あたりのポイントを入力してください"))
        if method == GrantRound.Method.LIST and self._is_empty("file"):
            self.add_error("file", ValidationError("名簿のファイルをえらんでください"))
        return cleaned

    def _is_empty(self, name: str) -> bool:
        return name not in self.errors and not self.cleaned_data.get(name)


class ConfirmGrantForm(django_forms.Form):
    """What the preview carries: made by us, so any error means that somebody changed it."""

    name = django_forms.CharField(max_length=80, widget=django_forms.HiddenInput)
    method = django_forms.ChoiceField(choices=METHODS, widget=django_forms.HiddenInput)
    points_each = django_forms.IntegerField(
        min_value=1,
        max_value=MOST_POINTS_EACH,
        required=False,
        widget=django_forms.HiddenInput,
    )
    token = django_forms.CharField(max_length=64, required=False, widget=django_forms.HiddenInput)
    target_count = django_forms.IntegerField(min_value=0, widget=django_forms.HiddenInput)
    total_points = django_forms.IntegerField(min_value=0, widget=django_forms.HiddenInput)
