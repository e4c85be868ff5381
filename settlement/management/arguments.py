"""What the settlement commands take alike: a month, the account that pays, a batch."""

import re
from argparse import ArgumentTypeError
from datetime import date, datetime

from django.core.management.base import CommandError

from pointsys.programs.models import Program
from settlement.models import BankFileProfile, PayoutBatch


def month(text: str) -> date:
    """Return the first day of 2025-08."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        raise ArgumentTypeError("月は 2025-08 のように書いてください。") from None


def profile(of: Program, name: str | None) -> BankFileProfile:
    """Return the account that pays: the one named, or the only one in use."""
    profiles = BankFileProfile.objects.filter(client_id=of.client_id, is_active=True)
    found = list(profiles.filter(name=name) if name else profiles)
    if len(found) == 1:
        return found[0]
    names = "、".join(profiles.values_list("name", flat=True)) or "なし"
    raise CommandError(f"振込データの設定を --profile でえらんでください（{names}）。")


def batch(text: str) -> PayoutBatch:
    """Return a batch by its id, or by number where only one program has it (B-2508-01)."""
    batches = PayoutBatch.objects.select_related("program", "period")
    if text.isdecimal():
        found = list(batches.filter(pk=int(text)))
    elif match := re.fullmatch(r"B-(\d{2})(\d{2})-(\d+)", text):
        year, month_number, sequence = (int(part) for part in match.groups())
        found = list(
            batches.filter(
                period__month__year=2000 + year,
                period__month__month=month_number,
                sequence=sequence,
            )
        )
    else:
        found = []
    if len(found) > 1:
        ids = "、".join(f"{each.pk}（{each.program.code}）" for each in found)
        raise CommandError(f"{text} はいくつかの事業にあります。番号で指定してください：{ids}")
    if not found:
        raise CommandError(f"振込データ「{text}」がありません。")
    return found[0]
