import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ledger import perms
from ledger.services import granting
from pointsys.common import tabular
from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from pointsys.programs.models import Program


class Command(BaseCommand):
    help = "ポイントを付与します。同じ名称で続けると、まだの人だけに付与します。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        command_line.add_program(parser)
        parser.add_argument("--name", required=True, help="付与回の名称")
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--all", type=int, metavar="N", help="対象地域の全員にNポイント")
        whom.add_argument("--list", type=Path, metavar="FILE", help="アプリのIDとポイントの名簿")
        command_line.add_person(parser)
        parser.add_argument("--dry-run", action="store_true", help="計画を見せて終わります")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        program = command_line.program(options["program"])
        by = command_line.person(options["by"], may=lambda user: perms.can_grant(user, program))
        try:
            plan = self._plan(program, options)
            if options["dry_run"]:
                granting.refuse_beyond_ceiling(plan)
                self._tell(plan, None, as_json=options["json"])
                return
            outcome = granting.carry_out(plan=plan, by=by, at=timezone.now())
        except (DomainError, tabular.TableRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(plan, outcome, as_json=options["json"])

    def _plan(self, program: Program, options: dict[str, Any]) -> granting.GrantPlan:
        if options["list"] is None:
            points = options["all"]
            if not 1 <= points <= granting.MOST_POINTS_EACH:
                raise CommandError(f"ポイントは、1から{granting.MOST_POINTS_EACH:,}までです。")
            return granting.plan_for_all(
                program_id=program.pk, name=options["name"], points_each=points
            )
        content = tabular.read_path(options["list"], limits=granting.LIMITS)
        return granting.plan_for_list(program_id=program.pk, name=options["name"], content=content)

    def _tell(
        self, plan: granting.GrantPlan, outcome: granting.GrantOutcome | None, *, as_json: bool
    ) -> None:
        facts = {
            "round": plan.name,
            "targets": plan.target_count,
            "total_points": plan.total_points,
            "ceiling_left": plan.left_after,
            "rejected": [
                {"place": row.place, "field": row.field, "reason": row.reason}
                for row in plan.rejected
            ],
        }
        if outcome:
            facts |= {
                "granted": outcome.granted_count,
                "granted_points": outcome.granted_points,
                "skipped": outcome.skipped_count,
                "barred": outcome.barred_count,
            }
        if as_json:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write(
            f"対象 {plan.target_count:,}人、合計 {plan.total_points:,}ポイント、"
            f"発行予定数の残り {plan.left_after:,}ポイント"
        )
        for row in plan.rejected:
            self.stdout.write(f"  {row.place} {row.field}: {row.reason}")
        if outcome:
            self.stdout.write(
                f"付与 {outcome.granted_count:,}人・{outcome.granted_points:,}ポイント"
                f"（付与済みのため除いた人 {outcome.skipped_count:,}、"
                f"利用停止などのため付与しない人 {outcome.barred_count:,}）"
            )
