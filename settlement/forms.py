from typing import Any

from django import forms as django_forms
from django.core.exceptions import ValidationError

from pointsys.common import banks, forms
from pointsys.common.zengin.errors import ZenginRefused
from pointsys.common.zengin.kana import FieldClass, narrow
from settlement.models import BankFileProfile, BankFileSubmission
from settlement.queries import StatementFilter
from settlement.services import PayerAccount, ProfileRules

CONSIGNOR_LENGTH = 40


class StatementFilterForm(forms.Form):
    """What narrows the list of statements."""

    status = django_forms.ChoiceField(
        label="状態",
        required=False,
        choices=[
            ("", "すべて"),
            ("WAITING", "データ作成待ち"),
            ("NO_ACCOUNT", "保留　口座未登録"),
            ("STOPPED", "保留　支払停止"),
            ("CARRIED", "翌月へ繰越"),
            ("ZERO", "0円"),
            ("PAID", "振込済"),
        ],
    )
    words = django_forms.CharField(
        label="店舗コード・店名・明細番号", required=False, max_length=80
    )

    def chosen(self) -> StatementFilter:
        """Return what was chosen; nothing where the address was changed by hand."""
        return StatementFilter(**self.cleaned_data) if self.is_valid() else StatementFilter()


class PrepareForm(forms.Form):
    """From which account the month is paid."""

    profile = django_forms.ModelChoiceField(
        label="支払元の口座（振込データの設定）",
        queryset=BankFileProfile.objects.none(),
        empty_label=None,
    )

    def __init__(self, *args: Any, client_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["profile"]
        assert isinstance(field, django_forms.ModelChoiceField)
        field.queryset = BankFileProfile.objects.filter(client_id=client_id, is_active=True)


def _figure() -> forms.NumericInput:
    return forms.NumericInput(attrs={"class": "end num"})


class ApproveForm(forms.Form):
    """What the approver reads off the paper."""

    typed_count = forms.PointsField(label="件数", unit="件", widget=_figure())
    typed_total_yen = forms.PointsField(label="合計金額", unit="円", widget=_figure())
    comment = django_forms.CharField(
        label="意見",
        required=False,
        max_length=1000,
        widget=django_forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    """A reason that is kept with the act."""

    reason = django_forms.CharField(
        label="理由", max_length=300, widget=django_forms.Textarea(attrs={"rows": 2})
    )

    def clean_reason(self) -> str:
        """Return the reason without blanks around it."""
        reason: str = self.cleaned_data["reason"].strip()
        return reason


class SubmissionForm(forms.Form):
    """How and under which number the bank took the file."""

    channel = django_forms.ChoiceField(
        label="送り方", choices=BankFileSubmission.Channel.choices, initial="INTERNET"
    )
    bank_receipt_number = django_forms.CharField(
        label="銀行の受付番号",
        max_length=40,
        help_text="銀行の画面か受付票に出た番号を入力してください。",
    )


class ProfileForm(forms.Form):
    """The account that pays and how its bank wants the file."""

    name = django_forms.CharField(
        label="名称", max_length=60, help_text="振込データを作るときに、この名称でえらびます。"
    )
    consignor_code = forms.DigitsField(
        label="委託者コード", length=10, help_text="銀行から知らされた10けたの番号です。"
    )
    consignor_kana = django_forms.CharField(
        label="委託者名（カナ）",
        max_length=80,
        help_text="お店の通帳に、振込人としてのる名前です。",
    )
    bank_code = forms.DigitsField(label="銀行コード", length=4, pads_with_zeros=True)
    branch_code = forms.DigitsField(label="支店コード", length=3, pads_with_zeros=True)
    account_type = django_forms.ChoiceField(
        label="預金種目", choices=BankFileProfile.AccountType.choices
    )
    account_number = forms.DigitsField(
        label="口座番号",
        length=7,
        pads_with_zeros=True,
        required=False,
        help_text="登録済みの口座を変えないときは、空のままにしてください。",
    )
    separator = django_forms.ChoiceField(
        label="レコードの区切り", choices=BankFileProfile.Separator.choices
    )
    separator_after_last = django_forms.BooleanField(
        label="最後のレコードの後にも区切りを置く", required=False
    )
    ends_with_eof = django_forms.BooleanField(label="ファイルの終わりに0x1Aを置く", required=False)
    clearing_house = django_forms.ChoiceField(
        label="手形交換所番号", required=False, choices=BankFileProfile.ClearingHouse.choices
    )
    transfer_category = django_forms.ChoiceField(
        label="振込指定区分", required=False, choices=BankFileProfile.TransferCategory.choices
    )
    writes_bank_names = django_forms.BooleanField(label="銀行名・支店名を書く", required=False)
    customer_codes_as_text = django_forms.BooleanField(
        label="顧客コードを文字として書く", required=False
    )
    reference = django_forms.ChoiceField(
        label="明細との対応", choices=BankFileProfile.Reference.choices
    )
    max_payments = forms.PointsField(label="1ファイルの上限", unit="件", max_value=9_999)
    is_active = django_forms.BooleanField(label="使用する", required=False)

    RULES = (
        "separator",
        "separator_after_last",
        "ends_with_eof",
        "clearing_house",
        "transfer_category",
        "writes_bank_names",
        "customer_codes_as_text",
        "reference",
        "max_payments",
        "is_active",
    )
    ACCOUNT = ("bank_code", "branch_code", "account_type")

    def __init__(self, *args: Any, profile: BankFileProfile | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self._initial(profile))
        super().__init__(*args, **kwargs)
        self.profile = profile

    def clean_consignor_kana(self) -> str:
        """Return the name as the bank file carries it."""
        try:
            return narrow(self.cleaned_data["consignor_kana"], FieldClass.PARTY, CONSIGNOR_LENGTH)
        except ZenginRefused as refusal:
            raise ValidationError(f"委託者名（カナ）の{refusal}", code="kana") from refusal

    def clean(self) -> dict[str, Any]:
        """Check bank and branch against the master, and that a new account has its number."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        bank_code, branch_code = values.get("bank_code"), values.get("branch_code")
        if bank_code and banks.find_bank(bank_code) is None:
            self.add_error("bank_code", f"銀行コード「{bank_code}」の銀行はありません")
        elif bank_code and branch_code and banks.find_branch(bank_code, branch_code) is None:
            self.add_error("branch_code", "この銀行に、その支店コードの支店はありません")
        if not values.get("account_number") and self._is_other_account(values):
            self.add_error("account_number", "口座番号は、数字7けたで入力してください")
        return values

    def account(self) -> PayerAccount | None:
        """Return the account as typed, or None when it stays as it is."""
        values = self.cleaned_data
        if not values["account_number"]:
            return None
        bank = banks.find_bank(values["bank_code"])
        branch = banks.find_branch(values["bank_code"], values["branch_code"])
        assert bank is not None, "clean has looked it up"
        assert branch is not None, "clean has looked it up"
        return PayerAccount(
            bank_code=bank.code,
            bank_name=bank.name,
            bank_kana=bank.narrow_kana,
            branch_code=branch.code,
            branch_name=branch.name,
            branch_kana=branch.narrow_kana,
            account_type=values["account_type"],
            account_number=values["account_number"],
        )

    def rules(self) -> ProfileRules:
        """Return the rules of the file as chosen."""
        return ProfileRules(**{name: self.cleaned_data[name] for name in self.RULES})

    def _is_other_account(self, values: dict[str, Any]) -> bool:
        profile = self.profile
        if profile is None:
            return True
        return any(values.get(name) != getattr(profile, name) for name in self.ACCOUNT)

    def _initial(self, profile: BankFileProfile | None) -> dict[str, Any]:
        shown = profile or BankFileProfile()
        names = ("name", "consignor_code", "consignor_kana", *self.ACCOUNT, *self.RULES)
        return {name: getattr(shown, name) for name in names}
