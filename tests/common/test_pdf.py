import hashlib
import re
from io import BytesIO

import pypdf
import pytest

from pointsys.common import pdf


def drawn(text: str) -> bytes:
    buffer = BytesIO()
    canvas = pdf.new_canvas(buffer, page_size=pdf.A5, title="試し刷り")
    canvas.setFont(pdf.BOLD, 20)
    canvas.drawString(40, 500, pdf.printable(text))
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def test_rare_letters_of_names_are_drawn_and_can_be_searched():
    page = pypdf.PdfReader(BytesIO(drawn("𠮷野家 髙橋商店 ㈱﨑"))).pages[0]

    assert page.extract_text().strip() == "𠮷野家 髙橋商店 ㈱﨑"


def test_fonts_are_embedded_so_that_every_printer_shows_the_same():
    reader = pypdf.PdfReader(BytesIO(drawn("店")))

    fonts = [item.get_object() for item in reader.pages[0]["/Resources"]["/Font"].values()]
    embedded = [font for font in fonts if "/FontDescriptor" in font]
    assert embedded
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)


def test_the_same_drawing_gives_the_same_bytes():
    assert drawn("店") == drawn("店")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("外字\ue000あり", "外字〓あり"),
        ("ガ", "ガ"),
        ("葛\U000e0100飾", "葛飾"),
        ("改行\nと\tタブ\u200b", "改行 と タブ"),
    ],
)
def test_letters_without_a_shape_are_replaced_visibly(typed, shown):
    assert pdf.printable(typed) == shown


def test_lines_keep_words_whole_and_do_not_begin_with_a_closing_sign():
    lines = pdf.wrap(
        "「みやぎ地域ポイント」は、2026年2月28日（土）まで。電話 022-123-4567",
        font=pdf.REGULAR,
        size=12,
        width=120,
    )

    assert any("022-123-4567" in line for line in lines)
    assert not [line for line in lines if line[0] in "、。）」"]
    assert not [line for line in lines if line[-1] in "（「"]
    assert all(pdf.text_width(line, font=pdf.REGULAR, size=12) <= 120 for line in lines)


def test_a_long_name_becomes_smaller_then_breaks_then_is_cut():
    name = "合同会社 蔵王のめぐみ 遠刈田直売所（冬季休業あり）"
    room = {"font": pdf.BOLD, "largest": 24, "smallest": 12, "width": 340, "most_lines": 2}

    size, lines = pdf.fitted(name, **room)
    small_size, cut_lines = pdf.fitted(name * 6, **room)

    assert 12 < size <= 24
    assert len(lines) <= 2
    assert small_size == 12
    assert cut_lines[-1].endswith("…")
    assert pdf.text_width(cut_lines[-1], font=pdf.BOLD, size=12) <= 340


def test_an_unbroken_word_wider_than_the_line_is_divided():
    lines = pdf.wrap("w" * 200, font=pdf.REGULAR, size=12, width=100)

    assert len(lines) > 1
    assert all(pdf.text_width(line, font=pdf.REGULAR, size=12) <= 100 for line in lines)


def test_vendored_fonts_are_the_files_the_readme_names():
    folder = pdf._FONT_FOLDER
    named = dict(re.findall(r"`([\w.-]+)` \| `([0-9a-f]{64})`", (folder / "README.md").read_text()))

    assert set(pdf._FONT_FILES.values()) < set(named)
    for file_name, digest in named.items():
        assert hashlib.sha256((folder / file_name).read_bytes()).hexdigest() == digest
