"""Template tags and filters of the component library; docs/components.md shows each in use."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    FileInput,
    MultiWidget,
    Select,
    Textarea,
)
from django.forms.widgets import ChoiceWidget
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe

from pointsys.common import charts, display
from pointsys.common.icons import ICONS

register = template.Library()


# --- Amounts, dates, numbers -------------------------------------------------------------------
@register.filter
def points(value: int | None) -> str:
    """Write 12480 as 12,480; nothing for None."""
    return "" if value is None else display.grouped(int(value))


@register.filter
def yen(value: int | None) -> str:
    """Write 12480 as 12,480円; nothing for None."""
    return "" if value is None else f"{display.grouped(int(value))}円"


@register.filter
def signed(value: int) -> str:
    """Write a movement: ＋500, −1,280."""
    return display.signed(int(value))


@register.filter
def jdate(value: dt.date | dt.datetime | None, form: str = "") -> str:
    """Write 9月16日（火）; the year stands when it is another year, or always with "year"."""
    if not value:
        return ""
    return display.japanese_date(value, with_year=True if form == "year" else None)


@register.filter
def jdatetime(value: dt.datetime | None, form: str = "") -> str:
    """Write 9月16日（火） 14:32, or with the year always when the argument is "year"."""
    if not value:
        return ""
    return f"{jdate(value, form)} {display.local_moment(value):%H:%M}"


@register.filter
def jtime(value: dt.datetime | None, form: str = "%H:%M") -> str:
    """Write the time of day: 14:32, or 14:32:05 with "seconds"."""
    if not value:
        return ""
    return display.local_moment(value).strftime("%H:%M:%S" if form == "seconds" else form)


@register.filter
def jclock(value: dt.datetime | None) -> str:
    """Write the time of day in words: 午前9時, 正午, 午前0時."""
    return display.clock_words(value) if value else ""


@register.filter
def until(ends_at: dt.datetime | None) -> str:
    """Write an exclusive end as its last usable moment: 2027年2月28日（日） 午後11時59分まで."""
    return f"{until_date(ends_at)} {until_time(ends_at)}" if ends_at else ""


@register.filter
def until_date(ends_at: dt.datetime | None) -> str:
    """Write the day of the last usable moment."""
    return display.japanese_date(display.last_usable_moment(ends_at)) if ends_at else ""


@register.filter
def until_time(ends_at: dt.datetime | None) -> str:
    """Write the time of the last usable moment: 午後11時59分まで."""
    return f"{display.clock_words(display.last_usable_moment(ends_at))}まで" if ends_at else ""


@register.filter
def days_left(ends_at: dt.datetime | None) -> str:
    """Write あと10日, きょうまで or 終わりました."""
    return display.days_left_words(ends_at) if ends_at else ""


@register.filter
def is_soon(ends_at: dt.datetime | None) -> bool:
    """Tell whether the end is near enough for the warning colour."""
    return ends_at is not None and display.days_left(ends_at) <= display.SOON_DAYS


@register.filter
def mask_account(value: str) -> str:
    """Write a bank account number with its last three digits only."""
    return display.masked_tail(value)


@register.filter
def mask_email(value: str) -> str:
    """Write an address so that its owner knows it and nobody else learns it."""
    return display.masked_email(value)


@register.filter
def receipt(value: str) -> str:
    """Write a receipt number in groups of four: K7M2-4Q9X."""
    return display.in_fours(value)


@register.filter
def postal(value: str) -> str:
    """Write seven digits as 〒989-6188."""
    return display.postal_code(value)


# --- Pieces of pages ---------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """Draw a named icon, hidden from screen readers: words beside it say what it means."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f" {extra_class}" if extra_class else "",
        mark_safe(ICONS[name]),  # noqa: S308 - a constant of the reviewed set, never input
    )


