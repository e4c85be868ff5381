"""The rules of a program as a form: one field per rule, instants in Japan time."""

import re
from datetime import datetime
from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime

from pointsys.common import display, forms
from pointsys.programs import presets
from pointsys.programs.models import Program, Theme
from pointsys.programs.rules import COLUMNS, INSTANTS, Good, ProgramRules
from pointsys.users.models import Organization

GOOD_LINE: Final = re.compile(
    r"^\s*([a-z0-9-]{1,30})\s*[|｜]\s*([^|｜]+?)\s*(?:[|｜]\s*(.*?))?\s*$"
)
FIELDSETS: Final = (
    ("事業", ("name", "code", "client", "operator", "status", "theme")),
    ("対象地域", ("area_name", "area_codes")),
    (
        "期間（日本時間。終わりの時刻は含みません）",
        INSTANTS,
    ),
    (
        "ポイントの上限",
        ("issuance_ceiling_points", "payment_limit_points", "refund_limit_points"),
    ),
    (
        "精算",
        (
            "settlement_payment_day",
            "settlement_payment_shift",
            "file_lead_bank_days",
            "system_fee_basis_points",
            "system_fee_rounding",
        ),
    ),
    ("利用の対象外", ("goods_list", "goods")),
    ("問合せ窓口", ("desk_name", "desk_phone", "desk_hours")),
)


def instant_field(label: str, help_text: str = "") -> django_forms.DateTimeField:
    """Return a field for an instant, typed as a day and a time in Japan."""
    return django_forms.DateTimeField(
        label=label,
        help_text=help_text,
        widget=django_forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "input--mid"}
        ),
        error_messages={
            "invalid": f"{label}は、「2026-03-01 00:00」のような日付と時刻で入力してください"
        },
    )


def number_field(label: str, unit: str, **options: Any) -> forms.PointsField:
    """Return a field for a whole number with its unit behind it."""
    options.setdefault("min_value", 0)
    return forms.PointsField(label=label, unit=unit, **options)


class RulesForm(forms.Form):
    """The rules of an existing program; `ProgramForm` adds what never changes afterwards."""

    name = django_forms.CharField(label="事業名", max_length=60)
    status = django_forms.ChoiceField(label="状態", choices=Program.Status.choices)
    theme = django_forms.ChoiceField(label="配色", choices=Theme.choices)
    area_name = django_forms.CharField(
        label="対象地域の名前", max_length=60, help_text="例：宮城県内全域"
    )
    area_codes = django_forms.CharField(
        label="対象地域のコード",
        help_text="都道府県2けた（例：04）か市区町村5けた（例：04101）。いくつかあるときは、空けて並べます。",
    )
    grant_starts_at = instant_field("付与の始まり")
    grant_ends_at = instant_field("付与の終わり")
    usage_starts_at = instant_field("利用の始まり")
    usage_ends_at = instant_field(
        "利用の終わり", "2月28日いっぱい使えるときは、3月1日 0:00 と入力します。"
    )
    points_expire_at = instant_field("ポイントの失効")
    issuance_ceiling_points = number_field(
        "発行予定数", "ポイント", max_value=99_999_999_999, help_text="付与は、この数を超えません。"
    )
    payment_limit_points = number_field(
        "1回の支払いの上限", "ポイント", min_value=1, max_value=10_000_000, required=False
    )
    refund_limit_points = number_field(
        "担当者だけで返金できる上限",
        "ポイント",
        max_value=10_000_000,
        help_text="これを超える返金には、別の人の承認が要ります。",
    )
    settlement_payment_day = number_field("支払日（翌月）", "日", min_value=1, max_value=28)
    settlement_payment_shift = django_forms.ChoiceField(
        label="支払日が銀行の休業日のとき", choices=Program.PaymentShift.choices
    )
    file_lead_bank_days = number_field(
        "振込データの提出", "銀行営業日前", min_value=1, max_value=10
    )
    system_fee_basis_points = number_field(
        "システム手数料", "（万分率）", max_value=10_000, help_text="0.5％は、50と入力します。"
    )
    system_fee_rounding = django_forms.ChoiceField(
        label="手数料の端数", choices=Program.FeeRounding.choices
    )
    goods = django_forms.CharField(
        label="利用の対象外になる商品・サービス",
        required=False,
        widget=django_forms.Textarea(attrs={"rows": 10}),
        help_text="1行に1つ、「コード｜名前｜根拠」の形で入力します。コードは半角の英小文字・数字・ハイフン。",
    )
    desk_name = django_forms.CharField(label="窓口の名前", max_length=60)
    desk_phone = forms.PhoneField(label="問合せの電話番号")
    desk_hours = django_forms.CharField(
        label="受付時間", max_length=120, help_text="例：午前9時から午後5時30分まで（土日も受付）"
    )

    def clean_area_codes(self) -> tuple[str, ...]:
        typed: str = self.cleaned_data["area_codes"]
        return tuple(dict.fromkeys(re.findall(r"[^\s,、，]+", display.half_width(typed))))

    def clean_goods(self) -> tuple[Good, ...]:
        lines = [line for line in self.cleaned_data["goods"].splitlines() if line.strip()]
        return tuple(self._good(number, line) for number, line in enumerate(lines, start=1))

    def _good(self, number: int, line: str) -> Good:
        found = GOOD_LINE.match(line)
        if not found:
            raise ValidationError(
                f"利用の対象外の{number}行目を、「コード｜名前｜根拠」の形で入力してください"
            )
        good = Good(found[1], found[2], found[3] or "")
        if len(good.label) > 120 or len(good.source) > 120:
            raise ValidationError(
                f"利用の対象外の{number}行目の名前と根拠は、120文字までで入力してください"
            )
        return good

    def fieldsets(self) -> list[tuple[str, list[django_forms.BoundField]]]:
        """Return the fields as the page groups them."""
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in FIELDSETS
        ]

    def rules(self) -> ProgramRules:
        """Return what was typed as one value."""
        values = {name: self.cleaned_data[name] for name in COLUMNS}
        return ProgramRules(**values, prohibited_goods=self.prohibited_goods())

    def prohibited_goods(self) -> tuple[Good, ...]:
        """Return the goods of the text, line by line."""
        goods: tuple[Good, ...] = self.cleaned_data["goods"]
        return goods


