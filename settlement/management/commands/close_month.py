import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from settlement import perms, services
from settlement.management import arguments


class Command(BaseCommand):
    """Close a month and make its statements; safe to run again."""

    help = "月を締め、支払明細を作ります。途中で止まったときは、もう一度実行すると続きを行います。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare program, month and who acts."""
        command_line.add_program(parser)
        parser.add_argument("--month", required=True, type=arguments.month, help="2025-08 の形")
        command_line.add_person(parser)
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        """Close and say what came of it."""
        program = command_line.program(options["program"])
        by = command_line.person(options["by"], may=lambda user: perms.can_prepare(user, program))
        try:
            run = services.close_period(
                program_id=program.pk, month=options["month"], by=by, at=timezone.now()
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        facts = {
            "month": f"{options['month']:%Y-%m}",
            "statements": run.statement_count,
            "ledger_yen": run.ledger_yen,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{options['month']:%Y年%-m月}分を締めました。"
            f"支払明細 {run.statement_count:,}件、台帳の合計 {run.ledger_yen:,}円。"
        )
