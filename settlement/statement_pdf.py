"""The printed 支払明細書 (A4): what a store is paid for a month and why.

It is no invoice: points are paid on behalf of the client and carry no tax (reference/banking.md
part 5), so no tax and no registration number stand on it.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from pointsys.common import display, pdf
from settlement.models import Statement
from settlement.queries import StatementSheet

INK: Final = HexColor("#1a1a1a")
SOFT: Final = HexColor("#4d4d4d")
LINE: Final = HexColor("#999999")
PAPER: Final = HexColor("#f2f2f2")
LEFT: Final = 20 * mm
RIGHT: Final = 190 * mm
TOP: Final = 277 * mm


@dataclass(frozen=True)
class SumLine:
    """One line of the calculation."""

    label: str
    note: str
    yen: int


def statement_pdf(sheet: StatementSheet) -> bytes:
    """Return the printed statement; the same facts give the same bytes."""
    buffer = BytesIO()
    statement = sheet.statement
    canvas = pdf.new_canvas(
        buffer, page_size=pdf.A4, title=f"支払明細書 {statement.document_number}"
    )
    y = _head(canvas, sheet)
    y = _parties(canvas, sheet, y)
    y = _amount(canvas, sheet, y)
    y = _sums(canvas, statement, y)
    y = _transfer(canvas, sheet, y)
    _foot(canvas, sheet, y)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def sum_lines(statement: Statement) -> list[SumLine]:
    """Return what the amount adds up from, in the order of every statement."""
    return [
        SumLine("ポイントの使用", f"{statement.payment_count:,}件", statement.payment_points),
        SumLine("取消・返金", f"{statement.refund_count:,}件", -statement.refund_points),
        SumLine(
            "前月以前の分の取消・返金（締め後の調整）",
            f"{statement.adjustment_count:,}件",
            statement.adjustment_yen,
        ),
        SumLine("前月からの繰越", "", statement.carried_in_yen),
        SumLine("振込手数料", "お店の負担はありません", 0),
    ]


def _head(canvas: Canvas, sheet: StatementSheet) -> float:
    statement = sheet.statement
    _text(canvas, LEFT, TOP - 8 * mm, "支払明細書", size=20, bold=True)
    _text(
        canvas,
        LEFT,
        TOP - 16 * mm,
        f"{sheet.month.year}年{sheet.month.month}月分（{sheet.month.month}月1日〜"
        f"{sheet.last_day.month}月{sheet.last_day.day}日の利用）",
        size=11,
    )
    _right(canvas, RIGHT, TOP - 4 * mm, f"明細番号　{statement.document_number}", size=10)
    _right(
        canvas,
        RIGHT,
        TOP - 10 * mm,
        f"発行日　{display.japanese_date(sheet.issued_on, with_year=True)}",
        size=10,
    )
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.2)
    canvas.line(LEFT, TOP - 20 * mm, RIGHT, TOP - 20 * mm)
    return TOP - 30 * mm


def _parties(canvas: Canvas, sheet: StatementSheet, y: float) -> float:
    statement, program = sheet.statement, sheet.program
    size, lines = pdf.fitted(
        f"{statement.store_name}　御中",
        font=pdf.BOLD,
        largest=15,
        smallest=10,
        width=100 * mm,
        most_lines=2,
    )
    at = y
    for line in lines:
        _text(canvas, LEFT, at, line, size=size, bold=True)
        at -= size * 1.4
    _text(canvas, LEFT, at, f"店舗コード　{statement.store_code}", size=10, soft=True)
    about = [
        program.client.name,
        program.name,
        program.desk_name,
        f"電話　{program.desk_phone}",
    ]
    for number, line in enumerate(about):
        _fitted_right(canvas, RIGHT, y - number * 5.2 * mm, line, size=10, width=64 * mm)
    return min(at, y - len(about) * 5.2 * mm) - 8 * mm


def _amount(canvas: Canvas, sheet: StatementSheet, y: float) -> float:
    height = 24 * mm
    canvas.setFillColor(PAPER)
    canvas.rect(LEFT, y - height, RIGHT - LEFT, height, stroke=0, fill=1)
    _text(canvas, LEFT + 5 * mm, y - 9 * mm, _amount_name(sheet.statement), size=11)
    _right(
        canvas,
        RIGHT - 5 * mm,
        y - 16 * mm,
        f"{display.grouped(sheet.statement.amount_yen)} 円",
        size=26,
        bold=True,
    )
    _text(canvas, LEFT + 5 * mm, y - 17 * mm, sheet.state.text, size=10, soft=True)
    return y - height - 10 * mm


def _amount_name(statement: Statement) -> str:
    return "差引額" if statement.amount_yen < 0 else "お支払い額"


def _sums(canvas: Canvas, statement: Statement, y: float) -> float:
    total = statement.amount_yen
    _text(canvas, LEFT, y, "内訳", size=12, bold=True)
    y -= 4 * mm
    for line in sum_lines(statement):
        y = _sum_line(canvas, y, line.label, line.note, line.yen)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.2)
    canvas.line(LEFT, y, RIGHT, y)
    _text(canvas, LEFT, y - 7 * mm, _amount_name(statement), size=11, bold=True)
    _right(canvas, RIGHT, y - 7 * mm, f"{display.grouped(total)} 円", size=12, bold=True)
    return y - 18 * mm


def _sum_line(canvas: Canvas, y: float, label: str, note: str, yen: int) -> float:
    _text(canvas, LEFT, y - 5.4 * mm, label, size=10.5)
    _right(canvas, 142 * mm, y - 5.4 * mm, note, size=10)
    _right(canvas, RIGHT, y - 5.4 * mm, f"{display.grouped(yen)} 円", size=10.5)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(LEFT, y - 8 * mm, RIGHT, y - 8 * mm)
    return y - 8 * mm


def _transfer(canvas: Canvas, sheet: StatementSheet, y: float) -> float:
    facts = transfer_facts(sheet)
    if facts:
        _text(canvas, LEFT, y, "お振込み", size=12, bold=True)
    y -= 7 * mm
    for label, value in facts:
        _text(canvas, LEFT, y, label, size=10, soft=True)
        for line in pdf.wrap(value, font=pdf.REGULAR, size=10.5, width=RIGHT - LEFT - 45 * mm):
            _text(canvas, LEFT + 45 * mm, y, line, size=10.5)
            y -= 5.6 * mm
        y -= 1 * mm
    return y - 6 * mm


def transfer_facts(sheet: StatementSheet) -> list[tuple[str, str]]:
    """Return when and where the amount goes, as printed."""
    facts = []
    if sheet.payment_date:
        certainty = "" if sheet.is_paid else "（予定）"
        day = display.japanese_date(sheet.payment_date, with_year=True)
        facts.append((f"お支払い日{certainty}", day))
    if sheet.payment_date and sheet.payment_date_reason:
        facts.append(("日付の理由", f"{sheet.payment_date_reason}にお支払いします。"))
    account = sheet.account
    if sheet.statement.amount_yen <= 0:
        account = None
    if account:
        number = f"{account.account_type} ●●●●{account.number_tail}".strip()
        facts.append(("お振込先", f"{account.bank_name} {account.branch_name}　{number}"))
    elif sheet.statement.amount_yen > 0:
        facts.append(("お振込先", "振込口座が登録されていません。事務局へお届けください。"))
    if sheet.sender_kana and account:
        facts.append(("通帳にのる名前", sheet.sender_kana))
    if sheet.statement.status == Statement.Status.CARRIED:
        facts.append(("繰越", "マイナスの額は、翌月分のお支払い額から差し引きます。"))
    return facts


def _foot(canvas: Canvas, sheet: StatementSheet, y: float) -> None:
    program = sheet.program
    lines = [
        "この明細書は、ポイントの利用額のお支払いをお知らせするものです。",
        "消費税の適格請求書（インボイス）ではありません。",
        f"金額や日付がちがうときは、明細番号 {sheet.statement.document_number} をお伝えください。",
        f"{program.desk_name}　電話 {program.desk_phone}　{program.desk_hours}",
    ]
    y = min(y, 46 * mm)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(LEFT, y, RIGHT, y)
    for line in lines:
        for part in pdf.wrap(line, font=pdf.REGULAR, size=9, width=RIGHT - LEFT):
            y -= 5.2 * mm
            _text(canvas, LEFT, y, part, size=9, soft=True)


def _text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    bold: bool = False,
    soft: bool = False,
) -> None:
    canvas.setFillColor(SOFT if soft else INK)
    canvas.setFont(pdf.BOLD if bold else pdf.REGULAR, size)
    canvas.drawString(x, y, pdf.printable(text))


def _right(
    canvas: Canvas, x: float, y: float, text: str, *, size: float, bold: bool = False
) -> None:
    canvas.setFillColor(INK)
    canvas.setFont(pdf.BOLD if bold else pdf.REGULAR, size)
    canvas.drawRightString(x, y, pdf.printable(text))


def _fitted_right(
    canvas: Canvas, x: float, y: float, text: str, *, size: float, width: float
) -> None:
    fitting, lines = pdf.fitted(
        text, font=pdf.REGULAR, largest=size, smallest=7, width=width, most_lines=1
    )
    _right(canvas, x, y, lines[0], size=fitting)
