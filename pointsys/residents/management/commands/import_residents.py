import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs import command_line
from pointsys.residents import perms, services
from pointsys.residents.importing import LIMITS


class Command(BaseCommand):
    help = "住民の一覧（CSV・JSON・Excel）を読み、住民を登録します。2回目は変わった行だけです。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        command_line.add_program_or_client(parser, of_program="その発注者の住民になります")
        # A schedule may take over the client's own list as it stands: there is nothing to decide.
        command_line.add_person(parser, required=False)
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        client = command_line.client(program_code=options["program"], client_code=options["client"])
        by = command_line.person_if_named(
            options["by"], may=lambda user: perms.can_import_residents(user, client.pk)
        )
        path: Path = options["file"]
        try:
            report = services.import_residents(
                client=client,
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
