from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pointsys.common.forms import Form, NumericInput, PointsField
from stores import till_codes

# Nine digits are more than any program pays at once; the ledger decides what the wallet covers.
MOST_POINTS: Final = 999_999_999


class AmountForm(Form):
    """How many points to use."""

    points = PointsField(
        label=_("使うポイント"),
        max_value=MOST_POINTS,
        widget=NumericInput(attrs={"class": "enter__input", "data-amount": ""}),
        error_messages={
            # The number pad shows a zero as nothing: both answers say the same.
            "required": _("使うポイントは、1以上の数字で入力してください"),
            "invalid": _("使うポイントは、1280のように、数字だけで入力してください"),
            "min_value": _("使うポイントは、1以上の数字で入力してください"),
            "max_value": _("使うポイントは、9けたまでの数字で入力してください"),
        },
    )


class YenWorthForm(AmountForm):
    """How much of a voucher's balance to use: it is told in yen, not in points."""

    points = PointsField(
        label=_("使う金額"),
        unit="円分",
        max_value=MOST_POINTS,
        widget=NumericInput(attrs={"class": "enter__input", "data-amount": ""}),
        error_messages={
            "required": _("使う金額は、1以上の数字で入力してください"),
            "invalid": _("使う金額は、1280のように、数字だけで入力してください"),
            "min_value": _("使う金額は、1以上の数字で入力してください"),
            "max_value": _("使う金額は、9けたまでの数字で入力してください"),
        },
    )


class OrderForm(Form):
    """What the confirm page carries: made by us, so any error means that somebody changed it."""

    points = forms.IntegerField(min_value=1, max_value=MOST_POINTS)
    key = forms.UUIDField()
    signature = forms.CharField(max_length=100)


class TillCodeForm(Form):
    """The code under the QR, typed by hand."""

    code = forms.CharField(
        label=_("店舗コード（8文字）"),
        help_text=_("QRコードの下に書いてある8文字です。小文字でも、全角でもかまいません。"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "input--till num",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("店舗コードを、8文字で入力してください")},
    )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        code = till_codes.read_code(typed)
        if code is not None:
            return code
        if till_codes.has_foreign_sign(typed):
            raise ValidationError(
                _(
                    "店舗コードに、0（ゼロ）・O（オー）・1（いち）・I（アイ）は使いません。もう一度お確かめください"
                ),
                code="foreign_sign",
            )
        raise ValidationError(
            _("店舗コードは、QRコードの下の8文字を入力してください。文字がちがうようです"),
            code="till_code",
        )
