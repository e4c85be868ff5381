from typing import Any, Final

from django import forms as django_forms

from pointsys.common import banks, forms, tabular
from stores import services
from stores.errors import OUTSIDE_AREA_SEEN, BankDetailsWrong
from stores.models import Enrolment, StoreApplication, StoreStaff

ANY: Final = ("", "すべて")
REASON_LENGTH: Final = 300


def _select(label: str, choices: list[tuple[str, str]]) -> django_forms.ChoiceField:
    return django_forms.ChoiceField(label=label, choices=[ANY, *choices], required=False)


def _reason(label: str, *, help_text: str = "") -> django_forms.CharField:
    return django_forms.CharField(
        label=label,
        help_text=help_text,
        max_length=REASON_LENGTH,
        widget=django_forms.Textarea(attrs={"rows": "3"}),
    )


class FilterForm(forms.Form):
    """A filter whose odd values narrow nothing: an old link must not break a list."""

    def chosen(self) -> dict[str, str]:
        """Return the values that can be used, by field."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class ApplicationFilterForm(FilterForm):
    words = django_forms.CharField(label="店名・所在地・電話番号", required=False, max_length=100)
    status = _select("状態", list(StoreApplication.Status.choices))
    finding = _select(
        "確認事項",
        [
            ("any", "確認事項あり"),
            ("duplicate", "重複の候補あり"),
            ("OUTSIDE_AREA", "対象地域の外"),
            ("AREA_UNKNOWN", "地域を確認"),
            ("none", "なし"),
        ],
    )
    municipality_code = _select("市区町村", [])
    source = _select("出所", [])

    def __init__(
        self,
        *args: Any,
        municipalities: list[tuple[str, str]],
        sources: list[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality_code"].choices = [ANY, *municipalities]  # type: ignore[attr-defined]
        self.fields["source"].choices = [ANY, *((s, s) for s in sources)]  # type: ignore[attr-defined]


class StoreFilterForm(FilterForm):
    words = django_forms.CharField(
        label="番号・店名・所在地・電話番号", required=False, max_length=100
    )
    status = _select("状態", list(Enrolment.Status.choices))
    municipality_code = _select("市区町村", [])
    account = _select("振込口座", [("yes", "登録済み"), ("no", "未登録")])

    def __init__(self, *args: Any, municipalities: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality_code"].choices = [ANY, *municipalities]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """The decision on one application; the tick stands there only when it is needed."""

    decision = django_forms.ChoiceField(
        label="決定",
        choices=[("approve", "承認"), ("reject", "不承認")],
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    reason = _reason("理由", help_text="記録に残ります。")
    accept_outside_area = django_forms.BooleanField(label=OUTSIDE_AREA_SEEN, required=False)

    def __init__(self, *args: Any, needs_area_tick: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_area_tick:
            del self.fields["accept_outside_area"]


class BulkApproveForm(forms.Form):
    reason = django_forms.CharField(label="承認する理由", max_length=REASON_LENGTH)


class ReasonForm(forms.Form):
    reason = _reason("理由", help_text="記録に残り、この画面に表示されます。")


class UploadForm(forms.Form):
    """One file, refused by its size before it is read."""

    file = django_forms.FileField(
        label="ファイル", help_text="CSV（UTF-8かシフトJIS）、Excel、JSON"
    )

    def content(self) -> bytes:
        """Return the bytes of the file.

        Raises:
            TableRefused: it is too large.
        """
        upload = self.cleaned_data["file"]
        tabular.refuse_large(upload.size)
        return tabular.read_bounded(upload)


class StoreListForm(UploadForm):
    source = django_forms.CharField(
        label="一覧の名前",
        help_text="同じ名前の一覧をもう一度読むと、新しい行だけを取り込みます。空欄ならファイル名です。",
        max_length=80,
        required=False,
    )


class ContactForm(forms.Form):
    contact_name = django_forms.CharField(label="担当者", max_length=80, required=False)
    contact_email = django_forms.EmailField(
        label="連絡先メール",
        required=False,
        help_text="空欄のときは、メールでお知らせしません。",
        widget=django_forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class StaffForm(forms.Form):
    role = django_forms.ChoiceField(
        label="役割",
        choices=StoreStaff.Role.choices,
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    name = django_forms.CharField(
        label="氏名", max_length=100, required=False, help_text="空欄なら店名になります。"
    )


# --- Bank accounts ----------------------------------------------------------------------------
def _holder() -> django_forms.CharField:
    return django_forms.CharField(
        label="口座名義カナ",
        max_length=60,
        help_text="通帳の1ページ目に書かれているとおりに入力してください。",
        strip=False,
    )


class AccountForm(forms.Form):
    """Base of both ways to name an account; what a service refuses is told at its field."""

    details: services.BankDetails | None = None

    def read_details(self) -> services.BankDetails:
        """Return the account from the cleaned fields."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            try:
                self.details = self.read_details()
            except BankDetailsWrong as refusal:
                self.add_error(refusal.field, str(refusal))
        return cleaned