class ProgramForm(RulesForm):
    """A new program: its code, its two organizations, and a list of goods to start from."""

    code = django_forms.SlugField(
        label="事業コード",
        max_length=30,
        help_text="半角の英数字とハイフン。あとから変えられません。例：miyagi-2026",
        error_messages={"invalid": "事業コードは、半角の英数字とハイフンで入力してください"},
    )
    client = django_forms.ModelChoiceField(
        label="発注者", queryset=Organization.objects.none(), empty_label="えらんでください"
    )
    operator = django_forms.ModelChoiceField(
        label="受託者",
        queryset=Organization.objects.filter(kind=Organization.Kind.CONTRACTOR),
        empty_label="えらんでください",
    )
    goods_list = django_forms.ChoiceField(
        label="一覧のひな形",
        choices=[("", "使わない"), *presets.PROHIBITED_GOODS_NAMES.items()],
        required=False,
        help_text="えらぶと、下の欄に書いたものの前に、この一覧が入ります。",
    )
    goods = django_forms.CharField(
        label="加える商品・サービス",
        required=False,
        widget=django_forms.Textarea(attrs={"rows": 4}),
        help_text=RulesForm.base_fields["goods"].help_text,
    )

    def __init__(self, *args: Any, clients: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["client"]
        assert isinstance(chooser, django_forms.ModelChoiceField)
        chooser.queryset = clients

    def prohibited_goods(self) -> tuple[Good, ...]:
        """Return the chosen list, then the lines that were added."""
        base = presets.PROHIBITED_GOODS.get(self.cleaned_data["goods_list"], ())
        return (*base, *super().prohibited_goods())


def initial_of(rules: ProgramRules) -> dict[str, Any]:
    """Return rules as the form shows them."""
    values = {name: getattr(rules, name) for name in COLUMNS}
    values["area_codes"] = " ".join(rules.area_codes)
    values["goods"] = "\n".join(
        "｜".join(filter(None, (good.code, good.label, good.source)))
        for good in rules.prohibited_goods
    )
    return values


def shown(field: django_forms.BoundField, value: Any) -> str:
    """Return a rule the way people read it, for the check page."""
    if value in (None, "", ()):
        return "なし"
    if isinstance(value, datetime):
        return f"{display.japanese_date(value, with_year=True)} {localtime(value):%-H:%M}"
    if isinstance(value, tuple):
        return "、".join(value)
    if isinstance(value, int):
        return _number(field, value)
    if isinstance(field.field, django_forms.ChoiceField):
        return _choice(field.field, value)
    return str(value)


def _choice(field: django_forms.ChoiceField, value: Any) -> str:
    if isinstance(field, django_forms.ModelChoiceField):
        return str(field.label_from_instance(value))
    return next((str(text) for code, text in field.widget.choices if code == value), "")


def _number(field: django_forms.BoundField, value: int) -> str:
    if field.name == "system_fee_basis_points":
        whole, rest = divmod(value, 100)
        return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "％"
    return f"{value:,}{getattr(field.field, 'suffix', '')}"
