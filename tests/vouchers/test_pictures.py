import io

import pytest
from PIL import Image

from tests.vouchers.lottery import photo
from vouchers import errors, pictures

pytestmark = pytest.mark.req("VO-02")


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def with_exif(orientation: int = 1) -> bytes:
    picture = Image.new("RGB", (600, 300), "white")
    exif = Image.Exif()
    exif[0x0110] = "Secret Phone 12"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (38.0, 15.0, 30.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"Sendai, 3-1-1")
    return out.getvalue()


def test_nothing_but_pixels_stays():
    before = with_exif()
    assert b"Secret Phone" in before

    after = pictures.re_encode(before)

    assert b"Secret Phone" not in after
    assert b"Sendai" not in after
    assert b"Exif" not in after
    assert not opened(after).getexif()


def test_a_picture_taken_sideways_stands_upright():
    after = pictures.re_encode(with_exif(orientation=6))

    assert opened(after).size == (300, 600)


def test_a_large_picture_becomes_two_thousand_pixels_wide():
    after = pictures.re_encode(photo(5_000, 2_500))

    assert opened(after).size == (2_000, 1_000)


def test_a_small_picture_keeps_its_size():
    assert opened(pictures.re_encode(photo(640, 480))).size == (640, 480)


def test_a_png_becomes_a_jpeg_on_white_paper():
    clear = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    out = io.BytesIO()
    clear.save(out, "PNG")

    after = opened(pictures.re_encode(out.getvalue()))

    assert after.format == "JPEG"
    assert after.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", errors.NotAPicture),
        (b"hello", errors.NotAPicture),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, errors.NotAPicture),
        (photo()[:300], errors.NotAPicture),
        (b"%PDF-1.7 ...", errors.PictureIsPdf),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, errors.PictureIsHeic),
        (b"\0\0\0\x18ftypmif1" + b"\0" * 100, errors.PictureIsHeic),
        (photo(kind="GIF"), errors.NotAPicture),
        (photo(120, 120), errors.PictureTooSmall),
        (b"\xff\xd8" + b"\0" * pictures.MAX_BYTES, errors.PictureTooLarge),
    ],
    ids=["empty", "text", "head", "cut", "pdf", "heic", "mif1", "gif", "small", "bytes"],
)
def test_what_is_no_picture_of_a_document_is_refused(content, refusal):
    with pytest.raises(refusal):
        pictures.re_encode(content)


def test_every_cut_of_a_picture_is_refused_or_read_and_never_breaks():
    whole = photo()

    for length in range(0, len(whole), 97):
        try:
            pictures.re_encode(whole[:length])
        except errors.PictureRefused:
            continue


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_small_file_of_very_many_pixels_is_refused_before_it_is_unpacked(side):
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000

    with pytest.raises(errors.PictureTooManyPixels):
        pictures.re_encode(out.getvalue())
