"""The A5 stand (台紙) that a store puts beside its till: facts in, PDF out.

The QR is drawn as vectors, at least 40 mm wide with its quiet zone of 4 modules, at error level Q:
a quarter of it may be dirty or torn. Facts: reference banking.md part 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final

import segno
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from pointsys.common import pdf

# Changes whenever what is printed changes, so that an old stand in a shop can be recognised.
STAND_VERSION: Final = "第1版"
QUIET_MODULES: Final = 4
QR_SIDE: Final = 50 * mm

_WIDTH, _HEIGHT = pdf.A5
_MARGIN: Final = 9 * mm
_INNER: Final = _WIDTH - 2 * _MARGIN
_INK: Final = HexColor("#1a1a1a")
_SOFT: Final = HexColor("#4d4d4d")
_LINE: Final = HexColor("#999999")
# The accents of the six themes of the stylesheet.
_ACCENTS: Final = {
    "green": HexColor("#115a36"),
    "blue": HexColor("#00428c"),
    "teal": HexColor("#006173"),
    "plum": HexColor("#41048e"),
    "brick": HexColor("#8b3200"),
    "slate": HexColor("#333333"),
}
_STEPS: Final = (
    ("スマートフォンの", "カメラでQRを", "読み取る"),
    ("払うポイントを", "入力する"),
    ("お店の名前と", "ポイントを確かめて", "支払う"),
    ("支払完了の画面を", "お店の人に", "見せる"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """What one stand says; the periods and hours are ready sentences."""

    program_name: str
    theme: str
    store_name: str
    store_code: str
    till_number: int
    typed_code: str  # grouped: ABCD-EFGH
    url: str
    prohibited_goods: Sequence[str]
    usable_period: str
    desk_name: str
    desk_phone: str
    desk_hours: str
    printed_on: date


def stands_pdf(stands: Iterable[Stand]) -> bytes:
    """Return one A5 page for each stand, ready for the printer."""
    buffer = BytesIO()
    canvas = pdf.new_canvas(buffer, page_size=pdf.A5, title="レジのQR台紙")
    for stand in stands:
        _draw(canvas, stand)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, stand: Stand) -> None:
    accent = _ACCENTS.get(stand.theme, _ACCENTS["green"])
    _draw_head(canvas, stand, accent)
    _draw_store(canvas, stand)
    _draw_qr(canvas, stand.url, left=_MARGIN, top=_from_top(57 * mm), accent=accent)
    _draw_beside_qr(canvas, stand, accent)
    _draw_steps(canvas, accent)
    _draw_small_print(canvas, stand)


def _from_top(distance: float) -> float:
    return _HEIGHT - distance


def _draw_head(canvas: Canvas, stand: Stand, accent: Color) -> None:
    canvas.setFillColor(accent)
    canvas.rect(0, _from_top(25 * mm), _WIDTH, 25 * mm, stroke=0, fill=1)
    canvas.setFillColor(white)
    canvas.setFont(pdf.REGULAR, 11)
    canvas.drawCentredString(_WIDTH / 2, _from_top(8.5 * mm), "このお店で使えます")
    size, lines = pdf.fitted(
        stand.program_name, font=pdf.BOLD, largest=24, smallest=12, width=_INNER
    )
    canvas.setFont(pdf.BOLD, size)
    canvas.drawCentredString(_WIDTH / 2, _from_top(19.5 * mm), lines[0])


def _draw_store(canvas: Canvas, stand: Stand) -> None:
    size, lines = pdf.fitted(stand.store_name, font=pdf.BOLD, largest=24, smallest=16, width=_INNER)
    if lines[0].endswith("…"):
        size, lines = pdf.fitted(
            stand.store_name, font=pdf.BOLD, largest=18, smallest=11, width=_INNER, most_lines=2
        )
    leading = size * 1.3
    middle = _from_top(38 * mm)
    baseline = middle + (len(lines) - 1) * leading / 2 - size * 0.36
    canvas.setFillColor(_INK)
    canvas.setFont(pdf.BOLD, size)
    for line in lines:
        canvas.drawCentredString(_WIDTH / 2, baseline, line)
        baseline -= leading
    canvas.setFillColor(_SOFT)
    canvas.setFont(pdf.REGULAR, 10)
    numbers = f"店舗番号 {stand.store_code}　　レジ {stand.till_number}"
    canvas.drawCentredString(_WIDTH / 2, _from_top(53 * mm), pdf.printable(numbers))


def _draw_qr(canvas: Canvas, url: str, *, left: float, top: float, accent: Color) -> None:
    code = segno.make(url, error="q", micro=False, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    module = QR_SIDE / len(rows)
    frame = QR_SIDE + 2 * QUIET_MODULES * module
    canvas.setFillColor(white)
    canvas.setStrokeColor(accent)
    canvas.setLineWidth(1.2)
    canvas.roundRect(left, top - frame, frame, frame, 3 * mm, stroke=1, fill=1)
    canvas.setFillColor(HexColor("#000000"))
    path = canvas.beginPath()
    for row_number, row in enumerate(rows):
        bottom = top - (QUIET_MODULES + row_number + 1) * module
        for start, length in _dark_runs(row):
            path.rect(left + (QUIET_MODULES + start) * module, bottom, length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _dark_runs(row: bytes) -> Iterable[tuple[int, int]]:
    """Give the start and length of each dark stretch: no white hairlines between the modules."""
    start = 0
    while start < len(row):
        length = 1
        while start + length < len(row) and row[start + length] == row[start]:
            length += 1
        if row[start]:
            yield start, length
        start += length


def _draw_beside_qr(canvas: Canvas, stand: Stand, accent: Color) -> None:
    left = _MARGIN + 67 * mm
    width = _WIDTH - _MARGIN - left
    canvas.setFillColor(accent)
    size, [worth] = pdf.fitted(
        "1ポイント＝1円", font=pdf.BOLD, largest=24, smallest=14, width=width
    )
    canvas.setFont(pdf.BOLD, size)
    canvas.drawString(left, _from_top(66 * mm), worth)
    _draw_text(
        canvas,
        "1ポイントから、お会計の一部にも使えます。のこりは現金などでお支払いください。",
        left=left,
        top=71 * mm,
        width=width,
        size=9,
    )
    top = 90 * mm
    canvas.setFillColor(HexColor("#f8f8f6"))
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(0.6)
    canvas.roundRect(left, _from_top(top + 26 * mm), width, 26 * mm, 2 * mm, stroke=1, fill=1)
    _draw_text(
        canvas,
        "読み取れないときは、この8文字を入力",
        left=left + 3 * mm,
        top=top + 2.5 * mm,
        width=width - 6 * mm,
        size=8,
        color=_SOFT,
    )
    size, [code] = pdf.fitted(
        stand.typed_code, font=pdf.BOLD, largest=26, smallest=14, width=width - 6 * mm
    )
    canvas.setFillColor(_INK)
    canvas.setFont(pdf.BOLD, size)
    canvas.drawCentredString(left + width / 2, _from_top(top + 21 * mm), code)


def _draw_steps(canvas: Canvas, accent: Color) -> None:
    top = 124 * mm
    gap = 3 * mm
    width = (_INNER - 3 * gap) / 4
    for index, lines in enumerate(_STEPS):
        left = _MARGIN + index * (width + gap)
        canvas.setFillColor(accent)
        canvas.circle(left + 3 * mm, _from_top(top + 3 * mm), 3 * mm, stroke=0, fill=1)
        canvas.setFillColor(white)
        canvas.setFont(pdf.BOLD, 10)
        canvas.drawCentredString(left + 3 * mm, _from_top(top + 4.3 * mm), str(index + 1))
        _draw_phone(canvas, index, middle=left + width / 2 + 2 * mm, top=top, accent=accent)
        canvas.setFillColor(_INK)
        canvas.setFont(pdf.BOLD if index == 3 else pdf.REGULAR, 8.5)
        for line_number, line in enumerate(lines):
            canvas.drawCentredString(
                left + width / 2, _from_top(top + 22 * mm + line_number * 4.2 * mm), line
            )


def _draw_phone(canvas: Canvas, step: int, *, middle: float, top: float, accent: Color) -> None:
    """Draw a telephone whose screen shows what happens in this step."""
    height, width = 17 * mm, 9.5 * mm
    left, bottom = middle - width / 2, _from_top(top + height)
    canvas.setStrokeColor(accent)
    canvas.setFillColor(accent)
    canvas.setLineWidth(1)
    canvas.roundRect(left, bottom, width, height, 1.4 * mm, stroke=1, fill=0)
    centre = bottom + height / 2
    if step == 0:
        for column, row in ((0, 0), (1, 0), (0, 1), (2, 2), (2, 0), (0, 2)):
            side = 1.5 * mm
            canvas.rect(middle + (column - 1.5) * side * 1.2, centre + (row - 1.5) * side * 1.2,
                        side, side, stroke=0, fill=1)  # fmt: skip
    elif step == 1:
        for number in range(9):
            column, row = number % 3, number // 3
            canvas.circle(
                middle + (column - 1) * 2.3 * mm, centre + (row - 1.6) * 2.3 * mm, 0.7 * mm,
                stroke=0, fill=1,
            )  # fmt: skip
        canvas.rect(middle - 3 * mm, centre + 4 * mm, 6 * mm, 1.6 * mm, stroke=1, fill=0)
    elif step == 2:
        for offset in (4.2, 1.8):
            canvas.line(
                middle - 3 * mm, centre + offset * mm, middle + 3 * mm, centre + offset * mm
            )
        canvas.roundRect(
            middle - 3.2 * mm, centre - 4 * mm, 6.4 * mm, 3 * mm, 0.8 * mm, stroke=0, fill=1
        )
    else:
        canvas.setLineWidth(2)
        canvas.lines(
            [
                (middle - 2.8 * mm, centre, middle - 0.8 * mm, centre - 2.2 * mm),
                (middle - 0.8 * mm, centre - 2.2 * mm, middle + 3 * mm, centre + 2.6 * mm),
            ]
        )


def _draw_small_print(canvas: Canvas, stand: Stand) -> None:
    top = 161 * mm
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(0.5)
    canvas.line(_MARGIN, _from_top(top), _WIDTH - _MARGIN, _from_top(top))
    goods = "、".join(stand.prohibited_goods)
    rows = (
        ("使えないもの", goods or "ありません", 4),
        ("使える期間", stand.usable_period, 1),
        ("お問い合わせ", f"{stand.desk_name}　{stand.desk_phone}（{stand.desk_hours}）", 2),
    )
    baseline = _from_top(top + 5 * mm)
    for label, text, most_lines in rows:
        canvas.setFillColor(_INK)
        canvas.setFont(pdf.BOLD, 8)
        canvas.drawString(_MARGIN, baseline, label)
        size, lines = pdf.fitted(
            text,
            font=pdf.REGULAR,
            largest=8.5,
            smallest=6.5,
            width=_INNER - 24 * mm,
            most_lines=most_lines,
        )
        canvas.setFont(pdf.REGULAR, size)
        for line in lines:
            canvas.drawString(_MARGIN + 24 * mm, baseline, line)
            baseline -= 3.9 * mm
        baseline -= 1.2 * mm
    canvas.setFillColor(_SOFT)
    canvas.setFont(pdf.BOLD, 8)
    canvas.drawString(
        _MARGIN, 10 * mm, "このQRコードを書きかえたり、上から別のものをはったりしないでください。"
    )
    day = stand.printed_on
    canvas.setFont(pdf.REGULAR, 7)
    canvas.drawString(
        _MARGIN, 5.5 * mm, f"台紙 {STAND_VERSION}　印刷日 {day.year}年{day.month}月{day.day}日"
    )


def _draw_text(
    canvas: Canvas,
    text: str,
    *,
    left: float,
    top: float,
    width: float,
    size: float,
    color: Color = _INK,
) -> None:
    canvas.setFillColor(color)
    canvas.setFont(pdf.REGULAR, size)
    baseline = _from_top(top) - size
    for line in pdf.wrap(text, font=pdf.REGULAR, size=size, width=width):
        canvas.drawString(left, baseline, line)
        baseline -= size * 1.5
