"""Every base page and component once, as pages for the tests; the product has no such address."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms as django_forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from pointsys.common import forms

TOKYO = dt.timezone(dt.timedelta(hours=9))
NOW = dt.datetime(2026, 11, 20, 14, 32, 7, tzinfo=TOKYO)
ENDS_AT = dt.datetime(2027, 3, 1, tzinfo=TOKYO)
LONG_STORE = "とうふ・豆乳専門 松島湾手づくり豆腐 森の工房本舗 利府しらかし台店"
HOURS = "午前9時〜午後5時30分（土日も受付）\n祝日と年末年始は休み。通話料は無料です。"

PROGRAM = SimpleNamespace(
    name="みやぎくらし応援ポイント",
    theme="green",
    desk_name="みやぎくらし応援ポイント 事務局",
    desk_phone="0120-000-000",
    desk_hours=HOURS,
    client=SimpleNamespace(name="宮城県"),
)


class EveryField(forms.Form):
    """One field of each kind, all required."""

    name = django_forms.CharField(
        label="お名前",
        help_text="住民票と同じ漢字で入力してください。",
        widget=django_forms.TextInput(attrs={"autocomplete": "name"}),
    )
    kana = forms.KanaField(label="ふりがな", help_text="例：さとう かずこ")
    born_on = forms.JapaneseDateField(label="生年月日")
    postal_code = forms.PostalCodeField()
    address = django_forms.CharField(label="住所", widget=django_forms.Textarea)
    phone = forms.PhoneField()
    email = django_forms.EmailField(label="メールアドレス")
    area = django_forms.ChoiceField(
        label="市町村", choices=[("", "えらんでください"), ("04215", "大崎市")]
    )
    how = django_forms.ChoiceField(
        label="結果をお知らせする方法",
        choices=[("mail", "メール"), ("post", "はがき")],
        widget=django_forms.RadioSelect,
    )
    sets = django_forms.ChoiceField(
        label="セット数",
        choices=[(str(n), str(n)) for n in range(1, 11)],
        widget=django_forms.RadioSelect(attrs={"class": "picks"}),
    )
    goods = django_forms.MultipleChoiceField(
        label="取扱品",
        choices=[("food", "食料品"), ("meal", "飲食")],
        widget=django_forms.CheckboxSelectMultiple,
    )
    account_number = forms.DigitsField(label="口座番号", length=7, pads_with_zeros=True)
    points = forms.PointsField(label="使うポイント", max_value=12_480)
    passbook = django_forms.FileField(label="通帳の写し")
    agrees = django_forms.BooleanField(label="規約に同意します", help_text="第2版")


class SearchForm(forms.Form):
    """An optional filter, as over lists."""

    area = django_forms.CharField(label="市町村", required=False)


CRUMB = '{% include "components/crumb.html" with items=trail only %}'
HEAD = '<div class="staff-head"><h1>総合振込データ</h1></div>'
LEAD = (
    '{% include "components/steps.html" with steps=steps current=3 only %}'
    '{% include "components/link_back.html" with href="#" only %}'
)
TRAIL = '{% include "components/breadcrumb.html" with items=trail only %}'


def content(name: str) -> str:
    """Return the middle of a gallery page."""
    return (Path(__file__).parent / "pages" / f"{name}.html").read_text()


def page_source(base: str, title: str, middle: str, **blocks: str) -> str:
    """Return the source of one page over a base page."""
    parts = {"title": title, "content": middle, **blocks}
    body = "".join(
        f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in parts.items() if text
    )
    return f'{{% extends "{base}" %}}{{% load ui static %}}{body}'


def script(name: str) -> str:
    return f'<script src="{{% static "js/{name}" %}}" defer></script>'


PAGES = {
    "public": page_source("base_public.html", "お店をさがす", "<h1>お店をさがす</h1>", lead=TRAIL),
    "resident": page_source("base_resident.html", "残高", content("resident"), page_class="page"),
    "form": page_source("base_resident.html", "申込者", content("form"), lead=LEAD),
    "wrong-form": page_source("base_resident.html", "申込者", content("form"), lead=LEAD),
    "done": page_source("base_resident.html", "受付", content("done")),
    "till": page_source(
        "base_till.html", "金額を入れる", content("till"), scripts=script("keypad.js")
    ),
    "states": page_source(
        "base_till.html", "結果", content("states"), scripts=script("pay-done.js")
    ),
    "checking": page_source("base_till.html", "確認中", content("checking")),
    "store": page_source(
        "base_store.html", "今日の支払い", content("store"), scripts=script("poll.js")
    ),
    "console": page_source(
        "base_console.html",
        "精算",
        content("console"),
        crumb=CRUMB,
        head=HEAD,
        scripts='{% include "components/htmx.html" only %}',
    ),
    "import": page_source("base_console.html", "取込みの確認", content("import"), head=HEAD),
    "desk": page_source("base_desk.html", "受付", "<p>応対</p>", head=HEAD),
    "document": page_source("base_document.html", "支払明細書", "<h1>支払明細書</h1>"),
    "plain": page_source("base_plain.html", "ご案内", "<h1>ご案内</h1>"),
}


def context_of(name: str) -> dict[str, Any]:
    """Return what the view of a gallery page puts into the context."""
    days = [{"label": f"8/{n}", "value": n * 20, "plan": 400} for n in range(18, 26)]
    context = {
        "program": PROGRAM,
        "store": SimpleNamespace(name=LONG_STORE) if name == "store" else LONG_STORE,
        "is_practice": name == "store",
        "DEMO": name in {"resident", "console"},
        "emergency": {"title": "支払いを止めています", "body": "点検中です。", "href": "#"},
        "language_links": [
            {"code": "ja", "label": "日本語", "is_current": True},
            {"code": "en", "label": "English", "href": "#"},
        ],
        "staff_name": "菅原 由美子",
        "staff_role": "宮城県 承認者",
        "messages": [Message(25, "登録しました。"), Message(40, "送れませんでした。")],
        "now": NOW,
        "today": NOW.date(),
        "ends_at": ENDS_AT,
        "parts": [{"points": 500, "ends_at": dt.datetime(2026, 12, 1, tzinfo=TOKYO)}],
        "steps": ["資格の確認", "セット数", "申込者", "内容の確認"],
        "trail": [{"href": "#", "label": "トップ"}, {"label": "ここ"}],
        "tabs": [
            {"href": "#", "label": "くらし応援", "is_current": True},
            {"href": "#", "label": "商品券"},
        ],
        "period": [
            {"name": "申し込み", "date": "8月31日（月）まで", "state": "done"},
            {"name": "使える期間", "date": "2月28日まで", "state": "now", "note": "あと100日"},
            {"name": "終わり", "date": "3月1日（月）"},
        ],
        "answers": [{"label": "お名前", "value": "佐藤 和子", "change_href": "#"}],
        "next": [{"title": "結果をお知らせします", "when": "12月18日", "text": "メールです。"}],
        "sums": [
            {"label": "残高", "value": "980"},
            {"label": "足りないポイント", "value": "300", "is_sum": True, "unit": "ポイント"},
        ],
        "rail": [
            {"name": "締め", "note": "9/1", "state": "done"},
            {"name": "承認", "state": "now"},
            {"name": "振込"},
        ],
        "days": days,
        "columns": [{"label": "店舗"}, {"label": "金額", "is_num": True}],
        "table": [
            {"cells": ["名取美田園店", "483,150"]},
            {"cells": ["保留", "0"], "class": "is-flag"},
        ],
        "total": ["合計", "483,150"],
        "rejected": [
            {"place": "Sheet1 2行", "field": "電話番号", "reason": "数字で入力してください"}
        ],
        "findings": [{"row_number": 3, "field": "住所", "message": "番地がありません"}],
        "page": Paginator(range(200), 10).page(3),
        "search": SearchForm(),
    }
    if name == "form":
        context["form"] = EveryField()
    if name == "wrong-form":
        context["form"] = EveryField(
            {"kana": "佐藤", "born_on_0": "昭和26", "born_on_1": "14", "born_on_2": "8",
             "postal_code": "989-61", "address": "大崎市"}
        )  # fmt: skip
    return context


@login_not_required
def show(request: HttpRequest, name: str) -> HttpResponse:
    """Show one page of the gallery; the address of the live list answers like the store's."""
    if name == "updates":
        if request.GET.get("after") == "2":
            return HttpResponse(status=204)
        return HttpResponse('<div data-poll="/gallery/updates" data-after="2"><p>2件</p></div>')
    template = engines["django"].from_string(PAGES[name])
    return HttpResponse(template.render(context_of(name), request))


urlpatterns = [
    path("gallery/<slug:name>", show, name="gallery"),
    path("accounts/", include("allauth.urls")),
]
