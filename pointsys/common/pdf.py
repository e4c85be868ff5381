"""What every printed page shares: the embedded Japanese font, fitting of text, a plain canvas.

Nothing here reads the database or the clock: the same input gives the same bytes.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

REGULAR: Final = "NotoSansJP"
BOLD: Final = "NotoSansJP-Bold"
A4: Final = (210 * mm, 297 * mm)
A5: Final = (148 * mm, 210 * mm)

_FONT_FILES: Final = {REGULAR: "NotoSansJP-Regular.ttf", BOLD: "NotoSansJP-Bold.ttf"}
_FONT_FOLDER: Final = Path(__file__).parent / "vendor" / "noto-sans-jp"
# The printer's sign for a letter that the type case lacks.
MISSING_GLYPH: Final = "〓"
# JIS X 4051: characters that do not begin a line, and those that do not end one.
_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！ー～〜）］｝」』】〉》〕’”,.:;?!)]}ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ％%円"
)
_NOT_LAST: Final = frozenset("（［｛「『【〈《〔‘“([{￥¥")
_BEYOND_PLANE_0: Final = re.compile(r"(?<= )<([0-9A-F]{5,6})>")


class _Font(TTFont):
    """Lets 𠮷 be searched and copied: such letters are written as two UTF-16 units, not as one."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the name is the library's
        super().addObjects(doc)
        for name, item in doc.idToObject.items():
            if str(name).startswith("toUnicodeCMap:"):
                item.content = _BEYOND_PLANE_0.sub(_as_utf16, item.content)


def _as_utf16(found: re.Match[str]) -> str:
    return f"<{chr(int(found[1], 16)).encode('utf-16-be').hex().upper()}>"


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make both weights known to the PDF writer, once a process."""
    for name, file_name in _FONT_FILES.items():
        pdfmetrics.registerFont(_Font(name, str(_FONT_FOLDER / file_name)))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )


def new_canvas(buffer: BytesIO, *, page_size: tuple[float, float], title: str) -> Canvas:
    """Return an empty document whose bytes depend on what is drawn only, never on the time."""
    register_fonts()
    canvas = Canvas(buffer, pagesize=page_size, invariant=True, pageCompression=1, lang="ja-JP")
    canvas.setTitle(title)
    canvas.setCreator("pointsys")
    canvas.setProducer("pointsys")
    return canvas


def printable(text: str) -> str:
    """Return the text on one line with letters that the font has; any other becomes 〓."""
    register_fonts()
    font: Any = pdfmetrics.getFont(REGULAR)
    glyphs: dict[int, int] = font.face.charToGlyph
    letters = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if not _is_invisible(character)
    )
    return "".join(letter if ord(letter) in glyphs else MISSING_GLYPH for letter in letters)


def _is_invisible(character: str) -> bool:
    # Variation selectors choose a shape that the font does not carry; the base letter stays.
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    is_control = unicodedata.category(character) in {"Cc", "Cf"} and not character.isspace()
    return is_selector or is_control


def text_width(text: str, *, font: str, size: float) -> float:
    """Return the width of a line in points (1/72 inch)."""
    register_fonts()
    width: float = pdfmetrics.stringWidth(text, font, size)
    return width


def wrap(text: str, *, font: str, size: float, width: float) -> list[str]:
    """Break a text into lines no wider than `width`, by the usual rules of Japanese setting.

    Words in Latin letters and numbers stay whole unless they alone are wider than the line.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(printable(text), font=font, size=size, width=width):
        if line and text_width(line + piece.rstrip(), font=font, size=size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def fitted(
    text: str,
    *,
    font: str,
    largest: float,
    smallest: float,
    width: float,
    most_lines: int = 1,
    step: float = 0.5,
) -> tuple[float, list[str]]:
    """Return the largest size, and the lines, with which the text fits into the lines allowed.

    What does not fit at the smallest size ends with 「…」 and is never drawn over its neighbour.
    """
    size = largest
    while size > smallest:
        lines = wrap(text, font=font, size=size, width=width)
        if len(lines) <= most_lines:
            return size, lines
        size = max(size - step, smallest)
    lines = wrap(text, font=font, size=smallest, width=width)
    if len(lines) <= most_lines:
        return smallest, lines
    last = lines[most_lines - 1]
    while last and text_width(last + "…", font=font, size=smallest) > width:
        last = last[:-1]
    return smallest, [*lines[: most_lines - 1], last + "…"]


def _pieces(text: str, *, font: str, size: float, width: float) -> Iterator[str]:
    """Give what a line break never divides: words, and signs together with their neighbour."""
    piece = ""
    for character in text:
        is_too_wide = text_width(piece + character, font=font, size=size) > width
        if piece and (is_too_wide or not _belong_together(piece[-1], character)):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _belong_together(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST:
        return True
    return _is_word_letter(before) and _is_word_letter(after)


def _is_word_letter(character: str) -> bool:
    # Latin letters, digits and the signs inside telephone numbers and addresses of the web.
    return "!" <= character <= "~" or "\u00c0" <= character <= "\u024f"
