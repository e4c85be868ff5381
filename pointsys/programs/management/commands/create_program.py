import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line, perms, presets, services
from pointsys.programs.rule_files import rules_from
from pointsys.programs.rules import ProgramRules
from pointsys.users.models import Organization

OPTIONS = {
    "name": ("name", str),
    "usage-starts": ("usage_starts_at", str),
    "usage-ends": ("usage_ends_at", str),
    "grant-starts": ("grant_starts_at", str),
    "grant-ends": ("grant_ends_at", str),
    "expires": ("points_expire_at", str),
    "ceiling": ("issuance_ceiling_points", int),
    "fee-basis-points": ("system_fee_basis_points", int),
    "status": ("status", str),
}


class Command(BaseCommand):
    help = "事業を作ります。規則は、ひな形・JSONファイル・個別の指定の順に重ねます。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--preset", help=f"ひな形（{', '.join(sorted(presets.PRESETS))}）")
        parser.add_argument("--file", type=Path, help="規則のJSONファイル")
        parser.add_argument("--code", required=True, help="事業コード（半角英数字とハイフン）")
        parser.add_argument("--client", required=True, help="発注者の組織コード")
        parser.add_argument("--operator", required=True, help="受託者の組織コード")
        # The first program of a client may be older than the first role somebody has there.
        command_line.add_person(parser, required=False)
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")
        for option, (rule, kind) in OPTIONS.items():
            parser.add_argument(f"--{option}", dest=rule, type=kind, help=f"規則 {rule}")

    def handle(self, **options: Any) -> None:
        client = self._organization(options["client"])
        by = command_line.person_if_named(
            options["by"], may=lambda user: perms.can_create_program_for(user, client.pk)
        )
        try:
            program = services.create_program(
                code=options["code"],
                client_id=client.pk,
                operator_id=self._organization(options["operator"]).pk,
                rules=self._rules(options),
                by=by,
                at=timezone.now(),
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"id": program.pk, "code": program.code}))
        else:
            self.stdout.write(f"事業「{program.name}」（{program.code}）を作りました。")

    def _rules(self, options: dict[str, Any]) -> ProgramRules:
        base = presets.preset(options["preset"]) if options["preset"] else None
        document: Any = {}
        if options["file"]:
            try:
                document = json.loads(options["file"].read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
                raise CommandError(f"規則のファイルを読めません: {error}") from error
        if isinstance(document, dict):
            document |= {
                rule: options[rule] for rule, _ in OPTIONS.values() if options[rule] is not None
            }
        return rules_from(document, base=base)

    def _organization(self, code: str) -> Organization:
        found = Organization.objects.filter(code=code).first()
        if found is None:
            raise CommandError(f"組織コード「{code}」の組織はありません。")
        return found
