"""The base of every form: Japanese messages that name the field and the remedy, tolerant input.

What elderly users' keyboards send (full-width digits, half-width kana, 和暦, many hyphens) is
understood, never refused for its form. docs/components.md shows how a page uses a form.
"""

import datetime as dt
import re
import unicodedata
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from pointsys.common import display

FIRST_DAY: Final = dt.date(1900, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]+")
NBSP_AND_SPACES: Final = re.compile(r"[\s\u00a0]+")
KATAKANA_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
HIRAGANA_TO_KATAKANA: Final = {code - 0x60: code for code in range(ord("ァ"), ord("ヶ") + 1)}
HIRAGANA: Final = re.compile(r"[ぁ-ゖー・ 　]+")
KATAKANA: Final = re.compile(r"[ァ-ヶー・ 　]+")
# Article 1 of the Era Name Act: a year of an era is the year of its start plus n - 1.
ERAS: Final = {
    "明治": 1868, "M": 1868, "大正": 1912, "T": 1912, "昭和": 1926, "S": 1926,
    "平成": 1989, "H": 1989, "令和": 2019, "R": 2019,
}  # fmt: skip
ERA_YEAR: Final = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\s*(元|\d{1,2})")


def plain_digits(value: str) -> str:
    """Return a number as typed in plain width, without separators and unit words."""
    text = display.half_width(value).replace(",", "").replace("、", "")
    return re.sub(r"(ポイント|円|件|\s)+$", "", text)


