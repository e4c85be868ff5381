"""What the office types: a sale and its rounds, decisions on documents, the numbers of a draw."""

from datetime import datetime
from typing import Any, Final

from django import forms as django_forms

from pointsys.common import forms
from vouchers.models import Campaign, SaleRound
from vouchers.services.campaigns import RoundPlan, Terms

MOST_YEN: Final = 1_000_000
MOST_SETS: Final = 10_000_000
REASONS: Final = (
    "書類の文字が読めませんでした。明るい所で、書類の全体を写してください。",
    "書類の住所が、登録の住所とちがいます。いまの住所が分かる書類を送ってください。",
    "書類の有効期限が切れています。期限内の書類を送ってください。",
    "住所が写っていません。住所のある面を写してください。",
    "対象の地域に住んでいることを、この書類では確かめられませんでした。",
)


class CampaignForm(forms.Form):
    """What a set costs and is worth, and how many a person may have."""

    set_price_yen = forms.PointsField(label="1セットの価格", unit="円", max_value=MOST_YEN)
    set_value_points = forms.PointsField(
        label="1セットで使える額",
        unit="円分",
        max_value=MOST_YEN,
        help_text="価格との差が、上乗せ分になります。例：5,000円で6,000円分",
    )
    limit_sets_per_person = forms.PointsField(
        label="1人・1回の上限",
        unit="セット",
        max_value=99,
        help_text="アプリと窓口を合わせて、1回の販売で1人が申し込める数です。",
    )

    pay_within_days = forms.PointsField(
        label="先着順の支払期限",
        unit="日",
        max_value=60,
        initial=7,
        help_text="申し込んだ日の何日後まで、払い込めるか。この日を過ぎると、確保を取り消します。",
    )
    deposit_lag_days = forms.PointsField(
        label="入金データが届くまで",
        unit="日",
        min_value=0,
        max_value=30,
        initial=3,
        help_text="期限の日に払った分のデータが届くまでの日数。届くまでは、確保を取り消しません。",
    )

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        """Return the values of a campaign as the form shows them."""
        return {name: getattr(campaign, name) for name in cls.base_fields}

    def terms(self) -> Terms:
        """Return what was typed as one value."""
        return Terms(**self.cleaned_data)


def _instant(
    label: str, *, required: bool = True, help_text: str = ""
) -> django_forms.DateTimeField:
    return django_forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=django_forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "input--mid"}
        ),
        error_messages={
            "invalid": f"{label}は、「2026-04-01 09:00」のような日付と時刻で入力してください"
        },
    )


class PeriodForm(forms.Form):
    """When a round sells; all else about it is fixed."""

    purchase_starts_at = _instant("購入の開始")
    purchase_ends_at = _instant("購入の終了", help_text="この時刻を含みません。")

    @classmethod
    def of(cls, sale_round: SaleRound) -> dict[str, Any]:
        """Return the period of a round as the form shows it."""
        return {name: getattr(sale_round, name) for name in cls.base_fields}


