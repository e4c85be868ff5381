"""What import-linter cannot see: relations between tables, sizes, and logic hidden in models."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "pointsys",
    "stores",
    "ledger",
    "settlement",
    "vouchers",
    "cards",
    "callcenter",
    "consultations",
)
# From the lowest to the highest (docs/architecture.md); rooms of one line do not know one another.
LAYERS = (
    {"auth", "contenttypes", "sessions", "pghistory"},
    {"common"},
    {"users"},
    {"audit"},
    {"approvals"},
    {"programs"},
    {"notices"},
    {"residents"},
    {"draws", "surveys"},
    {"stores"},
    {"ledger"},
    {"settlement", "vouchers", "cards"},
    {"callcenter"},
    {"consultations"},
    {"website", "console"},
)
LEVEL = {label: level for level, labels in enumerate(LAYERS) for label in labels}
FILE_LINES, FUNCTION_LINES = 600, 70
TEMPLATE_LINE = 200
# At these tags a template can always be broken: white space beside them is never shown.
BLOCK_TAG = re.compile(
    r"</?(?:html|head|body|main|section|header|footer|nav|aside|div|p|h[1-6]|ul|ol|li|dl|dt|dd"
    r"|table|caption|thead|tbody|tfoot|tr|th|td|form|fieldset|legend|details|summary|figure"
    r"|figcaption|article|template|hr)\b"
)


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if LEVEL.get(model._meta.app_label, 0) > 0]


def sources() -> list[Path]:
    found = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_room_has_its_place():
    own = {config.label for config in apps.get_app_configs() if config.name.startswith(ROOMS)}

    assert own <= set(LEVEL)


def test_relations_between_tables_point_to_the_same_room_or_down():
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in own_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and not points_down(model._meta.app_label, field.related_model._meta.app_label)
    ]

    assert wrong == []


def points_down(source: str, target: str) -> bool:
    return source == target or LEVEL[source] > LEVEL[target]


@pytest.mark.parametrize(
    ("source", "target", "is_allowed"),
    [
        ("ledger", "stores", True),
        ("stores", "ledger", False),
        ("settlement", "vouchers", False),
        ("ledger", "ledger", True),
    ],
)
def test_the_direction_check_tells_up_from_down(source, target, is_allowed):
    assert points_down(source, target) is is_allowed


def test_no_model_hides_logic_in_save_or_clean():
    wrong = [
        f"{model._meta.label}.{name}"
        for model in own_models()
        for name in ("save", "clean", "full_clean", "delete")
        if name in vars(model)
    ]

    assert wrong == []


def test_no_signals():
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.is_relative_to(ROOT / "tests") is False
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("django.dispatch", "django.db.models.signals"))
    ]

    assert wrong == []


def test_files_keep_to_their_budget():
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }

    assert long == {}


def test_functions_keep_to_their_budget():
    long = {
        f"{path.relative_to(ROOT)}:{function.name}": count
        for path in sources()
        for function in functions(path)
        if (count := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }

    assert long == {}


def dense_lines(source: str) -> list[int]:
    """The numbers of the long lines that could be broken at a tag.

    Inline content may run longer, for between its parts a line break would show as a space.
    """
    return [
        number
        for number, line in enumerate(source.splitlines(), start=1)
        if len(line) > TEMPLATE_LINE and BLOCK_TAG.search(line)
    ]


def test_templates_are_laid_out_by_block():
    dense = {
        str(path.relative_to(ROOT)): numbers
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if (numbers := dense_lines(path.read_text(encoding="utf-8")))
    }

    assert dense == {}


def test_only_inline_content_may_run_long():
    cell, words = "<td>1</td>" * 30, "<span>1</span>" * 30

    assert dense_lines(f"<tr>\n{cell}\n</tr>") == [2]
    assert dense_lines(f"<td>\n{words}\n</td>") == []