class NumericInput(forms.TextInput):
    """A text box that opens the number pad; type=number would refuse full-width digits."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return plain_digits(value) if isinstance(value, str) else value


class PointsField(forms.IntegerField):
    """A whole number of points or yen above zero: 1,280 or １２８０ポイント."""

    def __init__(self, *, unit: str = "ポイント", **options: Any) -> None:
        options.setdefault("min_value", 1)
        options.setdefault("widget", NumericInput(attrs={"class": "input--mid num"}))
        super().__init__(**options)
        self.suffix = unit

    def to_python(self, value: Any) -> int | None:
        # Django reads 1.000 as 1, and Python 1_0 as 10: an amount is never guessed.
        if isinstance(value, str) and value.strip():
            value = plain_digits(value)
            if not WHOLE_NUMBER.fullmatch(value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DigitsField(forms.CharField):
    """A number that is a name (account, code): exactly `length` digits, zeros kept."""

    def __init__(self, *, length: int, pads_with_zeros: bool = False, **options: Any) -> None:
        options.setdefault("widget", NumericInput(attrs={"class": "input--mid num"}))
        super().__init__(**options)
        self.length = length
        self.pads_with_zeros = pads_with_zeros

    def to_python(self, value: Any) -> str:
        digits = re.sub(r"[-\s]", "", plain_digits(super().to_python(value) or ""))
        if self.pads_with_zeros and digits:
            digits = digits.zfill(self.length)
        if digits and not (digits.isdecimal() and len(digits) == self.length):
            raise ValidationError(
                f"{self.label}は、数字{self.length}けたで入力してください", code="digits"
            )
        return digits


class PostalCodeField(DigitsField):
    """Seven digits, with or without a hyphen; cleaned to 9896188."""

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "input--short", "autocomplete": "postal-code"}
        options.setdefault("label", "郵便番号")
        options.setdefault("help_text", "ハイフンはなくてもかまいません。")
        options.setdefault("widget", forms.TextInput(attrs={**attrs, "inputmode": "numeric"}))
        super().__init__(length=7, **options)


class PhoneField(forms.CharField):
    """A Japanese telephone number; cleaned to digits with the hyphens that were typed."""

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "input--mid", "autocomplete": "tel", "inputmode": "tel", "type": "tel"}
        options.setdefault("label", "電話番号")
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        number = display.half_width(super().to_python(value) or "").replace(" ", "")
        number = re.sub(r"[()]+", "-", number).strip("-")
        if number and not re.fullmatch(r"0\d{9,10}", number.replace("-", "")):
            raise ValidationError(
                f"{self.label}は、市外局番から10けたか11けたの数字で入力してください", code="phone"
            )
        return re.sub(r"-+", "-", number)


class KanaField(forms.CharField):
    """A reading; half-width and the other kana are turned into the wanted one."""

    def __init__(self, *, script: str = "hiragana", **options: Any) -> None:
        super().__init__(**options)
        self.script = script

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().to_python(value) or "")
        text = NBSP_AND_SPACES.sub(" ", text).strip()
        to_katakana = self.script == "katakana"
        text = text.translate(HIRAGANA_TO_KATAKANA if to_katakana else KATAKANA_TO_HIRAGANA)
        if text and not (KATAKANA if to_katakana else HIRAGANA).fullmatch(text):
            wanted = "カタカナ" if to_katakana else "ひらがな"
            raise ValidationError(f"{self.label}を、{wanted}で入力してください", code="kana")
        return text


def western_year(text: str) -> int | None:
    """Return 1951 for 1951, 昭和26, S26 or 昭和26年, and None for anything else."""
    plain = display.half_width(text).upper().removesuffix("年").strip()
    if re.fullmatch(r"\d{4}", plain):
        return int(plain)
    if match := ERA_YEAR.fullmatch(plain):
        era, year = match.groups()
        return ERAS[era] + (1 if year == "元" else int(year)) - 1
    return None


class DatePartsWidget(forms.MultiWidget):
    """Three boxes, year, month and day; knows which of them is wrong."""

    template_name = "components/date_parts.html"
    use_fieldset = True
    first_wrong_part: int | None = None

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        parts = [
            forms.TextInput(attrs={"class": "input"}),
            forms.TextInput(attrs={"class": "input", "inputmode": "numeric"}),
            forms.TextInput(attrs={"class": "input", "inputmode": "numeric"}),
        ]
        super().__init__(parts, attrs)
        self.label = ""

    def decompress(self, value: dt.date | None) -> list[Any]:
        return [value.year, value.month, value.day] if value else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        attrs = dict(attrs or {})
        invalid = attrs.pop("aria-invalid", None)
        attrs.pop("required", None)  # the legend says it once for the three boxes
        context = super().get_context(name, value, attrs)
        context["widget"]["label"] = self.label
        for index, part in enumerate(context["widget"]["subwidgets"]):
            part["is_wrong"] = bool(invalid) and self.first_wrong_part in (None, index)
            part["error_id"] = f"{attrs.get('id', '')}_error"
        return context


class JapaneseDateField(forms.Field):
    """A day typed as year, month and day; the year also as 昭和26 or 令和7."""

    widget = DatePartsWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "西暦でも「昭和26」のような和暦でもかまいません。")
        super().__init__(**options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        parts = [initial.year, initial.month, initial.day] if initial else ["", "", ""]
        return [str(part) for part in parts] != [str(part or "") for part in data or []]

    def clean(self, value: Any) -> dt.date | None:
        texts = [str(part or "").strip() for part in (value or ["", "", ""])]
        if not any(texts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        return self._day_of(texts)

    def _wrong(self, part: int | None, remedy: str) -> ValidationError:
        self.widget.first_wrong_part = part
        names = ("「年」", "「月」", "「日」")
        where = f"{self.label}の{names[part]}" if part is not None else str(self.label)
        return ValidationError(f"{where}は、{remedy}で入力してください", code="date")

    def _day_of(self, texts: list[str]) -> dt.date:
        year = western_year(texts[0])
        if year is None:
            raise self._wrong(0, "「1951」か「昭和26」のような形")
        numbers = [display.half_width(text) for text in texts[1:]]
        for part, (text, top) in enumerate(zip(numbers, (12, 31), strict=True), start=1):
            if not (text.isdecimal() and 1 <= int(text) <= top):
                raise self._wrong(part, f"1から{top}までの数字")
        try:
            return dt.date(year, int(numbers[0]), int(numbers[1]))
        except ValueError:
            raise self._wrong(2, f"{year}年{int(numbers[0])}月にある日") from None


def is_default_message(field: forms.Field, code: str) -> bool:
    """Tell whether a field still has Django's general message, so that ours may take its place."""
    current = field.error_messages.get(code)
    return any(
        current is vars(kind).get("default_error_messages", {}).get(code)
        for kind in type(field).__mro__
    )


