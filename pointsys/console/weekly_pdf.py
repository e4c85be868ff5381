"""The printed weekly report (A4): the figures that were kept, section by section."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from pointsys.common import display, pdf
from pointsys.console.models import WeeklyReport
from pointsys.console.queries import weekly

INK: Final = HexColor("#1a1a1a")
SOFT: Final = HexColor("#4d4d4d")
LINE: Final = HexColor("#999999")
LEFT: Final = 20 * mm
RIGHT: Final = 190 * mm
TOP: Final = 277 * mm
BOTTOM: Final = 22 * mm
ROW: Final = 7 * mm
COLUMNS: Final = (("この週", 130 * mm), ("前の週", 160 * mm), ("累計・現在", RIGHT))


class _Sheet:
    """A document that begins a new page when the next row does not fit."""

    def __init__(self, canvas: Canvas, foot: str) -> None:
        self.canvas = canvas
        self.foot = foot
        self.number = 1
        self.y = TOP

    def room(self, height: float) -> None:
        """Begin a new page where less than this is left."""
        if self.y - height < BOTTOM:
            self.end_page()
            self.canvas.showPage()
            self.number += 1
            self.y = TOP

    def end_page(self) -> None:
        """Write the foot of the page."""
        self.text(LEFT, self.foot, size=8.5, soft=True, y=12 * mm)
        self.right(RIGHT, f"{self.number}ページ", size=8.5, y=12 * mm)

    def text(
        self,
        x: float,
        words: str,
        *,
        size: float = 10,
        bold: bool = False,
        soft: bool = False,
        y: float | None = None,
    ) -> None:
        """Write from the left."""
        self.canvas.setFillColor(SOFT if soft else INK)
        self.canvas.setFont(pdf.BOLD if bold else pdf.REGULAR, size)
        self.canvas.drawString(x, self.y if y is None else y, pdf.printable(words))

    def right(
        self, x: float, words: str, *, size: float = 10, bold: bool = False, y: float | None = None
    ) -> None:
        """Write up to the right."""
        self.canvas.setFillColor(INK)
        self.canvas.setFont(pdf.BOLD if bold else pdf.REGULAR, size)
        self.canvas.drawRightString(x, self.y if y is None else y, pdf.printable(words))

    def rule(self, *, strong: bool = False) -> None:
        """Draw a line below the row."""
        self.canvas.setStrokeColor(INK if strong else LINE)
        self.canvas.setLineWidth(1 if strong else 0.4)
        self.canvas.line(LEFT, self.y - 2 * mm, RIGHT, self.y - 2 * mm)


def report_pdf(report: WeeklyReport, before: WeeklyReport | None) -> bytes:
    """Return the printed report; the same report gives the same bytes."""
    buffer = BytesIO()
    program = report.program
    last = report.week_start + weekly.WEEK - timedelta(days=1)
    days = f"{_day(report.week_start)}から{_day(last)}まで"
    canvas = pdf.new_canvas(buffer, page_size=pdf.A4, title=f"週報 {program.name} {days}")
    sheet = _Sheet(canvas, f"{program.client.name}　{program.name}　{days}")
    sheet.y -= 8 * mm
    sheet.text(LEFT, "週報", size=20, bold=True)
    sheet.y -= 9 * mm
    sheet.text(LEFT, f"{program.name}　{days}", size=11)
    sheet.y -= 6 * mm
    made = f"{display.japanese_date(report.made_at, with_year=True)}"
    sheet.text(LEFT, f"{program.client.name}　作成 {made}", size=9, soft=True)
    sheet.y -= 10 * mm
    for section in weekly.sections_of(report, before):
        _section(sheet, section)
    sheet.end_page()
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _section(sheet: _Sheet, section: dict[str, Any]) -> None:
    sheet.room(3 * ROW)
    sheet.text(LEFT, section["title"], size=12, bold=True)
    for name, x in COLUMNS:
        sheet.right(x, name, size=9)
    sheet.rule(strong=True)
    sheet.y -= ROW
    for line in section["lines"]:
        sheet.room(ROW)
        _fitted(sheet, f"{line['label']}（{line['unit']}）", width=85 * mm)
        for value, (_, x) in zip(
            (line["week"], line["before"], line["total"]), COLUMNS, strict=True
        ):
            sheet.right(x, "—" if value is None else display.grouped(value))
        sheet.rule()
        sheet.y -= ROW
    for table in section["tables"]:
        _table(sheet, table)
    sheet.y -= 4 * mm


def _table(sheet: _Sheet, table: dict[str, Any]) -> None:
    sheet.room(2 * ROW)
    sheet.y -= 1 * mm
    sheet.text(LEFT, table["title"], size=10, bold=True)
    sheet.y -= ROW - 1 * mm
    if not table["rows"]:
        sheet.text(LEFT + 4 * mm, "この週は、ありませんでした。", size=9.5, soft=True)
        sheet.y -= ROW
    for name, count in table["rows"]:
        sheet.room(ROW)
        _fitted(sheet, str(name), width=100 * mm, indent=4 * mm)
        sheet.right(COLUMNS[0][1], display.grouped(count))
        sheet.y -= ROW - 1 * mm


def _fitted(sheet: _Sheet, words: str, *, width: float, indent: float = 0) -> None:
    size, lines = pdf.fitted(words, font=pdf.REGULAR, largest=10, smallest=7.5, width=width)
    sheet.text(LEFT + indent, lines[0], size=size)


def _day(day: date) -> str:
    return display.japanese_date(day, with_year=True)
