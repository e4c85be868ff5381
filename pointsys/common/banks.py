"""Banks and branches: lookup by code, search by name, kana or code.

Source: the zengin-code package. Its kana has no small letters and writes the long vowel as U+FF0D.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

from pointsys.common.zengin.kana import HYPHENS, SMALL_TO_LARGE, FieldClass, narrow, truncate

NAME_LENGTH = 15  # positions of a bank or branch name in a transfer record


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch; `kana` is full-width for screens, `narrow_kana` is what a bank file carries."""

    bank_code: str
    code: str
    name: str
    kana: str

    @property
    def narrow_kana(self) -> str:
        """The name in a transfer record."""
        return _narrow_name(self.kana)


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A bank; `kana` is full-width for screens, `narrow_kana` is what a bank file carries."""

    code: str
    name: str
    kana: str
    branches: Mapping[str, Branch] = field(repr=False, compare=False)

    @property
    def narrow_kana(self) -> str:
        """The name in a transfer record."""
        return _narrow_name(self.kana)


def find_bank(code: str) -> Bank | None:
    """Return the bank with this four-digit code."""
    return _banks().get(code)


def find_branch(bank_code: str, branch_code: str) -> Branch | None:
    """Return the branch with this three-digit code."""
    bank = find_bank(bank_code)
    return bank.branches.get(branch_code) if bank else None


def search_banks(query: str, limit: int = 20) -> list[Bank]:
    """Return banks by name, kana or the beginning of the code, best matches first."""
    return _search(_banks().values(), query, limit)


def search_branches(bank_code: str, query: str, limit: int = 20) -> list[Branch]:
    """Return branches of a bank by name, kana or the beginning of the code, best matches first."""
    bank = find_bank(bank_code)
    return _search(bank.branches.values(), query, limit) if bank else []


@lru_cache(maxsize=1)
def _banks() -> Mapping[str, Bank]:
    # The package reads more than a thousand files when it is imported (0.3 s), so only processes
    # that look up a bank pay for it.
    source: Any = import_module("zengin_code")
    return MappingProxyType({code: _bank(code, bank) for code, bank in source.Bank.all.items()})


def _bank(code: str, source: Any) -> Bank:
    branches = {
        branch_code: Branch(
            bank_code=code,
            code=branch_code,
            name=_display(branch.name),
            kana=_display_kana(branch.kana),
        )
        for branch_code, branch in source.branches.items()
    }
    return Bank(
        code=code,
        name=_display(source.name),
        kana=_display_kana(source.kana),
        branches=MappingProxyType(branches),
    )


def _display(name: str) -> str:
    return name.strip()


def _display_kana(kana: str) -> str:
    return kana.strip().replace("\N{FULLWIDTH HYPHEN-MINUS}", "ー")


@lru_cache(maxsize=4096)
def _narrow_name(kana: str) -> str:
    # Some foreign banks carry dots and spaces, which the class of bank names does not take.
    letters = kana.replace("．", "").replace("　", "").replace("・", "")
    return truncate(narrow(letters, FieldClass.BANK), NAME_LENGTH)


# What people write in full and the master shortens.
_SHORT_FORMS = {
    "信用金庫": "信金",
    "信用組合": "信組",
    "信用協同組合": "信組",
    "農業協同組合": "農協",
    "漁業協同組合": "漁協",
    "労働金庫": "労金",
    "信託銀行": "信託",
}
_SUFFIXES = ("銀行", "支店", "ギンコウ", "シテン")
_LARGE = str.maketrans(SMALL_TO_LARGE | dict.fromkeys(HYPHENS, "-"))
_IGNORED = str.maketrans("", "", " ・.")

_Named = TypeVar("_Named", Bank, Branch)


def _search(candidates: Iterable[_Named], query: str, limit: int) -> list[_Named]:
    key = _search_key(query)
    if not key:
        return []
    ranked = [
        (rank, candidate.code, candidate)
        for candidate in candidates
        if (rank := _rank(candidate, key)) is not None
    ]
    ranked.sort(key=lambda item: item[:2])
    return [candidate for _, _, candidate in ranked[:limit]]


def _rank(candidate: Bank | Branch, key: str) -> int | None:
    names = _candidate_keys(candidate.name, candidate.kana)
    if key in (candidate.code, *names):
        return 0
    if candidate.code.startswith(key):
        return 1
    if any(name.startswith(key) for name in names):
        return 2
    return 3 if any(key in name for name in names) else None


@lru_cache(maxsize=40_000)
def _candidate_keys(name: str, kana: str) -> tuple[str, str]:
    return _fold(name), _fold(kana)


def _search_key(query: str) -> str:
    key = _fold(query)
    for long, short in _SHORT_FORMS.items():
        key = key.replace(long, short)
    for suffix in _SUFFIXES:
        if len(key) > len(suffix):
            key = key.removesuffix(suffix)
    return key


def _fold(text: str) -> str:
    """Make spellings comparable: full-width katakana, large kana, one hyphen, no spaces or dots."""
    folded = unicodedata.normalize("NFKC", text).upper()
    folded = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in folded)
    return folded.translate(_LARGE).translate(_IGNORED)