class RoundForm(forms.Form):
    """How and when one round sells; the periods of a lottery come before its purchases."""

    method = django_forms.ChoiceField(
        label="売り方",
        choices=SaleRound.Method.choices,
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
        help_text="抽選の回は、申し込む方のお住まいを書類で確かめます。先着順の回は、確かめません。",
    )
    planned_sets = forms.PointsField(label="売るセット数", unit="セット", max_value=MOST_SETS)
    apply_starts_at = _instant("申込の開始", required=False, help_text="抽選の回だけ入力します。")
    apply_ends_at = _instant(
        "申込の終了",
        required=False,
        help_text="4月30日いっぱいのときは、5月1日 0:00 と入力します。抽選の回だけ入力します。",
    )
    purchase_starts_at = _instant("購入の開始")
    purchase_ends_at = _instant("購入の終了", help_text="この時刻を含みません。")

    @classmethod
    def of(cls, sale_round: SaleRound) -> dict[str, Any]:
        """Return the values of a round as the form shows them."""
        return {name: getattr(sale_round, name) for name in cls.base_fields}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("method") == SaleRound.Method.LOTTERY:
            for name in ("apply_starts_at", "apply_ends_at"):
                if name in values and values[name] is None:
                    label = self.fields[name].label
                    self.add_error(name, f"抽選の回は、{label}を入力してください")
        self._check_order(values, "apply_starts_at", "apply_ends_at")
        self._check_order(values, "apply_ends_at", "purchase_starts_at", may_meet=True)
        self._check_order(values, "purchase_starts_at", "purchase_ends_at")
        return values

    def _check_order(
        self, values: dict[str, Any], earlier: str, later: str, *, may_meet: bool = False
    ) -> None:
        if values.get("method") != SaleRound.Method.LOTTERY and earlier.startswith("apply"):
            return
        first, second = values.get(earlier), values.get(later)
        if not isinstance(first, datetime) or not isinstance(second, datetime):
            return
        if first > second or (first == second and not may_meet):
            after = "以後" if may_meet else "より後"
            self.add_error(
                later,
                f"{self.fields[later].label}は、"
                f"{self.fields[earlier].label}{after}の日時にしてください",
            )

    def plan(self) -> RoundPlan:
        """Return what was typed as one value."""
        return RoundPlan(**self.cleaned_data)


class ResidencyForm(forms.Form):
    """The decision on one document; a refusal says why in words that the applicant gets."""

    decision = django_forms.ChoiceField(
        label="お住まいを確認できましたか",
        choices=[("confirm", "確認できた"), ("refuse", "確認できない")],
        widget=django_forms.RadioSelect,
        error_messages={"required": "「確認できた」か「確認できない」をえらんでください"},
    )
    template = django_forms.ChoiceField(
        label="確認できない理由",
        choices=[("", "下の欄に書く"), *((reason, reason) for reason in REASONS)],
        required=False,
        help_text="申し込んだ方に、この文をお知らせします。",
    )
    reason = django_forms.CharField(
        label="理由（自分で書くとき）",
        required=False,
        max_length=300,
        widget=django_forms.Textarea(attrs={"rows": "3"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("decision") == "refuse" and not self.chosen_reason() and not self.errors:
            self.add_error("template", "確認できない理由をえらぶか、下の欄に書いてください")
        return values

    def chosen_reason(self) -> str:
        """Return what the applicant is told: the typed words before the chosen ones."""
        typed: str = self.cleaned_data.get("reason", "").strip()
        chosen: str = self.cleaned_data.get("template", "")
        return typed or chosen


class WitnessForm(forms.Form):
    """The numbers that two witnesses name after the applications were fixed."""

    first = forms.DigitsField(
        label="1人目の立会人の数",
        length=6,
        help_text="6けたの数字。立会人がその場で決めたものを入力します。",
    )
    second = forms.DigitsField(label="2人目の立会人の数", length=6, help_text="6けたの数字。")

    def public_value(self) -> str:
        """Return both numbers as the draw keeps them."""
        return f"{self.cleaned_data['first']}-{self.cleaned_data['second']}"


class ApproveDrawForm(forms.Form):
    """The client's yes: the figure is typed so that it was read."""

    typed_winners = forms.PointsField(
        label="当選者の数", unit="人", help_text="左の表の「当選した人」を入力してください。"
    )
    digest = django_forms.CharField(widget=django_forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, winners: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.winners = winners

    def clean_typed_winners(self) -> int:
        typed: int = self.cleaned_data["typed_winners"]
        if typed != self.winners:
            raise django_forms.ValidationError(
                "当選者の数が、抽選の結果とちがいます。表の数字をもう一度確かめてください"
            )
        return typed


class RefuseDrawForm(forms.Form):
    """The client's no, with its reason."""

    reason = django_forms.CharField(
        label="差し戻す理由",
        max_length=300,
        widget=django_forms.Textarea(attrs={"rows": "3"}),
        help_text="この抽選は使えなくなります。事務局に、この理由を伝えます。",
    )


class FindResidentForm(forms.Form):
    """Whom an application is made for."""

    words = django_forms.CharField(
        label="アプリのID・氏名",
        max_length=100,
        widget=django_forms.TextInput(attrs={"autocomplete": "off"}),
    )
