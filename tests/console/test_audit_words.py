import re
from pathlib import Path

import pytest

from pointsys.console.audit_words import ACTS, fact_words, target_words

ROOMS = ("pointsys", "stores", "ledger", "settlement")
AREAS = "|".join(sorted({code.split(".")[0] for code in ACTS}))
CODE = re.compile(rf'code="((?:{AREAS})\.[a-z_.]+)"')


def codes_in_the_code() -> set[str]:
    files = (path for room in ROOMS for path in Path(room).rglob("*.py"))
    refusals = set(Path().rglob("errors.py"))
    return {
        code
        for path in files
        if path not in refusals
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }


@pytest.mark.req("SP-15")
def test_every_act_that_is_recorded_has_japanese_words():
    codes = codes_in_the_code()

    assert len(codes) > 15
    assert codes - ACTS.keys() == set()


def test_facts_and_targets_are_told_in_japanese():
    assert target_words("settlement.PayoutBatch") == "総合振込データ"
    assert target_words("gone.Model") == "gone.Model"
    assert fact_words("total_yen", 29_345) == "合計（円）：29,345"
    assert fact_words("sha256", "a" * 64) == f"SHA-256：{'a' * 12}…"
    assert fact_words("as_office", True) == "事務局による返金：はい"
