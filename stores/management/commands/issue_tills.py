import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.programs import command_line
from pointsys.programs.models import Program
from pointsys.users.models import User
from stores import perms, queries, services
from stores.models import Enrolment
from stores.stand import Stand, stands_pdf
from stores.stand_facts import stands_of
from stores.till_codes import till_url

ACTIVE = Enrolment.Status.ACTIVE


class Command(BaseCommand):
    help = (
        "QRのない参加中の加盟店に、1枚目のQRを発行します。2回目は何も発行しません。"
        "--store で指定した店舗は、発行済みのQRも書き出します。"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        command_line.add_program(parser)
        parser.add_argument(
            "--store", metavar="CODE", nargs="+", action="extend", help="店舗コード（なければ全店）"
        )
        command_line.add_person(parser)
        parser.add_argument("--pdf", type=Path, metavar="OUT.pdf", help="A5の台紙を書くファイル")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        program = command_line.program(options["program"])
        by = command_line.person(
            options["by"], may=lambda user: perms.can_manage_stores(user, program.client_id)
        )
        enrolments = self._enrolments(program, by, options["store"])
        # Opened first: QRs whose stands have no place to go are not issued.
        with _new_file(options["pdf"]) as file:
            issued, stands = self._issue(program, enrolments, by, with_old=bool(options["store"]))
            # Told before it is drawn, so that the codes are known whatever becomes of the file.
            skipped = [e for e in enrolments if e.status != ACTIVE] if options["store"] else []
            self._tell(issued, stands, skipped, as_json=options["json"])
            if file and stands:
                file.write(stands_pdf(stands))

    def _enrolments(
        self, program: Program, by: User, codes: list[str] | None
    ) -> QuerySet[Enrolment]:
        enrolments = queries.enrolments_visible_to(by).filter(program=program)
        if codes is None:
            return enrolments.filter(status=ACTIVE)
        found = enrolments.filter(store__code__in=codes)
        missing = sorted(set(codes) - {enrolment.store.code for enrolment in found})
        if missing:
            raise CommandError(
                f"店舗コード「{'、'.join(missing)}」の加盟店は、この事業に参加していません。"
            )
        return found

    def _issue(
        self, program: Program, enrolments: QuerySet[Enrolment], by: User, *, with_old: bool
    ) -> tuple[set[str], list[Stand]]:
        """Return the addresses of the new QRs, and the stands that are to be handed out."""
        store_ids = [enrolment.store_id for enrolment in enrolments if enrolment.status == ACTIVE]
        at = timezone.now()
        try:
            with transaction.atomic():
                new = services.issue_missing_tills(
                    program_id=program.pk, store_ids=store_ids, by=by, at=at
                )
                tills = queries.live_tills(program_id=program.pk, store_ids=store_ids)
                if not with_old:
                    tills = tills.filter(pk__in=[till.pk for till in new])
                stands = stands_of(program, tills, on=timezone.localdate(at))
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        return {till_url(till) for till in new}, stands

    def _tell(
        self, issued: set[str], stands: list[Stand], skipped: list[Enrolment], *, as_json: bool
    ) -> None:
        if as_json:
            facts = {
                "issued_count": len(issued),
                "tills": [
                    {
                        "store": stand.store_code,
                        "number": stand.till_number,
                        "code": stand.typed_code,
                        "url": stand.url,
                        "is_new": stand.url in issued,
                    }
                    for stand in stands
                ],
                "skipped": [{"store": e.store.code, "status": e.status} for e in skipped],
            }
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write(f"QRを {len(issued):,}件発行しました。")
        for stand in stands:
            is_old = "" if stand.url in issued else "　発行済み"
            self.stdout.write(f"  {stand.store_code}　{stand.typed_code}　{stand.url}{is_old}")
        for enrolment in skipped:
            status = enrolment.get_status_display()
            self.stdout.write(f"  {enrolment.store.code}: {status}のため、発行していません。")


@contextmanager
def _new_file(target: Path | None) -> Iterator[BinaryIO | None]:
    """Open a file that is not there yet, and leave none behind where nothing whole was written."""
    if target is None:
        yield None
        return
    try:
        file = target.open("xb")
    except FileExistsError as error:
        raise CommandError(f"{target} はすでにあります。別の名前にしてください。") from error
    except OSError as error:
        raise CommandError(f"{target} に書けません：{error.strerror}") from error
    is_whole = False
    try:
        with file:
            yield file
            is_whole = file.tell() > 0
    except OSError as error:
        is_whole = False
        raise CommandError(f"{target} に書けません：{error.strerror}") from error
    finally:
        if not is_whole:
            target.unlink()
