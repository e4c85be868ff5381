"""A look at a zip file before anything opens it: how many entries, and what they really unpack to.

The sizes that a zip file states about itself are not believed: each entry is unpacked in small
pieces that are thrown away, so the check needs little memory whatever the file claims.
"""

import io
import struct
import zipfile
import zlib
from typing import Final

from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.model import MEGABYTE, Limits

_PIECE: Final = 64 * 1024
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_ZIP64_LOCATOR_BYTES: Final = 20
_LOCAL_HEADER_BYTES: Final = 30
_BYTES_PER_ENTRY: Final = 1_024  # of the directory: 46 and a name
_NOT_EXCEL: Final = (
    "Excel ブック（.xlsx）として読めません。Excel で保存し直してから選んでください。"
)


def open_checked(content: bytes, *, limits: Limits) -> zipfile.ZipFile:
    """Return the archive once its true unpacked size is known to be within the limits.

    Raises:
        TableRefused: not a zip file, damaged, locked, or larger inside than any real workbook.
    """
    _check_directory(content, limits)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise TableRefused(_NOT_EXCEL) from error
    entries = archive.infolist()
    if len(entries) > limits.archive_entries:
        raise TableRefused(_NOT_EXCEL)
    unpacked = 0
    for entry in entries:
        unpacked += _unpacked_size(content, entry, limits=limits, before=unpacked)
    if unpacked > limits.unpacked_ratio * max(len(content), _PIECE):
        raise TableRefused(_too_large(limits))
    return archive


def _too_large(limits: Limits) -> str:
    return (
        "Excel ブックの中身が大きすぎます（展開後の大きさの上限は "
        f"{limits.unpacked_bytes // MEGABYTE} MB です）。"
        "必要なシートと行だけを新しいブックに写して保存し、選び直してください。"
    )


def _check_directory(content: bytes, limits: Limits) -> None:
    """Read the end record by hand: the library would build an object per claimed entry first."""
    start = content.rfind(_END_SIGNATURE, max(0, len(content) - 66_000))
    if start < 0 or start + _END_RECORD.size > len(content):
        raise TableRefused(_NOT_EXCEL)
    fields = _END_RECORD.unpack_from(content, start)
    entries, directory_bytes = fields[4], fields[5]
    is_zip64 = content[max(0, start - _ZIP64_LOCATOR_BYTES) :].startswith(b"PK\x06\x07")
    if (
        is_zip64
        or entries > limits.archive_entries
        or directory_bytes > limits.archive_entries * _BYTES_PER_ENTRY
    ):
        raise TableRefused(_too_large(limits))


def _unpacked_size(content: bytes, entry: zipfile.ZipInfo, *, limits: Limits, before: int) -> int:
    """Return the true size of an entry, which must be the size it states."""
    if entry.flag_bits & 0x1:
        raise TableRefused(
            "パスワードの付いたファイルは読み込めません。外してから選び直してください。"
        )
    if before + entry.file_size > limits.unpacked_bytes:
        raise TableRefused(_too_large(limits))
    header = content[entry.header_offset : entry.header_offset + _LOCAL_HEADER_BYTES]
    if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
        raise TableRefused(_NOT_EXCEL)
    name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
    start = entry.header_offset + _LOCAL_HEADER_BYTES + name_bytes + extra_bytes
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        size = len(packed)
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        size = _inflated_size(packed, stop_above=entry.file_size)
    else:
        raise TableRefused(_NOT_EXCEL)
    if size != entry.file_size:
        raise TableRefused(_NOT_EXCEL)
    return size


def _inflated_size(packed: memoryview, *, stop_above: int) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    for start in range(0, len(packed), _PIECE):
        waiting: bytes | memoryview = packed[start : start + _PIECE]
        while len(waiting) and not inflater.eof:
            try:
                size += len(inflater.decompress(waiting, _PIECE))
            except zlib.error as error:
                raise TableRefused(_NOT_EXCEL) from error
            if size > stop_above:
                return size
            waiting = inflater.unconsumed_tail
    return size if inflater.eof else -1
