"""What is asked about buying and paying: how many sets, which order, which file, and why."""

from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from pointsys.common import forms, tabular
from vouchers.deposits import LIMITS
from vouchers.services.payments import LONGEST_NOTE
from vouchers.slips import plain_slip_number

LONGEST_WORDS: Final = 60


class BuyForm(forms.Form):
    """How many sets somebody buys, as tiles of numbers; only as many as can be had."""

    sets = django_forms.TypedChoiceField(
        label=_("セット数"),
        coerce=int,
        widget=django_forms.RadioSelect(attrs={"class": "picks"}),
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["sets"]
        assert isinstance(chooser, django_forms.TypedChoiceField)
        chooser.choices = [(number, lazystr(str(number))) for number in range(1, most + 1)]


class ConfirmBuyForm(BuyForm):
    """What the confirm page carries: the sets and the key that was made with it."""

    key = django_forms.UUIDField(widget=django_forms.HiddenInput)


class SearchForm(forms.Form):
    """Which order somebody at the counter wants to pay."""

    words = django_forms.CharField(
        label="払込番号・申込番号・氏名",
        max_length=LONGEST_WORDS,
        help_text="番号は、ハイフンがなくてもかまいません。",
        widget=django_forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CounterSaleForm(forms.Form):
    """How many sets somebody at the counter buys, and whether the clerk saw the address."""

    sets = forms.PointsField(label="セット数", unit="セット")
    residency_seen = django_forms.BooleanField(
        label="住所の分かる書類を見て、対象の地域に住んでいることを確かめた", required=False
    )

    def __init__(self, *args: Any, limit: int, asks_residency: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit
        self.fields["sets"].help_text = f"1人{limit}セットまで。"
        if not asks_residency:
            del self.fields["residency_seen"]

    def clean_sets(self) -> int:
        sets: int = self.cleaned_data["sets"]
        if sets > self.limit:
            raise ValidationError(f"セット数は、{self.limit}以下の数字で入力してください")
        return sets


class DepositFileForm(forms.Form):
    """A file of slip payments."""

    file = django_forms.FileField(
        label="入金データ",
        help_text="CSVかExcel（.xlsx）。見出しに「払込番号」「金額」「入金日」が要ります。",
        widget=django_forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv"}),
    )

    def content(self) -> bytes:
        """Return what the file holds, within the limits.

        Raises:
            TableRefused: it is too large.
        """
        return tabular.read_bounded(self.cleaned_data["file"], limits=LIMITS)


class ClearForm(forms.Form):
    """What a second look at some money found: whose it is, or that it goes back."""

    MATCH: Final = "match"
    RETURN: Final = "return"

    act = django_forms.ChoiceField(
        label="どうしますか",
        choices=[(MATCH, "購入に充てる"), (RETURN, "返したことを記録する")],
        widget=django_forms.RadioSelect,
    )
    slip_number = django_forms.CharField(
        label="充てる購入の払込番号",
        max_length=30,
        required=False,
        help_text="「購入に充てる」をえらんだときに入力します。",
        widget=forms.NumericInput(attrs={"class": "input--mid num"}),
    )
    note = django_forms.CharField(
        label="処理の記録",
        max_length=LONGEST_NOTE,
        help_text="だれに、どう確かめたか。氏名や口座番号は書かないでください。",
        widget=django_forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        number = plain_slip_number(cleaned.get("slip_number") or "")
        cleaned["slip_number"] = number
        is_number = number.isascii() and number.isdecimal() and len(number) == 12
        if cleaned.get("act") == self.MATCH and "slip_number" not in self.errors and not is_number:
            self.add_error(
                "slip_number",
                ValidationError("充てる購入の払込番号は、数字12けたで入力してください"),
            )
        return cleaned
