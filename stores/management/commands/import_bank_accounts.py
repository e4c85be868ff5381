import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common import tabular
from pointsys.programs import command_line
from stores import perms
from stores.errors import NotAnAccountList
from stores.services import account_lists


class Command(BaseCommand):
    help = "加盟店の振込口座の一覧（CSV・Excel）を読み、登録します。2回目は何も変えません。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="読み込むファイル")
        command_line.add_program_or_client(parser, of_program="その発注者の加盟店")
        # First accounts need nobody: the list an installation begins with is read by whoever sets
        # it up. Where an account is replaced, the service asks who wants that, row by row.
        command_line.add_person(
            parser, required=False, help="行う人のログインID（口座の変更に要ります）"
        )
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        client = command_line.client(program_code=options["program"], client_code=options["client"])
        by = command_line.person_if_named(
            options["by"], may=lambda user: perms.can_manage_stores(user, client.pk)
        )
        try:
            report = account_lists.import_account_list(
                client_id=client.pk,
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
