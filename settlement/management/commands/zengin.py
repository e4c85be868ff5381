"""manage.py zengin encode IN.json OUT.txt | decode IN.txt [OUT.json]."""

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pointsys.common.zengin.errors import ZenginRefused
from settlement.zengin import decode_transfer_file, encode_transfer_file
from settlement.zengin_json import transfer_from_json, transfer_to_json

# The largest legal file has a million records of 122 bytes; its JSON is about eight times as long.
MAX_FILE_BYTES = 130_000_000
MAX_JSON_BYTES = 1_000_000_000


class Command(BaseCommand):
    """Write and read 総合振込 files without touching the database."""

    help = "総合振込データ（全銀形式）を作り、または読みます。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two acts."""
        acts = parser.add_subparsers(dest="act", required=True)
        encode = acts.add_parser("encode", help="JSONから総合振込データを作ります。")
        encode.add_argument("source", type=Path, metavar="IN.json")
        encode.add_argument("target", type=Path, metavar="OUT.txt")
        decode = acts.add_parser("decode", help="総合振込データを読み、JSONにします。")
        decode.add_argument("source", type=Path, metavar="IN.txt")
        decode.add_argument("target", type=Path, nargs="?", metavar="OUT.json")
        decode.add_argument(
            "--near",
            type=_iso_date,
            metavar="YYYY-MM-DD",
            help="振込指定日の年を、この日に最も近い年とします（データには年がありません）。",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one act; every refusal is one line and exit code 1."""
        try:
            if options["act"] == "encode":
                self._encode(options["source"], options["target"])
            else:
                self._decode(options["source"], options["target"], options["near"])
        except ZenginRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename}：読み書きできません（{error.strerror}）。"
            ) from error

    def _encode(self, source: Path, target: Path) -> None:
        try:
            text = _read(source, MAX_JSON_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CommandError(f"{source}：UTF-8のJSONではありません。") from error
        transfer = transfer_from_json(text)
        target.write_bytes(encode_transfer_file(transfer.header, transfer.rows, transfer.profile))

    def _decode(self, source: Path, target: Path | None, near: date | None) -> None:
        data = _read(source, MAX_FILE_BYTES)
        transfer = decode_transfer_file(data, near=near)
        document = transfer_to_json(transfer, data, file_name=source.name)
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        if target is None:
            self.stdout.write(text, ending="")
        else:
            target.write_text(text, encoding="utf-8")


def _read(source: Path, limit: int) -> bytes:
    if source.stat().st_size > limit:
        raise CommandError(f"{source}：大きすぎます（{limit:,}バイトまで）。")
    return source.read_bytes()


def _iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("2025-06-20のように入力してください。") from None
