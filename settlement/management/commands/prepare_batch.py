import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from settlement import perms, services
from settlement.management import arguments


class Command(BaseCommand):
    """Make the transfer file of a month and ask for its approval."""

    help = "総合振込データを作り、承認を求めます。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare program, month, profile and who acts."""
        command_line.add_program(parser)
        parser.add_argument("--month", required=True, type=arguments.month, help="2025-08 の形")
        parser.add_argument("--profile", help="振込データの設定の名称（1つだけのときは不要）")
        command_line.add_person(parser)
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        """Prepare and say what is to be approved."""
        program = command_line.program(options["program"])
        by = command_line.person(options["by"], may=lambda user: perms.can_prepare(user, program))
        try:
            batch = services.prepare_batch(
                program_id=program.pk,
                month=options["month"],
                profile_id=arguments.profile(program, options["profile"]).pk,
                by=by,
                at=timezone.now(),
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        facts = {
            "id": batch.pk,
            "number": batch.number,
            "status": batch.status,
            "payouts": batch.payout_count,
            "total_yen": batch.total_yen,
            "payment_date": batch.payment_date.isoformat(),
            "file_due_date": batch.file_due_date.isoformat(),
            "sha256": batch.file.sha256,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        why = f"（{batch.payment_date_reason}）" if batch.payment_date_reason else ""
        self.stdout.write(
            f"総合振込データ {batch.number}（番号 {batch.pk}）　"
            f"{batch.payout_count:,}件　{batch.total_yen:,}円\n"
            f"振込日 {batch.payment_date}{why}　提出期限 {batch.file_due_date}\n"
            f"SHA-256 {batch.file.sha256}\n"
            "別の人の承認を待っています。"
        )
