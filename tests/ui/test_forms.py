"""One field template serves every form: label, mark, hint, error and their wiring."""

import importlib
import inspect
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms as django_forms
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines

from pointsys.common import forms
from tests.ui.gallery import EveryField

CONTROLS = {"input", "select", "textarea"}


def unwrapped(html: str) -> str:
    """The markup without the line breaks and indents of its templates."""
    return re.sub(r"\n\s*", "", html)


class Page(HTMLParser):
    """What the wiring test needs to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.label_targets: set[str] = set()
        self.controls: list[dict[str, str]] = []
        self.descriptions: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "label" and "for" in found:
            self.label_targets.add(found["for"])
        if tag in CONTROLS and found.get("type") != "hidden":
            self.controls.append(found)
        self.descriptions += found.get("aria-describedby", "").split()


def own_forms() -> Iterator[type[forms.Form]]:
    """Find the forms of all rooms that can be made without arguments."""
    root = Path(settings.BASE_DIR)
    for config in apps.get_app_configs():
        is_own = Path(config.path).is_relative_to(root) and ".venv" not in config.path
        if is_own and (Path(config.path) / "forms.py").exists():
            module = importlib.import_module(f"{config.name}.forms")
            for _, kind in inspect.getmembers(module, inspect.isclass):
                takes = inspect.signature(kind.__init__).parameters.values()
                needs = [p for p in takes if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
                if issubclass(kind, forms.Form) and kind.base_fields and not needs:
                    yield kind


def rendered(form: django_forms.BaseForm) -> str:
    return str(form)


def assert_wired(form: django_forms.BaseForm) -> None:
    page = Page(rendered(form))

    assert len(page.ids) == len(set(page.ids))
    assert set(page.descriptions) <= set(page.ids)
    for control in page.controls:
        assert control["id"] in page.label_targets or control.get("aria-label"), control
        assert "placeholder" not in control, control


@pytest.mark.parametrize("kind", [EveryField, *own_forms()])
def test_each_control_has_a_label_and_each_description_exists(kind: type[forms.Form]) -> None:
    if any(isinstance(field, django_forms.ModelChoiceField) for field in kind.base_fields.values()):
        pytest.skip("its choices are rows; the screen's own test shows it")

    assert_wired(kind())
    assert_wired(kind({}))


def test_every_required_field_says_so_in_words() -> None:
    html = rendered(EveryField())

    assert html.count("※必須") == len(EveryField.base_fields)


def test_each_missing_answer_is_named_once_with_its_remedy() -> None:
    form = EveryField({})
    messages = [message for errors in form.errors.values() for message in errors]

    assert "お名前を入力してください" in messages
    assert "市町村をえらんでください" in messages
    assert "通帳の写しのファイルをえらんでください" in messages
    assert "「規約に同意します」を確認して、しるしを付けてください" in messages
    assert len(messages) == len(set(messages)) == len(EveryField.base_fields)
    assert not any("フィールド" in message or "必須" in message for message in messages)


@pytest.mark.parametrize(
    ("label", "sentence"), [("名簿", "名簿のファイルが空です"), ("ファイル", "ファイルが空です")]
)
def test_an_empty_file_is_refused_in_a_natural_sentence(label: str, sentence: str) -> None:
    class OneFile(forms.Form):
        file = django_forms.FileField(label=label)

    form = OneFile({}, {"file": SimpleUploadedFile("x.csv", b"")})

    assert form.errors["file"] == [f"{sentence}。中身のあるファイルをえらんでください"]


def test_an_error_stands_beside_its_field_and_is_read_with_it() -> None:
    form = EveryField({"postal_code": "989-61"})

    html = rendered(form)

    assert re.search(
        r'<div id="id_postal_code_error"><p class="field__error"><span class="visually-hidden">'
        r"エラー：</span>郵便番号は、数字7けたで入力してください</p></div>",
        unwrapped(html),
    )
    control = next(c for c in Page(html).controls if c["id"] == "id_postal_code")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] == "id_postal_code_helptext id_postal_code_error"
    assert control["value"] == "989-61"


def test_the_summary_says_the_same_sentences_and_leads_to_the_fields() -> None:
    form = EveryField({"kana": "佐藤", "born_on_0": "昭和26", "born_on_1": "14", "born_on_2": "8"})
    template = engines["django"].from_string(
        '{% include "components/error_summary.html" with form=form only %}'
    )

    html = template.render({"form": form})

    assert '<a href="#id_kana">ふりがなを、ひらがなで入力してください</a>' in html
    assert (
        '<a href="#id_born_on_1">生年月日の「月」は、1から12までの数字で入力してください</a>'
        in html
    )
    assert '<a href="#id_how_0">結果をお知らせする方法をえらんでください</a>' in html
    assert f"{len(form.errors)}か所を直してください" in html


def test_an_error_of_the_whole_form_stands_in_the_summary() -> None:
    form = EveryField({})
    form.add_error(None, "締切を過ぎました。<b>")
    template = engines["django"].from_string(
        '{% include "components/error_summary.html" with form=form only %}'
    )

    html = template.render({"form": form})

    assert "<li><p>締切を過ぎました。&lt;b&gt;</p></li>" in unwrapped(html)


def test_own_messages_are_kept() -> None:
    class WithOwnWords(forms.Form):
        shop = django_forms.CharField(
            label="店名", error_messages={"required": "看板のとおりに入力してください"}
        )

    assert WithOwnWords({}).errors["shop"] == ["看板のとおりに入力してください"]


def test_a_number_box_takes_full_width_digits_and_separators() -> None:
    class Numbers(forms.Form):
        limit = django_forms.IntegerField(label="上限", min_value=1)

    form = Numbers({"limit": "１，２８０"})

    assert form.is_valid()
    assert form.cleaned_data["limit"] == 1280
    assert 'inputmode="numeric"' in str(form)
    assert 'type="number"' not in str(form)
