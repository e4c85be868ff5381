import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs import command_line
from stores import perms
from stores.services import imports


class Command(BaseCommand):
    help = "店舗の一覧（CSV・JSON・Excel）を読み、加盟申込を作ります。2回目は何も作りません。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        command_line.add_program(parser)
        parser.add_argument("--source", default="", help="一覧の名前（なければファイル名）")
        # A schedule may read a list again: that makes applications, and somebody decides each.
        command_line.add_person(parser, required=False)
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        program = command_line.program(options["program"])
        by = command_line.person_if_named(
            options["by"], may=lambda user: perms.can_manage_stores(user, program.client_id)
        )
        path: Path = options["file"]
        try:
            report = imports.import_store_list(
                program=program,
                source_name=options["source"],
                content=tabular.read_path(path),
                file_name=path.name,
                by=by,
                at=timezone.now(),
                dry_run=options["dry_run"],
            )
        except tabular.TableRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)

    def _tell(self, report: imports.ImportReport) -> None:
        self.stdout.write(
            f"{'（書き込みなし）' if report.is_dry_run else ''}{report.source}: "
            f"{report.row_count:,}行、新規 {report.created_count:,}、"
            f"変更なし {report.unchanged_count:,}、変更あり {len(report.changed):,}、"
            f"取り込めない行 {len(report.rejected):,}、重複の候補 {report.proposal_count:,}"
        )
        for error in report.rejected:
            self.stdout.write(f"  {error.row_number}: {error.field}: {error.reason}")
        for row in report.changed:
            told = (
                "申込を新しい内容にしました" if row.is_renewed else "決定済みのため変えていません"
            )
            self.stdout.write(f"  {row.row_number}: 前回と内容が違います（{told}）")
        for code, count in report.findings.items():
            self.stdout.write(f"  確認事項 {code}: {count:,}")