class CaptureNode(template.Node):
    """Keep what its block renders in a variable of the context."""

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> SafeString:
        context[self.name] = self.nodelist.render(context)
        return SafeString("")


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """Fill a variable for a component: {% capture body %}<p>…</p>{% endcapture %}."""
    parts = token.split_contents()
    if len(parts) != 2:
        raise template.TemplateSyntaxError("capture takes the name of one variable")
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, parts[1])


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(
    context: Context,
    url_name: str,
    label: str,
    *,
    icon: str = "",
    whole: bool = False,
    count: int = 0,
) -> dict[str, Any]:
    """Offer a page in a menu, marked when the reader is on it; nothing where no such page exists.

    A page below the item's address counts as being on it unless `whole` is set.
    """
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return {}
    request = context.get("request")
    path = request.path if request else ""
    is_current = path == url or (not whole and path.startswith(url))
    return {"url": url, "label": label, "icon": icon, "is_current": is_current, "count": count}


@register.simple_tag
def url_or_none(url_name: str) -> str:
    """Return the address of a named page, or nothing where the page does not exist."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


@register.filter
def paragraphs(value: str) -> SafeString:
    """Set plain text as paragraphs; html filled by {% capture %} stays as it is."""
    if isinstance(value, SafeString):
        return value
    return mark_safe(linebreaks(value, autoescape=True))  # noqa: S308 - escaped just now


@register.filter
def elided(page: Page[Any]) -> Iterator[int | str]:
    """Give the page numbers to show around the current one."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


@register.simple_tag
def bar_chart(rows: list[dict[str, Any]], **options: Any) -> charts.BarChart:
    """Lay out upright bars for components/bar_chart.html; rows as in charts.bar_chart."""
    return charts.bar_chart(rows, **options)


@register.simple_tag
def row_chart(rows: list[dict[str, Any]], **options: Any) -> charts.RowChart:
    """Lay out lying bars for components/row_chart.html; rows as in charts.row_chart."""
    return charts.row_chart(rows, **options)


# --- Forms -------------------------------------------------------------------------------------
CONTROL_CLASSES = {"input": "input", "select": "select", "textarea": "textarea", "file": "input"}


@register.filter
def field_kind(field: BoundField) -> str:
    """Name the shape of a field: input, select, textarea, file, checkbox, choices or parts."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "checkbox"
    if isinstance(widget, Select):
        return "select"
    if isinstance(widget, ChoiceWidget):
        return "choices"
    if isinstance(widget, MultiWidget):
        return "parts"
    if isinstance(widget, FileInput):
        return "file"
    return "textarea" if isinstance(widget, Textarea) else "input"


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Render the widget of a field with the class of its kind beside its own."""
    widget = field.field.widget
    base = CONTROL_CLASSES.get(field_kind(field), "")
    classes = f"{base} {widget.attrs.get('class', '')}".strip()
    attrs: dict[str, str | bool] = {"class": classes} if classes else {}
    if isinstance(widget, Textarea) and widget.attrs.get("rows") == "10":
        attrs["rows"] = "4"  # ten, Django's default, is more than any answer asked for here
    return SafeString(field.as_widget(attrs=attrs))


@register.filter
def picks(field: BoundField) -> bool:
    """Tell whether the choices of a field are shown as tiles of numbers."""
    return "picks" in field.field.widget.attrs.get("class", "").split()


@register.filter
def anchor(field: BoundField) -> str:
    """Give the id of the control that an error of the field leads to."""
    widget = field.field.widget
    first_wrong = getattr(widget, "first_wrong_part", None)
    if isinstance(widget, MultiWidget):
        return f"{field.auto_id}_{first_wrong or 0}"
    if isinstance(widget, ChoiceWidget) and not isinstance(widget, Select):
        return f"{field.auto_id}_0"
    return field.auto_id


@register.filter
def summary_items(form: BaseForm) -> list[dict[str, str]]:
    """List the errors of a form for the summary: first those of the whole, then field by field."""
    items = [{"message": str(message), "anchor": ""} for message in form.non_field_errors()]
    for field in form:
        target = "" if field.is_hidden else anchor(field)
        items += [{"message": str(message), "anchor": target} for message in field.errors]
    return items
