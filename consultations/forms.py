from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from consultations.models import Event, HelpItem, Slot
from consultations.queries import Person
from consultations.services import EventPlan
from pointsys.common import display, forms
from pointsys.common.clock import JST

FREE_TEXT: Final = 2000
LONGEST_PERIOD_DAYS: Final = 3_660
MINUTES: Final = (("5", "5分"), ("10", "10分"), ("15", "15分"), ("30", "30分"), ("60", "60分"))


class EventForm(forms.Form):
    """The plan of one event, as the contractor proposes it (CO-03)."""

    title = django_forms.CharField(label="名前", max_length=80, help_text="例：スマホ相談会 名取市")
    kind = django_forms.ChoiceField(label="種類", choices=Event.Kind.choices)
    municipality_code = django_forms.ChoiceField(
        label="市区町村", required=False, help_text="オンラインの開催では、えらばないでください。"
    )
    venue = django_forms.CharField(label="会場", max_length=120)
    address = django_forms.CharField(label="所在地", max_length=200, required=False)
    day = django_forms.DateField(
        label="開催日",
        widget=django_forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    starts = django_forms.TimeField(
        label="開始",
        widget=django_forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "開始は、「13:00」のような時刻で入力してください"},
    )
    ends = django_forms.TimeField(
        label="終了",
        widget=django_forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "終了は、「16:00」のような時刻で入力してください"},
    )
    slot_minutes = django_forms.IntegerField(
        label="1枠の長さ（分）", min_value=5, max_value=480, initial=30
    )
    seats_per_slot = django_forms.IntegerField(
        label="1枠の席",
        min_value=0,
        max_value=200,
        initial=4,
        help_text="予約を受けないときは0にしてください。",
    )
    method = django_forms.CharField(
        label="実施方法",
        max_length=400,
        widget=django_forms.Textarea(attrs={"rows": 3}),
        help_text="例：対面。職員4名、1人15分から30分。スマートフォンの体験機を置く。",
    )

    def __init__(self, *args: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["municipality_code"]
        assert isinstance(field, django_forms.ChoiceField)
        field.choices = [("", "えらんでください"), *units]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        is_web = values.get("kind") == Event.Kind.WEB
        if is_web:
            values["municipality_code"] = ""
        elif "municipality_code" in values and not values["municipality_code"]:
            self.add_error("municipality_code", "市区町村をえらんでください")
        starts, ends = values.get("starts"), values.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "終了は、開始より後の時刻で入力してください")
        return values

    def plan(self) -> EventPlan:
        """Return what was typed."""
        values = self.cleaned_data
        names = ("title", "kind", "municipality_code", "venue", "address")
        return EventPlan(
            **{name: values[name] for name in names},
            starts_at=_moment(values["day"], values["starts"]),
            ends_at=_moment(values["day"], values["ends"]),
            slot_minutes=values["slot_minutes"],
            seats_per_slot=values["seats_per_slot"],
            method=values["method"],
        )

    @staticmethod
    def initial_of(plan: EventPlan) -> dict[str, Any]:
        """Return a plan as the form shows it."""
        starts, ends = plan.starts_at.astimezone(JST), plan.ends_at.astimezone(JST)
        return {
            "title": plan.title,
            "kind": plan.kind,
            "municipality_code": plan.municipality_code,
            "venue": plan.venue,
            "address": plan.address,
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time(),
            "slot_minutes": plan.slot_minutes,
            "seats_per_slot": plan.seats_per_slot,
            "method": plan.method,
        }


def _moment(day: Any, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=JST)