class BankAccountForm(AccountForm):
    """An account of a bank: bank and branch are searched for, then chosen among what was found."""

    bank_words = django_forms.CharField(
        label="金融機関をさがす",
        required=False,
        max_length=40,
        help_text="名前の一部、ひらがな、4けたの番号でさがせます。",
    )
    bank_code = django_forms.ChoiceField(
        label="金融機関", widget=django_forms.RadioSelect, choices=[]
    )
    branch_words = django_forms.CharField(
        label="支店をさがす",
        required=False,
        max_length=40,
        help_text="名前の一部、ひらがな、3けたの番号でさがせます。",
    )
    branch_code = django_forms.ChoiceField(
        label="支店", widget=django_forms.RadioSelect, choices=[]
    )
    account_type = django_forms.ChoiceField(
        label="預金の種類",
        choices=list(services.ACCOUNT_TYPES.items()),
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    account_number = forms.DigitsField(
        label="口座番号",
        length=7,
        pads_with_zeros=True,
        help_text="7けた。足りないときは前に0が付きます。",
    )
    holder_kana = _holder()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bank_code = self._typed("bank_code")
        found_banks = banks.search_banks(self._typed("bank_words"), limit=12)
        if (bank := banks.find_bank(bank_code)) and bank not in found_banks:
            found_banks = [bank, *found_banks] if not self._typed("bank_words") else found_banks
        if bank not in found_banks:
            bank_code = found_banks[0].code if len(found_banks) == 1 else ""
        self._offer("bank_code", [(b.code, f"{b.name}（{b.code}）") for b in found_banks])
        branch_words = self._typed("branch_words")
        found = banks.search_branches(bank_code, branch_words, limit=20) if bank_code else []
        chosen = banks.find_branch(bank_code, self._typed("branch_code")) if bank_code else None
        if chosen and chosen not in found and not branch_words:
            found = [chosen]
        self._offer("branch_code", [(b.code, f"{b.name}　{b.kana}（{b.code}）") for b in found])
        self._say_what_is_missing(bool(found_banks), bool(found), bool(bank_code))
        if len(found_banks) == 1:
            self.initial["bank_code"] = found_banks[0].code
        if len(found) == 1:
            self.initial["branch_code"] = found[0].code

    def _typed(self, name: str) -> str:
        values = self.data if self.is_bound else self.initial
        return str(values.get(name) or "")

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        if not choices:
            self.fields[name].widget = django_forms.HiddenInput()

    def _say_what_is_missing(self, has_banks: bool, has_branches: bool, has_bank: bool) -> None:
        """Put the remedy at the box where a person searches, the only one they see until then."""
        if not has_banks:
            self.fields["bank_code"].required = False
        if not has_branches:
            self.fields["branch_code"].required = False
        self.found_nothing = {
            "bank_words": not has_banks,
            "branch_words": has_bank and not has_branches,
        }

    def clean(self) -> dict[str, Any] | None:
        for name, what in (("bank_words", "金融機関"), ("branch_words", "支店")):
            if not self.found_nothing[name]:
                continue
            words = self._typed(name)
            self.add_error(
                name,
                f"「{words}」に当てはまる{what}がありません。名前の一部か番号でさがしてください"
                if words
                else f"{what}の名前の一部か番号を入力し、「さがす」を押してください",
            )
        return super().clean()

    def read_details(self) -> services.BankDetails:
        values = self.cleaned_data
        return services.bank_details(
            bank_code=values["bank_code"],
            branch_code=values["branch_code"],
            account_type=values["account_type"],
            account_number=values["account_number"],
            holder_kana=values["holder_kana"],
        )


class YuchoAccountForm(AccountForm):
    """An account of ゆうちょ銀行 by the symbol and number of its passbook."""

    symbol = django_forms.CharField(
        label="記号",
        max_length=10,
        help_text="通帳の左上、5けた",
        widget=forms.NumericInput(attrs={"class": "input--short num"}),
    )
    number = django_forms.CharField(
        label="番号",
        max_length=16,
        help_text="通帳の記号のとなり、8けたまで",
        widget=forms.NumericInput(attrs={"class": "input--mid num"}),
    )
    holder_kana = _holder()

    def read_details(self) -> services.BankDetails:
        values = self.cleaned_data
        return services.yucho_details(
            symbol=values["symbol"], number=values["number"], holder_kana=values["holder_kana"]
        )


class AccountDecisionForm(forms.Form):
    """What the second person says about an account change."""

    decision = django_forms.ChoiceField(
        label="決定",
        choices=[("approve", "承認"), ("reject", "差戻し")],
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    typed_number = forms.DigitsField(
        label="口座番号",
        length=7,
        pads_with_zeros=True,
        required=False,
        help_text="承認するときは、通帳の写しを見て入力してください。"
        "ゆうちょ銀行は、振込用の7けたの番号です。",
    )
    comment = django_forms.CharField(
        label="差し戻す理由",
        required=False,
        max_length=REASON_LENGTH,
        widget=django_forms.Textarea(attrs={"rows": "3"}),
    )
