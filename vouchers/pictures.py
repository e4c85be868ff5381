"""Pictures that people send in: taken apart and written anew, so that only the pixels stay.

Whatever a camera writes beside them (place, time, serial number, a second picture) is gone, and
what only pretends to be a picture does not come through. Bytes in, bytes out.
"""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from vouchers.errors import (
    NotAPicture,
    PictureIsHeic,
    PictureIsPdf,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTooSmall,
)

MAX_BYTES: Final = 15 * 1024 * 1024
# A telephone of today makes up to 50 million; a file of a few kilobytes can claim thousands.
MAX_PIXELS: Final = 64_000_000
# Not readable at a smaller scale (PNG, progressive JPEG): all of it comes into memory at once.
MAX_WHOLE_PIXELS: Final = 24_000_000
MAX_SIDE: Final = 2_000
MIN_SIDE: Final = 200
QUALITY: Final = 85
_HEIC_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}
)


def re_encode(content: bytes) -> bytes:
    """Return the picture as a JPEG of at most 2,000 pixels a side that holds nothing but pixels.

    Raises:
        PictureRefused: it is no JPEG or PNG, too large, too small, or of too many pixels.
    """
    if len(content) > MAX_BYTES:
        raise PictureTooLarge(limit_megabytes=MAX_BYTES // 1024 // 1024)
    _refuse_other_kinds(content)
    try:
        # Only the head is read here: size and kind are known before any pixel is unpacked.
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            _refuse_size(picture)
            return _written_anew(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooManyPixels from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise NotAPicture from error


def _refuse_other_kinds(content: bytes) -> None:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise PictureIsHeic
    if content[:5] == b"%PDF-":
        raise PictureIsPdf


def _refuse_size(picture: Image.Image) -> None:
    width, height = picture.size
    is_whole = picture.format == "PNG" or "progressive" in picture.info
    limit = MAX_WHOLE_PIXELS if is_whole else MAX_PIXELS
    if width * height > limit:
        raise PictureTooManyPixels
    if min(width, height) < MIN_SIDE:
        raise PictureTooSmall


def _written_anew(picture: Image.Image) -> bytes:
    picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    upright = ImageOps.exif_transpose(picture)
    if "A" in upright.getbands() or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        paper = Image.new("RGB", layered.size, "white")
        paper.paste(layered, mask=layered.getchannel("A"))
        upright = paper
    out = io.BytesIO()
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    plain.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
