import argparse
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pointsys.common.errors import DomainError
from pointsys.console.demo import loading
from pointsys.console.demo.sign_ins import sign_ins, table


class Command(BaseCommand):
    help = "デモのデータを作ります。2回目からは何もしません。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--print-sign-ins", action="store_true", help="役割ごとのログインIDを表にします"
        )

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("デモのデータは、デモの設定（DEMO）でだけ作れます。")
        if options["print_sign_ins"]:
            self.stdout.write(table(sign_ins()))
            return
        try:
            if loading.is_loaded():
                self.stdout.write("デモのデータは、すでにあります。")
                return
            paid = loading.load(now=timezone.now(), out=sys.stderr)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"デモのデータを作りました（支払い {paid:,}件）。")
