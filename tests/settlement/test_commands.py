import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from settlement.models import BankFileDownload, PayoutBatch
from settlement.services.files import open_file
from tests.settlement.builders import APPROVING, CLOSING, PREPARING

pytestmark = pytest.mark.django_db


def run(command, *arguments, at, by, **options):
    out = StringIO()
    named = [f"--{name}={value}" for name, value in (options | {"by": by.username}).items()]
    with time_machine.travel(at, tick=False):
        call_command(command, *arguments, *named, stdout=out)
    return out.getvalue()


@pytest.mark.req("SE-01")
@pytest.mark.req("SE-03")
def test_a_month_goes_from_close_to_file_by_commands(busy_month, tmp_path):
    code = busy_month.program.code
    target = tmp_path / "furikomi.txt"

    closed = run("close_month", program=code, month="2025-08", by=busy_month.preparer, at=CLOSING)
    prepared = run(
        "prepare_batch",
        "--json",
        program=code,
        month="2025-08",
        by=busy_month.preparer,
        at=PREPARING,
    )
    facts = json.loads(prepared)
    run(
        "approve_batch",
        facts["number"],
        count=facts["payouts"],
        total=facts["total_yen"],
        by=busy_month.approver,
        at=APPROVING,
    )
    run("write_bank_file", str(facts["id"]), str(target), by=busy_month.approver, at=APPROVING)

    assert "支払明細 5件、台帳の合計 7,200円" in closed
    assert (facts["payouts"], facts["total_yen"]) == (2, 6_500)
    assert facts["payment_date"] == "2025-09-19"
    assert target.read_bytes() == open_file(PayoutBatch.objects.get().file)
    assert BankFileDownload.objects.get().by == busy_month.approver


def test_a_command_refuses_in_words_and_changes_nothing(busy_month, tmp_path):
    code = busy_month.program.code
    busy_month.close()
    batch = busy_month.prepare()
    target = tmp_path / "furikomi.txt"

    with pytest.raises(CommandError, match="役割がありません"):
        run("close_month", program=code, month="2025-08", by=busy_month.approver, at=CLOSING)
    with pytest.raises(CommandError, match="終わっていません"):
        run("close_month", program=code, month="2025-09", by=busy_month.preparer, at=CLOSING)
    with pytest.raises(CommandError, match="承認が済むまで取得できません"):
        run("write_bank_file", batch.number, str(target), by=busy_month.approver, at=APPROVING)
    with pytest.raises(CommandError, match="差 1円"):
        run(
            "approve_batch",
            batch.number,
            count=2,
            total=6_501,
            by=busy_month.approver,
            at=APPROVING,
        )

    assert not target.exists()
    assert not BankFileDownload.objects.exists()


def test_a_file_is_never_written_over_another(busy_month, tmp_path):
    busy_month.close()
    batch = busy_month.approve(busy_month.prepare())
    target = tmp_path / "furikomi.txt"
    target.write_text("8月ではない")

    with pytest.raises(CommandError, match="すでにあります"):
        run("write_bank_file", batch.number, str(target), by=busy_month.approver, at=APPROVING)

    assert target.read_text() == "8月ではない"
    assert not BankFileDownload.objects.exists()
