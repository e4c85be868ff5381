from typing import Final

from django import forms as django_forms

from cards import identifiers, stock_list
from cards.services.stock import MOST_NUMBERS
from pointsys.common import forms, tabular

REASONS: Final = (
    ("紛失", "なくした"),
    ("盗難", "盗まれた"),
    ("破損", "こわれた・読み取れない"),
    ("その他", "その他"),
)
MOST_LIMIT: Final = 1_000_000
MOST_TOTAL: Final = 10_000_000_000


def _reading(label: str, help_text: str) -> django_forms.CharField:
    """Return a field that a keyboard reader types into; the value is never shown again."""
    return django_forms.CharField(
        label=label,
        help_text=help_text,
        max_length=200,
        widget=django_forms.TextInput(
            attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"},
        ),
    )


class FindForm(forms.Form):
    """What somebody says or shows of a card; posted, so that it stands in no address or log."""

    words = _reading(
        "カード番号、末尾4けた、お名前、アプリのID",
        "カードリーダーにかざすか、入力してください。",
    )


class ReadForm(forms.Form):
    """One card, read or typed."""

    card = _reading(
        "カード",
        "カードリーダーにかざしてください。読み取れないときは、カードの16けたの番号を入力します。",
    )


class HolderForm(forms.Form):
    """Words to find the person by who gets a card."""

    words = django_forms.CharField(
        label="お名前・カナ・アプリのID",
        max_length=60,
        widget=django_forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReasonForm(forms.Form):
    """Why a card is stopped: a choice, and a note without names."""

    cause = django_forms.ChoiceField(label="理由", choices=REASONS, widget=django_forms.RadioSelect)
    note = django_forms.CharField(
        label="メモ",
        help_text="お名前や電話番号は書かないでください。",
        max_length=100,
        required=False,
        widget=django_forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def reason(self) -> str:
        """Return the choice and the note as one sentence."""
        note = self.cleaned_data["note"].strip()
        cause = str(self.cleaned_data["cause"])
        return f"{cause}：{note}" if note else cause


class ReplaceForm(ReasonForm):
    """Why, and the new card."""

    card = _reading(
        "新しいカード",
        "新しいカードをカードリーダーにかざしてください。番号を入力してもかまいません。",
    )
    field_order = ("cause", "note", "card")


class StockForm(forms.Form):
    """A maker's list and what the delivery is called."""

    name = django_forms.CharField(
        label="納品の名称",
        help_text="あとで見分けられる名前にします。例：2026年11月 第1回 5,000枚",
        max_length=80,
    )
    file = django_forms.FileField(
        label="カードの一覧",
        help_text=(
            "CSVかExcel。見出しに「カード番号」「種類」「IDm」（UID）「QRトークン」を使います。"
            "FeliCaは「システムコード」も書けます。"
        ),
    )

    def content(self) -> bytes:
        """Return the bytes of the file; raises `TableRefused` when there are too many."""
        return tabular.read_bounded(self.cleaned_data["file"], limits=stock_list.LIMITS)


class NumbersForm(forms.Form):
    """How many new card numbers the printer needs."""

    count = forms.PointsField(label="枚数", unit="枚", min_value=1, max_value=MOST_NUMBERS)
    technology = django_forms.ChoiceField(
        label="種類",
        choices=[
            (identifiers.FELICA, "FeliCa"),
            (identifiers.TYPE_A, "Type A"),
            (identifiers.QR, "QRコードだけ"),
        ],
        widget=django_forms.RadioSelect(attrs={"class": "choices--inline"}),
    )


class LimitsForm(forms.Form):
    """What a card may spend without a PIN."""

    use_limit_points = forms.PointsField(label="1回に使える上限", min_value=1, max_value=MOST_LIMIT)
    day_limit_points = forms.PointsField(label="1日に使える上限", min_value=1, max_value=MOST_LIMIT)
    typed_numbers_pay = django_forms.BooleanField(
        label="カード番号の入力でも支払える",
        help_text=(
            "番号はカードの表に印刷されているので、見た人はだれでも入力できます。"
            "ふだんは、残高の確認とためることだけに使います。"
        ),
        required=False,
    )


class EarnRuleForm(forms.Form):
    """What a tap at a terminal earns."""

    name = django_forms.CharField(
        label="名称", help_text="カードをかざした方の利用の記録に出ます。", max_length=60
    )
    points = forms.PointsField(label="1回のポイント", min_value=1, max_value=MOST_LIMIT)
    total_points = forms.PointsField(
        label="付与する合計の上限",
        help_text="発行予定数から、この数を確保します。",
        min_value=1,
        max_value=MOST_TOTAL,
    )


class StoreWordsForm(forms.Form):
    """Words to find the store by that gets a terminal."""

    words = django_forms.CharField(label="店名・店舗コード", max_length=100, required=False)


class TerminalForm(forms.Form):
    """Which till of the store, and what the device is called there."""

    name = django_forms.CharField(
        label="端末の名称",
        help_text="お店の人が見分けられる名前にします。例：1階レジのタブレット",
        max_length=60,
    )
    till = django_forms.ChoiceField(
        label="レジ", help_text="この端末の支払いは、えらんだレジの支払いになります。"
    )

    def __init__(self, *args: object, tills: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["till"].choices = tills  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    """Why a terminal is refused from now on."""

    reason = django_forms.CharField(
        label="理由",
        help_text="例：盗難の連絡があったため",
        max_length=200,
    )
