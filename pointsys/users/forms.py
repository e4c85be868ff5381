"""allauth's forms in our words: no placeholders, messages that name the field and the remedy."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms

from pointsys.common.forms import NumericInput, prepare_fields

CODE_ATTRS = {
    "class": "input--code",
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "maxlength": "6",
}
SIX_DIGITS = "数字6けた。全角の数字でもかまいません。"
FORGOTTEN = "忘れたときは、管理者か事務局へご連絡ください。"


class InOurWords:
    """Gives the fields of an allauth form our labels, hints and messages."""

    fields: dict[str, forms.Field]
    words: dict[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label, field.help_text = self.words.get(name, (field.label, field.help_text))
            field.widget.attrs.pop("placeholder", None)
        prepare_fields(self.fields)


class PasswordSignInForm(InOurWords, account.LoginForm):  # type: ignore[misc]
    """Staff and stores: login id and password."""

    words = {
        "login": ("ログインID", "メールアドレスでもログインできます。"),
        "password": ("パスワード", ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none")


class RequestCodeForm(InOurWords, account.RequestLoginCodeForm):  # type: ignore[misc]
    """Residents: the address that the code goes to."""

    words = {"email": ("メールアドレス", "登録したメールアドレスに、6けたの番号を送ります。")}


class ConfirmCodeForm(InOurWords, account.ConfirmLoginCodeForm):  # type: ignore[misc]
    """Residents: the code that arrived; a shared device is forgotten when the browser closes."""

    remember = forms.BooleanField(required=False, initial=True)
    words = {
        "code": ("確認番号", SIX_DIGITS),
        "remember": (
            "このスマートフォンを180日おぼえる",
            "家族と共用の機械では、はずしてください。",
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = NumericInput(CODE_ATTRS)
        self.fields["code"].widget.is_required = True
        self.fields["remember"].widget.attrs["class"] = "choice--plain"

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        if not self.errors and cleaned is not None and not cleaned.get("remember"):
            context.request.session.set_expiry(0)
        return cleaned


class ChangePasswordForm(InOurWords, account.ChangePasswordForm):  # type: ignore[misc]
    words = {
        "oldpassword": ("いまのパスワード", ""),
        "password1": (
            "新しいパスワード",
            "10文字以上。名前やログインIDに似たもの、よくあるものは使えません。",
        ),
        "password2": ("新しいパスワード（確認）", "同じものを、もう一度入力してください。"),
    }


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):  # type: ignore[misc]
    words = {"email": ("メールアドレス", "登録したメールアドレスに、手続きの案内を送ります。")}


class ResetPasswordKeyForm(InOurWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    words = ChangePasswordForm.words


class ReauthenticateForm(InOurWords, account.ReauthenticateForm):  # type: ignore[misc]
    words = {"password": ("パスワード", FORGOTTEN)}


class _SecondFactorCode(InOurWords):
    words = {"code": ("認証アプリの番号", SIX_DIGITS)}
    # A recovery code has eight characters and may be typed in the same box.
    code_length = "10"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = NumericInput({**CODE_ATTRS, "maxlength": self.code_length})
        self.fields["code"].widget.is_required = True


class SecondFactorForm(_SecondFactorCode, mfa.AuthenticateForm):  # type: ignore[misc]
    """The six digits of the authenticator app, or one of the recovery codes."""


class SecondFactorAgainForm(_SecondFactorCode, mfa.ReauthenticateForm):  # type: ignore[misc]
    """The same, before an act that asks for it again."""


class ActivateSecondFactorForm(_SecondFactorCode, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first digits that a newly linked authenticator app shows."""

    code_length = "6"
