import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs.models import Program
from pointsys.users.models import Organization, User
from stores.errors import NotAnAccountList
from stores.services import account_lists


class Command(BaseCommand):
    help = "加盟店の振込口座の一覧（CSV・Excel）を読み、登録します。2回目は何も変えません。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--program", default="", help="事業コード（その発注者の加盟店）")
        whose.add_argument("--client", default="", help="発注者コード")
        parser.add_argument("--by", default="", help="行う人のログインID（口座の変更に要ります）")
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"ログインID「{options['by']}」の利用者はいません。")
        try:
            report = account_lists.import_account_list(
                client_id=self._client_id(options["program"], options["client"]),
                content=tabular.read_path(options["file"]),
                by=by,
                at=timezone.now(),
                dry_run=options["dry_run"],
            )
        except (tabular.TableRefused, NotAnAccountList) as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)

    def _client_id(self, program_code: str, client_code: str) -> int:
        if program_code:
            program = Program.objects.filter(code=program_code).first()
            if program is None:
                raise CommandError(f"事業コード「{program_code}」の事業はありません。")
            return program.client_id
        client = Organization.objects.filter(code=client_code, kind="CLIENT").first()
        if client is None:
            raise CommandError(f"発注者コード「{client_code}」の発注者はありません。")
        return client.pk

    def _tell(self, report: account_lists.AccountListReport) -> None:
        self.stdout.write(
            f"{'（書き込みなし）' if report.is_dry_run else ''}"
            f"{report.row_count:,}行、登録 {report.registered_count:,}、"
            f"変更の承認待ち {report.change_count:,}、変更なし {report.unchanged_count:,}、"
            f"取り込めない行 {len(report.rejected):,}"
        )
        for row in report.rejected:
            self.stdout.write(f"  {row.place}: {row.field}: {row.reason}")
        for taken in report.accepted:
            if taken.shared_with:
                others = "、".join(taken.shared_with)
                self.stdout.write(f"  {taken.place}: {taken.store_code} と同じ口座の店舗: {others}")
