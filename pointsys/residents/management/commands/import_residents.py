import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs.models import Program
from pointsys.residents import services
from pointsys.residents.importing import LIMITS
from pointsys.users.models import Organization, User


class Command(BaseCommand):
    help = "住民の一覧（CSV・JSON・Excel）を読み、住民を登録します。2回目は変わった行だけです。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--program", help="事業コード（その発注者の住民になります）")
        whose.add_argument("--client", help="発注者のコード")
        parser.add_argument("--by", default="", help="行う人のログインID")
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"ログインID「{options['by']}」の利用者はいません。")
        path: Path = options["file"]
        try:
            report = services.import_residents(
                client=self._client(options),
                content=tabular.read_path(path, limits=LIMITS),
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

    def _client(self, options: dict[str, Any]) -> Organization:
        if options["program"]:
            program = Program.objects.select_related("client").filter(code=options["program"])
            client = program[0].client if program else None
        else:
            client = Organization.objects.filter(
                code=options["client"], kind=Organization.Kind.CLIENT
            ).first()
        if client is None:
            raise CommandError("事業か発注者のコードがまちがっています。")
        return client

    def _tell(self, report: services.ResidentImportReport) -> None:
        self.stdout.write(
            f"{'（書き込みなし）' if report.is_dry_run else ''}{report.file_name}: "
            f"{report.row_count:,}行、新規 {report.created_count:,}、"
            f"更新 {report.updated_count:,}、変更なし {report.unchanged_count:,}、"
            f"サインインの登録 {report.sign_in_count:,}、取り込めない行 {len(report.rejected):,}"
        )
        for error in report.rejected:
            self.stdout.write(f"  {error.row_number}: {error.field}: {error.reason}")
        for finding in report.findings:
            self.stdout.write(f"  {finding.row_number}: {finding.field}: {finding.message}")
