from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from pointsys.users.models import User
from settlement import perms, services
from settlement.management import arguments


class Command(BaseCommand):
    """Write the approved bytes of a batch into a file; every time is recorded."""

    help = "承認済みの総合振込データをファイルに書きます。取得した人と日時を記録します。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the batch, the file and who takes it."""
        parser.add_argument("batch", help="番号、または B-2508-01 の形")
        parser.add_argument("target", type=Path, metavar="OUT.txt", help="書き出すファイル")
        command_line.add_person(parser, help="取得する人のログインID")

    def handle(self, **options: Any) -> None:
        """Write the file, never over another one."""
        batch = arguments.batch(options["batch"])
        by = command_line.person(
            options["by"], may=lambda user: perms.can_approve(user, batch.program)
        )
        target: Path = options["target"]
        try:
            # Opened first: a download that cannot be kept is not recorded as one.
            with target.open("xb") as file:
                taken = self._take(batch.pk, by=by, target=target)
                file.write(taken.content)
        except FileExistsError as error:
            raise CommandError(f"{target} はすでにあります。別の名前にしてください。") from error
        except OSError as error:
            raise CommandError(f"{target} に書けません：{error.strerror}") from error
        self.stdout.write(f"{target} に {len(taken.content):,} バイトを書きました。")

    def _take(self, batch_id: int, *, by: User, target: Path) -> services.DownloadedFile:
        try:
            return services.download_file(batch_id=batch_id, by=by, at=timezone.now())
        except DomainError as refusal:
            target.unlink()
            raise CommandError(str(refusal)) from refusal
