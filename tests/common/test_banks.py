"""Lookup and search of banks and branches."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pointsys.common.banks import find_bank, find_branch, search_banks, search_branches
from pointsys.common.zengin.kana import FieldClass, is_narrow
from pointsys.common.zengin.yucho import branch_reading
from tests.vectors import file_params, vector_files

ROOT = Path(__file__).resolve().parents[2]


def test_a_bank_and_its_branch_are_found_by_code() -> None:
    bank, branch = find_bank("0125"), find_branch("0125", "404")

    assert bank is not None
    assert branch is not None
    assert (bank.name, bank.kana, bank.narrow_kana) == ("七十七", "シチジユウシチ", "ｼﾁｼﾞﾕｳｼﾁ")
    assert (branch.name, branch.narrow_kana) == ("石巻", "ｲｼﾉﾏｷ")


def test_unknown_codes_find_nothing() -> None:
    assert find_bank("0000") is None
    assert find_branch("0125", "000") is None
    assert find_branch("0000", "001") is None


def test_the_long_vowel_of_the_master_is_shown_as_one_and_written_as_a_hyphen() -> None:
    bank = find_bank("0310")

    assert bank is not None
    assert bank.kana == "ジーエムオーアオゾラネツト"
    assert bank.narrow_kana == "ｼﾞ-ｴﾑｵ-ｱｵｿﾞﾗﾈﾂﾄ"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("0125", "0125"),
        ("０１２５", "0125"),
        ("七十七", "0125"),
        ("七十七銀行", "0125"),
        ("シチジュウシチ", "0125"),
        ("しちじゅうしちぎんこう", "0125"),
        ("ｼﾁｼﾞｭｳｼﾁ", "0125"),
        ("倉吉信用金庫", "1703"),
        ("石巻商工信用組合", "2061"),
        ("GMO", "0310"),
        ("ジーエムオーあおぞら", "0310"),
        ("ゆうちょ", "9900"),
        ("ゆうちょ銀行", "9900"),
    ],
)
def test_the_bank_people_mean_comes_first(query: str, code: str) -> None:
    assert search_banks(query)[0].code == code


def test_a_search_gives_no_more_than_asked() -> None:
    assert len(search_banks("信金", limit=7)) == 7


@pytest.mark.parametrize("query", ["", " ", "存在しない名前"])
def test_a_search_that_fits_nothing_is_empty(query: str) -> None:
    assert search_banks(query) == []


@pytest.mark.parametrize("query", ["石巻", "石巻支店", "いしのまき", "404"])
def test_a_branch_is_found_within_its_bank(query: str) -> None:
    assert search_branches("0125", query)[0].code == "404"


def test_branches_of_an_unknown_bank_are_none() -> None:
    assert search_branches("0000", "石巻") == []


@pytest.mark.vectors
@pytest.mark.parametrize("path", file_params(vector_files("zengin_banks_*.json"), "bank master"))
def test_every_bank_of_the_master_can_be_written_into_a_transfer(path: Path) -> None:
    for code in json.loads(path.read_text(encoding="utf-8")):
        bank = find_bank(code)
        assert bank is not None, code
        assert is_narrow(bank.narrow_kana, FieldClass.BANK)
        assert 0 < len(bank.narrow_kana) <= 15


@pytest.mark.vectors
@pytest.mark.parametrize(
    "path", file_params(vector_files("zengin_branches_*.csv"), "branch master")
)
def test_every_branch_of_the_master_can_be_written_into_a_transfer(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows
    for row in rows:
        branch = find_branch(row["bank_code"], row["branch_code"])
        assert branch is not None, row
        assert branch.name == row["name"]
        assert is_narrow(branch.narrow_kana, FieldClass.BANK)
        assert 0 < len(branch.narrow_kana) <= 15


def test_the_master_reads_yucho_branches_as_the_conversion_does() -> None:
    bank = find_bank("9900")

    assert bank is not None
    assert len(bank.branches) > 90
    for code, branch in bank.branches.items():
        assert branch.narrow_kana == branch_reading(code)


def test_importing_the_module_does_not_read_the_master() -> None:
    script = "import sys, pointsys.common.banks; print('zengin_code' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