def messages_for(field: forms.Field) -> dict[str, str]:
    """Return the messages of a field that name it and say what to write."""
    label = str(field.label or "")
    chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
    remedy = "入力"
    messages = {"required": f"{label}を入力してください"}
    if isinstance(field, forms.FileField):
        file = label if label.endswith("ファイル") else f"{label}のファイル"
        messages["required"] = messages["missing"] = f"{file}をえらんでください"
        messages["invalid"] = f"{file}を、もう一度えらんでください"
        messages["empty"] = f"{file}が空です。中身のあるファイルをえらんでください"
    elif isinstance(field, forms.BooleanField):
        messages["required"] = f"「{label}」を確認して、しるしを付けてください"
    elif chosen:
        remedy = "選択肢からえらんで"
        messages["required"] = f"{label}をえらんでください"
        messages["invalid_choice"] = f"{label}を、{remedy}ください"
        messages["invalid_list"] = messages["invalid_pk_value"] = messages["invalid_choice"]
    elif isinstance(field, forms.EmailField):
        messages["invalid"] = f"{label}は、「name@example.jp」の形で入力してください"
    elif isinstance(field, forms.IntegerField | forms.DecimalField | forms.FloatField):
        messages["invalid"] = f"{label}は、数字で入力してください"
        messages["min_value"] = f"{label}は、%(limit_value)s以上の数字で入力してください"
        messages["max_value"] = f"{label}は、%(limit_value)s以下の数字で入力してください"
    elif isinstance(field, forms.DateField | forms.DateTimeField):
        messages["invalid"] = f"{label}は、「2026-11-20」のような日付で入力してください"
    elif isinstance(field, forms.URLField):
        messages["invalid"] = f"{label}は、「https://」から入力してください"
    messages["max_length"] = (
        f"{label}は、%(limit_value)d文字までで入力してください（いま%(show_value)d文字）"
    )
    messages["min_length"] = f"{label}は、%(limit_value)d文字以上で入力してください"
    messages["null_characters_not_allowed"] = f"{label}に使えない文字があります。入れ直してください"
    return messages


def refuse_far_days(field: forms.DateField) -> None:
    """Keep days within three centuries: the first and last years a computer knows break sums."""
    message = (
        f"{field.label}は、{FIRST_DAY.year}年から{LAST_DAY.year}年までの日付で入力してください"
    )
    field.validators += [
        MinValueValidator(FIRST_DAY, message=message),
        MaxValueValidator(LAST_DAY, message=message),
    ]


def prepare_fields(fields: dict[str, forms.Field]) -> None:
    """Give the fields of one form our messages and number boxes; call it from __init__."""
    for name, field in fields.items():
        field.label = field.label or name
        if isinstance(field, forms.DateField):
            refuse_far_days(field)
        for code, message in messages_for(field).items():
            if code not in field.error_messages or is_default_message(field, code):
                field.error_messages[code] = message
        if isinstance(field.widget, forms.NumberInput):
            field.widget = NumericInput(attrs={"class": field.widget.attrs.get("class", "")})
            field.widget.is_required = field.required
        if isinstance(field, JapaneseDateField):
            field.widget.label = str(field.label)


class Form(forms.Form):
    """Base of plain forms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        prepare_fields(self.fields)


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """Base of forms over simple masters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        prepare_fields(self.fields)
