import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs.models import Program
from pointsys.users.models import User
from stores.services import imports


class Command(BaseCommand):
    help = "店舗の一覧（CSV・JSON・Excel）を読み、加盟申込を作ります。2回目は何も作りません。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        parser.add_argument("--program", required=True, help="事業コード")
        parser.add_argument("--source", default="", help="一覧の名前（なければファイル名）")
        parser.add_argument("--by", default="", help="行う人のログインID")
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        program = Program.objects.filter(code=options["program"]).first()
        if program is None:
            raise CommandError(f"事業コード「{options['program']}」の事業はありません。")
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"ログインID「{options['by']}」の利用者はいません。")
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
