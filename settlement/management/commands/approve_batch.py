from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from settlement import perms, services
from settlement.management import arguments


class Command(BaseCommand):
    """Approve a transfer file with the figures of the paper."""

    help = "総合振込データを承認します。件数と合計金額は、決裁書の数字を入力します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the batch, the figures and who acts."""
        parser.add_argument("batch", help="番号、または B-2508-01 の形")
        parser.add_argument("--count", required=True, type=int, help="件数")
        parser.add_argument("--total", required=True, type=int, help="合計金額（円）")
        command_line.add_person(parser, help="承認する人のログインID")
        parser.add_argument("--comment", default="", help="意見")

    def handle(self, **options: Any) -> None:
        """Approve."""
        batch = arguments.batch(options["batch"])
        by = command_line.person(
            options["by"], may=lambda user: perms.can_approve(user, batch.program)
        )
        try:
            services.approve_batch(
                batch_id=batch.pk,
                typed_count=options["count"],
                typed_total_yen=options["total"],
                by=by,
                at=timezone.now(),
                comment=options["comment"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"総合振込データ {batch.number} を承認しました。")
