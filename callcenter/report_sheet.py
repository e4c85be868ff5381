"""A daily report as an Excel workbook that a client files as it is: counts, and what was asked."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from callcenter.models import DailyReport
from pointsys.common import display
from pointsys.common.clock import JST

_THIN: Final = Side(style="thin", color="999999")
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD: Final = PatternFill("solid", fgColor="E8F1EC")
_SUM: Final = PatternFill("solid", fgColor="EFEFEF")
_FONT: Final = "Meiryo UI"
_COUNT_HEAD_ROW: Final = 6


def report_workbook(report: DailyReport, *, before: DailyReport | None) -> bytes:
    """Return a workbook with the counts on the first sheet, complaints and escalations on the next.

    Text is stored as text, so nothing that is written is ever run as a formula.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "件数"
    _counts(sheet, report, before)
    _asked(book.create_sheet("苦情・個人情報・上申"), report)
    book.properties.title = f"日報 {report.day.isoformat()}"
    book.properties.creator = "pointsys"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _counts(sheet: Worksheet, report: DailyReport, before: DailyReport | None) -> None:
    counts = report.counts
    day = display.japanese_date(report.day, with_year=True)
    version = f"第{report.version}版" + ("（訂正）" if report.version > 1 else "")
    _text(sheet, 1, 1, f"コールセンター日報　{day}", bold=True, size=14)
    _text(sheet, 2, 1, f"{report.client.name}　{version}")
    _text(sheet, 3, 1, f"作成　{_moment(report.made_at)}　提出期限　{_moment(report.due_at)}")
    if report.reason:
        _text(sheet, 4, 1, f"訂正の理由　{report.reason}")
    earlier = (
        {str(row["code"] or row["name"]): row["total"] for row in before.counts["rows"]}
        if (before)
        else {}
    )
    last = [f"前回（{before.day.month}/{before.day.day}）", "差"] if before else []
    heads = ["番号", "区分", *counts["columns"], "計", *last]
    _head(sheet, _COUNT_HEAD_ROW, heads)
    line = _COUNT_HEAD_ROW + 1
    for row in counts["rows"]:
        was = earlier.get(str(row["code"] or row["name"]), 0)
        figures = [*row["cells"], row["total"], *([was, row["total"] - was] if before else [])]
        name = f"{'　' * row['depth']}{row['name']}"
        _line(sheet, line, [row["code"], name], figures)
        line += 1
    was = before.counts["total"] if before else 0
    figures = [*counts["cells"], counts["total"], *([was, counts["total"] - was] if before else [])]
    _line(sheet, line, ["", "合計"], figures, is_sum=True)
    _text(sheet, line + 1, 1, "字下げした行は、上の区分の内数です。合計は内数を含みません。")
    _set_out(sheet, [7, 30, *[11] * len(counts["columns"]), 9, *([13, 9] if before else [])])
    sheet.freeze_panes = f"C{_COUNT_HEAD_ROW + 1}"


def _asked(sheet: Worksheet, report: DailyReport) -> None:
    counts = report.counts
    line = 1
    for title, heads, rows in (
        (
            f"苦情　{len(counts['complaints'])}件",
            ["番号", "受付", "区分", "県への報告", "状態"],
            [
                [one["number"], _moment(one["at"]), one["category"],
                 _moment(one["reported_at"]) or "未報告", one["status"]]
                for one in counts["complaints"]
            ],
        ),
        (
            f"個人情報に関する問合せ　{len(counts['privacy'])}件",
            ["番号", "受付", "区分"],
            [[one["number"], _moment(one["at"]), one["category"]] for one in counts["privacy"]],
        ),
        (
            f"上申　{len(counts['escalations'])}件",
            ["番号", "上申", "期限", "回答"],
            [
                [one["number"], _moment(one["asked_at"]), _moment(one["due_at"]),
                 _moment(one["answered_at"]) or "回答待ち"]
                for one in counts["escalations"]
            ],
        ),
    ):  # fmt: skip
        _text(sheet, line, 1, title, bold=True)
        _head(sheet, line + 1, heads)
        line += 2
        for row in rows:
            _line(sheet, line, row, [])
            line += 1
        if not rows:
            _text(sheet, line, 1, "ありませんでした。")
            line += 1
        line += 1
    _set_out(sheet, [14, 24, 26, 24, 12])


def _set_out(sheet: Worksheet, widths: Sequence[int]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _text(
    sheet: Worksheet, row: int, column: int, value: str, *, bold: bool = False, size: int = 11
) -> Any:
    # What no keyboard types would keep the file from ever being written.
    cell = sheet.cell(row=row, column=column, value=ILLEGAL_CHARACTERS_RE.sub(" ", value))
    cell.data_type = "s"  # openpyxl would store text that starts with = as a formula
    cell.font = Font(name=_FONT, bold=bold, size=size)
    return cell


def _head(sheet: Worksheet, row: int, names: Sequence[str]) -> None:
    for column, name in enumerate(names, start=1):
        cell = _text(sheet, row, column, name, bold=True)
        cell.fill, cell.border = _HEAD, _BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _line(
    sheet: Worksheet,
    row: int,
    words: Sequence[str],
    figures: Sequence[int],
    *,
    is_sum: bool = False,
) -> None:
    for column, value in enumerate(words, start=1):
        cell = _text(sheet, row, column, value, bold=is_sum)
        cell.border = _BOX
    for column, figure in enumerate(figures, start=len(words) + 1):
        cell = sheet.cell(row=row, column=column, value=figure)
        cell.number_format, cell.border = "#,##0;−#,##0", _BOX
        cell.font = Font(name=_FONT, bold=is_sum)
    if is_sum:
        for column in range(1, len(words) + len(figures) + 1):
            sheet.cell(row=row, column=column).fill = _SUM


def _moment(value: datetime | str | None) -> str:
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{display.japanese_date(at, with_year=True)} {at.astimezone(JST):%H:%M}"
