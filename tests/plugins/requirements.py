"""The table of requirements and the tests that show them, made from `@pytest.mark.req`.

`python -m tests.plugins.requirements` writes docs/requirements.md; with `--check` it says whether
the file is current. Ids and clauses come from docs/requirements-source.csv.
"""

import contextlib
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "docs" / "requirements-source.csv"
TABLE = ROOT / "docs" / "requirements.md"
AREAS = {
    "LG": "Programs, wallets and the point ledger",
    "ST": "Stores",
    "SE": "Settlement",
    "CC": "Call centre",
    "CO": "Consultation meetings and campaign events",
    "VO": "Premium vouchers",
    "CA": "IC cards and terminals",
    "PB": "Public site and residents",
    "AD": "County console, reports, deliverables",
    "SP": "Security and privacy",
}
HEAD = """# Requirements and the tests that show them

Made by `make requirements` from the marks in the tests; do not edit by hand. Clauses are those of
the clients' specifications. A row without tests is not shown yet.
"""


class Marks:
    """Collects the marks of a pytest run that only collects."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = defaultdict(set)
        self.misused: list[str] = []

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("req"):
                if not mark.args or mark.kwargs:
                    self.misused.append(item.nodeid)
                for requirement in mark.args:
                    self.tests[str(requirement)].add(_name(item))


def _name(item: pytest.Item) -> str:
    function = getattr(item, "originalname", None) or item.name
    return f"{Path(item.path).relative_to(ROOT).as_posix()}::{function}"


def requirements() -> list[dict[str, str]]:
    """Return the rows of the source: id, clause, title."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def collect() -> Marks:
    """Return the marks of all tests, without running any."""
    marks, said = Marks(), io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(
            ["--collect-only", "-q", "-p", "no:randomly", str(ROOT / "tests")], plugins=[marks]
        )
    if code != pytest.ExitCode.OK:
        sys.exit(f"{said.getvalue()}\nThe tests could not be collected (see above).")
    return marks


def table(rows: list[dict[str, str]], tests: dict[str, set[str]]) -> str:
    """Return the whole page."""
    shown = sum(bool(tests.get(row["id"])) for row in rows)
    lines = [HEAD, f"Shown by at least one test: {shown} of {len(rows)}.\n"]
    for area, title in AREAS.items():
        lines += [
            f"## {area}: {title}\n",
            "| id | requirement | clause | tests |",
            "|---|---|---|---|",
        ]
        for row in rows:
            if row["id"].startswith(f"{area}-"):
                names = "<br>".join(f"`{name}`" for name in sorted(tests.get(row["id"], ())))
                lines.append(f"| {row['id']} | {row['title']} | {row['clause']} | {names or '–'} |")
        lines.append("")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the table, or with --check compare it; unknown ids fail both."""
    rows, marks = requirements(), collect()
    known = {row["id"] for row in rows}
    unknown = {name: tests for name, tests in marks.tests.items() if name not in known}
    for name, tests in sorted(unknown.items()):
        print(f"Unknown requirement {name} in {', '.join(sorted(tests))}", file=sys.stderr)  # noqa: T201
    for name in marks.misused:
        print(f'Write @pytest.mark.req("LG-01"): {name}', file=sys.stderr)  # noqa: T201
    if unknown or marks.misused:
        return 1
    page = table(rows, marks.tests)
    if "--check" not in arguments:
        TABLE.write_text(page, encoding="utf-8")
        return 0
    if not TABLE.exists() or TABLE.read_text(encoding="utf-8") != page:
        print("docs/requirements.md is stale: run `make requirements`.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
