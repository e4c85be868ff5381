import json
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from ledger import perms, queries, services
from ledger.errors import LedgerError
from ledger.forms import AmountForm, TillCodeForm
from ledger.models import Wallet
from pointsys.common import display
from pointsys.programs import command_line
from pointsys.programs.models import Program
from pointsys.residents import queries as residents
from pointsys.users.models import User
from stores import queries as stores
from stores.models import Till


class Command(BaseCommand):
    """Pay at a till for a resident: for trying, and for the drills of the desk."""

    help = "住民のポイントでレジに支払います（試験と窓口の訓練用）。同じ --key では1回だけです。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare who pays where, how much, and who acts."""
        command_line.add_program(parser)
        parser.add_argument("--resident", required=True, metavar="ID", help="住民のアプリのID")
        parser.add_argument("--till", required=True, metavar="CODE", help="台紙の8文字のコード")
        parser.add_argument("--points", required=True, metavar="N", help="使うポイント")
        command_line.add_person(parser)
        parser.add_argument("--key", metavar="UUID", help="要求のキー（なければ新しく作ります）")
        parser.add_argument("--json", action="store_true", help="結果をJSONで書きます")

    def handle(self, **options: Any) -> None:
        """Pay and say what came of it; every refusal is one line."""
        program = command_line.program(options["program"])
        by = command_line.person(
            options["by"], may=lambda user: perms.can_pay_for_residents(user, program)
        )
        points = _checked(AmountForm({"points": options["points"]}), "points")
        wallet = _wallet(program, by, options["resident"])
        till = _till(options["till"])
        key = _key(options["key"])
        at = timezone.now()
        was_paid = queries.payment_by_key(wallet_id=wallet.pk, request_key=key) is not None
        try:
            payment = services.pay(
                till_id=till.pk,
                wallet_id=wallet.pk,
                points=points,
                request_key=key,
                at=at,
                channel=services.Channel.COUNTER,
                by=by,
            )
        except LedgerError as refusal:
            raise CommandError(str(refusal)) from refusal
        except (OperationalError, InterfaceError) as error:
            # The commit may have happened before the line broke; the key finds out.
            raise CommandError(
                f"支払いの結果が分かりません。--key {key} を付けて、もう一度実行してください。"
            ) from error
        facts = {
            "receipt_number": payment.receipt_number,
            "points": payment.points,
            "balance": queries.usable_points(wallet_id=wallet.pk, at=at),
            "key": str(key),
            "is_repeat": was_paid,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{'この支払いは、すでに済んでいます。' if was_paid else '支払いました。'}"
            f"受付番号 {display.in_fours(payment.receipt_number)}　"
            f"{payment.points:,}ポイント　残高 {facts['balance']:,}ポイント"
        )


def _checked(form: forms.Form, name: str) -> Any:
    if not form.is_valid():
        raise CommandError(str(form.errors[name][0]))
    return form.cleaned_data[name]


def _wallet(program: Program, by: User, external_id: str) -> Wallet:
    resident = (
        residents.residents_visible_to(by)
        .filter(client_id=program.client_id, external_id=external_id)
        .first()
    )
    if resident is None:
        raise CommandError(f"アプリのID「{external_id}」の住民はいません。")
    wallet = queries.wallet_of(resident_id=resident.pk, program_id=program.pk)
    if wallet is None:
        raise CommandError(f"アプリのID「{external_id}」の住民は、この事業のポイントがありません。")
    return wallet


def _till(typed: str) -> Till:
    code = _checked(TillCodeForm({"code": typed}), "code")
    till = stores.till_by_code(code)
    if till is None:
        raise CommandError(f"店舗コード「{typed}」のレジはありません。")
    return till


def _key(text: str | None) -> UUID:
    if text is None:
        return uuid4()
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(
            "--key は、123e4567-e89b-12d3-a456-426614174000 の形で書いてください。"
        ) from None
