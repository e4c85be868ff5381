"""From bytes to text: which encoding a file has, and which files are no text at all."""

import codecs
from typing import Final

from pointsys.common.tabular.errors import TableRefused

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what Excel writes as Unicode text
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", "古い形式の Excel（.xls）か、パスワードの付いた Excel です"),
    (b"%PDF", "PDF ファイルです"),
    (b"\x89PNG", "画像ファイルです"),
    (b"\xff\xd8\xff", "画像ファイルです"),
    (b"GIF8", "画像ファイルです"),
    (b"\x1f\x8b", "圧縮ファイルです"),
    (b"Rar!", "圧縮ファイルです"),
    (b"7z\xbc\xaf", "圧縮ファイルです"),
)
_SAVE_AS: Final = "Excel ブック（.xlsx）か CSV で保存し直してから、もう一度選んでください。"
_ALLOWED_CONTROLS: Final = b"\t\n\r\x0b\x0c\x1a\x1b"
_CONTROLS: Final = bytes(code for code in range(32) if code not in _ALLOWED_CONTROLS)


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without mark), UTF-16 with mark, or CP932.

    Raises:
        TableRefused: the bytes are no text in one of these encodings.
    """
    for signature, what in _SIGNATURES:
        if content.startswith(signature):
            raise TableRefused(f"{what}。このままでは読み込めません。{_SAVE_AS}")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _checked(_decoded(content, (encoding,)))
    if _looks_binary(content):
        raise TableRefused(f"文字のファイルではないため、読み込めません。{_SAVE_AS}")
    return _checked(_decoded(content, ("utf-8", "cp932")))


def _looks_binary(content: bytes) -> bool:
    if b"\x00" in content:
        return True
    controls = len(content) - len(content.translate(None, _CONTROLS))
    return controls * 100 > len(content)


def _decoded(content: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableRefused(
        "文字コードが分かりません。UTF-8 か Shift_JIS の CSV、または Excel ブック（.xlsx）で"
        "保存し直してから、もう一度選んでください。"
    )


def _checked(text: str) -> str:
    # The database holds no NUL, and half a UTF-16 pair cannot be written anywhere.
    refuse_unstorable(text)
    start = text[:200].lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml")):
        raise TableRefused(f"ウェブページ（HTML・XML）のファイルです。{_SAVE_AS}")
    return text.rstrip("\x1a")


def refuse_unstorable(text: str) -> None:
    """Refuse text with characters that no database or file can keep.

    Raises:
        TableRefused: it holds NUL or half of a surrogate pair.
    """
    if "\x00" in text:
        raise TableRefused("保存できない文字（NUL）が含まれているため、読み込めません。")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise TableRefused("壊れた文字が含まれているため、読み込めません。") from None