class DecisionForm(forms.Form):
    """The client's answer; a refusal carries its reason."""

    digest = django_forms.CharField(widget=django_forms.HiddenInput, max_length=64)
    answer = django_forms.ChoiceField(
        label="決定",
        choices=[("approve", "承認する"), ("refuse", "差し戻す")],
        widget=django_forms.RadioSelect,
    )
    comment = django_forms.CharField(
        label="意見・差し戻す理由",
        required=False,
        max_length=300,
        widget=django_forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("answer") == "refuse" and not values.get("comment", "").strip():
            self.add_error("comment", "差し戻す理由を入力してください")
        return values


class CancelEventForm(forms.Form):
    """Why an event does not take place; who booked reads it."""

    reason = django_forms.CharField(
        label="中止の理由",
        max_length=300,
        help_text="予約した人へのメールと、公開の画面に出ます。",
        widget=django_forms.Textarea(attrs={"rows": 2}),
    )


class RulesForm(forms.Form):
    """The contract's figures of a program's events."""

    first_date = django_forms.DateField(
        label="開催期間の初日",
        widget=django_forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_date = django_forms.DateField(
        label="開催期間の最終日",
        widget=django_forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    minimum_notice_days = django_forms.IntegerField(
        label="告知の期限（開催の何日前）", min_value=0, max_value=180
    )
    install_goal = django_forms.IntegerField(
        label="登録まで進んだ人の目標",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="目標がないときは、空のままにしてください。",
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first_date"), values.get("last_date")
        if first and last and last < first:
            self.add_error("last_date", "最終日は、初日以後の日付で入力してください")
        elif first and last and (last - first).days > LONGEST_PERIOD_DAYS:
            self.add_error("last_date", "開催期間は、10年までにしてください")
        return values


class AreaForm(forms.Form):
    """Which municipality the public list is narrowed to."""

    area = django_forms.ChoiceField(label=_("市区町村"), required=False)

    def __init__(self, *args: Any, areas: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["area"]
        assert isinstance(field, django_forms.ChoiceField)
        field.choices = [("", _("すべて")), *areas]


class BookingForm(forms.Form):
    """One seat for one person."""

    slot = django_forms.TypedChoiceField(
        label=_("時間"), coerce=int, widget=django_forms.RadioSelect
    )
    name = django_forms.CharField(
        label=_("お名前"), max_length=60, widget=django_forms.TextInput({"autocomplete": "name"})
    )
    kana = forms.KanaField(
        label=_("ふりがな"), max_length=60, help_text=_("受付で、ふりがなでお探しします。")
    )
    phone = forms.PhoneField(
        label=_("電話番号"), help_text=_("取り消すときに、下4けたを使います。")
    )
    email = django_forms.EmailField(
        label=_("メールアドレス"),
        required=False,
        max_length=200,
        help_text=_("前の日に、ご案内をお送りします。"),
        widget=django_forms.EmailInput({"autocomplete": "email"}),
    )
    note = django_forms.CharField(
        label=_("手伝ってほしいこと"),
        required=False,
        max_length=200,
        help_text=_("例：耳が聞こえにくい。車いすで行く。"),
        widget=django_forms.Textarea(attrs={"rows": 2}),
    )
    request_key = django_forms.UUIDField(widget=django_forms.HiddenInput)
    # Left empty by people, who do not see it.
    contact_url = django_forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, slots: Sequence[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["slot"]
        assert isinstance(field, django_forms.ChoiceField)
        self.slots = {slot.pk: slot for slot in slots}
        field.choices = [(slot.pk, slot_words(slot)) for slot in slots]
        # Somebody took the last seat, or the time began, while this form was open.
        field.error_messages["invalid_choice"] = str(
            _("えらんだ時間は、満席か、時間を過ぎました。ほかの時間をえらんでください")
        )

    def person(self) -> Person:
        """Return who books."""
        names = ("name", "kana", "phone", "email", "note")
        return Person(**{name: self.cleaned_data[name] for name in names})

    def person_or_none(self) -> Person | None:
        """Return who books, also where the time has filled up; None where a name is missing."""
        try:
            return self.person()
        except KeyError:
            return None

    @property
    def is_from_a_machine(self) -> bool:
        """Tell whether the field that nobody sees was filled in."""
        return bool(self.data.get("contact_url"))


def slot_words(slot: Slot) -> str:
    """Return 13:30（のこり2席）."""
    left = slot.seats - slot.taken
    starts = display.local_moment(slot.starts_at)
    return f"{starts:%H:%M}（のこり{left}席）"


class CancelBookingForm(forms.Form):
    """What only the person who booked knows."""

    number = django_forms.CharField(
        label=_("予約番号"), max_length=12, widget=django_forms.TextInput({"autocomplete": "off"})
    )
    phone_tail = forms.DigitsField(label=_("電話番号の下4けた"), length=4)

    def clean_number(self) -> str:
        """Return the number as it is kept."""
        return plain_number(self.cleaned_data["number"])


def plain_number(typed: str) -> str:
    """Return a booking number as kept: capital letters and digits only, at most eight."""
    kept = "".join(c for c in display.half_width(typed).upper() if c.isascii() and c.isalnum())
    return kept[:12]


class HelpForm(forms.Form):
    """What a visitor was helped with; tiles for thumbs."""

    resolved = django_forms.TypedMultipleChoiceField(
        label="解決したこと",
        coerce=int,
        required=False,
        widget=django_forms.CheckboxSelectMultiple(),
    )
    unresolved = django_forms.TypedMultipleChoiceField(
        label="解決できなかったこと",
        coerce=int,
        required=False,
        help_text="コールセンターへの問合せになり、あとで答えます。",
        widget=django_forms.CheckboxSelectMultiple(),
    )
    question = django_forms.CharField(
        label="質問の内容",
        required=False,
        max_length=FREE_TEXT,
        help_text="解決できなかったことがあるとき、あとで答えられるように書いてください。",
        widget=django_forms.Textarea(attrs={"rows": 3}),
    )
    minutes = django_forms.TypedChoiceField(
        label="かかった時間",
        coerce=int,
        empty_value=None,
        required=False,
        choices=MINUTES,
        widget=django_forms.RadioSelect(attrs={"class": "picks"}),
    )

    def __init__(self, *args: Any, items: Sequence[HelpItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("resolved", "unresolved"):
            field = self.fields[name]
            assert isinstance(field, django_forms.ChoiceField)
            field.choices = [(item.pk, item.label) for item in items]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        resolved, unresolved = values.get("resolved") or [], values.get("unresolved") or []
        if set(resolved) & set(unresolved):
            raise ValidationError(
                "同じ内容を「解決した」と「解決できなかった」の両方にはえらべません"
            )
        if not self.errors and not (resolved or unresolved):
            self.add_error("resolved", "お手伝いした内容を、1つはえらんでください")
        if unresolved and not (values.get("question") or "").strip():
            self.add_error("question", "解決できなかった質問の内容を入力してください")
        return values
