import argparse
import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from pointsys.users.models import User
from stores import perms, queries, services
from stores.forms import BulkApproveForm
from stores.models import StoreApplication
from stores.services.imports import source_of

Applications = QuerySet[StoreApplication]
SUBMITTED = StoreApplication.Status.SUBMITTED


class Command(BaseCommand):
    help = (
        "加盟申込をまとめて承認します。重複の候補が決まっていない申込などは、理由を示して残します。"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        command_line.add_program(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="審査待ちの申込のすべて")
        which.add_argument("--source", metavar="NAME", help="この名前の一覧の、審査待ちの申込")
        which.add_argument(
            "--application", metavar="ID", type=int, nargs="+", action="extend", help="申込の番号"
        )
        parser.add_argument("--reason", required=True, metavar="TEXT", help="承認する理由")
        command_line.add_person(parser)
        parser.add_argument(
            "--accept-outside-area",
            action="store_true",
            help="対象地域の外かもしれない所在地を、すべて確認しました",
        )
        parser.add_argument("--dry-run", action="store_true", help="何も書かず、結果だけを見せます")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        program = command_line.program(options["program"])
        by = command_line.person(
            options["by"], may=lambda user: perms.can_manage_stores(user, program.client_id)
        )
        applications = queries.applications_visible_to(by).filter(program=program)
        chosen = self._chosen(applications, options)
        waiting = applications.filter(status=SUBMITTED)
        waiting_ids = set(waiting.values_list("pk", flat=True))
        at = timezone.now()
        with transaction.atomic():
            result = self._approve(chosen, by=by, at=at, options=options)
            # What was decided may be more than what was chosen: an application that had been
            # judged to be the same shop as one of these is merged along with it.
            decided = applications.filter(pk__in=waiting_ids, decided_at=at, decided_by=by)
            facts = _facts(list(decided), result) | {"is_dry_run": options["dry_run"]}
            transaction.set_rollback(options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self._tell(facts)

    def _chosen(self, applications: Applications, options: dict[str, Any]) -> list[int]:
        if options["application"]:
            wanted = set(options["application"])
            found = applications.filter(pk__in=wanted)
            missing = sorted(wanted - set(found.values_list("pk", flat=True)))
            if missing:
                numbers = "、".join(map(str, missing))
                raise CommandError(f"申込 {numbers} は、この事業にありません。")
            return sorted(wanted)
        if options["source"] is not None:
            source = source_of(options["source"], "")
            if not applications.filter(source=source).exists():
                known = "、".join(queries.sources_of(applications)) or "なし"
                raise CommandError(f"一覧「{source}」の申込はありません（{known}）。")
            applications = applications.filter(source=source)
        return list(applications.filter(status=SUBMITTED).values_list("pk", flat=True))

    def _approve(
        self, chosen: list[int], *, by: User, at: datetime, options: dict[str, Any]
    ) -> services.BulkApproval:
        form = BulkApproveForm({"reason": options["reason"]})
        if not form.is_valid():
            raise CommandError(f"--reason: {form.errors['reason'][0]}")
        try:
            return services.approve_applications(
                application_ids=chosen,
                reason=form.cleaned_data["reason"],
                by=by,
                at=at,
                accept_outside_area=options["accept_outside_area"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _tell(self, facts: dict[str, Any]) -> None:
        self.stdout.write(
            f"{'（書き込みなし）' if facts['is_dry_run'] else ''}"
            f"承認 {len(facts['approved']):,}件、"
            f"同じ店のため統合 {len(facts['merged']):,}件、"
            f"承認していない申込 {len(facts['refused']):,}件"
        )
        for row in facts["refused"]:
            self.stdout.write(f"  申込 {row['application']}: {row['reason']}")


def _facts(decided: list[StoreApplication], result: services.BulkApproval) -> dict[str, Any]:
    by_status: dict[str, list[dict[str, Any]]] = {"APPROVED": [], "MERGED": []}
    for application in decided:
        assert application.store is not None
        by_status[application.status].append(
            {
                "application": application.pk,
                "name": application.name,
                "store": application.store.code,
            }
        )
    done = {application.pk for application in decided}
    return {
        "approved": by_status["APPROVED"],
        "merged": by_status["MERGED"],
        "refused": [
            {"application": application.pk, "name": application.name, "reason": reason}
            for application, reason in result.refused
            if application.pk not in done
        ],
    }
