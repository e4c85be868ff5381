"""Finds the vectors, which are not part of the project, and makes them parameters of tests.

Files are recognised by what they hold, anywhere under the folder: a set put beside the public one
is run without a change here. Use the results with the mark `vectors`; where nothing is found the
one parameter carries a skip with its reason (a failure where POINTSYS_REQUIRE_VECTORS=1).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import vectors_folder

Document = dict[str, Any]


def vector_files(*patterns: str) -> list[Path]:
    """Return every file under the folder whose name matches one of the glob patterns."""
    folder = vectors_folder()
    return sorted({path for pattern in patterns for path in folder.rglob(pattern)})


def file_params(paths: Iterable[Path], what: str) -> list[Any]:
    """Return one test parameter per file, or one skipped parameter that says what is missing."""
    params = [pytest.param(path, id=_id(path)) for path in paths]
    return params or [_nothing_found(what)]


def document_params(holds: Callable[[Document], bool], what: str) -> list[Any]:
    """Return one parameter (path, document) per JSON document of this kind."""
    params = [
        pytest.param((path, document), id=_id(path)) for path, document in _documents_that(holds)
    ]
    return params or [_nothing_found(what)]


def case_params(key: str, holds: Callable[[Document], bool], what: str) -> list[Any]:
    """Return one parameter per case of every JSON document with cases of this kind under `key`."""
    params = [
        pytest.param(case, id=f"{_id(path)}-{number}")
        for path, document in _documents_that(lambda d: _all(d.get(key), holds))
        for number, case in enumerate(document[key], start=1)
    ]
    return params or [_nothing_found(what)]


def _all(cases: Any, holds: Callable[[Document], bool]) -> bool:
    return isinstance(cases, list) and bool(cases) and all(map(holds, cases))


def _documents_that(holds: Callable[[Document], bool]) -> Iterator[tuple[Path, Document]]:
    return ((path, document) for path, document in _documents() if holds(document))


@lru_cache(maxsize=1)
def _documents() -> tuple[tuple[Path, Document], ...]:
    found = []
    for path in vector_files("*.json"):
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(document, dict):
            found.append((path, document))
    return tuple(found)


def _id(path: Path) -> str:
    return str(path.relative_to(vectors_folder()).with_suffix(""))


def _nothing_found(what: str) -> Any:
    reason = f"no {what} under {vectors_folder()} (POINTSYS_VECTORS)"
    return pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))
